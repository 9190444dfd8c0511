"""A shadow says of its source exactly what cargo would read, and never writes to it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers.cargo_projects import package, project
from helpers.small_disk import disk
from helpers.source_trees import copied, crate, git, repository, shadow_of, write
from sleepy_core.errors import ShadowError
from sleepy_core.model import Target
from sleepy_core.repo import listing, mirror
from sleepy_core.repo.shadow import Texts, clean_up, shadow_folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return repository(crate(tmp_path / "home/app", {".gitignore": "/target\n*.log\n", "src/a.rs": "// a\n"}))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "app"


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_ino) for path in found}


async def test_it_holds_what_git_tracks_and_what_it_does_not_ignore(root: Path, cache: Path) -> None:
    write(root, {"src/new.rs": "// new\n", "x.log": "noise", "target/debug/x": "noise", "Cargo.lock": "# mine\n"})
    (root / ".gitignore").write_text("/target\n*.log\nCargo.lock\n")
    async with shadow_of(root, cache) as shadow:
        rewritten = await shadow.sync({})
        assert set(copied(shadow)) == {
            ".gitignore", "Cargo.toml", "Cargo.lock", "src/lib.rs", "src/a.rs", "src/new.rs",
        }  # fmt: skip
        assert rewritten == shadow.files == set(copied(shadow))
        assert shadow.root == cache / "tree" / root.relative_to("/")
        assert shadow.text("src/a.rs") == "// a\n"


async def test_sources_that_git_ignores_are_copied_where_a_target_may_name_them(root: Path, cache: Path) -> None:
    (root / ".gitignore").write_text("/target\ngenerated*\nnode_modules\n")
    write(
        root,
        {
            "src/generated.rs": "// by a tool\n",
            "src/generated/deep.rs": "// by a tool\n",
            "src/generated.log": "noise",
            "src/node_modules/x.rs": "noise",
            "generated.rs": "noise: no target's folder",
            "target/debug/build/x/out/x.rs": "noise",
        },
    )
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        expected = {".gitignore", "Cargo.toml", "src/lib.rs", "src/a.rs", "src/generated.rs", "src/generated/deep.rs"}
        assert set(copied(shadow)) == expected
        # The generator runs again, writes another file, and one more is told of before it is known.
        write(root, {"src/generated.rs": "// newer\n", "src/generated_too.rs": "// new\n", "src/generated2/b.rs": ""})
        told = {"src/generated.rs", "src/generated_too.rs", "src/generated2"}
        assert await shadow.sync({}, told) == {"src/generated.rs", "src/generated_too.rs", "src/generated2/b.rs"}
        (root / "src/generated.rs").unlink()
        assert await shadow.sync({}, {"src/generated.rs"}) == {"src/generated.rs"}
        assert await shadow.sync({}) == frozenset()


async def test_ignored_sources_are_bounded_in_number_and_size(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_MOST_IGNORED", 3)
    monkeypatch.setattr(listing, "_LARGEST_IGNORED", 100)
    (root / ".gitignore").write_text("/src/generated\n")
    write(root, {f"src/generated/{n}.rs": "//\n" for n in range(9)} | {"src/generated/00.rs": "//" + "x" * 100})
    os.symlink("0.rs", root / "src/generated/000.rs")
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        found = {name for name in copied(shadow) if name.startswith("src/generated")}
        assert found == {f"src/generated/{n}.rs" for n in range(3)}


async def test_a_new_targets_ignored_sources_are_copied_when_the_project_follows(root: Path, cache: Path) -> None:
    (root / ".gitignore").write_text("generated.rs\n")
    write(root, {"tools/main.rs": "mod generated;\nfn main() {}\n", "tools/generated.rs": "// by a tool\n"})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        assert "tools/generated.rs" not in copied(shadow)
        lib = package(root, root.name)
        more = dataclasses.replace(lib, targets=(*lib.targets, Target("tool", ("bin",), root / "tools/main.rs")))
        assert await shadow.follow(project(root, more)) == {"tools/generated.rs"}


async def test_nothing_is_shared_with_the_source(root: Path, cache: Path) -> None:
    before = stamps(root)
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({"src/a.rs": "// laid\n"})
        assert stamps(root) == before
        assert {ino for _, ino in stamps(root).values()}.isdisjoint(ino for _, ino in stamps(shadow.root).values())
        assert all(path.stat().st_nlink == 1 for path in root.rglob("*") if path.is_file())


async def test_only_what_differs_is_written_and_it_is_newer_than_before(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        before = stamps(shadow.root)
        (root / "src/a.rs").write_text("// b\n")
        os.utime(root / "src/a.rs", (1, 1))  # git and tar set old times; cargo must see it all the same
        (root / "src/lib.rs").touch()
        assert await shadow.sync({}) == {"src/a.rs"}
        after = stamps(shadow.root)
        assert {name for name in after if after[name] != before[name]} == {"src/a.rs"}
        assert after["src/a.rs"][0] > before["src/a.rs"][0]


async def test_changed_names_the_only_places_that_are_looked_at(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        write(root, {"src/a.rs": "// 1\n", "src/lib.rs": "// 2\n", "src/deep/er/c.rs": "// 3\n", "src/x.log": ""})
        assert await shadow.sync({}, {"src/a.rs", "src/x.log"}) == {"src/a.rs"}
        assert await shadow.sync({}, {"src/deep"}) == {"src/deep/er/c.rs"}
        shutil.rmtree(root / "src/deep")
        assert await shadow.sync({}, {"src/deep"}) == {"src/deep/er/c.rs"}
        assert not (shadow.root / "src/deep").exists()
        (root / "src/a.rs").unlink()
        assert await shadow.sync({}, {"src/a.rs", "src/never-was.rs"}) == {"src/a.rs"}
        assert await shadow.sync({}) == {"src/lib.rs"}


async def test_unsaved_texts_lie_over_the_copy_until_they_are_dropped(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as shadow:
        overlay = {"src/a.rs": "// unsaved\r\n", "src/fresh.rs": "// never saved\n"}
        await shadow.sync(overlay)
        assert (shadow.root / "src/a.rs").read_bytes() == b"// unsaved\r\n"
        assert shadow.text("src/fresh.rs") == "// never saved\n"
        assert await shadow.sync(overlay) == frozenset()
        assert await shadow.sync({"src/a.rs": "// more\n"}, ()) == {"src/a.rs", "src/fresh.rs"}
        assert "src/fresh.rs" not in copied(shadow)
        (root / "src/a.rs").write_text("// saved\n")
        assert await shadow.sync({"src/a.rs": "// more\n"}) == frozenset()
        assert await shadow.sync({}, ()) == {"src/a.rs"}
        assert shadow.text("src/a.rs") == "// saved\n"


async def test_texts_are_read_when_asked_for_and_kept(root: Path, cache: Path) -> None:
    write(root, {"src/latin1.rs": b"// caf\xe9\n", "src/bom.rs": "\ufeff// x\r\n"})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        texts = Texts(shadow, {"src/lib.rs": "// over\n"})
        assert texts["src/lib.rs"] == "// over\n"
        assert texts["src/bom.rs"] == "\ufeff// x\r\n"
        assert texts["src/a.rs"] == "// a\n"
        await shadow.sync({"src/a.rs": "// later\n"})
        assert texts["src/a.rs"] == "// a\n"
        assert set(texts) == shadow.files
        for absent in ("src/latin1.rs", "src/none.rs", "../../../../../../../../etc/passwd", "/etc/passwd"):
            with pytest.raises(KeyError):
                texts[absent]
        assert (shadow.root / "src/latin1.rs").read_bytes() == b"// caf\xe9\n"  # copied byte for byte


@pytest.mark.parametrize("name", ["/etc/passwd", "../" * 40 + "etc/passwd", ""])
async def test_an_overlay_cannot_leave_the_copy(root: Path, cache: Path, name: str) -> None:
    async with shadow_of(root, cache) as shadow:
        with pytest.raises(ShadowError):
            await shadow.sync({name: "x"})


async def test_what_cargo_made_in_the_copy_stays(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        write(shadow.root, {"Cargo.lock": "# cargo's\n", "src/generated.rs": "// by a build script\n"})
        write(shadow.target_dir, {"debug/x": ""})
        await shadow.sync({})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        assert copied(shadow)["Cargo.lock"] == b"# cargo's\n"
        assert "src/generated.rs" in copied(shadow)
        assert (shadow.target_dir / "debug/x").exists()


async def test_a_lock_file_that_cargo_updated_is_kept_until_the_users_changes(root: Path, cache: Path) -> None:
    write(root, {"Cargo.lock": "# 1\n"})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        (shadow.root / "Cargo.lock").write_text("# by cargo\n")
        assert await shadow.sync({}) == frozenset()
        assert shadow.text("Cargo.lock") == "# by cargo\n"
        (root / "Cargo.lock").write_text("# 2\n")
        await shadow.sync({})
        assert shadow.text("Cargo.lock") == "# 2\n"


async def test_a_copy_that_somebody_changed_is_mended(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        (shadow.root / "src/a.rs").write_text("// a build script was here\n")
        (shadow.root / "src/lib.rs").unlink()
        assert await shadow.sync({}) == {"src/a.rs", "src/lib.rs"}
        assert shadow.text("src/a.rs") == "// a\n"


async def test_the_next_run_goes_on_where_the_last_one_stopped(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        await shadow.sync({"src/a.rs": "// unsaved\n"})
        before = stamps(shadow.root)
    (root / "src/lib.rs").unlink()
    async with shadow_of(root, cache) as shadow:
        assert await shadow.sync({}) == {"src/a.rs", "src/lib.rs"}
        assert "src/lib.rs" not in copied(shadow)
        assert stamps(shadow.root)["Cargo.toml"] == before["Cargo.toml"]


@pytest.mark.parametrize("damage", ["missing", "garbage", "half", "other version"])
async def test_a_lost_manifest_only_costs_time(root: Path, cache: Path, damage: str) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({"src/gone.rs": "// gone\n"})
    manifest = cache / "manifest.json"
    match damage:
        case "missing":
            manifest.unlink()
        case "garbage":
            manifest.write_bytes(b"\xff\x00")
        case "half":
            manifest.write_bytes(manifest.read_bytes()[:40])
        case _:
            manifest.write_text(json.dumps({"version": 99, "entries": {}}))
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        assert set(copied(shadow)) == {".gitignore", "Cargo.toml", "src/lib.rs", "src/a.rs"}


KILLED = """
import asyncio, os, sys
from pathlib import Path
from helpers.source_trees import shadow_of
from sleepy_core.repo import mirror

