"""Tool calls are found in what models write."""

import pytest

from sleepy_core.agent.calls import read_call
from sleepy_core.engines.protocol import ToolCall

CHECK = ToolCall("run_check", {})
DIFF = "@@ -1 +1 @@\n-a\n+b"
OPEN = ToolCall("open_file", {"file": "src/lib.rs"})


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ('{"tool": "run_check"}', CHECK),
        ('{"tool": "run_check", "arguments": {}}', CHECK),
        ('<tool_call>\n{"name": "open_file", "arguments": {"file": "src/lib.rs"}}\n</tool_call>', OPEN),
        ('Let me look {at it}:\n```json\n{"name": "open_file", "parameters": {"file": "src/lib.rs"}}\n```', OPEN),
        ('{"function": "open_file", "arguments": "{\\"file\\": \\"src/lib.rs\\"}"}', OPEN),
        ('{"tool": "open_file", "file": "src/lib.rs"}', OPEN),
        ('{"edits": [{"line": 1}]}', ToolCall("apply_patch", {"edits": [{"line": 1}]})),
        (f"This borrows it:\n```diff\n{DIFF}\n```\nDone.", ToolCall("apply_patch", {"diff": DIFF + "\n"})),
        (f"--- a/x.rs\n+++ b/x.rs\n{DIFF}", ToolCall("apply_patch", {"diff": f"--- a/x.rs\n+++ b/x.rs\n{DIFF}"})),
        ('{"tool": "search", "arguments": {"text": "a\nb"}}', ToolCall("search", {"text": "a\nb"})),
    ],
)
def test_a_call_is_read_in_every_form(text: str, call: ToolCall) -> None:
    assert read_call(text) == call


@pytest.mark.parametrize("text", ["", "The variable is moved.", "{", "{" * 5000, '{"a": 1}', "[1, 2]"])
def test_an_answer_without_a_call_has_none(text: str) -> None:
    assert read_call(text) is None
