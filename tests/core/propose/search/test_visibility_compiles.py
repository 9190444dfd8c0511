"""The real rustc refuses these programs, and takes what the kinds about visibility make of them."""

# ruff: noqa: E501 (a case is a line)

import pytest

from helpers.rustc_cases import after, before, repairs

CASES = [
    # kind, code, the broken program with «written|meant» at each place that changes
    ("make-public", "E0603", "mod a { «|pub »fn f() {} }\nfn main() { a::f(); }"),
    ("make-public", "E0616", "mod a { #[derive(Default)] pub struct S { «|pub »x: u8 } }\nfn main() { drop(a::S::default().x); }"),
    ("make-public", "E0624", "mod a { pub struct S; impl S { «|pub »fn f(&self) {} } }\nfn main() { a::S.f(); }"),
    ("make-public", "E0451", "mod a { pub struct S { «|pub »x: u8 } }\nfn main() { let _ = a::S { x: 1 }; }"),
    ("make-public", "E0446", "mod m { «|pub »struct W; pub trait T { type A; } impl T for u8 { type A = W; } }\nfn main() {}"),
    ("make-public", "E0364", "mod m { «|pub »fn g() {} pub use self::g as h; }\nfn main() { m::h(); }"),
    ("publish-tuple-fields", "E0616", "mod a { #[derive(Default)] pub struct S(pub u8, «|pub »u8); }\nfn main() { drop(a::S::default().1); }"),
    ("use-accessor", "E0616", "mod a { #[derive(Default)] pub struct S { x: u8 } impl S { pub fn get_x(&self) -> u8 { self.x } } }\nfn main() { drop(a::S::default().«x|get_x()»); }"),
    ("publish-import", "E0603", "mod a { mod b { pub struct S; } «|pub »use b::S; }\nfn main() { let _ = a::S; }"),
    ("narrow-reexport", "E0364", "pub mod m { pub(crate) fn g() {} }\npub«|(crate)» use m::g;\nfn main() { g(); }"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code", "source"), CASES)
def test_what_is_meant_is_among_the_first_candidates_and_compiles(kind: str, code: str, source: str) -> None:
    repairs(kind, code, before(source), after(source))
