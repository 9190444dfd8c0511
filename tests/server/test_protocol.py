"""The wire types are of one kind, and their fingerprint tells every change."""

from __future__ import annotations

import attrs
import pytest

from sleepy_server import protocol


def test_the_fingerprint_is_stable_within_a_version() -> None:
    assert protocol.protocol_fingerprint() == protocol.protocol_fingerprint()
    assert len(protocol.protocol_fingerprint()) == 16


def test_the_fingerprint_changes_with_a_commands_name(monkeypatch: pytest.MonkeyPatch) -> None:
    before = protocol.protocol_fingerprint()
    monkeypatch.setitem(protocol.COMMANDS, "sleepy.new", protocol.UriArgs)
    assert protocol.protocol_fingerprint() != before


@pytest.mark.parametrize("kind", [*protocol.COMMANDS.values(), *protocol.MESSAGE_TYPES.values()])
def test_what_travels_is_an_attrs_class(kind: type) -> None:
    assert attrs.has(kind)
