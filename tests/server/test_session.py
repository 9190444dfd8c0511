"""One editor's session: texts in, diagnostics and status out."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.fake_app import LIB, FakeApp, FakeProject, Phase, diagnostic
from helpers.memory_client import MemoryClient, client_of
from sleepy_core.model import Span
from sleepy_core.night.learned import Learned
from sleepy_core.night.night import Night
from sleepy_core.night.promote import Settled
from sleepy_server.features import news
from sleepy_server.meter import Meter

TEXT = "fn main() {\n    let a = b;\n}\n"
ERROR = diagnostic("E0425", "cannot find value `b`", (1, 12, 13))


@pytest.fixture
def project(tmp_path: Path) -> FakeProject:
    return FakeProject(tmp_path / "demo", {LIB: TEXT})


@pytest.fixture
def app(project: FakeProject) -> FakeApp:
    return FakeApp(project)


async def opened(client: MemoryClient, project: FakeProject, text: str = TEXT) -> str:
    uri = client.open(project.root / LIB, text)
    await client.until(lambda: project.buffers)
    return uri


async def test_the_position_encoding_is_the_first_one_of_the_client_that_we_know(app: FakeApp) -> None:
    for offered, chosen in (([], "utf-16"), (["utf-16"], "utf-16"), (["utf-8", "utf-16"], "utf-8")):
        async with client_of(app) as client:
            result = await client.initialize(None, capabilities={"general": {"positionEncodings": offered}})
            assert result["capabilities"]["positionEncoding"] == chosen


async def test_an_opened_document_reaches_its_project_and_every_edit_follows(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        client.type(uri, 2, ((1, 12, 1, 13), "cc"), ((1, 12, 1, 12), "😀"), ((1, 14, 1, 16), "d"))
        assert project.buffers["editor", LIB] == "fn main() {\n    let a = 😀d;\n}\n"
        client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await client.until(lambda: project.saves == [LIB])
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert not project.buffers


async def test_the_folders_are_opened_while_the_editor_gets_ready_and_nothing_is_told_before(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        folders = [{"uri": project.root.as_uri(), "name": "demo"}]
        params = {"processId": None, "rootUri": None, "capabilities": {}, "workspaceFolders": folders}
        await client.request("initialize", params)
        await client.until(lambda: app.attached)
        project.publish(ERROR)
        await asyncio.sleep(0.02)
        assert client.received == []
        client.notify("initialized", {})
        await client.until(lambda: client.shown((project.root / LIB).as_uri()))
        assert app.attached == {"editor": [project.root]}


async def test_thousands_of_messages_are_converted_in_steps_between_which_others_have_their_turn(
    app: FakeApp, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Processor time: what else runs on this machine is not the publication's.
    monkeypatch.setattr("sleepy_server.meter.time.perf_counter", time.thread_time)
    meter = Meter()
    meter.install(asyncio.get_running_loop())
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        project.publish(*(replace(ERROR, message=f"cannot find value `b{n}`") for n in range(3000)))
        await client.until(lambda: len(client.shown(uri) or ()) == 3000)
        last = (client.shown(uri) or [])[2999]
        assert last["message"] == "cannot find value `b2999`"
        assert last["range"]["start"] == {"line": 1, "character": 12}
    longest = {hold.name: hold.ms for hold in meter.holds}
    # A part of it is this client's, which parses all of it in the same step.
    assert 1 < longest["editor publish"] < 50


async def test_an_edit_below_a_form_feed_or_a_line_separator_hits_its_line(app: FakeApp, project: FakeProject) -> None:
    """pygls' own documents would split these lines further."""
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project, "// a\x0cb\u2028c\r\nlet x = 1;\r\n")
        client.type(uri, 2, ((1, 4, 1, 5), "y"))
        assert project.buffers["editor", LIB] == "// a\x0cb\u2028c\r\nlet y = 1;\r\n"


