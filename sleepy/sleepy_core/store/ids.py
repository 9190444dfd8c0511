"""Names that sort by the time they were made: version 7 UUIDs (RFC 9562, section 5.7)."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> str:
    """A new name. Names made later sort later, to about a quarter of a microsecond; no state is kept.

    The 12 bits after the milliseconds are a fraction of the millisecond (RFC 9562, 6.2, method 3).
    """
    return id_at(time.time_ns())


def id_at(nanoseconds: int) -> str:
    """A name as `new_id` would have made it at that time since the epoch."""
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = (rest << 12) // 1_000_000
    number = (milliseconds & (1 << 48) - 1) << 80
    number |= 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=number))
