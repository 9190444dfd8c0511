"""Functions that stand around a template's program, as they do in real files: no fault lies in them."""

from __future__ import annotations

import re

from sleepy_koans.notation import fill
from sleepy_koans.words import Words

# Names begin in a way that no template's do: another item of the same name would be an error of its own.
_ITEMS = (
    """
    /// Keeps a value between two bounds.
    pub fn side_clamped(value: @Int, low: @Int, high: @Int) -> @Int {
        ⟦value.max(low).min(high)¦if value < low { low } else { value.min(high) }⟧
    }
    """,
    """
    /// The share of a part in a whole, in percent.
    pub fn side_percent(part: @Small, whole: @Small) -> f64 {
        if whole == 0 {
            return 0.0;
        }
        100.0 * f64::from(part) / f64::from(whole)
    }
    """,
    """
    /// A heading with a line below it.
    pub fn side_heading(text: &str) -> String {
        format!("{text}\\n{}", ⟦"=".repeat(text.len())¦"-".repeat(text.chars().count())⟧)
    }
    """,
    """
    /// The most ⟦@items¦@people⟧ that are handled at once.
    pub const SIDE_LIMIT: @Int = @n6;
    """,
    """
    /// The words of a line, without the empty ones.
    pub fn side_words(line: &str) -> Vec<&str> {
        line.⟦split(',').map(str::trim).filter(|word| !word.is_empty())¦split_whitespace()⟧.collect()
    }
    """,
    """
    /// How a ⟦@change¦@show⟧ is told to the log.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum SideLevel {
        Quiet,
        Normal,
        ⟦Verbose,¦Verbose,
        Trace,⟧
    }
    """,
    """
    /// Yes or no, as people write it.
    pub fn side_flag(text: &str) -> Option<bool> {
        match text {
            "yes" | "on" => Some(true),
            "no" | "off" => Some(false),
            _ => None,
        }
    }
    """,
    """
    /// The mean of some values, and nothing for none.
    pub fn side_mean(values: &[@Float]) -> Option<@Float> {
        ⟦if values.is_empty() {
            return None;
        }
        Some(values.iter().sum::<@Float>() / values.len() as @Float)¦let total: @Float = values.iter().sum();
        (!values.is_empty()).then(|| total / values.len() as @Float)⟧
    }
    """,
    """
    /// The larger of two values.
    pub fn side_larger<T: PartialOrd>(left: T, right: T) -> T {
        if left > right { left } else { right }
    }
    """,
    """
    /// A ⟦name¦text⟧ in the form in which it is compared.
    pub fn side_key(text: &str) -> String {
        text.trim().⟦to_lowercase()¦to_uppercase()¦replace(' ', "_")⟧
    }
    """,
    """
    /// Where the ⟦@items¦@owners⟧ of this run are counted.
    #[derive(Debug, Default)]
    pub struct SideTally {
        pub seen: @Int,
        pub ⟦skipped¦failed⟧: @Int,
    }
    """,
    """
    /// A number from 1 on for every position from 0 on.
    pub fn side_ordinal(position: usize) -> String {
        ⟦format!("#{}", position + 1)¦let number = position + 1;
        format!("no. {number}")⟧
    }
    """,
)

# Faults are still marked in it, and no helper may land inside of a mark.
_HEAD = re.compile(
    r"""(?:
    [ \t]*\n
  | //![^\n]*\n
  | \#!\[[^]«»]*\][ ]*\n
  | (?:pub(?:\([^)]*\))?[ ])?(?:mod[ ]\w+|(?:use|extern[ ]crate)[ ](?:[^;«»]|«[^«»]*»)*);[^\n«»]*\n
    )*""",
    re.VERBOSE,
)


def surround(program: str, words: Words) -> str:
    """The program with up to two further items, after its imports or at its end."""
    for item in words.shuffled(_ITEMS)[: words.number(3)]:
        text = fill(item, words)
        if words.number(2):
            program = f"{program}\n{text}"
        else:
            at = _after_imports(program)
            program = f"{program[:at]}{text}\n{program[at:]}"
    return program


def _after_imports(program: str) -> int:
    """Where the first thing begins that is no import, module of another file, inner attribute or file comment."""
    head = _HEAD.match(program)
    return head.end() if head else 0
