"""Two repositories with the same errors, repaired in opposite styles; rustc has said each error and taken each repair.

Three kinds of errors, thirteen of each: something shared is moved (`Arc::clone(&x)` or `x.clone()`), an `Option` stands
where a `Result` is wanted (`match` or `ok_or_else`), and a `?` on another error (an own type of error, or
`Box<dyn Error>`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sleepy_core.cargo.signature import family, signature
from sleepy_core.evaluate.koan_bench import project_of, result_of
from sleepy_core.ledger import Origin, episode
from sleepy_core.model import (
    Diagnostic,
    Edit,
    Episode,
    FilePatch,
    Offer,
    Outcome,
    Patch,
    Proposal,
    RepoIdentity,
    Source,
    Verdict,
    VerdictKind,
)
from sleepy_core.store.ids import id_at
from sleepy_core.text import digest
from sleepy_koans.check import Checker, Crate
from sleepy_koans.koan import Koan

FILE = "src/lib.rs"
NIGHT = 1_700_000_000.0
STYLES = ("explicit", "short")
REPOS = {style: RepoIdentity(f"repo-{style}", style, style, "", None) for style in STYLES}

_SHARED = """use std::sync::Arc;

pub struct Worker {
    pub jobs: Arc<Vec<String>>,
}

pub struct Queue {
    jobs: Arc<Vec<String>>,
    workers: Vec<Worker>,
}

fn start(jobs: Arc<Vec<String>>) -> usize {
    jobs.len()
}

fn start_named(name: &str, jobs: Arc<Vec<String>>) -> usize {
    name.len() + jobs.len()
}

impl Queue {
    pub fn begin(&self, seen: &mut Vec<Arc<Vec<String>>>) -> usize {
        LINE
        self.workers.len() + seen.len()
    }
}
"""
_MOVED = (
    "let all = self.jobs;\n        drop(all);",
    "start(self.jobs);",
    'start_named("reader", self.jobs);',
    "seen.push(self.jobs);",
    "let pair = (self.jobs, 1);\n        drop(pair);",
    "let worker = Worker { jobs: self.jobs };\n        drop(worker);",
    "let first = Some(self.jobs);\n        drop(first);",
    "let boxed = Box::new(self.jobs);\n        drop(boxed);",
    "seen.insert(0, self.jobs);",
    "let count = start(self.jobs) + 1;\n        drop(count);",
    "seen.extend([self.jobs]);",
    'let named = ("all", self.jobs, 2);\n        drop(named);',
    "seen[0] = self.jobs;",
)

_LOOKUP = """use std::collections::HashMap;

pub struct NotFound(pub String);

impl NotFound {
    pub fn new(what: &str) -> Self {
        NotFound(what.to_string())
    }
}

pub struct Table {
    ages: HashMap<String, u32>,
    rows: Vec<u32>,
    last: Option<u32>,
}

impl Table {
    pub fn find(&self, what: &str, at: usize) -> Result<&u32, NotFound> {
        let _ = (what, at, &self.ages, &self.rows, &self.last);
        LINE
    }
}
"""
_FOUND = (
    "self.ages.get(what)",
    "self.rows.first()",
    "self.rows.get(at + 1)",
    "self.rows.iter().max()",
    "self.last.as_ref()",
    "self.ages.values().min()",
    "self.rows.iter().find(|row| **row > 3)",
    "self.rows.iter().rev().nth(at)",
    "self.rows[at..].last()",
    "self.ages.get(&what.to_lowercase())",
    "self.rows.iter().skip(at).next()",
    "self.rows.get(at).or(self.last.as_ref())",
    "self.rows.split_first().map(|(first, _)| first)",
)

_FAILING = """use std::error::Error;
use std::fmt;
use std::num::ParseIntError;

#[derive(Debug)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ConfigError {}

impl From<ParseIntError> for ConfigError {
    fn from(error: ParseIntError) -> Self {
        ConfigError(error.to_string())
    }
}

