"""Code that a model wrote can read the project and write its own target folder, and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from helpers.source_trees import MANIFEST, crate
from sleepy_core.errors import SleepyError
from sleepy_core.repo import sandbox as module
from sleepy_core.repo.sandbox import Sandbox, describe


@pytest.fixture
def sandbox() -> Sandbox:
    found = Sandbox.detect("auto")
    if found is None:
        pytest.skip(describe())
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with secrets, that keeps the real cargo and rustup."""
    real = Path.home()
    for name in ("cargo", "rustup"):
        monkeypatch.setenv(f"{name.upper()}_HOME", os.environ.get(f"{name.upper()}_HOME") or str(real / f".{name}"))
    (tmp_path / "home/.ssh").mkdir(parents=True)
    (tmp_path / "home/.ssh/id_ed25519").write_text("very secret")
    (tmp_path / "home/.netrc").write_text("very secret")
    (tmp_path / "home/.gnupg-real").mkdir()
    (tmp_path / "home/.gnupg-real/key").write_text("very secret")
    (tmp_path / "home/.gnupg").symlink_to(".gnupg-real")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def shell(sandbox: Sandbox, script: str, cwd: Path, writable: Sequence[Path] = ()) -> subprocess.CompletedProcess[str]:
    argv = sandbox.wrap(["sh", "-c", script], writable=writable, cwd=cwd)
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def test_only_the_writable_folders_and_a_private_tmp_can_be_written(sandbox: Sandbox, tmp_path: Path) -> None:
    tree, target = tmp_path / "tree", tmp_path / "target"
    tree.mkdir()
    for folder in (tree, Path.home(), tmp_path, Path("/var/tmp"), Path("/etc")):
        done = shell(sandbox, f"echo x > {folder}/sleepy-was-here", tree, [target])
        assert done.returncode != 0, folder
        assert not (folder / "sleepy-was-here").exists()
    done = shell(sandbox, f"echo x > {target}/x && echo x > /tmp/sleepy-private && echo $TMPDIR", tree, [target])
    assert (done.returncode, done.stdout) == (0, "/tmp\n")
    assert (target / "x").read_text() == "x\n"
    assert not Path("/tmp/sleepy-private").exists()


def test_it_has_no_rights_to_mount_things_writable_again(sandbox: Sandbox, tmp_path: Path) -> None:
    done = shell(sandbox, "mount -o remount,rw,bind / ; grep CapEff /proc/self/status", tmp_path)
    assert done.stdout.split() == ["CapEff:", "0" * 16]
    assert "denied" in done.stderr or "permitted" in done.stderr or "superuser" in done.stderr


def test_the_tree_its_neighbours_and_the_tools_can_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "near.rs").write_text("// near\n")
    assert shell(sandbox, "cat ../near.rs", tmp_path / "tree").stdout == "// near\n"
    assert "cargo" in shell(sandbox, "cargo --version", tmp_path / "tree").stdout


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("name", [".ssh/id_ed25519", ".netrc", ".gnupg/key", ".gnupg-real/key"])
def test_secrets_cannot_be_read(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    assert "secret" not in shell(sandbox, f"cat ~/{name}", tmp_path).stdout
    assert "secret" not in shell(sandbox, "grep -r secret ~", tmp_path).stdout


def test_the_daemons_socket_and_the_episodes_are_out_of_sight(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "sleepy"))
    for name in ("data", "run", "config"):
        (tmp_path / "sleepy" / name).mkdir(parents=True)
        (tmp_path / "sleepy" / name / "x").write_text("secret")
    tree = tmp_path / "sleepy/cache/tree"
    tree.mkdir(parents=True)
    assert shell(sandbox, f"cat {tmp_path}/sleepy/*/x", tree).stdout == ""


@pytest.fixture
def listener() -> Iterator[tuple[int, Path, list[str]]]:
    """A TCP port and a unix socket in /run that note who calls."""
    calls: list[str] = []
    path = Path("/run/sleepy-test.sock")
    path.unlink(missing_ok=True)
    if not os.access("/run", os.W_OK):
        pytest.skip("cannot put a socket into /run")
    tcp, unix = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    unix.bind(str(path))
    unix.listen()

    def accept(server: socket.socket, name: str) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connection.close()
            calls.append(name)

    threads = [threading.Thread(target=accept, args=a, daemon=True) for a in ((tcp, "tcp"), (unix, "unix"))]
    for thread in threads:
        thread.start()
    yield tcp.getsockname()[1], path, calls
    for server in (tcp, unix):
        server.shutdown(socket.SHUT_RDWR)
        server.close()
    for thread in threads:
        thread.join(5)
    path.unlink()


