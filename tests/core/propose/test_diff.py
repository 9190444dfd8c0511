"""A model's diff is taken by what its lines say, not by what they count."""

import pytest

from sleepy_core.propose.answer import Rejection
from sleepy_core.propose.diff import read_diff
from sleepy_core.text import apply_patch

TEXT = "fn one() {\n    a(x);\n}\n\nfn two() {\n    b(x);\n    c(x);\n}\n"
TEXTS = {"src/lib.rs": TEXT}


def applied(diff: str, texts: dict[str, str] = TEXTS) -> dict[str, str]:
    patch = read_diff(diff, texts)
    assert not isinstance(patch, Rejection), patch
    return apply_patch(texts, patch)


@pytest.mark.parametrize(
    "diff",
    [
        "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -5,4 +5,4 @@\n fn two() {\n-    b(x);\n+    b(&x);\n     c(x);\n }\n",
        "@@ -1,99 +1,2 @@\n-    b(x);\n+    b(&x);\n",  # wrong numbers, no file: there is only one
        "--- src/lib.rs\n+++ src/lib.rs\n@@\n-b(x);\n+    b(&x);",  # white space and numbers left out
        "diff --git a/src/lib.rs b/src/lib.rs\nindex 1..2 100644\n--- a/src/lib.rs\n+++ b/src/lib.rs\n"
        "@@ -6 +6 @@ fn two()\n-    b(x);\n+    b(&x);\n\n",
    ],
)
def test_a_hunk_belongs_where_its_lines_stand(diff: str) -> None:
    assert applied(diff) == {"src/lib.rs": TEXT.replace("b(x)", "b(&x)")}


def test_several_hunks_and_files_are_one_patch() -> None:
    texts = {**TEXTS, "src/other.rs": "fn d() {\n    e(y);\n}\n"}
    diff = (
        "--- a/src/lib.rs\n+++ b/src/lib.rs\n@@ -2 +2 @@\n-    a(x);\n+    a(&x);\n"
        "@@ -7 +7 @@\n-    c(x);\n+    c(&x);\n"
        "--- a/src/other.rs\n+++ b/src/other.rs\n@@ -2 +2 @@\n-    e(y);\n+    e(&y);\n"
    )
    assert applied(diff, texts) == {
        "src/lib.rs": TEXT.replace("a(x)", "a(&x)").replace("c(x)", "c(&x)"),
        "src/other.rs": "fn d() {\n    e(&y);\n}\n",
    }


@pytest.mark.parametrize(
    ("diff", "why"),
    [
        ("I would borrow x.", "has no hunk"),
        ("@@ -1 +1 @@\n-    nothing(x);\n+    b(&x);\n", "are not in the file"),
        ("@@ -9 +9 @@\n }\n+fn d() {}\n", "at several places"),
        ("@@ -1 +1 @@\n+fn d() {}\n", "no lines of context"),
        ("--- a/src/no.rs\n+++ b/src/no.rs\n@@ -1 +1 @@\n-a\n+b\n", "there is no file src/no.rs; there are src/lib.rs"),
        ("@@ -2 +2 @@\n-    a(x);\n+    a(x);\n", "changes nothing"),
        ("@@ -2 +2 @@\n-    a(x);\n+    todo!()\n", "unwritten"),
    ],
)
def test_what_is_no_repair_says_why(diff: str, why: str) -> None:
    told = read_diff(diff, TEXTS)
    assert isinstance(told, Rejection)
    assert why in told.reason
