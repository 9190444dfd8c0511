"""The real server process, real cargo, a real client (pytest-lsp)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from sleepy_server.ipc import NotRunning, control

pytestmark = pytest.mark.slow

BROKEN = """\
pub fn total(values: &[i32]) -> i32 {
    let sum = 0;
    for value in values {
        sum += value;
    }
    sum
}
"""


@pytest.fixture
def crate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A crate with one error that the compiler can repair, and a home of its own for everything."""
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SLEEPY_ENGINE__NAME", "none")
    root = tmp_path / "demo"
    (root / "src").mkdir(parents=True)
    (root / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n')
    (root / "src/lib.rs").write_text(BROKEN)
    return root


@pytest.fixture
async def daemon(crate: Path) -> AsyncIterator[None]:
    """Ends the daemon that a test has started."""
    yield
    with contextlib.suppress(NotRunning, psutil.NoSuchProcess):
        process = psutil.Process(control("status")["pid"])
        control("stop")
        await asyncio.to_thread(process.wait, 10)


@contextlib.asynccontextmanager
async def editor(crate: Path, *arguments: str) -> AsyncIterator[LanguageClient]:
    command = [sys.executable, "-m", "sleepy_server", "lsp", *arguments]
    client = await ClientServerConfig(server_command=command, server_env=dict(os.environ)).start()
    assert isinstance(client, LanguageClient)
    client.feature("sleepy/status")(lambda _: None)
    try:
        await client.initialize_session(
            types.InitializeParams(
                capabilities=client_capabilities("visual-studio-code"),
                workspace_folders=[types.WorkspaceFolder(uri=crate.as_uri(), name="demo")],
            )
        )
        yield client
    finally:
        await client.shutdown_session()
        await client.stop()


async def open_and_wait(client: LanguageClient, crate: Path) -> tuple[str, list[types.Diagnostic]]:
    path = crate / "src/lib.rs"
    uri = path.as_uri()
    item = types.TextDocumentItem(uri=uri, language_id="rust", version=1, text=path.read_text())
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    while not client.diagnostics.get(uri):
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return uri, list(client.diagnostics[uri])


async def preferred_fix(client: LanguageClient, uri: str, diagnostic: types.Diagnostic) -> types.CodeAction:
    """The verified fix, as soon as there is one."""
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=uri),
        range=diagnostic.range,
        context=types.CodeActionContext(diagnostics=[diagnostic]),
    )
    while True:
        actions = await client.text_document_code_action_async(params)
        for action in actions or ():
            if isinstance(action, types.CodeAction) and action.is_preferred:
                return action
        await asyncio.sleep(0.05)


async def take(client: LanguageClient, crate: Path, uri: str, action: types.CodeAction) -> None:
    """Apply an action's edit to the file and tell the server, as an editor does."""
    assert action.edit is not None
    assert action.edit.document_changes
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    (edit,) = change.edits
    assert isinstance(edit, types.TextEdit)
    assert change.text_document.version == 1
    (crate / "src/lib.rs").write_text(BROKEN.replace("let sum", "let mut sum"))
    assert edit.new_text == "mut "
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[types.TextDocumentContentChangePartial(range=edit.range, text=edit.new_text)],
        )
    )
    client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri=uri)))
    while client.diagnostics[uri]:
        await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.parametrize("arguments", [("--standalone",), ()])
async def test_from_the_squiggle_to_the_verified_fix_and_green(
    crate: Path, daemon: None, arguments: tuple[str, ...]
) -> None:
    async with editor(crate, *arguments) as client:
        uri, (diagnostic,) = await open_and_wait(client, crate)
        assert (diagnostic.code, diagnostic.source) == ("E0596", "sleepy")
        action = await preferred_fix(client, uri, diagnostic)
        assert action.title.endswith("(verified: 0 errors left)")
        await take(client, crate, uri, action)


async def test_two_editors_share_one_daemon_and_its_project(crate: Path, daemon: None) -> None:
    async with editor(crate) as second:
        async with editor(crate) as first:
            uri, _ = await open_and_wait(first, crate)
            _, (diagnostic,) = await open_and_wait(second, crate)
            told = control("status")
            assert told["sessions"] == 2
            assert [p["root"] for p in told["projects"]] == [str(crate)]
        assert await preferred_fix(second, uri, diagnostic)
    while control("status")["sessions"]:
        await asyncio.sleep(0.02)
    assert control("status")["projects"] == []


async def test_after_kill_9_the_next_editor_gets_a_new_daemon_and_its_fix(crate: Path, daemon: None) -> None:
    command = [sys.executable, "-m", "sleepy_server", "lsp"]
    pipe = asyncio.subprocess.PIPE
    victim = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    old = 0
    while not old:
        await asyncio.sleep(0.05)
        with contextlib.suppress(NotRunning):
            old = control("status")["pid"] if control("status")["sessions"] else 0
    psutil.Process(old).kill()
    assert await asyncio.wait_for(victim.wait(), 10) == 1
    assert victim.stderr is not None
    assert (await victim.stderr.read()).startswith(b"sleepy: The daemon ")
    async with editor(crate) as client:
        assert control("status")["pid"] != old
        uri, (diagnostic,) = await open_and_wait(client, crate)
        assert await preferred_fix(client, uri, diagnostic)


async def test_in_an_untrusted_workspace_cargo_never_runs(crate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = crate.parent / "ran"
    cargo = crate.parent / "cargo"
    cargo.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
    cargo.chmod(0o755)
    monkeypatch.setenv("SLEEPY_CHECK__CARGO", str(cargo))
    command = [sys.executable, "-m", "sleepy_server", "lsp", "--standalone"]
    client = await ClientServerConfig(server_command=command).start()
    assert isinstance(client, LanguageClient)
    phases: list[str] = []
    client.feature("sleepy/status")(lambda params: phases.append(params.phase))
    folders = [types.WorkspaceFolder(uri=crate.as_uri(), name="demo")]
    await client.initialize_session(
        types.InitializeParams(
            capabilities=types.ClientCapabilities(),
            workspace_folders=folders,
            initialization_options={"trusted": False},
        )
    )
    while not phases:
        await client.wait_for_notification("sleepy/status")
    assert phases[-1] == "untrusted"
    assert not ran.exists()
    client.protocol.notify("sleepy/trust", {"trusted": True})
    while phases[-1] != "problem":
        await asyncio.wait_for(client.wait_for_notification("sleepy/status"), 20)
    assert ran.exists()
    await client.shutdown_session()
    await client.stop()
