"""Slots: copies of the shadow in which patches are compiled."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from helpers.source_trees import MANIFEST, copied, crate, repository, shadow_of
from sleepy_core.cargo.metadata import load_project
from sleepy_core.repo.seed import seed_target
from sleepy_core.repo.shadow import Shadow, SlotPool


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(crate(tmp_path / "app", {"src/a.rs": "// a\n"}))


async def test_a_slot_follows_the_shadow_with_its_unsaved_texts(root: Path, tmp_path: Path) -> None:
    async with shadow_of(root, tmp_path / "cache") as main:
        await main.sync({"src/a.rs": "// unsaved\n"})
        (main.root / "Cargo.lock").write_text("# by cargo\n")
        pool = SlotPool(main, main.folder, 1)
        async with pool.slot() as slot:
            assert copied(slot) == copied(main)
            assert slot.root != main.root
            assert slot.target_dir != main.target_dir
            assert await slot.sync({"src/lib.rs": "// patched\n"}) == {"src/lib.rs"}
            assert main.text("src/lib.rs") == "pub fn one() {}\n"
        (root / "src/new.rs").write_text("// new\n")
        await main.sync({})
        (main.root / "Cargo.lock").write_text("# by cargo, again\n")
        async with pool.slot() as again:
            assert again is slot
            assert copied(again) == copied(main)
        await pool.aclose()


async def test_no_more_than_so_many_slots_are_out_at_once(root: Path, tmp_path: Path) -> None:
    async with shadow_of(root, tmp_path / "cache") as main:
        await main.sync({})
        pool = SlotPool(main, main.folder, 2)
        out: set[Path] = set()
        most = 0

        async def use() -> None:
            nonlocal most
            async with pool.slot() as slot:
                assert slot.folder not in out
                out.add(slot.folder)
                most = max(most, len(out))
                await asyncio.sleep(0)
                out.remove(slot.folder)

        await asyncio.gather(*(use() for _ in range(8)))
        assert most <= 2
        await pool.aclose()


async def test_a_slot_that_failed_comes_back_into_line(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shadow_of(root, tmp_path / "cache") as main:
        await main.sync({})
        pool = SlotPool(main, main.folder, 1)
        async with pool.slot():
            pass
        (root / "src/a.rs").write_text("// b\n")
        await main.sync({})
        with monkeypatch.context() as patch:
            patch.setattr(Shadow, "_bring", _full)
            with pytest.raises(OSError, match="full"):
                async with pool.slot():
                    pass
        async with pool.slot() as slot:
            assert slot.text("src/a.rs") == "// b\n"
        await pool.aclose()


async def _full(self: Shadow, *_: object) -> frozenset[str]:
    raise OSError("full")


def test_only_third_party_packages_that_are_done_are_taken_over(tmp_path: Path) -> None:
    source, target, done = tmp_path / "source", tmp_path / "target", tmp_path / "seeded"
    assert seed_target(source, target, {"app"}, done) == 0
    for name in (
        "debug/.fingerprint/itoa-0a/lib-itoa", "debug/deps/libitoa-0a.rmeta", "debug/deps/itoa-0a.d",
        "debug/.fingerprint/app-1b/lib-app", "debug/deps/libapp-1b.rmeta", "debug/incremental/app-1b/x",
        "debug/build/serde-2c/out/x.rs", "debug/.fingerprint/serde-2c/run-build-script", "debug/deps/libodd-3d.rmeta",
        ".rustc_info.json",
    ):  # fmt: skip
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
        os.utime(source / name, (1000, 1000))
    assert seed_target(source, target, {"app"}, done) == 2
    found = {p.relative_to(target).as_posix(): p for p in target.rglob("*") if p.is_file()}
    assert set(found) == {
        "debug/.fingerprint/itoa-0a/lib-itoa", "debug/deps/libitoa-0a.rmeta", "debug/deps/itoa-0a.d",
        "debug/build/serde-2c/out/x.rs", "debug/.fingerprint/serde-2c/run-build-script", ".rustc_info.json",
    }  # fmt: skip
    assert {path.stat().st_mtime for path in found.values()} == {1000}
    assert seed_target(source, target, set(), done) == 0


@pytest.mark.slow
async def test_a_new_slot_does_not_compile_third_party_packages_again(tmp_path: Path) -> None:
    manifest = MANIFEST.format(name="app") + '[dependencies]\nitoa = "1"\n'
    root = crate(tmp_path / "app", {"Cargo.toml": manifest, "src/lib.rs": "pub use itoa::Buffer;\n"})
    async with shadow_of(root, tmp_path / "cache", await load_project(root / "Cargo.toml")) as main:
        await main.sync({})
        assert "Checking itoa" in await check(main)
        pool = SlotPool(main, main.folder, 1)
        async with pool.slot() as slot:
            said = await check(slot, "--offline", "--locked")
            assert "Fresh itoa" in said
            assert "Checking app" in said
        await pool.aclose()


async def check(shadow: Shadow, *options: str) -> str:
    done = await asyncio.to_thread(
        subprocess.run,
        ["cargo", "check", "-v", "--lib", *options],
        cwd=shadow.root,
        env=os.environ | {"CARGO_TARGET_DIR": str(shadow.target_dir), "CARGO_TERM_COLOR": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr
