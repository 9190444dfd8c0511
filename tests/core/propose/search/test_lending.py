"""What was moved is lent where it is moved, or by what takes it."""

import pytest

from helpers.edit_kinds import candidates, labelled_site, results

MOVED = "value moved here"


def test_a_function_that_takes_what_is_used_later_borrows_it_and_so_do_all_its_callers() -> None:
    at = labelled_site(
        "fn total(list: Vec<u8>) -> usize { list.len() }\n"
        "fn f() { let v = vec![1]; total(v); g(«v»); total(w.clone()); }\n",
        "use of moved value: `v`",
        (MOVED, "total(|v"),
    )
    assert results("lend-to-function", at)[0] == (
        "fn total(list: &[u8]) -> usize { list.len() }\nfn f() { let v = vec![1]; total(&v); g(v); total(&w); }\n"
    )


def test_a_method_that_takes_itself_borrows() -> None:
    at = labelled_site(
        "impl P { fn len(self) -> usize { 1 } }\nfn f(p: P) { p.len(); g(«p»); }\n",
        "use of moved value: `p`",
        notes=["`P::len` takes ownership of the receiver `self`, which moves `p`"],
    )
    assert results("lend-self", at) == ["impl P { fn len(&self) -> usize { 1 } }\nfn f(p: P) { p.len(); g(p); }\n"]


def test_a_let_borrows_what_it_moved_but_a_borrow_is_never_dropped() -> None:
    at = labelled_site("fn f(v: V) { let w = v; g(«v»); }\n", "use of moved value: `v`", (MOVED, "= |v"))
    assert results("borrow-moved", at) == ["fn f(v: V) { let w = &v; g(v); }\n"]
    dropped = labelled_site("fn f(v: V) { drop(v); g(«v»); }\n", "use of moved value: `v`", (MOVED, "drop(|v"))
    assert results("borrow-moved", dropped) == []


def test_a_match_that_takes_a_part_borrows_what_it_looks_at() -> None:
    at = labelled_site(
        "fn f(o: O) { match o { Some(s) => g(s), None => {} } h(«&o»); }\n",
        "borrow of partially moved value: `o`",
        ("value partially moved here", "Some(|s"),
    )
    assert results("borrow-matched", at) == ["fn f(o: O) { match &o { Some(s) => g(s), None => {} } h(&o); }\n"]


@pytest.mark.parametrize(
    ("call", "said", "first"),
    [
        ("into_iter()", "has type `Vec<u8>`", "v.iter()"),
        ("unwrap()", "has type `Option<String>`", "v.as_ref().unwrap()"),
    ],
)
def test_a_method_that_takes_its_value_is_called_on_a_loan(call: str, said: str, first: str) -> None:
    at = labelled_site(
        f"fn f(v: V) {{ v.{call}; g(«v»); }}\n",
        "use of moved value: `v`",
        ("`v` moved due to this method call", f"v.|{call}"),
        notes=[said],
    )
    assert results("borrow-before-call", at)[0] == f"fn f(v: V) {{ {first}; g(v); }}\n"


def test_a_mutable_reference_is_reborrowed() -> None:
    at = labelled_site(
        "fn f(r: &mut u8) { let s = r; g(«r»); }\n",
        "use of moved value: `r`",
        (MOVED, "= |r"),
        notes=["has type `&mut u8`"],
    )
    assert results("reborrow", at) == ["fn f(r: &mut u8) { let s = &mut *r; g(r); }\n"]


def test_a_borrow_that_a_collection_would_keep_comes_late() -> None:
    kept = labelled_site("fn f(v: V) { all.push(v); g(«v»); }\n", "use of moved value: `v`", (MOVED, "push(|v"))
    handed = labelled_site("fn f(v: V) { all.show(v); g(«v»); }\n", "use of moved value: `v`", (MOVED, "show(|v"))
    assert candidates("borrow-moved", kept)[0][0].cost > candidates("borrow-moved", handed)[0][0].cost == 0
    assert candidates("borrow-moved", kept)[0][0].label == "`push` a borrow of `v`"
