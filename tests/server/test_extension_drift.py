"""The VS Code extension says the same as the server: settings, commands, messages."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import attrs
import pytest

from sleepy_server import protocol
from sleepy_server.protocol import COMMANDS, protocol_fingerprint

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "vscode-extension" / "src"
TWIN = (SOURCES / "protocol.ts").read_text("utf-8")
PACKAGE = json.loads((ROOT / "vscode-extension" / "package.json").read_text("utf-8"))
COMMAND_NAMES = {command["command"] for command in PACKAGE["contributes"]["commands"]}


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("extension_settings", ROOT / "scripts" / "extension_settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_settings_are_those_of_the_server_with_its_defaults() -> None:
    """If this fails: python scripts/extension_settings.py."""
    assert generator().updated(PACKAGE) == PACKAGE


def test_what_could_run_a_program_or_send_code_away_is_not_a_workspaces_to_say() -> None:
    properties = {n: p for group in PACKAGE["contributes"]["configuration"] for n, p in group["properties"].items()}
    machine = {name for name, setting in properties.items() if setting["scope"] == "machine"}
    suspicious = {n for n in properties if re.search(r"command$|interpreter|cargo$|Url$|allowRemote|sandbox", n)}
    assert suspicious - machine == {"sleepy.check.command"}  # an enum: check or clippy
    assert set(PACKAGE["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) == machine


def test_every_command_that_is_shown_has_a_handler_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.ts"))
    assert set(re.findall(r'^\s+"(sleepy\.\w+)": \(', code, re.MULTILINE)) == COMMAND_NAMES


def test_every_command_of_the_server_can_be_called() -> None:
    assert set(COMMANDS) <= COMMAND_NAMES


def test_commands_that_menus_and_the_walkthrough_name_exist() -> None:
    contributes = {**PACKAGE["contributes"], "commands": [], "configuration": []}
    text = json.dumps(contributes) + "".join(p.read_text("utf-8") for p in (SOURCES / "status").glob("*.ts"))
    named = set(re.findall(r'(?:command:|ommand: "|ommand": "|executeCommand\(")(sleepy\.\w+)', text))
    assert named
    assert named <= COMMAND_NAMES


def test_the_twin_of_the_protocol_is_of_this_version() -> None:
    """If this fails: bring src/protocol.ts in line with protocol.py, then write the new fingerprint there."""
    assert f'PROTOCOL_FINGERPRINT = "{protocol_fingerprint()}"' in TWIN


@pytest.mark.parametrize(
    "kind",
    [
        "ProjectStatus",
        "StatusParams",
        "OfferInfo",
        "FindFixResult",
        "Explanation",
        "Done",
        "PromotedParams",
        "LearnedResult",
    ],
)
def test_the_twin_has_the_fields_of_what_the_server_sends(kind: str) -> None:
    body = re.search(rf"interface {kind} {{(.*?)\n}}", TWIN, re.DOTALL)
    assert body is not None
    fields = dict(re.findall(r"^  (\w+)(\??):", body[1], re.MULTILINE))
    expected = {
        generator().camel_case(field.name): "?" if field.default is not attrs.NOTHING else ""
        for field in attrs.fields(getattr(protocol, kind))
    }
    assert fields == expected


def test_the_phases_of_the_status_are_the_same() -> None:
    union = re.search(r"type StatusPhase =(.*?);", TWIN, re.DOTALL)
    assert union is not None
    assert re.findall(r'"(\w+)"', union[1]) == [phase.value for phase in protocol.StatusPhase]
