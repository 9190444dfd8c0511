"""Two lifetimes that must agree are bounded, made one, or named where they were elided."""

from helpers.edit_kinds import candidates, labelled_site, results

TOO_SHORT = "lifetime may not live long enough"
ELIDED = "let's call the lifetime of this reference `'1`"


def test_a_lifetime_outlives_another_as_the_note_says_or_both_are_one() -> None:
    at = labelled_site(
        "fn pick<'a, 'b>(a: &'a str, b: &'b str) -> &'a str { «b» }\n",
        TOO_SHORT,
        code="",
        notes=["consider adding the following bound: `'b: 'a`"],
    )
    assert results("outlives", at) == ["fn pick<'a, 'b: 'a>(a: &'a str, b: &'b str) -> &'a str { b }\n"]
    assert results("same-lifetime", at) == ["fn pick<'a>(a: &'a str, b: &'a str) -> &'a str { b }\n"]


def test_a_method_s_lifetime_gives_way_to_that_of_its_impl() -> None:
    at = labelled_site(
        "impl<'a> S<'a> { fn add<'b>(&mut self, s: &'b str) { «self.v.push(s)» } }\n",
        TOO_SHORT,
        code="",
        notes=["consider adding the following bound: `'b: 'a`"],
    )
    assert results("same-lifetime", at) == ["impl<'a> S<'a> { fn add(&mut self, s: &'a str) { self.v.push(s) } }\n"]


def test_elided_borrows_take_the_impl_s_lifetime_and_self_stays_short() -> None:
    at = labelled_site(
        "impl<'a> P<'a> { fn pick(&self, o: &str) -> &str { «o» } }\n",
        TOO_SHORT,
        (ELIDED, "o: |&"),
        (ELIDED, "pick(|&"),
        code="",
    )
    assert results("same-lifetime", at) == [
        "impl<'a> P<'a> { fn pick(&self, o: &'a str) -> &'a str { o } }\n",
        "impl<'a> P<'a> { fn pick(&'a self, o: &'a str) -> &str { o } }\n",
    ]


def test_a_borrow_that_must_last_for_ever_is_asked_for() -> None:
    at = labelled_site(
        "fn f(s: &str) { «spawn(g(s))» }\n",
        "borrowed data escapes outside of function",
        (ELIDED, "s: |&"),
        code="E0521",
        notes=["argument requires that `'1` must outlive `'static`"],
    )
    assert results("static-parameter", at) == ["fn f(s: &'static str) { spawn(g(s)) }\n"]


def test_a_method_borrows_self_for_the_call_only() -> None:
    at = labelled_site(
        "impl<'a> S<'a> { fn set(&'a mut self) {} fn two(&mut self) { self.set(); «self».set(); } }\n",
        "cannot borrow `*self` as mutable more than once at a time",
        code="E0499",
    )
    assert results("shorter-self", at) == [
        "impl<'a> S<'a> { fn set(&mut self) {} fn two(&mut self) { self.set(); self.set(); } }\n"
    ]


def test_a_method_returns_what_lives_as_long_as_what_its_type_borrows() -> None:
    at = labelled_site(
        "impl<'a> S<'a> { fn first(&self) -> Option<&u8> { None } }\n"
        "fn f<'a>(s: S<'a>) -> Option<&'a u8> { «s.first()» }\n",
        "cannot return value referencing function parameter `s`",
        code="E0515",
    )
    assert "fn first(&self) -> Option<&'a u8>" in results("longer-return", at)[0]


def test_a_reference_s_lifetime_bounds_what_it_points_at() -> None:
    at = labelled_site(
        "impl<'a, 'b> Tr<'a> for S<'b> { «type Out» = &'a S<'b>; }\n",
        "in type `&'a S<'b>`, reference has a longer lifetime than the data it references",
        ("", "impl<|'a"),
        ("", "impl<'a, |'b"),
        code="E0491",
    )
    assert results("outlives", at)[0] == "impl<'a, 'b: 'a> Tr<'a> for S<'b> { type Out = &'a S<'b>; }\n"


def test_nothing_is_proposed_outside_of_functions() -> None:
    assert candidates("same-lifetime", labelled_site("static A: &str = «b»;\n", TOO_SHORT, code="")) == []
