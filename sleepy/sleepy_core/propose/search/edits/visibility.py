"""Items, fields and methods that exist and cannot be seen from where they are used."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import SURE, kind
from sleepy_core.propose.search.site import Change, Site, change


def make_public(site: Site) -> Iterator[Change]:
    """`fn load` → `pub fn load`, for what the message calls private: `pub(crate)` after `pub` where both can do."""
    for item in _private(site):
        what = f"{item.container}::{item.name}" if item.container else item.name
        for extra, visibility in enumerate(("pub", "pub(crate)")):
            if item.visibility == visibility:
                continue
            written = item.start + len(item.visibility)
            text = visibility if item.visibility else f"{visibility} "
            edit = site.put(item.start, written, text, item.file)
            plain = f"make `{what}` public" if visibility == "pub" else f"make `{what}` visible in its crate"
            yield change(plain, edit, cost=extra * 0.5)


def _private(site: Site) -> Iterator[Item]:
    """The items that the message may mean, the ones that its notes point at first."""
    pointed = {(p.file, p.start) for p in site.places if not p.primary}
    wanted = [word.rpartition("::")[2] for word in site.words]
    found = [item for word in wanted for item in site.crate.named(word) if item.kind not in ("variant", "macro")]
    found = [item for item in found if item.visibility != "pub"]
    yield from sorted(
        dict.fromkeys(found),
        key=lambda item: not any(f == item.file and item.start <= at <= item.end for f, at in pointed),
    )


KINDS = (kind("make-public", "E0603 E0616 E0624 E0451 E0635 E0446 E0364 E0365", SURE, make_public),)
