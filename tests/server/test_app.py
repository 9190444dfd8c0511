"""What the sessions share: settings of several editors, projects and their members."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from sleepy_core.settings import Settings
from sleepy_server.app import App


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path / "home"))
    async with App.open(Settings(fix={"rounds": 9}, engine={"name": "none"})) as app:  # type: ignore[arg-type]
        yield app


async def test_an_editors_settings_replace_those_that_it_had_told_before(app: App) -> None:
    await app.configure("one", {"fix": {"rounds": 2, "slots": 3}})
    await app.configure("one", {"fix": {"slots": 3}})
    assert (app.settings.fix.rounds, app.settings.fix.slots) == (9, 3)
    await app.configure("one", {})
    assert (app.settings.fix.rounds, app.settings.fix.slots) == (9, 1)


async def test_of_several_editors_the_last_to_tell_counts_as_a_whole(app: App) -> None:
    await app.configure("one", {"fix": {"rounds": 2}})
    await app.configure("two", {"fix": {"slots": 3}})
    assert (app.settings.fix.rounds, app.settings.fix.slots) == (9, 3)
    await app.configure("three", {})  # sets nothing, and so has no say
    assert (app.settings.fix.rounds, app.settings.fix.slots) == (9, 3)
    await app.configure("two", {})
    assert (app.settings.fix.rounds, app.settings.fix.slots) == (2, 1)


async def test_what_an_editor_set_goes_with_it_when_the_next_one_comes(app: App) -> None:
    await app.configure("one", {"fix": {"rounds": 2}})
    await app.detach("one")
    await app.configure("two", {})
    assert app.settings.fix.rounds == 9


async def test_a_wrong_setting_changes_nothing(app: App) -> None:
    await app.configure("one", {"fix": {"rounds": 2}})
    with pytest.raises(ValidationError):
        await app.configure("one", {"fix": {"rounds": 0}})
    with pytest.raises(AttributeError):
        await app.configure("two", {"nonsense": {}})
    assert app.settings.fix.rounds == 2


@pytest.mark.slow
async def test_for_a_file_of_another_member_of_an_open_workspace_cargo_is_not_asked(app: App, tmp_path: Path) -> None:
    root = tmp_path / "ws"
    for name in ("one", "two"):
        (root / name / "src").mkdir(parents=True)
        (root / name / "src/lib.rs").write_text("")
        (root / name / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n')
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["one", "two"]\nresolver = "2"\n')
    log = tmp_path / "asked"
    cargo = tmp_path / "cargo"
    cargo.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec cargo "$@"\n')
    cargo.chmod(0o755)
    await app.configure("one", {"check": {"cargo": str(cargo)}})
    await app.attach("one", [root])
    (project,) = app.projects
    count = log.read_text().split().count("metadata")
    for client in ("one", "two"):
        assert await app.project_for(client, root / "two/src/lib.rs") == (project, "two/src/lib.rs")
    assert app.projects_of("two") == (project,)
    assert log.read_text().split().count("metadata") == count