LINE
"""
_ASKED = tuple(
    f"{head} -> Result<{kind}, fmt::Error> {{\n    {body}\n}}"
    for head, kind, body in (
        ("pub fn port(text: &str)", "u16", "Ok(text.parse::<u16>()?)"),
        ("pub fn sum(one: &str, two: &str)", "u32", "Ok(one.parse::<u32>()? + two.len() as u32)"),
        ("fn level(text: &str, most: u8)", "u8", "Ok(text.parse::<u8>()?.min(most))"),
        ("pub fn pair(text: &str)", "(i32, i32)", "Ok((text.parse::<i32>()?, 0))"),
        ("pub fn every(texts: &[&str])", "Vec<u64>", "Ok(vec![texts[0].parse::<u64>()?])"),
        ("pub fn maybe(text: Option<&str>)", "Option<i8>", 'Ok(Some(text.unwrap_or("1").parse::<i8>()?))'),
        ("pub(crate) fn age(text: &String)", "usize", "Ok(text.parse::<usize>()?)"),
        ("pub fn check(text: String)", "()", "text.parse::<i64>()?;\n    Ok(())"),
        ("pub fn named(text: &str)", "(String, u32)", "Ok((text.to_string(), text.parse::<u32>()?))"),
        ("pub fn scaled(text: &str, by: f64)", "f64", "Ok(f64::from(text.parse::<i32>()?) * by)"),
        ("fn first(texts: Vec<String>)", "i16", "Ok(texts[0].parse::<i16>()?)"),
        ("pub fn limits(low: &str, high: &str)", "[u32; 2]", "Ok([low.parse::<u32>()?, high.parse::<u32>()?])"),
        ("fn boxed(text: &mut String)", "Box<u32>", "Ok(Box::new(text.parse::<u32>()?))"),
    )
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One error, and its repair in each style."""

    before: str
    after: dict[str, str]  # by style


def faults() -> Iterator[Fault]:
    """All errors, kind by kind in turn, so that the newest are of every kind."""
    for moved, found, asked in zip(_MOVED, _FOUND, _ASKED, strict=True):
        yield _fault(
            _SHARED, moved, moved.replace("self.jobs", "Arc::clone(&self.jobs)"),
            moved.replace("self.jobs", "self.jobs.clone()"),
        )  # fmt: skip
        arms = ("Some(value) => Ok(value),", "None => Err(NotFound::new(what)),")
        matched = "\n            ".join([f"match {found} {{", *arms]) + "\n        }"
        yield _fault(_LOOKUP, found, matched, f"{found}.ok_or_else(|| NotFound::new(what))")
        own, boxed = (asked.replace("fmt::Error", error) for error in ("ConfigError", "Box<dyn Error>"))
        yield _fault(_FAILING, asked, own, boxed)


def _fault(text: str, line: str, explicit: str, short: str) -> Fault:
    return Fault(
        text.replace("LINE", line), {"explicit": text.replace("LINE", explicit), "short": text.replace("LINE", short)}
    )


def episodes(style: str, checker: Checker) -> list[Episode]:
    """A repository's fixes, made by hand in its style, each a minute after the other; compiled, before and after."""
    made = []
    for number, fault in enumerate(faults()):
        error = _error(fault.before, checker)
        after = fault.after[style]
        assert checker.check(Crate({FILE: after}, "2021")).ok, after
        lines, new = fault.before.split("\n"), after.split("\n")
        first = next(n for n, (a, b) in enumerate(zip(lines, new, strict=False)) if a != b)
        end = next(n for n, (a, b) in enumerate(zip(reversed(lines), reversed(new), strict=False)) if a != b)
        old, now = ("\n".join(text[first : len(text) - end]) for text in (lines, new))
        at = sum(len(line) + 1 for line in lines[:first])
        patch = Patch((FilePatch(FILE, digest(fault.before), (Edit(at, at + len(old), now),)),))
        moment = NIGHT + 60 * number
        offer = Offer(
            id_at(int(moment * 1e9)), error, signature(error), family(error),
            Proposal(patch, Source.HUMAN, "repair"), Verdict(VerdictKind.CLEAN, 0), 1, 9.0,
        )  # fmt: skip
        told = episode(offer, {FILE: fault.before}, Origin(REPOS[style], "run-1"), "")
        made.append(replace(told, created=moment, outcome=Outcome.HUMAN))
    return made


def _error(text: str, checker: Checker) -> Diagnostic:
    koan = Koan("styles/one", "styles", "train", "one", "2021", {FILE: text}, {FILE: text}, ())
    first, *_ = result_of(checker.check(Crate({FILE: text}, "2021")), project_of(koan)).errors
    return first


def other(style: str) -> str:
    """The opposite style."""
    return STYLES[1 - STYLES.index(style)]


def texts() -> Sequence[str]:
    """All that is written in both, to make a vocabulary of."""
    return [text for fault in faults() for text in (fault.before, *fault.after.values())]
