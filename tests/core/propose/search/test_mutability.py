"""What is written to becomes mutable where it is bound, where it is passed, and where it is lent."""

import pytest

from helpers.diagnostics import span
from helpers.edit_kinds import candidates, results, site
from sleepy_core.text import LineIndex


@pytest.mark.parametrize(
    ("source", "code", "message", "first"),
    [
        (
            "fn add(v: &Vec<i32>) { «v».push(1); }\nfn g() { let v = vec![1]; add(&v); }\n",
            "E0596",
            "cannot borrow `*v` as mutable, as it is behind a `&` reference",
            "fn add(v: &mut Vec<i32>) { v.push(1); }\nfn g() { let mut v = vec![1]; add(&mut v); }\n",
        ),
        # Those who call it on `&self` are changed with it, and so on.
        (
            "impl C { fn up(&self) { «self.n += 1»; } fn twice(&self) { self.up(); } }\n"
            "fn g() { let c = C::new(); c.twice(); }\n",
            "E0594",
            "cannot assign to `self.n`, which is behind a `&` reference",
            "impl C { fn up(&mut self) { self.n += 1; } fn twice(&mut self) { self.up(); } }\n"
            "fn g() { let mut c = C::new(); c.twice(); }\n",
        ),
        (
            "trait T { fn up(&self); }\nimpl T for C { fn up(&self) { «self.v».push(1); } }\n",
            "E0596",
            "cannot borrow `self.v` as mutable, as it is behind a `&` reference",
            "trait T { fn up(&mut self); }\nimpl T for C { fn up(&mut self) { self.v.push(1); } }\n",
        ),
        (
            'fn f(m: &mut Map) { if let Some(v) = m.get("a") { «v».push(1); } }\n',
            "E0596",
            "cannot borrow `*v` as mutable, as it is behind a `&` reference",
            'fn f(m: &mut Map) { if let Some(v) = m.get_mut("a") { v.push(1); } }\n',
        ),
        (
            "fn f() { let v = vec![1]; for x in &v { «*x = 2»; } }\n",
            "E0594",
            "cannot assign to `*x`, which is behind a `&` reference",
            "fn f() { let mut v = vec![1]; for x in &mut v { *x = 2; } }\n",
        ),
        # A guard is `mut` itself; the lock that it comes from need not be.
        (
            "fn f(l: &RwLock<Vec<i32>>) { let g = l.read().unwrap(); «g».push(1); }\n",
            "E0596",
            "cannot borrow data in dereference of `RwLockReadGuard<'_, Vec<i32>>` as mutable",
            "fn f(l: &RwLock<Vec<i32>>) { let mut g = l.write().unwrap(); g.push(1); }\n",
        ),
        (
            "fn f(r: &RefCell<Vec<i32>>) { «r.borrow()».push(1); }\n",
            "E0596",
            "cannot borrow data in dereference of `Ref<'_, Vec<i32>>` as mutable",
            "fn f(r: &RefCell<Vec<i32>>) { r.borrow_mut().push(1); }\n",
        ),
    ],
)
def test_a_write_makes_all_that_it_comes_from_mutable(source: str, code: str, message: str, first: str) -> None:
    assert results("make-writable", site(source, code, message))[0] == first


def test_callers_in_other_files_lend_mutably_too() -> None:
    at = site(
        "pub fn add(v: &Vec<i32>) { «v».push(1); }\n",
        "E0596",
        "cannot borrow `*v` as mutable, as it is behind a `&` reference",
        others={"src/other.rs": "fn g() { let mut é = vec![1]; crate::add(&é); }\n"},
    )
    assert results("make-writable", at, "src/other.rs") == ["fn g() { let mut é = vec![1]; crate::add(&mut é); }\n"]


def test_a_crate_s_own_mutable_twin_is_known_by_its_name() -> None:
    at = site(
        "impl S { fn item(&self) -> &T; fn item_mut(&mut self) -> &mut T; }\n"
        "fn f(s: &mut S) { let t = s.item(); «t».up(); }\n",
        "E0596",
        "cannot borrow `*t` as mutable, as it is behind a `&` reference",
    )
    assert results("make-writable", at)[0].endswith("fn f(s: &mut S) { let t = s.item_mut(); t.up(); }\n")


def test_an_rc_is_written_through_make_mut() -> None:
    at = site("fn f(r: Rc<C>) { «r.n = 2»; }\n", "E0594", "cannot assign to data in an `Rc`")
    assert results("rc-make-mut", at)[0] == "fn f(mut r: Rc<C>) { Rc::make_mut(&mut r).n = 2; }\n"


def test_a_function_takes_an_fn_mut_for_the_closure_that_writes() -> None:
    at = site(
        "fn apply<F: Fn()>(f: F) { f(); }\nfn g() { let mut n = 0; apply(|| «n += 1»); }\n",
        "E0594",
        "cannot assign to `n`, as it is a captured variable in a `Fn` closure",
    )
    assert results("accept-fn-mut", at) == [
        "fn apply<F: FnMut()>(mut f: F) { f(); }\nfn g() { let mut n = 0; apply(|| n += 1); }\n"
    ]


def test_a_second_assignment_makes_the_binding_mutable_or_declares_a_new_variable() -> None:
    at = site("fn f(n: i32) { «n += 1»; }\n", "E0384", "cannot assign to immutable argument `n`")
    assert results("make-binding-mutable", at) == ["fn f(mut n: i32) { n += 1; }\n"]
    assert results("declare-anew", at) == ["fn f(n: i32) { let n = n + 1; }\n"]


@pytest.mark.parametrize(
    ("kind", "source", "declared", "first"),
    [
        (
            "initial-value",
            "fn f() { let mut n: u8; «n» += 1; }",
            "mut n",
            "fn f() { let mut n: u8 = 0; n += 1; }",
        ),
        (
            "initial-value",
            "fn f() { let mut v: Vec<u8>; «v».push(1); }",
            "mut v",
            "fn f() { let mut v: Vec<u8> = Vec::new(); v.push(1); }",
        ),
        (
            "initial-value-for-a-branch",
            "fn f() { let x; if b { x = 1; } g(«x»); }",
            "x",
            "fn f() { let mut x = 0; if b { x = 1; } g(x); }",
        ),
    ],
)
def test_what_was_never_set_begins_empty(kind: str, source: str, declared: str, first: str) -> None:
    plain = source.replace("«", "").replace("»", "")
    start = plain.index(f"let {declared}") + 4
    index = LineIndex(plain)
    label = "binding declared here but left uninitialized"
    there = span(index.position(start), index.position(start + len(declared)), label=label, primary=False)
    at = site(source, "E0381", "used binding `x` isn't initialized", spans=[there])
    assert results(kind, at)[0] == first


def test_a_macro_s_arguments_are_left_alone() -> None:
    at = site('fn f(n: i32) { println!("{}", «n»); }\n', "E0596", "cannot borrow `n` as mutable")
    assert candidates("make-writable", at) == []