CALL = """
import socket, sys
for family, address in ((socket.AF_INET, ("127.0.0.1", int(sys.argv[1]))), (socket.AF_UNIX, sys.argv[2])):
    with socket.socket(family) as s:
        try:
            s.connect(address)
            s.recv(1)
            print("connected", family)
        except OSError as error:
            print(error)
"""


def test_nobody_can_be_called(sandbox: Sandbox, listener: tuple[int, Path, list[str]], tmp_path: Path) -> None:
    port, path, calls = listener
    argv = [os.path.realpath(sys.executable), "-c", CALL, str(port), str(path)]
    inside = sandbox.wrap(argv, writable=[], cwd=tmp_path)
    said = subprocess.run(inside, capture_output=True, text=True, check=True).stdout
    assert "connected" not in said
    assert calls == []
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.count("connected") == 2
    assert sorted(calls) == ["tcp", "unix"]


HARM = """
fn harm() -> String {
    use std::{env::var, fs, net::TcpStream};
    let mut said = String::new();
    for place in [var("VICTIM").unwrap(), var("CARGO_MANIFEST_DIR").unwrap() + "/src/lib.rs"] {
        said += &format!("write {},", fs::write(place, "gotcha").is_ok());
    }
    said += &format!("read {},", fs::read_to_string(var("HOME").unwrap() + "/.ssh/id_ed25519").is_ok());
    said += &format!("call {}", TcpStream::connect(("127.0.0.1", var("PORT").unwrap().parse().unwrap())).is_ok());
    said
}
"""
BUILD = """
include!("harm.rs");
fn main() { fs_write(&(std::env::var("OUT_DIR").unwrap() + "/said.txt"), &harm()); }
fn fs_write(path: &str, text: &str) { std::fs::write(path, text).unwrap(); }
"""
MACRO = """
include!("../../harm.rs");
#[proc_macro]
pub fn said(_: proc_macro::TokenStream) -> proc_macro::TokenStream { format!("{:?}", harm()).parse().unwrap() }
"""
LIBRARY = """
const NO_HARM: &str = "write false,write false,read false,call false";
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] { i += 1; }
    i == a.len() && i == b.len()
}
const _: () = assert!(same(evil_macro::said!(), NO_HARM));
const _: () = assert!(same(include_str!(concat!(env!("OUT_DIR"), "/said.txt")), NO_HARM));
"""


@pytest.mark.slow
def test_a_build_script_and_a_macro_in_it_run_and_do_no_harm(
    sandbox: Sandbox, home: Path, listener: tuple[int, Path, list[str]], tmp_path: Path
) -> None:
    macro = MANIFEST.format(name="evil_macro") + "[lib]\nproc-macro = true\n"
    manifest = MANIFEST.format(name="evil") + '[dependencies]\nevil_macro = { path = "evil_macro" }\n'
    root = crate(
        tmp_path / "evil",
        {"Cargo.toml": manifest, "src/lib.rs": LIBRARY, "build.rs": BUILD, "harm.rs": HARM}
        | {"evil_macro/Cargo.toml": macro, "evil_macro/src/lib.rs": MACRO},
    )
    subprocess.run(["cargo", "generate-lockfile", "--offline"], cwd=root, check=True, capture_output=True)
    port, _, calls = listener
    victim, target = home / "victim.txt", tmp_path / "target"
    environment = os.environ | {"VICTIM": str(victim), "PORT": str(port), "CARGO_TARGET_DIR": str(target)}
    argv = sandbox.wrap(["cargo", "check", "--offline"], writable=[target], cwd=root)
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr  # the library's assertions say what did not work
    assert not victim.exists()
    assert calls == []
    assert (root / "src/lib.rs").read_text() == LIBRARY


def test_where_there_is_none_it_says_what_is_not_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    module._working.cache_clear()
    monkeypatch.setenv("PATH", "/nowhere")
    try:
        assert Sandbox.detect("auto") is None
        assert Sandbox.detect("off") is None
        assert "like your own" in describe()
        with pytest.raises(SleepyError, match="not installed"):
            Sandbox.detect("required")
    finally:
        module._working.cache_clear()


@pytest.mark.parametrize("script", ["exit 1", "echo 'No permissions to create new namespace' >&2; exit 1"])
def test_a_bubblewrap_that_does_not_work_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bwrap").chmod(0o755)
    module._working.cache_clear()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    try:
        assert Sandbox.detect("auto") is None
        assert "does not work here" in describe()
    finally:
        module._working.cache_clear()