left = int(sys.argv[3])
real = mirror.Mirror._write
def write(self, *args, **kw):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), 9)
    return real(self, *args, **kw)
mirror.Mirror._write = write

async def main():
    async with shadow_of(Path(sys.argv[1]), Path(sys.argv[2])) as shadow:
        await shadow.sync({"src/laid.rs": "// laid"})
        await shadow.sync({"src/a.rs": "// laid"})
asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 2, 4, 5, 6])
async def test_kill_9_in_the_middle_leaves_nothing_wrong_behind(root: Path, cache: Path, after: int) -> None:
    tests = Path(__file__).parents[2]
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, root, cache, str(after)],
        env=os.environ | {"PYTHONPATH": str(tests)},
        check=False,
    )
    assert done.returncode == (-9 if after < 6 else 0)
    write(root, {"src/a.rs": "// b\n"})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        sources = {"Cargo.toml", ".gitignore", "src/lib.rs", "src/a.rs"}
        assert copied(shadow) == {name: (root / name).read_bytes() for name in sources}
        assert list((cache / "tmp").iterdir()) == []


async def test_a_second_user_gets_a_folder_of_its_own(root: Path, cache: Path) -> None:
    async with shadow_of(root, cache) as one, shadow_of(root, cache) as two:
        assert one.folder == cache
        assert two.folder == cache.with_name("app-2")
    async with shadow_of(root, cache) as again:
        assert again.folder == cache


