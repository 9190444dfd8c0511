"""A task's transcript as JSON: every action in the words of the tools, with its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sleepy_core.agent.actions import Action, ApplyPatch, Misread, OpenFile, RunCheck, RunTest, Search, Turn
from sleepy_core.day import Work


def transcript(task: str, work: Work) -> dict[str, Any]:
    """What was done about a task, in order."""
    return {
        "task": task,
        "turns": [_turn(turn) for turn in work.turns],
        "repairs": [kept.offer.id for kept in work.kept],
        "green": work.green,
        "test": work.test,
        "seconds": round(work.seconds, 3),
    }


def _turn(turn: Turn) -> dict[str, Any]:
    told = {**_action(turn.action), "answer": turn.answer, "seconds": round(turn.seconds, 3)}
    return told if turn.verdict is None else {**told, "verdict": turn.verdict.kind.value}


def _action(action: Action) -> Mapping[str, Any]:
    match action:
        case ApplyPatch(proposal, target):
            edits = [
                {"file": part.file, "start": edit.start, "end": edit.end, "text": edit.text}
                for part in proposal.patch.files
                for edit in part.edits
            ]
            usage = proposal.usage
            return {
                "tool": "apply_patch",
                "by": proposal.source.value,
                "label": proposal.label,
                "edits": edits,
                "for": f"{target.code or 'error'} {target.file}:{target.span.start.line + 1}",
                "tokens": [usage.prompt_tokens, usage.answer_tokens],
            }
        case RunCheck():
            return {"tool": "run_check"}
        case RunTest():
            return {"tool": "run_test"}
        case OpenFile(file, first, last):
            return {"tool": "open_file", "file": file, "first": first, "last": last}
        case Search(text):
            return {"tool": "search", "text": text}
        case Misread(tool, problem):
            return {"tool": tool, "misread": problem}
