"""The tools that a model may call: their descriptions, and how a call is read. Pure.

Whatever is wrong with a call is told to the model in a sentence (`Misread`); nothing here raises.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sleepy_core.agent.actions import Action, ApplyPatch, Misread, OpenFile, RunCheck, RunTest, Search
from sleepy_core.engines.protocol import Tool, ToolCall
from sleepy_core.model import Diagnostic, Patch, Proposal, RelPath, Source
from sleepy_core.propose.answer import Rejection, read_edits
from sleepy_core.propose.diff import read_diff
from sleepy_core.propose.labels import patch_label
from sleepy_core.propose.prompt import EDITS_SCHEMA, Region

Texts = Mapping[RelPath, str]


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


_STRING = {"type": "string"}
_NUMBER = {"type": "integer"}

TOOLS = (
    Tool(
        "apply_patch",
        "Change the code. It is compiled at once, and kept only if the error is gone and no new one came. Give either "
        "`diff`, a unified diff, or `file` and `edits`, each with the line's number, its old text and its new text.",
        _object(diff=_STRING, file=_STRING, edits=EDITS_SCHEMA["properties"]["edits"]),
    ),
    Tool("run_check", "Compile, and show the errors.", _object()),
    Tool("run_test", "Run the tests.", _object()),
    Tool("open_file", "Show lines of a file.", _object(("file",), file=_STRING, first=_NUMBER, last=_NUMBER)),
    Tool("search", "Find the lines that hold a text, in all files.", _object(("text",), text=_STRING)),
)


def read_action(call: ToolCall, texts: Texts, target: Diagnostic) -> Action:
    """What a call asks for; `target` is the error that a patch is meant for."""
    read = _READERS.get(call.name)
    if read is None:
        return Misread(call.name or "your answer", f"there is no such tool; there are {', '.join(_READERS)}")
    return read(call.arguments, texts, target)


def _apply_patch(arguments: Mapping[str, Any], texts: Texts, target: Diagnostic) -> Action:
    patch = _patch(arguments, texts, target)
    if isinstance(patch, Rejection):
        return Misread("apply_patch", patch.reason)
    return ApplyPatch(Proposal(patch, Source.MODEL, patch_label(texts, patch)), target)


def _patch(arguments: Mapping[str, Any], texts: Texts, target: Diagnostic) -> Patch | Rejection:
    diff, edits = arguments.get("diff") or arguments.get("patch"), arguments.get("edits")
    if isinstance(diff, str):
        return read_diff(diff, texts)
    if not isinstance(edits, list):
        return Rejection("give `diff`, or `file` and `edits`")
    file = arguments.get("file", target.file)
    if not isinstance(file, str) or file not in texts:
        return Rejection(f"there is no file {file}; there are {', '.join(sorted(texts)[:20])}")
    return read_edits(json.dumps({"edits": edits}), Region(file, 0, 0), texts[file])


def _open_file(arguments: Mapping[str, Any], texts: Texts, target: Diagnostic) -> Action:
    del texts
    first, last = arguments.get("first", 1), arguments.get("last", 200)
    if not isinstance(first, int) or not isinstance(last, int):
        return Misread("open_file", "`first` and `last` are numbers of lines")
    return OpenFile(str(arguments.get("file", target.file)), first, last)


def _search(arguments: Mapping[str, Any], texts: Texts, target: Diagnostic) -> Action:
    del texts, target
    text = arguments.get("text")
    return Search(text) if isinstance(text, str) else Misread("search", "`text` is missing")


_READERS: Mapping[str, Callable[[Mapping[str, Any], Texts, Diagnostic], Action]] = {
    "apply_patch": _apply_patch,
    "run_check": lambda *_: RunCheck(),
    "run_test": lambda *_: RunTest(),
    "open_file": _open_file,
    "search": _search,
}
