"""Every error code of rustc 1.95: the kinds of edits that answer it, or why there is no small repair.

What the kinds answer stands in their table and is only read here; `REASONS` is for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from sleepy_core.propose.search.edits import TABLE
from sleepy_core.propose.search.kinds import Kind

# Why a small edit does not repair it, each with the codes of which that is so.
REASONS: Mapping[str, str] = {
    "The compiler's own suggestion is the repair; it is tried before any search.": """
        E0027 E0034 E0040 E0109 E0121 E0170 E0178 E0199 E0200 E0212 E0214 E0221 E0223 E0229 E0259 E0309 E0310 E0311
        E0373 E0379 E0429 E0449 E0571 E0586 E0617 E0620 E0621 E0642 E0665 E0693 E0700 E0704 E0740 E0746 E0753
        E0782 E0783 E0790 E0800""",
    "A value, a body or a type is missing that nothing in the program says.": """
        E0069 E0393 E0601 E0768 E0805""",
    "The orphan rules: a trait or a type of one's own is needed.": """
        E0116 E0117 E0118 E0120 E0206 E0210 E0321 E0322 E0371 E0390 E0785""",
    "What the program means must be thought over: a cycle, an overflow, an ambiguity or a computed value.": """
        E0055 E0080 E0222 E0227 E0275 E0320 E0370 E0391 E0512 E0644 E0659 E0720 E0735 E0751 E0770""",
    "A value lives too short, or lifetimes contradict each other: other owners or other signatures are needed.": """
        E0226 E0316 E0510 E0623 E0657 E0713 E0745 E0764 E0794 E0803""",
    "The types rule it out as it is written; which other types are meant does not show.": """
        E0029 E0033 E0071 E0158 E0161 E0409 E0436 E0492 E0493 E0525 E0529 E0530 E0591 E0639 E0641 E0638
        E0690 E0730 E0731 E0784 E0799 E0795 E0801 E0804""",
    "The whole function or the place of the code would have to change.": """
        E0203 E0224 E0268 E0575 E0577 E0580 E0590 E0646 E0695 E0697 E0742 E0752""",
    "An attribute's words are wrong, and which are meant does not show.": """
        E0452 E0453 E0454 E0455 E0459 E0469 E0537 E0538 E0539 E0552 E0565 E0588 E0589 E0648 E0703
        E0710 E0736 E0780 E0787""",
    "A comment is never edited.": "E0584 E0585",
    "The module's files or its place decide, not its text.": "E0468 E0754 E0761",
    "It is about the crates that are linked, or the command line, not the text.": """
        E0460 E0461 E0462 E0463 E0464 E0472 E0514 E0519 E0570 E0602 E0786""",
    "The edition of the package decides.": "E0670",
    "Foreign functions: the other language's declaration decides.": "E0044 E0045 E0737 E0743",
    "Only nightly compilers come to it: unstable features, or the standard library's own attributes.": """
        E0059 E0075 E0076 E0077 E0093 E0094 E0152 E0183 E0232 E0264 E0328 E0374 E0375 E0377 E0378 E0380 E0476 E0511
        E0520 E0522 E0542 E0543 E0544 E0545 E0546 E0547 E0549 E0567 E0568 E0569 E0625 E0626 E0627 E0628 E0712 E0714
        E0715 E0718 E0725 E0727 E0734 E0741 E0749 E0750 E0757 E0781 E0791 E0792 E0798 E0802 E0806""",
}


def kinds_by_code() -> dict[str, list[Kind]]:
    """The kinds that answer each code, cheapest first. Lints go by their names, errors without a code by \"\"."""
    found: dict[str, list[Kind]] = defaultdict(list)
    for kind in sorted(TABLE, key=lambda k: k.cost):
        for code in kind.codes:
            found[code].append(kind)
    return dict(sorted(found.items()))


def reasons_by_code() -> dict[str, str]:
    """Why there is no small repair, for each code that has a reason."""
    return {code: reason for reason, codes in REASONS.items() for code in codes.split()}


def is_code(name: str) -> bool:
    """Is it an error code, and not a lint's name?"""
    return len(name) == 5 and name[0] == "E" and name[1:].isdecimal()


def page() -> str:
    """docs/error-codes.md."""
    answered = kinds_by_code()
    lines = [
        "# Error codes",
        "",
        "<!-- Written by scripts/write_docs.py from sleepy_core/propose/search/codes.py and its table of edits. -->",
        "",
        "What edit search tries for each error code of rustc, cheapest first, once the compiler's own suggestions",
        "do not repair it. Kinds in *italics* are weak: they compile easily and mean little, so they come last and",
        "are labelled. A model and recall are asked for any code.",
        "",
        "| code | kinds of edits |",
        "|---|---|",
    ]
    lines += [f"| {code} | {_named(kinds)} |" for code, kinds in answered.items() if is_code(code)]
    lines += ["", "## Errors without a code, and denied lints", "", "| lint | kinds of edits |", "|---|---|"]
    others = [(code, kinds) for code, kinds in answered.items() if not is_code(code)]
    lines += [f"| {f'`{code}`' if code else 'no code'} | {_named(kinds)} |" for code, kinds in others]
    lines += ["", "## No small repair", "", "| why | codes |", "|---|---|"]
    for reason, codes in REASONS.items():
        left = [code for code in sorted(codes.split()) if code not in answered]
        lines += [f"| {reason} | {', '.join(left)} |"] if left else []
    return "\n".join(lines) + "\n"


def _named(kinds: list[Kind]) -> str:
    return ", ".join(f"*{kind.name}*" if kind.weak else kind.name for kind in kinds)
