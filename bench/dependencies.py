"""Names of dependencies that somebody remembers wrongly: what is repaired with their sources' names, and without.

Each case is a function that compiles with real crates of the registry, and the same with one slip, written by hand as
people and models make them: a name from an older version, of another library, or half remembered. Counted is whether
no error is left, and whether the first offer is the original.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import Figure, keep
from sleepy_core.fix import repair
from sleepy_core.model import Diagnostic
from sleepy_core.propose.case import Case, Proposer
from sleepy_core.propose.compiler import CompilerProposer
from sleepy_core.propose.search.search import SearchProposer
from sleepy_core.settings import Settings
from sleepy_core.text import apply_patch
from sleepy_core.workbench import Workbench

CRATES = {
    "bytes": "1.10.1", "either": "1.15.0", "http": "1.3.1", "indexmap": "2.5.0", "itertools": "0.14.0",
    "semver": "1.0.26", "smallvec": "1.15.1", "uuid": "1.17.0",
}  # fmt: skip
FILE = "src/lib.rs"
BUDGET = 60.0

# The code, what of it is written wrongly, and how.
CASES = (
    ("pub fn f(b: &[u8]) -> bytes::Bytes { bytes::Bytes::copy_from_slice(b) }", "copy_from_slice", "from_slice"),
    ("use bytes::BufMut;\npub fn f(b: &mut bytes::BytesMut) { b.put_u16_le(1) }", "put_u16_le", "write_u16_le"),
    ("use bytes::Buf;\npub fn f(b: &mut bytes::Bytes) -> u16 { b.get_u16() }", "get_u16", "read_u16"),
    ("pub fn f(b: &mut bytes::BytesMut) -> bytes::BytesMut { b.split_to(2) }", "split_to", "split_off_to"),
    ("pub fn f() -> bytes::BytesMut { bytes::BytesMut::with_capacity(8) }", "with_capacity", "new_with_capacity"),
    ("pub fn f(b: bytes::BytesMut) -> bytes::Bytes { b.freeze() }", "freeze", "into_frozen"),
    ("use bytes::buf::Chain;\npub fn f(_: Chain<u8, u8>) {}", "buf::Chain", "chain::Chain"),
    ("pub fn f(v: &semver::Version) -> bool { v.pre.is_empty() }", "v.pre.", "v.pre_release."),
    ("pub fn f(r: &semver::VersionReq, v: &semver::Version) -> bool { r.matches(v) }", "matches", "matches_version"),
    ("pub fn f() -> semver::Op { semver::Op::GreaterEq }", "GreaterEq", "GreaterOrEqual"),
    ("pub fn f(c: &semver::Comparator) -> semver::Op { c.op }", "c.op", "c.operator"),
    ("pub fn f(a: &http::uri::Authority) -> &str { a.as_str() }", "a.as_str()", "a"),
    ("pub fn f(s: &str) -> bool { semver::Version::parse(s).is_ok() }", "parse", "parse_version"),
    ("pub fn f(m: &indexmap::IndexMap<u8, u8>) -> bool { m.get_index(0).is_some() }", "get_index", "get_at_index"),
    ("pub fn f(m: &mut indexmap::IndexMap<u8, u8>) { m.swap_remove_index(0); }", "remove_index", "remove_at_index"),
    ("use indexmap::set::IndexSet;\npub fn f(_: IndexSet<u8>) {}", "set::IndexSet", "index_set::IndexSet"),
    ("pub fn f(m: &mut indexmap::IndexMap<u8, u8>) { m.sort_unstable_keys() }", "sort_unstable_keys",
     "sort_keys_unstable"),
    ("pub fn f(v: &mut smallvec::SmallVec<[u8; 4]>) { v.insert_many(0, [1, 2]) }", "insert_many", "insert_all"),
    ("pub fn f(v: smallvec::SmallVec<[u8; 4]>) -> bool { v.spilled() }", "spilled", "is_spilled"),
    ("pub fn f(v: smallvec::SmallVec<[u8; 4]>) -> Box<[u8]> { v.into_boxed_slice() }", "into_boxed_slice",
     "into_boxed"),
    ("pub fn f(r: &http::Response<()>) -> http::StatusCode { r.status() }", "r.status()", "r.status_code()"),
    ("pub fn f() -> http::StatusCode { http::StatusCode::NOT_FOUND }", "NOT_FOUND", "NotFound"),
    ("pub fn f() -> http::StatusCode { http::StatusCode::IM_A_TEAPOT }", "IM_A_TEAPOT", "TEAPOT"),
    ("use http::header::HeaderMap;\npub fn f(_: HeaderMap) {}", "header::HeaderMap", "headers::HeaderMap"),
    ("pub fn f(m: &http::Method) -> &str { m.as_str() }", "m.as_str()", "m"),
    ("pub fn f(s: http::StatusCode) -> u16 { s.as_u16() }", "s.as_u16()", "s"),
    ("pub fn f(u: &http::Uri) -> Option<&str> { u.scheme_str() }", "u.scheme_str()", "u.scheme_as_str()"),
    ("pub fn f(b: http::response::Builder) { let _ = b.status(200); }", "b.status", "b.with_status"),
    ("pub fn f(e: either::Either<u8, u8>) -> bool { e.is_left() }", "is_left", "is_left_value"),
    ("pub fn f(e: either::Either<u8, u8>) -> either::Either<u16, u8> { e.map_left(u16::from) }", "map_left",
     "left_map"),
    ("pub fn f() -> uuid::Uuid { uuid::Uuid::from_u128(1) }", "from_u128", "new_from_u128"),
    ("pub fn f(u: uuid::Uuid) -> uuid::fmt::Hyphenated { u.hyphenated() }", "u.hyphenated", "u.to_hyphenated"),
    ("pub fn f(u: &uuid::Uuid) -> u128 { u.as_u128() }", "u.as_u128()", "u"),
    ("pub fn f(u: uuid::Uuid) -> bool { u.is_nil() }", "is_nil", "is_null"),
    ("use itertools::Itertools;\npub fn f(v: &[u8]) -> usize { v.iter().unique_by(|n| **n).count() }", "unique_by",
     "uniq_by"),
    ("use itertools::Itertools;\npub fn f(v: &[u8]) -> bool { v.iter().all_equal() }", "all_equal", "are_all_equal"),
    ("use itertools::Itertools;\npub fn f(v: &[u8]) -> String { v.iter().join(\"-\") }", "join", "join_str"),
    ("use itertools::Itertools;\npub fn f(v: &[u8]) -> usize { v.iter().dedup().count() }", "dedup", "deduplicated"),
)  # fmt: skip


class Nameless(Workbench):
    """A workbench that knows nothing of libraries, as before."""

    def case(self, diagnostic: Diagnostic) -> Case:
        return replace(super().case(diagnostic), externs=None)


CONFIGURATIONS = (("suggestions", Nameless, False), ("search", Nameless, True), ("names", Workbench, True))


async def _no_habits(*_: str) -> Mapping[str, float]:
    return {}


async def _nobody() -> Sequence[Proposer]:
    return ()


async def measure(scratch: Path) -> list[Figure]:
    root = scratch / "user"
    (root / "src").mkdir(parents=True)
    wanted = "".join(f'{name} = "={version}"\n' for name, version in CRATES.items())
    (root / "Cargo.toml").write_text(
        f'[package]\nname = "user"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n[dependencies]\n{wanted}'
    )
    (root / FILE).write_text("")
    subprocess.run(["cargo", "fetch", "-q"], cwd=root, check=True)
    found: list[Figure] = []
    for name, made, search in (
        ("suggestions", Nameless, False),
        ("search", Nameless, True),
        ("names", Workbench, True),
    ):
        green, equal, spent = 0, 0, []
        async with made.open(root / "Cargo.toml", Settings(), scratch / "cache" / "shadows") as bench:
            cheap: list[Proposer] = [CompilerProposer()]
            if search:
                cheap.append(SearchProposer(bench, _no_habits))
            for number, (text, right, wrong) in enumerate(CASES):
                assert text.count(right) == 1, text
                (root / FILE).write_text(text.replace(right, wrong))
                await bench.sync({})
                await bench.check()
                await bench.libraries_read()
                started = time.monotonic()
                report = await repair(bench, cheap, _nobody, rounds=3, budget=BUDGET)
                spent.append(time.monotonic() - started)
                first = report.repairs[0] if report.repairs else None
                after = apply_patch(first.bases, first.offer.proposal.patch).get(FILE) if first else None
                assert report.before, text
                green += not report.remaining
                equal += after == text
                what = after if after != text else ""
                print(f"{name} {number} {wrong}: {'ok' if not what and after else after}", file=sys.stderr)
        note = f"of {len(CASES)} slips; first offer is the original: {equal}; {sum(spent) / len(spent):.1f} s each"
        found.append(Figure(f"dependency_names_{name}", green, "without errors", None, note))
        print(found[-1].line, flush=True)
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="sleepy-names-") as folder:
        keep(asyncio.run(measure(Path(folder))))