async def test_without_git_hidden_folders_and_build_output_are_left_out(tmp_path: Path, cache: Path) -> None:
    root = crate(
        tmp_path / "plain",
        {
            ".cargo/config.toml": "",
            ".hidden/x.rs": "",
            "node_modules/x.js": "",
            "target/debug/x": "",
            "src/target/mod.rs": "",
            "data.bin": b"\0",
        },
    )
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        assert set(copied(shadow)) == {
            "Cargo.toml", "src/lib.rs", ".cargo/config.toml", "src/target/mod.rs", "data.bin",
        }  # fmt: skip


async def test_build_output_that_nobody_told_git_to_ignore_is_left_out(root: Path, cache: Path) -> None:
    (root / ".gitignore").unlink()
    write(root, {"target/debug/x": "", "tools/target/CACHEDIR.TAG": "", "tools/target/x": ""})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        assert not any("target" in name for name in copied(shadow))


async def test_neighbours_and_configuration_above_are_found_by_the_same_names(tmp_path: Path, cache: Path) -> None:
    home = tmp_path / "home"
    root = repository(crate(home / "app", {".cargo/config.toml": "", ".gitignore": ".cargo\n"}))
    write(home, {".cargo/config.toml": "[build]\n", "rust-toolchain.toml": "", "ws/Cargo.toml": "[workspace]\n"})
    crate(home / "ws/near", {"target/x": "", "src/n.rs": ""})
    cargo = project(root, package(root, "app"), package(home / "ws/near", "near", member=False))
    async with shadow_of(root, cache, cargo) as shadow:
        await shadow.sync({})
        assert {
            ".cargo/config.toml", "../.cargo/config.toml", "../rust-toolchain.toml",
            "../ws/Cargo.toml", "../ws/near/Cargo.toml", "../ws/near/src/n.rs",
        } <= shadow.files  # fmt: skip
        assert not any("target" in name for name in shadow.files)
        assert (shadow.root / "../ws/near/src/n.rs").is_file()
        (home / "ws/near/src/n.rs").write_text("// n\n")
        assert await shadow.sync({}, {"../ws/near/src/n.rs"}) == {"../ws/near/src/n.rs"}


