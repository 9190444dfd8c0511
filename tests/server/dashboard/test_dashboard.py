"""The dashboard's routes: who may look, what an empty home shows, and what a full one does."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from helpers.dashboards import fill
from sleepy_core.settings import Settings
from sleepy_server.app import App
from sleepy_server.dashboard.guard import Guard
from sleepy_server.dashboard.server import web_app

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "server" / "sleepy_server" / "dashboard" / "static"


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    async with App.open(Settings(engine={"name": "none"})) as app:  # type: ignore[arg-type]
        yield app


@pytest.fixture
async def door(app: App) -> AsyncIterator[tuple[Guard, TestClient[Any, Any]]]:
    """A server, and a client that has no cookie."""
    guard = Guard()
    async with TestClient(TestServer(web_app(app, guard))) as client:
        guard.port = client.port or 0
        yield guard, client


@pytest.fixture
async def client(door: tuple[Guard, TestClient[Any, Any]]) -> TestClient[Any, Any]:
    """A client that came by a link, as a browser does."""
    guard, client = door
    key = guard.link().rpartition("/")[2]
    answer = await client.get(f"/open/{key}", allow_redirects=False)
    name, _, value = answer.headers["Set-Cookie"].split(";")[0].partition("=")
    client.session.headers["Cookie"] = f"{name}={value}"
    return client


async def get(client: TestClient[Any, Any], path: str) -> Any:
    async with client.get(path) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


# --- Who may look


@pytest.mark.parametrize("path", ["/", "/static/dashboard.js", "/api/episodes", "/api/events", "/metrics"])
async def test_without_link_or_token_there_is_nothing_to_see(
    door: tuple[Guard, TestClient[Any, Any]], path: str
) -> None:
    _, client = door
    answer = await client.get(path)
    assert answer.status == 403
    assert "sleepy dashboard" in await answer.text()


async def test_a_link_opens_the_page_once(door: tuple[Guard, TestClient[Any, Any]]) -> None:
    guard, client = door
    path = guard.link().removeprefix(guard.address)
    first = await client.get(path, allow_redirects=False)
    assert (first.status, first.headers["Location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in first.headers["Set-Cookie"].split(";")}
    again = await client.get(path, allow_redirects=False)
    assert again.status == 403
    assert "Set-Cookie" not in again.headers


async def test_a_name_that_was_made_to_point_here_is_refused(
    door: tuple[Guard, TestClient[Any, Any]],
) -> None:
    guard, client = door
    headers = {"Authorization": f"Bearer {guard.token}", "Host": f"evil.example:{guard.port}"}
    assert (await client.get("/api/state", headers=headers)).status == 403
    link = guard.link().removeprefix(guard.address)
    assert (await client.get(link, headers=headers, allow_redirects=False)).status == 403


async def test_another_page_on_loopback_cannot_press_a_button(client: TestClient[Any, Any], app: App) -> None:
    answer = await client.post("/api/pause", headers={"Origin": "http://127.0.0.1:1"})
    assert answer.status == 403
    assert not app.paused


async def test_no_other_page_may_read_or_frame_an_answer(client: TestClient[Any, Any]) -> None:
    for path in ("/", "/api/state", "/no-such-page"):
        headers = (await client.get(path, headers={"Origin": "http://127.0.0.1:1"})).headers
        assert "Access-Control-Allow-Origin" not in headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


# --- What is shown


async def test_an_empty_home_has_no_curves_and_no_episodes_and_is_no_error(client: TestClient[Any, Any]) -> None:
    learning = await get(client, "/api/learning")
    assert [chart["curves"] for chart in learning["charts"]] == [[], [], []]
    assert (learning["gates"], learning["problem"]) == ([], "")
    assert await get(client, "/api/episodes") == []
    assert await get(client, "/api/repositories") == []
    assert (await get(client, "/api/state"))["projects"] == []


async def test_curves_and_gates_come_from_the_cycles(client: TestClient[Any, Any], app: App) -> None:
    await fill(app.database, app.database.path.parent)
    learning = await get(client, "/api/learning")
    (curve,) = learning["charts"][0]["curves"]
    assert (curve["label"], curve["cycles"]) == ("share", [0, 1, 2])
    assert curve["middle"] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert [(gate["cycle"], gate["passed"], gate["told"]) for gate in learning["gates"]] == [
        (1, True, "every rule was kept"),
        (2, False, "family/b was lost"),
    ]


async def test_a_repository_has_its_sets_with_size_gain_and_history(client: TestClient[Any, Any], app: App) -> None:
    await fill(app.database, app.database.path.parent)
    (repository,) = await get(client, "/api/repositories")
    (one,) = repository["sets"]
    assert repository["name"] == "orchard"
    assert (one["status"], one["bytes"], one["gain"]) == ("current", 2048, {"passed": 0.25})
    assert [step["reason"] for step in one["history"]] == ["trained on 12 episodes", "no frozen task was lost"]


async def test_an_episode_has_its_diff(client: TestClient[Any, Any], app: App) -> None:
    await fill(app.database, app.database.path.parent)
    (one,) = await get(client, "/api/episodes")
    assert (one["repo"], one["outcome"]) == ("orchard", "offered")
    assert "+f(&name)" in one["diff"]


async def test_a_line_that_cannot_be_read_is_told_and_the_rest_is_shown(client: TestClient[Any, Any], app: App) -> None:
    await fill(app.database, app.database.path.parent)
    with (app.database.path.parent / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\n")
    learning = await get(client, "/api/learning")
    assert "line 4" in learning["problem"]
    assert len(learning["gates"]) == 2


async def test_pause_and_resume_pause_and_resume(client: TestClient[Any, Any], app: App) -> None:
    async with client.post("/api/pause") as answer:
        assert (await answer.json())["paused"]
    assert app.paused
    await client.post("/api/resume")
    assert not app.paused


async def test_sleep_now_begins_a_sleep_or_says_why_not(client: TestClient[Any, Any], app: App) -> None:
    async with client.post("/api/sleep") as answer:
        told = await answer.json()
    assert (told["done"], "not ready yet" in told["message"]) == (False, True)
    app.schedule = SimpleNamespace(sleep_now=lambda: "")  # type: ignore[assignment]
    async with client.post("/api/sleep") as answer:
        assert (await answer.json())["done"]


async def test_prometheus_reads_the_same_figures_with_the_token(
    door: tuple[Guard, TestClient[Any, Any]], app: App
) -> None:
    guard, client = door
    await fill(app.database, app.database.path.parent)
    answer = await client.get("/metrics", headers={"Authorization": f"Bearer {guard.token}"})
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    text = await answer.text()
    for line in (
        "sleepy_paused 0.0",
        'sleepy_episodes{outcome="offered"} 1.0',
        'sleepy_coefficient_sets{status="current"} 1.0',
    ):
        assert line in text.splitlines()


# --- What it is made of


def test_the_library_in_the_package_is_the_one_that_the_lock_names() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    version = lock["packages"]["node_modules/uplot"]["version"]
    assert f"uPlot (v{version})" in (STATIC / "uplot.js").read_text(encoding="utf-8"), "npm run vendor"


def test_the_page_asks_no_other_host_for_anything() -> None:
    ours = "".join(
        (STATIC / name).read_text(encoding="utf-8") for name in ("index.html", "dashboard.css", "dashboard.js")
    )
    assert "https:" not in ours
    assert set(re.findall(r"http:[^\"]*", ours)) == {"http://www.w3.org/2000/svg"}  # a name, not an address


# --- Live


async def read_event(stream: Any) -> tuple[str, Any]:
    async with asyncio.timeout(10):
        text = (await stream.readuntil(b"\n\n")).decode()
    kind, data = text.strip().split("\n")
    return kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def test_an_open_page_hears_what_happens(client: TestClient[Any, Any], app: App) -> None:
    app.events.publish("training", {"step": 1})
    async with client.get("/api/events") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        kind, state = await read_event(answer.content)
        assert (kind, state["paused"]) == ("state", False)
        assert await read_event(answer.content) == ("training", {"step": 1})  # said before the page was there
        app.events.publish("training", {"step": 2})
        assert await read_event(answer.content) == ("training", {"step": 2})
        app.pause()  # by whomever
        kind, state = await read_event(answer.content)
        assert (kind, state["paused"]) == ("state", True)
        await fill(app.database, app.database.path.parent)
        assert await read_event(answer.content) == ("changed", {})


async def test_a_page_that_was_closed_is_told_nothing_more(client: TestClient[Any, Any], app: App) -> None:
    answer = await client.get("/api/events")
    await read_event(answer.content)
    assert app.events.watched
    answer.close()
    async with asyncio.timeout(10):
        while app.events.watched:
            await asyncio.sleep(0.05)
