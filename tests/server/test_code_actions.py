"""The lightbulb and what hangs on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from helpers.fake_app import LIB, FakeApp, FakeProject, diagnostic, offer
from helpers.memory_client import MemoryClient, client_of
from sleepy_core.model import Edit, FilePatch, VerdictKind
from sleepy_core.text import digest

TEXT = "fn main() {\n    let é = b;\n}\n"
ERROR = diagnostic("E0425", "cannot find value `b`", (1, 12, 13))
HERE = (1, 12, 1, 13)
AT_B = TEXT.index("b")
GOOD = offer(ERROR, TEXT, [Edit(AT_B, AT_B + 1, "c")], label="use `c`")
WEAK = offer(
    ERROR, TEXT, [Edit(AT_B, AT_B + 1, "todo!()")], VerdictKind.BETTER, label="leave it", remaining=2, weak=True
)


@pytest.fixture
def project(tmp_path: Path) -> FakeProject:
    return FakeProject(tmp_path / "demo", {LIB: TEXT})


@pytest.fixture
async def client(project: FakeProject) -> AsyncIterator[MemoryClient]:
    async with client_of(FakeApp(project)) as client:
        await client.initialize(project.root, {"views": True})
        client.open(project.root / LIB, TEXT)
        await client.until(lambda: project.buffers)
        project.publish(ERROR)
        await client.until(lambda: client.shown(uri_of(project)))
        yield client


def uri_of(project: FakeProject) -> str:
    return (project.root / LIB).as_uri()


def edits(actions: list[Any]) -> list[Any]:
    return [a for a in actions if "edit" in a]


async def test_the_best_fix_is_preferred_and_versioned_and_the_weak_one_is_not(
    client: MemoryClient, project: FakeProject
) -> None:
    project.standing = [GOOD, WEAK]
    given = client.shown(uri_of(project))
    first, second = edits(await client.actions(uri_of(project), HERE, given))
    assert first["title"] == "Sleepy: use `c` (verified: 0 errors left)"
    assert first["isPreferred"] is True
    assert first["kind"] == "quickfix"
    assert [d["code"] for d in first["diagnostics"]] == ["E0425"]
    change = first["edit"]["documentChanges"][0]
    assert change["textDocument"] == {"uri": uri_of(project), "version": 1}
    assert change["edits"] == [
        {"range": {"start": {"line": 1, "character": 12}, "end": {"line": 1, "character": 13}}, "newText": "c"}
    ]
    assert "isPreferred" not in second
    assert second["title"] == "Sleepy: leave it (may not be what you mean; verified: fixes this, 2 other errors left)"


async def test_a_weak_fix_is_never_preferred_even_alone(client: MemoryClient, project: FakeProject) -> None:
    project.standing = [WEAK]
    assert [a.get("isPreferred") for a in edits(await client.actions(uri_of(project), HERE))] == [None]


async def test_fixes_attach_to_rust_analyzers_diagnostics_by_code_and_range(
    client: MemoryClient, project: FakeProject
) -> None:
    project.standing = [GOOD]
    span = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 14}}
    theirs = {"range": span, "message": "other words", "code": "E0425", "source": "rustc", "severity": 1}
    action = edits(await client.actions(uri_of(project), (1, 4, 1, 5), [theirs]))[0]
    assert action["diagnostics"] == [theirs]
    other = theirs | {"code": "E0308"}
    assert edits(await client.actions(uri_of(project), (1, 4, 1, 5), [other])) == []


async def test_questions_about_the_best_fix_stand_last(client: MemoryClient, project: FakeProject) -> None:
    project.standing = [GOOD]
    actions = await client.actions(uri_of(project), HERE)
    assert [a["command"]["command"] for a in actions[1:]] == ["sleepy.explainFix", "sleepy.dismissFix"]
    argument = actions[1]["command"]["arguments"][0]
    assert (await client.command("sleepy.explainFix", argument))["markdown"] == f"# Why {GOOD.id}"
    assert (await client.command("sleepy.dismissFix", argument | {"reason": "ugly"}))["done"] is True
    assert project.dismissed == [(GOOD.id, "ugly")]
    assert edits(await client.actions(uri_of(project), HERE)) == []


async def test_nothing_is_offered_for_a_text_that_was_not_verified(client: MemoryClient, project: FakeProject) -> None:
    project.standing = [GOOD]
    client.type(uri_of(project), 2, ((0, 0, 0, 0), " "))
    assert edits(await client.actions(uri_of(project), HERE)) == []


async def test_an_edit_of_several_files_is_offered_only_while_all_are_as_they_were(
    client: MemoryClient, project: FakeProject
) -> None:
    other = "src/other.rs"
    project.checked[other] = "pub fn f() {}\n"
    part = FilePatch(other, digest(project.checked[other]), (Edit(0, 4, ""),))
    project.standing = [offer(ERROR, TEXT, [Edit(AT_B, AT_B + 1, "c")], more=(part,))]
    action = edits(await client.actions(uri_of(project), HERE))[0]
    documents = [c["textDocument"] for c in action["edit"]["documentChanges"]]
    assert documents == [
        {"uri": uri_of(project), "version": 1},
        {"uri": (project.root / other).as_uri(), "version": None},
    ]
    client.open(project.root / other, "pub fn g() {}\n")
    await client.until(lambda: len(project.buffers) == 2)
    assert edits(await client.actions(uri_of(project), HERE)) == []


async def test_one_patch_for_several_errors_is_one_action(client: MemoryClient, project: FakeProject) -> None:
    second = diagnostic("E0599", "no method", (1, 12, 13))
    project.standing = [GOOD, offer(second, TEXT, [Edit(AT_B, AT_B + 1, "c")])]
    project.publish(ERROR, second)
    given = await client.until(lambda: len(shown := client.shown(uri_of(project)) or []) == 2 and shown)
    actions = edits(await client.actions(uri_of(project), HERE, given))
    assert len(actions) == 1
    assert sorted(d["code"] for d in actions[0]["diagnostics"]) == ["E0425", "E0599"]


async def test_only_the_kinds_that_were_asked_for_are_answered(client: MemoryClient, project: FakeProject) -> None:
    project.standing, project.composed = [GOOD], GOOD

    async def kinds(only: list[str] | None) -> set[str]:
        return {a["kind"] for a in await client.actions(uri_of(project), HERE, only=only)}

    assert await kinds(None) == {"quickfix", "source.fixAll.sleepy"}
    assert await kinds(["quickfix"]) == {"quickfix"}
    for kind in ("source", "source.fixAll", "source.fixAll.sleepy"):
        assert await kinds([kind]) == {"source.fixAll.sleepy"}
    assert await kinds(["refactor", "source.fixAll.eslint"]) == set()


async def test_an_error_without_a_fix_offers_to_search_one(client: MemoryClient, project: FakeProject) -> None:
    project.unrepaired = [ERROR]
    (action,) = await client.actions(uri_of(project), HERE)
    assert action["title"] == "Sleepy: find a fix"
    assert action["command"]["arguments"] == [{"uri": uri_of(project), "position": {"line": 1, "character": 12}}]
    assert await client.actions(uri_of(project), (0, 0, 0, 0)) == []


async def test_while_the_check_is_behind_the_clients_own_diagnostics_say_where_to_search(
    client: MemoryClient, project: FakeProject
) -> None:
    given = client.shown(uri_of(project))
    client.type(uri_of(project), 2, ((0, 0, 0, 0), " "))
    actions = await client.actions(uri_of(project), HERE, given)
    assert [a["title"] for a in actions] == ["Sleepy: find a fix"]


async def test_the_search_brings_the_fix_to_a_client_that_shows_it_itself(
    client: MemoryClient, project: FakeProject
) -> None:
    argument = {"uri": uri_of(project), "position": {"line": 1, "character": 12}}
    asked = asyncio.create_task(client.command("sleepy.findFix", argument))
    await client.until(lambda: project.found)
    assert project.searches[0][1] == ERROR.span.start
    assert project.found is not None
    project.found.set_result(GOOD)
    result = await asked
    assert result["offer"]["id"] == GOOD.id
    assert "+    let é = c;" in result["offer"]["diff"]
    assert not client.said("workspace/applyEdit")


async def test_the_search_can_be_cancelled_by_its_progress(project: FakeProject) -> None:
    async with client_of(FakeApp(project)) as client:
        await client.initialize(project.root, capabilities={"window": {"workDoneProgress": True}})
        client.answers["window/workDoneProgress/create"] = lambda _: None
        uri = client.open(project.root / LIB, TEXT)
        await client.until(lambda: project.buffers)
        argument = {"uri": uri, "position": {"line": 1, "character": 12}}
        asked = asyncio.create_task(client.command("sleepy.findFix", argument))
        begun = await client.until(lambda: client.said("$/progress"))
        assert begun[0]["value"]["cancellable"] is True
        client.notify("window/workDoneProgress/cancel", {"token": begun[0]["token"]})
        assert (await asked)["cancelled"] is True
        assert project.found is not None
        assert project.found.cancelled()
        assert client.said("$/progress")[-1]["value"]["kind"] == "end"


async def test_a_cancelled_request_stops_the_search(client: MemoryClient, project: FakeProject) -> None:
    argument = {"uri": uri_of(project), "position": {"line": 1, "character": 12}}
    number, answer = client.begin("workspace/executeCommand", {"command": "sleepy.findFix", "arguments": [argument]})
    await client.until(lambda: project.found)
    client.notify("$/cancelRequest", {"id": number})
    assert (await answer)["error"]["code"] == -32800
    await client.settle()
    assert project.found is not None
    assert project.found.cancelled()


async def test_for_a_client_without_views_the_found_fix_is_applied(project: FakeProject) -> None:
    async with client_of(FakeApp(project)) as client:
        await client.initialize(project.root, capabilities={"window": {}})
        client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
        uri = client.open(project.root / LIB, TEXT)
        await client.until(lambda: project.buffers)
        project.unrepaired = [ERROR]
        (action,) = await client.actions(uri, HERE)
        asked = asyncio.create_task(client.command("sleepy.findFix", action["command"]["arguments"][0]))
        await client.until(lambda: project.found)
        assert project.found is not None
        project.found.set_result(GOOD)
        assert (await asked)["applied"] is True
        # This client did not say that it takes versioned changes.
        assert list(client.said("workspace/applyEdit")[0]["edit"]) == ["changes"]


async def test_a_search_without_a_result_says_so_once(project: FakeProject) -> None:
    async with client_of(FakeApp(project)) as client:
        await client.initialize(project.root)
        uri = client.open(project.root / LIB, TEXT)
        await client.until(lambda: project.buffers)
        argument = {"uri": uri, "position": {"line": 1, "character": 12}, "apply": True}
        asked = asyncio.create_task(client.command("sleepy.findFix", argument))
        await client.until(lambda: project.found)
        assert project.found is not None
        project.found.set_result(None)
        assert (await asked)["message"] == "No verified fix was found for this error."
        assert len(client.said("window/showMessage")) == 1


async def test_fix_all_applies_the_composition(client: MemoryClient, project: FakeProject) -> None:
    assert (await client.command("sleepy.fixAll", {"uri": uri_of(project)}))["done"] is False
    project.composed = GOOD
    client.answers["workspace/applyEdit"] = lambda _: {"applied": True}
    assert (await client.command("sleepy.fixAll", {"uri": uri_of(project)}))["done"] is True


@pytest.mark.parametrize("arguments", [[], [7], [{"position": "here"}], None])
async def test_a_command_that_is_not_understood_is_an_error_of_the_request(
    client: MemoryClient, arguments: Any
) -> None:
    _, answer = client.begin("workspace/executeCommand", {"command": "sleepy.findFix", "arguments": arguments})
    assert (await answer)["error"]["code"] == -32602
    _, answer = client.begin("workspace/executeCommand", {"command": "sleepy.nothing", "arguments": []})
    assert (await answer)["error"]["code"] == -32602


async def test_recheck_checks_the_project(client: MemoryClient, project: FakeProject) -> None:
    assert (await client.command("sleepy.recheck", {"uri": uri_of(project)}))["done"] is True
    assert (await client.command("sleepy.recheck", {}))["done"] is True
    assert project.rechecks == 2


async def test_the_view_gets_every_fix_with_its_diff_and_edit(client: MemoryClient, project: FakeProject) -> None:
    project.standing = [GOOD, WEAK]
    offers = (await client.request("sleepy/offers", {"uri": uri_of(project)}))["offers"]
    assert [(o["id"], o.get("preferred", False), o["verdict"]) for o in offers] == [
        (GOOD.id, True, "clean"),
        (WEAK.id, False, "better"),
    ]
    assert offers[0]["edit"]["documentChanges"]
    assert (await client.request("sleepy/offers", {"uri": "file:///nowhere.rs"})) == {"offers": []}


async def test_hovering_over_an_error_says_why_its_fix_is_offered(client: MemoryClient, project: FakeProject) -> None:
    project.standing = [GOOD]

    async def hover(line: int, character: int) -> Any:
        where = {"textDocument": {"uri": uri_of(project)}, "position": {"line": line, "character": character}}
        return await client.request("textDocument/hover", where)

    assert "use `c` (verified: 0 errors left)" in (await hover(1, 12))["contents"]["value"]
    assert await hover(0, 0) is None
