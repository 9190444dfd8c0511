"""Slots that are laid over the shadow: nothing is built twice, and nothing of a patch outlives it."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helpers.source_trees import MANIFEST, repository, shadow_of, write
from sleepy_core.cargo.check import CheckRequest, run_check
from sleepy_core.cargo.metadata import load_project
from sleepy_core.model import CargoProject, CheckResult
from sleepy_core.repo.overlay import OverlayPool
from sleepy_core.repo.sandbox import Sandbox, describe
from sleepy_core.repo.shadow import Shadow
from sleepy_core.settings import Settings

FILES = {
    "Cargo.toml": '[workspace]\nmembers = ["store", "shop"]\nresolver = "2"\n',
    "store/Cargo.toml": MANIFEST.format(name="store"),
    "store/src/lib.rs": "pub fn total() -> u32 { 1 }\n",
    "shop/Cargo.toml": MANIFEST.format(name="shop") + '[dependencies]\nstore = { path = "../store" }\n',
    "shop/src/lib.rs": "pub fn price() -> u32 { store::total() }\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(write(tmp_path / "ws", FILES))


@asynccontextmanager
async def opened(root: Path, cache: Path) -> AsyncIterator[tuple[Shadow, OverlayPool, CargoProject]]:
    project = await load_project(root / "Cargo.toml")
    async with shadow_of(root, cache, project) as main:
        await main.sync({})
        pool = OverlayPool(main, main.folder, 1)
        yield main, pool, project
        await pool.aclose()


async def test_a_patched_file_is_seen_in_the_place_of_the_shadows(root: Path, tmp_path: Path) -> None:
    async with opened(root, tmp_path / "cache") as (main, pool, _), pool.lay({"shop/src/lib.rs": "// é\r\n"}) as place:
        assert place.root == main.root
        (shown,) = place.over.items()
        assert shown[0] == main.root / "shop/src/lib.rs"
        assert shown[1].read_bytes() == "// é\r\n".encode()
        assert main.text("shop/src/lib.rs") == FILES["shop/src/lib.rs"]


async def test_a_file_that_was_patched_once_is_later_shown_as_the_shadow_has_it(root: Path, tmp_path: Path) -> None:
    async with opened(root, tmp_path / "cache") as (main, pool, _):
        async with pool.lay({"shop/src/lib.rs": "// patched\n"}) as place:
            first = next(iter(place.over.values())).stat().st_mtime_ns
        async with pool.lay({}) as place:
            (shown,) = place.over.values()
            assert shown.read_text() == FILES["shop/src/lib.rs"]
            second = shown.stat().st_mtime_ns
            assert second >= first
        async with pool.lay({"store/src/lib.rs": "// other\n"}) as place:
            assert place.over[main.root / "shop/src/lib.rs"].stat().st_mtime_ns == second


async def test_a_file_that_is_gone_is_not_shown(root: Path, tmp_path: Path) -> None:
    async with opened(root, tmp_path / "cache") as (main, pool, _):
        async with pool.lay({"shop/src/lib.rs": "// patched\n"}):
            pass
        (root / "shop/src/lib.rs").unlink()
        await main.sync({})
        async with pool.lay({}) as place:
            assert place.over == {}


async def test_no_more_slots_are_out_than_allowed(root: Path, tmp_path: Path) -> None:
    async with opened(root, tmp_path / "cache") as (_, pool, _):
        out = most = 0

        async def use(number: int) -> None:
            nonlocal out, most
            async with pool.lay({"shop/src/lib.rs": f"// {number}\n"}) as place:
                out += 1
                most = max(most, out)
                await asyncio.sleep(0)
                assert next(iter(place.over.values())).read_text() == f"// {number}\n"
                out -= 1

        await asyncio.gather(*(use(number) for number in range(6)))
        assert most == 1


@pytest.mark.slow
async def test_what_the_shadow_has_built_is_not_built_again_and_a_patch_is_forgotten(
    root: Path, tmp_path: Path
) -> None:
    sandbox = Sandbox.detect("auto")
    if sandbox is None:
        pytest.skip(describe())
    settings = Settings().check
    async with opened(root, tmp_path / "cache") as (main, pool, project):
        await run_check(CheckRequest(project, main.root, main.target_dir, frozenset(), "check", settings))

        async def check(patched: dict[str, str]) -> tuple[CheckResult, str]:
            async with pool.lay(patched) as place:
                request = CheckRequest(
                    project, place.root, place.target_dir, frozenset(), "check", settings, sandbox, True, place.over
                )
                result = await run_check(request)
                argv = sandbox.wrap(
                    ["cargo", "check", "--offline", "-v", "--all-targets", "--target-dir", str(place.target_dir)],
                    writable=[place.target_dir], cwd=place.root, over=place.over,
                )  # fmt: skip
                told = await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True)
                return result, told.stderr

        result, told = await check({})
        assert result.errors == ()
        assert "Fresh store" in told
        assert "Fresh shop" in told
        # A patch that changes what shop sees; then one of shop alone, which must see the store as it is.
        result, _ = await check({"store/src/lib.rs": "pub fn total() -> u8 { 1 }\n"})
        assert [error.code for error in result.errors] == ["E0308"]
        result, _ = await check({"shop/src/lib.rs": "pub fn price() -> u32 { 1 + store::total() }\n"})
        assert result.errors == ()
