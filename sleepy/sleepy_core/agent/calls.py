"""Tool calls in a model's plain text, for servers that know nothing of tools. Pure.

Read are the forms that models were trained on or fall into: `<tool_call>{…}</tool_call>`, a JSON object with a name and
arguments (fenced or bare), and a fenced diff, which is a patch.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sleepy_core.engines.protocol import ToolCall

_NAMES = ("tool", "name", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
_DIFF = re.compile(r"```(?:diff|patch)[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_BARE_DIFF = re.compile(r"^(?:--- |@@ )", re.MULTILINE)
_MOST_OBJECTS = 20


def read_call(text: str) -> ToolCall | None:
    """The first call in an answer; None where there is none."""
    for told in _objects(text):
        name = next((told[key] for key in _NAMES if isinstance(told.get(key), str)), None)
        if name is not None:
            given = next((told[key] for key in _ARGUMENTS if key in told), None)
            return ToolCall(name, _arguments(given, told))
        if "edits" in told or "diff" in told:
            return ToolCall("apply_patch", told)  # the arguments alone: there is only one tool that has them
    if fenced := _DIFF.search(text):
        return ToolCall("apply_patch", {"diff": fenced[1]})
    if bare := _BARE_DIFF.search(text):
        return ToolCall("apply_patch", {"diff": text[bare.start() :]})
    return None


def _arguments(given: object, told: dict[str, Any]) -> dict[str, Any]:
    """An object, one written as a string of JSON, or what else stands beside the name."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if isinstance(given, dict):
        return given
    return {key: value for key, value in told.items() if key not in (*_NAMES, *_ARGUMENTS)}


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, outermost first."""
    decoder = json.JSONDecoder(strict=False)  # models write line ends into strings
    at = text.find("{")
    for _ in range(_MOST_OBJECTS):
        if at < 0:
            return
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(found, dict):
                yield found
        at = text.find("{", end)
