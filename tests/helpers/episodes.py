"""Episodes and attempts for tests of the store, and of what shows them."""

from sleepy_core.model import (
    Attempt,
    Edit,
    Episode,
    FilePatch,
    Identity,
    Outcome,
    Patch,
    Proposal,
    RepoIdentity,
    Source,
    Usage,
    Verdict,
    VerdictKind,
)
from sleepy_core.store.ids import new_id

REPO = RepoIdentity("repo-1", "orchard", "c0ffee", "", None)

DIFF = """\
diff --git a/src/lib.rs b/src/lib.rs
--- a/src/lib.rs
+++ b/src/lib.rs
@@ -1 +1 @@
-f(name)
+f(&name)
"""


def an_episode(**changes: object) -> Episode:
    """An offered borrow, with some fields changed."""
    fields: dict[str, object] = {
        "id": new_id(),
        "repo": REPO.id,
        "run": "run-1",
        "created": 1_700_000_000.0,
        "file": "src/lib.rs",
        "code": "E0308",
        "message": "mismatched types",
        "signature": "E0308:mismatched types",
        "family": "mismatched-types/borrow",
        "source": Source.COMPILER,
        "label": "borrow `name`",
        "verdict": VerdictKind.CLEAN,
        "outcome": Outcome.OFFERED,
        "diff": DIFF,
        "before": "f(name)\n",
        "after": "f(&name)\n",
        "rendered": "error[E0308]: mismatched types\n",
        "attempts": 2,
        "steps": 1,
        "prompt_tokens": 100,
        "answer_tokens": 10,
        "ms": 250.0,
        "result_digests": (("src/lib.rs", "d1"),),
    }
    return Episode(**{**fields, **changes})  # type: ignore[arg-type]


def an_attempt(kind: VerdictKind = VerdictKind.CLEAN, label: str = "borrow `name`") -> Attempt:
    """One compiled patch."""
    return Attempt(
        Proposal(
            Patch((FilePatch("src/lib.rs", "d0", (Edit(2, 2, "&"),)),)),
            Source.MODEL,
            label,
            cost=1.5,
            why="a model said so",
            weak=True,
            recalled=("e1", "e2"),
            usage=Usage(100, 10, 0.5),
        ),
        Verdict(kind, 0, (Identity("E1", "new", "a.rs"),), (Identity("E2", "old", "b.rs"),), "why not", 12.5),
    )