async def test_a_full_text_replaces_the_document(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": "new"}]}
        client.notify("textDocument/didChange", change)
        assert project.buffers["editor", LIB] == "new"


async def test_what_is_not_ours_is_left_alone(app: FakeApp, project: FakeProject, tmp_path: Path) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        for uri in ("untitled:Untitled-1", "git:/x/src/lib.rs", (project.root / "README.md").as_uri()):
            item = {"uri": uri, "languageId": "rust", "version": 1, "text": "x"}
            client.notify("textDocument/didOpen", {"textDocument": item})
            client.type(uri, 2, ((0, 0, 0, 0), "y"))
            client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        outside = client.open(tmp_path / "alone.rs", "fn main() {}")
        assert await client.actions(outside, (0, 0, 0, 0)) == []
        await client.settle()
        assert not project.buffers
        assert not client.said("window/showMessage")


async def test_diagnostics_are_published_with_the_version_that_was_checked(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        project.publish(ERROR)
        await client.until(lambda: client.shown(uri))
        published = client.said("textDocument/publishDiagnostics")[-1]
        assert published["version"] == 1
        assert published["diagnostics"][0]["range"]["start"] == {"line": 1, "character": 12}
        project.publish()
        await client.until(lambda: client.shown(uri) == [])


async def test_what_was_published_stays_while_the_user_types_and_the_next_check_replaces_it(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        project.publish(ERROR)
        await client.until(lambda: client.shown(uri))
        before = project.checked
        client.type(uri, 2, ((0, 0, 0, 0), "// new line\n"))
        project.publish(ERROR, texts=before)
        await client.settle()
        assert len(client.said("textDocument/publishDiagnostics")) == 1
        project.publish(diagnostic("E0425", "cannot find value `b`", (2, 12, 13)))
        await client.until(lambda: client.said("textDocument/publishDiagnostics")[-1].get("version") == 2)


async def test_files_that_are_not_open_get_theirs_too_without_a_version(app: FakeApp, project: FakeProject) -> None:
    project.checked["src/other.rs"] = "\ufefflet é = x;\r\n"
    async with client_of(app) as client:
        await client.initialize(project.root)
        project.publish(diagnostic("E0425", "x", (0, 8, 9), file="src/other.rs"))
        uri = (project.root / "src/other.rs").as_uri()
        await client.until(lambda: client.shown(uri))
        published = client.said("textDocument/publishDiagnostics")[-1]
        assert "version" not in published or published["version"] is None
        assert published["diagnostics"][0]["range"]["start"]["character"] == 8


async def test_related_information_leads_to_other_files(app: FakeApp, project: FakeProject) -> None:
    project.checked["src/other.rs"] = "fn f() {}\n"
    there = Span("src/other.rs", ERROR.span.start, ERROR.span.end, primary=False, label="defined here")
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        project.publish(diagnostic("E0425", "m", (1, 12, 13), spans=(there,)))
        shown = await client.until(lambda: client.shown(uri))
        assert shown[0]["relatedInformation"][0]["location"]["uri"] == (project.root / "src/other.rs").as_uri()


async def test_with_rust_analyzer_active_nothing_is_published_until_it_is_gone(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root, {"rustAnalyzerActive": True})
        uri = await opened(client, project)
        project.publish(ERROR)
        await client.settle()
        assert client.shown(uri) is None
        client.notify("sleepy/rustAnalyzer", {"active": False})
        await client.until(lambda: client.shown(uri))
        client.notify("sleepy/rustAnalyzer", {"active": True})
        await client.until(lambda: client.shown(uri) == [])


@pytest.mark.parametrize(("setting", "active", "shown"), [("always", True, True), ("never", False, False)])
async def test_the_setting_decides_where_it_is_not_auto(
    app: FakeApp, project: FakeProject, setting: str, active: bool, shown: bool
) -> None:
    options = {"rustAnalyzerActive": active, "settings": {"editor": {"diagnostics": setting}}}
    async with client_of(app) as client:
        await client.initialize(project.root, options)
        uri = await opened(client, project)
        project.publish(ERROR)
        await client.settle()
        assert bool(client.shown(uri)) == shown


async def test_the_editors_settings_reach_the_daemon_and_a_bad_one_changes_nothing(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root, {"settings": {"fix": {"rounds": 2}}})
        assert app.settings.fix.rounds == 2
        client.notify("workspace/didChangeConfiguration", {"settings": {"sleepy": {"fix": {"rounds": "many"}}}})
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        client.notify("workspace/didChangeConfiguration", {"settings": {"sleepy": {"nonsense": {"x": 1}}}})
        await client.settle()
        assert app.settings.fix.rounds == 2
        assert not client.said("window/showMessage")


async def test_a_setting_that_the_editor_names_no_more_is_told_as_gone_and_each_telling_once(
    app: FakeApp, project: FakeProject, tmp_path: Path
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root, {"settings": {"fix": {"rounds": 2, "slots": 3}}})
        client.notify("workspace/didChangeConfiguration", {"settings": {"sleepy": {"fix": {"slots": 3}}}})
        await client.settle()
        assert (app.settings.fix.rounds, app.settings.fix.slots) == (4, 3)
        added = {"added": [{"uri": tmp_path.as_uri(), "name": "other"}], "removed": []}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": added})
        client.notify("workspace/didChangeConfiguration", {"settings": {"sleepy": {}}})
        await client.settle()
    assert app.configured == [{"fix": {"rounds": 2, "slots": 3}}, {"fix": {"slots": 3}}, {}]


async def test_in_an_untrusted_workspace_nothing_runs_until_trust_is_granted(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root, {"trusted": False, "settings": {"check": {"cargo": "/evil"}}})
        uri = client.open(project.root / LIB, TEXT)
        await client.until(lambda: [s["phase"] for s in client.said("sleepy/status")][-1:] == ["untrusted"])
        assert not app.attached
        assert not app.configured
        assert not project.buffers
        assert await client.actions(uri, (1, 12, 1, 13)) == []
        assert not (await client.command("sleepy.recheck", {}))["done"]
        client.notify("sleepy/trust", {"trusted": True})
        await client.until(lambda: project.buffers)
        assert app.attached
        project.publish(ERROR)
        await client.until(lambda: client.shown(uri))
        client.notify("sleepy/trust", {"trusted": False})
        await client.until(lambda: client.shown(uri) == [])
        assert not project.buffers
        assert app.left == ["editor"]


async def test_options_that_cannot_be_understood_never_mean_trust(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root, {"trusted": False, "settings": 7})
        assert not app.attached


async def test_the_status_is_the_whole_state_and_comes_only_on_change(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        project.enter(Phase.THINKING, "E0425 in src/lib.rs:2", errors=3, fixes=1)
        await client.until(lambda: client.said("sleepy/status")[-1]["phase"] == "thinking")
        told = client.said("sleepy/status")[-1]
        assert (told["detail"], told["errors"], told["fixes"]) == ("E0425 in src/lib.rs:2", 3, 1)
        assert told["projects"] == [
            {"root": str(project.root), "phase": "thinking", "detail": told["detail"], "errors": 3, "fixes": 1}
        ]
        count = len(client.said("sleepy/status"))
        project.enter(*(Phase.THINKING, "E0425 in src/lib.rs:2", 3, 1))
        await asyncio.sleep(0.15)
        assert len(client.said("sleepy/status")) == count


async def test_the_status_comes_at_most_ten_times_a_second_and_the_last_one_always(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        before = len(client.said("sleepy/status"))
        for number in range(60):
            project.enter(Phase.CHECKING, errors=number)
            await asyncio.sleep(0.005)
        await client.until(lambda: client.said("sleepy/status")[-1].get("errors") == 59)
        assert len(client.said("sleepy/status")) - before <= 6


async def test_without_a_model_the_status_says_so_only_where_there_is_nothing_better_to_say(
    app: FakeApp, project: FakeProject
) -> None:
    app.model_problem = "Ollama does not have the model: run `ollama pull x`."
    async with client_of(app) as client:
        await client.initialize(project.root)
        await client.until(lambda: client.said("sleepy/status")[-1]["phase"] == "noModel")
        project.enter(Phase.READY, fixes=1)
        await client.until(lambda: client.said("sleepy/status")[-1]["phase"] == "ready")
        assert client.said("sleepy/status")[-1]["engineProblem"] == app.model_problem


async def test_a_pause_is_everyones_and_what_would_run_says_so_until_somebody_resumes(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as one, client_of(app, name="other") as other:
        await one.initialize(project.root)
        await other.initialize(project.root)
        uri = await opened(one, project)
        assert (await one.command("sleepy.pause", {}))["done"]
        for client in (one, other):
            await client.until(lambda client=client: client.said("sleepy/status")[-1]["phase"] == "paused")
        found = await other.command("sleepy.findFix", {"uri": uri, "position": {"line": 1, "character": 12}})
        assert "paused" in found["message"]
        assert not (await one.command("sleepy.recheck", {}))["done"]
        assert not project.rechecks
        assert not project.searches
        assert (await other.command("sleepy.resume", {}))["done"]
        for client in (one, other):
            await client.until(lambda client=client: client.said("sleepy/status")[-1]["phase"] == "watching")
        assert (await one.command("sleepy.recheck", {}))["done"]


async def test_that_it_sleeps_and_what_that_gained_is_shown_where_nothing_else_is_going_on(
    app: FakeApp, project: FakeProject
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)

        async def shown(phase: str, detail: str) -> None:
            client.session.changed()
            await client.until(lambda: client.said("sleepy/status")[-1].get("phase") == phase)
            assert client.said("sleepy/status")[-1].get("detail", "") == detail

        app.sleeping = "orchard: training, 3 of 50"
        await shown("sleeping", app.sleeping)
        project.enter(Phase.CHECKING)
        await shown("checking", "")
        project.enter(Phase.WATCHING)
        app.sleeping, app.trained = "", "orchard: it repairs 2 of 3"
        await shown("trained", app.trained)


async def test_every_keystroke_is_heard_by_whoever_sleeps(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        assert app.keys == 0
        client.type(uri, 2, ((0, 0, 0, 0), "x"))
        await client.settle()
        assert app.keys == 1


async def test_a_client_can_have_it_sleep_and_roll_back_what_was_learned(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        assert "not ready yet" in (await client.command("sleepy.sleepNow", {}))["message"]
        asked: list[str] = []
        app.schedule = SimpleNamespace(sleep_now=lambda: asked.append("now") or "")
        assert (await client.command("sleepy.sleepNow", {}))["done"]
        assert asked == ["now"]
        told = await client.command("sleepy.rollBack", {"uri": uri})
        assert told == {"done": True, "message": "The model answers as it came."}
        await client.command("sleepy.rollBack", {"night": "n1"})
        assert app.rolled_back == [(project.identity.id, ""), (project.identity.id, "n1")]


PROMOTED = Settled(True, "it repairs 2 of 3", {"told": "it repairs 2 of 3"})
A_NIGHT = Night("n1", "repo-1", "orchard", "/model.gguf", "d1", 0.0, settled=PROMOTED)


async def test_a_promoted_sleep_is_told_of_once_in_one_window_that_has_its_repository_open(
    app: FakeApp, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "_LATER_SECONDS", 0.0)
    app.untold_nights = [A_NIGHT]
    async with client_of(app, "one") as one, client_of(app, "two") as two, client_of(app, "plain") as plain:
        await one.initialize(project.root, {"views": True})
        await one.until(lambda: one.said("sleepy/promoted"))
        assert one.said("sleepy/promoted") == [{"night": "n1", "name": "orchard", "told": "it repairs 2 of 3"}]
        await two.initialize(project.root, {"views": True})
        # The next sleep ends while both are there, and a third one after the windows have gone.
        app.untold_nights, app.promoted = [replace(A_NIGHT, id="n2")], "n2"
        for client in (one, two):
            client.session.changed()
        await one.until(lambda: not app.untold_nights)
        await one.settle()
        told = [each["night"] for client in (one, two) for each in client.said("sleepy/promoted")]
        assert sorted(told) == ["n1", "n2"]
        app.untold_nights = [replace(A_NIGHT, id="n3"), replace(A_NIGHT, repo="another")]
        await plain.initialize(project.root)  # an editor without a view is told where the words are
        await plain.until(lambda: plain.said("window/showMessage"))
        assert "`sleepy coefficients show n3`" in plain.said("window/showMessage")[0]["message"]
        assert [night.repo for night in app.untold_nights] == ["another"]


async def test_a_view_gets_what_the_latest_sleep_or_a_named_one_has_learned(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        assert "Nothing was learned here yet" in (await client.request("sleepy/learned", {}))["markdown"]
        for night, answers in (("n1", False), ("n2", True)):
            app.learned_nights[night] = Learned(
                night, "repo-1", "orchard", 0.0, "it repairs 2 of 3", promoted=True, answers=answers,
                lessons=(), lessons_in_all=0, rules=(), held_out=(), history=(),
            )  # fmt: skip
        latest = await client.request("sleepy/learned", {"uri": await opened(client, project)})
        assert (latest["night"], latest["answers"]) == ("n2", True)
        assert "**it repairs 2 of 3**" in latest["markdown"]
        named = await client.request("sleepy/learned", {"night": "n1"})
        assert (named["night"], named.get("answers", False)) == ("n1", False)


async def test_a_project_that_cannot_be_opened_is_a_problem_in_the_status(app: FakeApp, project: FakeProject) -> None:
    app.told_problems = ("Cargo.toml: expected `=`",)
    async with client_of(app) as client:
        await client.initialize(project.root)
        await client.until(lambda: client.said("sleepy/status")[-1]["phase"] == "problem")
        assert client.said("sleepy/status")[-1]["detail"] == "Cargo.toml: expected `=`"


async def test_an_error_inside_is_logged_and_told_once(
    app: FakeApp, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)

        def broken(*_: object) -> None:
            raise RuntimeError("boom")

        monkeypatch.setattr(project, "set_buffer", broken)
        for version in (2, 3, 4):
            client.type(uri, version, ((0, 0, 0, 0), "x"))
        await client.settle()
        assert len(client.said("window/showMessage")) == 1
        assert "boom" not in client.said("window/showMessage")[0]["message"]


async def test_exit_ends_the_session_and_not_the_process(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        await client.request("shutdown", None)
        client.notify("exit", None)
        assert client.session.left.is_set()
        assert client.session.exit_code == 0
    assert app.left == ["editor"]


async def test_two_editors_share_a_project_and_one_may_leave(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app, "two") as second:
        async with client_of(app, "one") as first:
            await first.initialize(project.root)
            await second.initialize(project.root)
            await opened(first, project)
            uri = second.open(project.root / LIB, TEXT)
            await second.until(lambda: len(project.buffers) == 2)
        assert list(project.buffers) == [("two", LIB)]
        project.publish(ERROR)
        await second.until(lambda: second.shown(uri))
        assert first.shown(uri) is None
    assert not project.listeners


async def test_nothing_is_kept_of_a_keystroke_but_the_text(app: FakeApp, project: FakeProject) -> None:
    async with client_of(app) as client:
        await client.initialize(project.root)
        uri = await opened(client, project)
        await client.settle()
        for version in range(2, 202):
            client.type(uri, version, ((0, 0, 0, 0), "x"))
            client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        await client.until(lambda: len(project.saves) == 200)
        await client.settle()
        assert not client.session.protocol._request_futures


async def test_shutdown_comes_through_while_a_document_is_still_being_placed(
    app: FakeApp, project: FakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    async with client_of(app) as client:
        await client.initialize(project.root)
        monkeypatch.setattr(app, "project_for", never)
        for number in range(3):
            client.open(project.root / f"src/{number}.rs", TEXT)
        await client.settle()
        assert await client.request("shutdown", None) is None
