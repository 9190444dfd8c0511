"""The fifty families that there are to be, ten a group. What is written stands below `families/`."""

from __future__ import annotations

from sleepy_koans.family import families

# Group → family → what it is about, and the codes that it is likely to have.
PLAN: dict[str, dict[str, str]] = {
    "borrow_checker": {
        "use_after_move": "a value is used after it was moved (E0382)",
        "reference_to_local": "a reference to a local is returned, or outlives it (E0515, E0597)",
        "exclusive_borrow": "two borrows of which one is mutable, or a lost `mut` (E0499, E0502, E0596)",
        "lifetime_annotation": "a lifetime is not told, or too short for what is returned (E0106, E0621, no-code)",
        "move_out_of_borrow": "moved out of what is only lent: copy, clone, take or match by reference (E0507, E0508)",
        "shared_ownership": "Rc and Arc: moved or mutated as if they were their content (E0382, E0594, E0596)",
        "interior_mutability": "changed behind `&self`: Cell, RefCell, Mutex (E0594, E0596)",
        "closure_capture": "what a closure captures, and how often it can be called (E0373, E0525, E0502)",
        "async_capture": "async blocks and functions that borrow what does not live long enough (E0373, E0597, E0382)",
        "assign_while_borrowed": "assigned or dropped while it is borrowed, or assigned twice (E0505, E0506, E0384)",
    },
    "traits": {
        "missing_derive": "a derive that an operator or a container asks for (E0277, E0369, E0599)",
        "incomplete_impl": "an impl that lacks an item, or whose signature differs (E0046, E0053, E0050)",
        "trait_bound": "a generic function or type lacks a trait bound (E0277, E0369, E0599)",
        "where_clause": "bounds that only a where clause can tell: on projections, conditional impls (E0277)",
        "associated_type": "an associated type that is missing, unnamed or another one (E0191, E0220, E0271)",
        "dyn_object": "trait objects: not object safe, unsized, without `dyn` (E0038, E0277, E0782)",
        "send_sync": "what is sent to a thread is not Send or Sync (E0277)",
        "from_into": "conversions: From, TryFrom, AsRef and the `?` that uses them (E0277, E0308)",
        "iterator_impl": "own iterators and IntoIterator (E0046, E0277, E0599)",
        "display_impl": "formatting: Display, Debug and what derives neither (E0277)",
    },
    "error_handling": {
        "option_handling": "an Option is used as its content, or the other way round (E0308, E0599)",
        "result_handling": "a Result is used as its content, or dropped (E0308, E0599, unused_must_use)",
        "question_mark": "`?` where the function's return type does not fit it (E0277)",
        "match_exhaustive": "a match that misses a case, or has one too many (E0004, E0023, E0026, E0027)",
        "combinators": "map, and_then, ok_or and their kin, with closures that do not fit (E0308, E0277)",
        "custom_error": "own error types: Error, Display, From (E0277, E0046)",
        "derived_error": "errors in thiserror's manner, by a local macro_rules stand-in (E0277, E0599, no-code)",
        "dynamic_error": "errors in anyhow's manner: Box<dyn Error>, context, downcasting, by a local stand-in (E0277)",
        "unwrap_default": "unwrap and its relatives: unwrap_or, unwrap_or_else, expect (E0308, E0599, clippy)",
        "early_return": "returns, breaks and else branches that do not fit the function (E0308, E0317, E0069)",
    },
    "rust_2024": {
        "format_args": "format strings: captured names, missing and unused arguments (no-code, E0425, clippy)",
        "let_chains": "if let chains (no-code, E0308, clippy::collapsible_if)",
        "let_else": "let … else (E0005, E0308, clippy)",
        "is_some_and": "a condition on what is in an Option (clippy, E0308, E0507)",
        "is_ok_and": "a condition on what is in a Result (clippy, E0308, E0507)",
        "copied_cloned": "copied, cloned and iterators of references (E0308, E0277, clippy)",
        "flatten": "flatten, flat_map and filter_map (E0277, E0308, clippy)",
        "matches_macro": "matches! and what it replaces (clippy, E0308, E0369)",
        "clippy_idioms": "what clippy says by default and a test keeps right (clippy)",
        "async_closures": "async closures, and what Rust 2024 made unsafe or reserved (E0133, no-code, E0308)",
    },
    "advanced": {
        "builder": "builders: owned and borrowed steps, required parts (E0382, E0308, E0716)",
        "newtype": "newtypes: the wrapped value's traits are not there (E0308, E0369, E0277)",
        "typestate": "a method in a state whose type does not have it (E0599, E0308)",
        "phantom_data": "unused type parameters and lifetimes, markers (E0392, E0207, E0282)",
        "unsafe_code": "unsafe blocks, functions and traits (E0133, E0200, unsafe_op_in_unsafe_fn)",
        "macro_rules": "macro_rules: patterns, repetition, hygiene (no-code, E0425)",
        "proc_macro": "procedural macros: their signatures and TokenStreams (crate_type proc-macro)",
        "simd": "std::arch and arrays in lanes: features, types, unsafe (E0133, E0308)",
        "ffi": "extern blocks, repr(C), C strings (E0133, E0308, improper_ctypes)",
        "pin": "Pin, Future and self references (E0277, E0599, E0308)",
    },
}


def page() -> str:
    """docs/koan-families.md."""
    written = families()
    lines = [
        "# The families of koans",
        "",
        "<!-- Written by scripts/write_docs.py from sleepy_koans/plan.py and the families. -->",
        "",
        f"{len(written)} of {sum(map(len, PLAN.values()))} are written."
        " How to write one: [koans/README.md](../koans/README.md).",
    ]
    for group, planned in PLAN.items():
        lines += ["", f"## {group}", "", "| family | written | codes | what |", "|---|---|---|---|"]
        for name, about in planned.items():
            family = written.get(name)
            codes = " ".join(family.codes) if family else ""
            lines.append(f"| `{name}` | {'yes' if family else 'no'} | {codes} | {family.title if family else about} |")
    return "\n".join(lines) + "\n"