async def test_a_new_path_dependency_elsewhere_is_copied_when_the_project_follows(root: Path, cache: Path) -> None:
    near = crate(root.parent / "near")
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({"src/a.rs": "// laid\n"})
        both = project(root, package(root, "app"), package(near, "near", member=False))
        assert await shadow.follow(both) == {"../near/Cargo.toml", "../near/src/lib.rs"}
        assert shadow.text("src/a.rs") == "// laid\n"
        assert await shadow.follow(both) == frozenset()
        assert await shadow.follow(project(root, package(root, "app"))) == {"../near/Cargo.toml", "../near/src/lib.rs"}


async def test_a_project_reached_through_a_symlink_is_copied_under_that_name(root: Path, cache: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    async with shadow_of(link, cache) as shadow:
        await shadow.sync({})
        assert shadow.root == cache / "tree" / link.relative_to("/")
        assert "src/a.rs" in copied(shadow)


async def test_symlinks_stay_links_only_where_they_stay_inside(root: Path, cache: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "elsewhere", {"file.rs": "// outside\n", "folder/x.rs": ""})
    links = {
        "src/inside.rs": "a.rs",
        "src/up": "../src",
        "src/outside.rs": str(outside / "file.rs"),
        "src/absolute.rs": str(root / "src/a.rs"),
        "src/away": "../../../elsewhere/folder",
        "src/ignored.rs": "../x.log",
        "src/loop": "loop",
        "src/one": "two",
        "src/two": "one",
        "src/nowhere": "not-there.rs",
    }
    write(root, {"x.log": "// ignored\n"})
    for name, target in links.items():
        (root / name).symlink_to(target)
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        assert {name: data.decode() for name, data in copied(shadow).items() if name in links} == {
            "src/inside.rs": "-> a.rs",
            "src/up": "-> ../src",
            "src/outside.rs": "// outside\n",
            "src/absolute.rs": "// a\n",
            "src/ignored.rs": "// ignored\n",
        }
        assert await shadow.sync({}) == frozenset()
        (outside / "file.rs").write_text("// changed\n")
        assert await shadow.sync({}) == {"src/outside.rs"}
        (root / "src/inside.rs").unlink()
        (root / "src/inside.rs").symlink_to("lib.rs")
        assert await shadow.sync({}, {"src/inside.rs"}) == {"src/inside.rs"}


async def test_a_folder_may_take_a_files_place_and_a_file_a_folders(root: Path, cache: Path) -> None:
    write(root, {"src/b/mod.rs": "// b\n"})
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        shutil.rmtree(root / "src/b")
        (root / "src/a.rs").unlink()
        write(root, {"src/a.rs/mod.rs": "// a\n", "src/b": "// b\n"})
        await shadow.sync({})
        assert {"src/a.rs/mod.rs", "src/b"} <= set(copied(shadow))


async def test_odd_files_neither_stop_nor_hang_it(root: Path, cache: Path) -> None:
    write(root, {"src/big.rs": "// 5 MB\n" + "x" * 5_000_000, "run.sh": "#!/bin/sh\n"})
    (root / "run.sh").chmod(0o755)
    os.mkfifo(root / "pipe")
    odd = os.fsencode(root) + b"/src/\xff.rs"
    with open(odd, "wb") as file:
        file.write(b"// odd\n")
    async with shadow_of(root, cache) as shadow:
        async with asyncio.timeout(20):
            await shadow.sync({})
        assert os.access(shadow.root / "run.sh", os.X_OK)
        assert len(shadow.text("src/big.rs")) == 5_000_008
        assert (shadow.root / os.fsdecode(b"src/\xff.rs")).read_bytes() == b"// odd\n"
        assert not (shadow.root / "pipe").exists()
    async with shadow_of(root, cache) as shadow:  # the name survives the manifest
        assert await shadow.sync({}) == frozenset()


async def test_files_that_vanish_or_change_while_they_are_copied_are_taken_next_time(
    root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mirror._same

    def meanwhile(copy: str, *rest: object) -> bool:
        if copy.endswith("lib.rs"):
            (root / "src/lib.rs").write_text("// written while we read\n")
        return real(copy, *rest)  # type: ignore[arg-type]

    async with shadow_of(root, cache) as shadow:
        files = [f"src/{n}.rs" for n in range(50)]
        write(root, dict.fromkeys(files, "// x\n"))
        copy_one = mirror.Mirror._copy_one

        def vanishing(self: mirror.Mirror, key: str, *rest: object) -> None:
            (root / "src/7.rs").unlink(missing_ok=True)
            copy_one(self, key, *rest)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(mirror, "_same", meanwhile)
            patch.setattr(mirror.Mirror, "_copy_one", vanishing)
            await shadow.sync({})
        await shadow.sync({})
        assert shadow.text("src/lib.rs") == "// written while we read\n"
        assert "src/7.rs" not in copied(shadow) or shadow.text("src/7.rs") == "// x\n"
        assert "src/8.rs" in copied(shadow)


async def test_a_cancelled_sync_loses_no_news(root: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        (root / "src/a.rs").write_text("// new\n")
        real, begun = mirror.Mirror.update, asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(self: mirror.Mirror, *args: object, **named: object) -> None:
            loop.call_soon_threadsafe(begun.set)
            time.sleep(0.1)
            real(self, *args, **named)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(mirror.Mirror, "update", slow)
            task = asyncio.create_task(shadow.sync({}))
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert shadow.text("src/a.rs") == "// new\n"  # the thread was waited for
        assert await shadow.sync({}) == {"src/a.rs"}


async def test_a_cache_that_cannot_be_written_is_told_in_a_sentence(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in place of the folder")
    with pytest.raises(ShadowError, match="cannot be written"):
        async with shadow_of(root, tmp_path / "file" / "app"):
            pass


async def test_a_full_disk_is_told_and_survived(root: Path, tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "size=512k") as small:
        write(root, {"src/big.rs": "x" * 2_000_000})
        async with shadow_of(root, small / "app") as shadow:
            with pytest.raises(ShadowError, match="disk is full"):
                await shadow.sync({})
            (root / "src/big.rs").write_text("// small\n")
            await shadow.sync({})
            assert shadow.text("src/big.rs") == "// small\n"


async def test_a_read_only_cache_is_told(root: Path, tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "ro") as fixed, pytest.raises(ShadowError, match="may not be written"):
        async with shadow_of(root, fixed / "app"):
            pass


async def test_a_branch_switch_is_followed(root: Path, cache: Path) -> None:
    git(root, "checkout", "-q", "-b", "other")
    write(root, {"src/other.rs": "// other\n", "src/a.rs": "// other a\n"})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "other")
    async with shadow_of(root, cache) as shadow:
        await shadow.sync({})
        git(root, "checkout", "-q", "main")
        assert await shadow.sync({}) == {"src/other.rs", "src/a.rs"}
        assert shadow.text("src/a.rs") == "// a\n"


async def test_the_least_recently_used_shadow_goes_first(tmp_path: Path) -> None:
    cache = tmp_path / "shadows"
    roots = [crate(tmp_path / name, {"big.bin": b"x" * 100_000}) for name in ("old", "kept", "open", "new")]
    folders = [shadow_folder(cache, root) for root in roots]
    for age, (root, folder) in enumerate(zip(roots, folders, strict=True)):
        async with shadow_of(root, folder) as shadow:
            await shadow.sync({})
        os.utime(folder / "last-used", (1000 + age, 1000 + age))
    old, kept, opened, new = folders
    async with shadow_of(roots[2], opened):
        freed = await clean_up(cache, 450_000, keep=[kept])
        assert freed >= 100_000
        assert not (old / "tree").exists()
        assert all((folder / "tree").exists() for folder in (kept, opened, new))
        await clean_up(cache, 0, keep=[kept])
        assert all((folder / "tree").exists() for folder in (kept, opened))
        assert not (new / "tree").exists()
    async with shadow_of(roots[0], old) as shadow:  # and can be made again
        assert "big.bin" in await shadow.sync({})
    assert await clean_up(tmp_path / "nothing", 0, keep=[]) == 0


async def test_folders_of_projects_with_one_name_differ(tmp_path: Path) -> None:
    one, two = shadow_folder(tmp_path, Path("/a/app x")), shadow_folder(tmp_path, Path("/b/app x"))
    assert one != two
    assert one.name.startswith("app_x-")
