"""The small editor of the demo, where the server does not do as it should."""

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from sleepy_core.errors import SleepyError
from sleepy_server.client import _within


class Silent:
    """A server that reads, and says nothing."""

    def write(self, data: bytes) -> None:
        """Take what is sent."""


async def test_an_answer_that_comes_after_it_was_given_up_troubles_nobody() -> None:
    client = LanguageClient("test", "1")
    client.protocol.set_writer(Silent())
    request = client.workspace_execute_command_async(types.ExecuteCommandParams("wait"))
    with pytest.raises(SleepyError, match="no answer to wait within 0 s"):
        await _within(0.01, request, "wait")
    ((number, future),) = client.protocol._request_futures.items()
    client.protocol._handle_response(number, result="late")
    assert future.result() == "late"


async def test_an_answer_in_time_is_the_answer() -> None:
    async def answer() -> int:
        return 3

    assert await _within(1, answer(), "count") == 3
