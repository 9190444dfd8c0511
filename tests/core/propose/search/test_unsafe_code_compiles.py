"""The real rustc takes what these kinds propose for programs that it refuses."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

DANGER = "unsafe fn danger(n: i32) -> i32 {\n    n\n}\n"


@pytest.mark.parametrize(
    ("kind", "code", "broken", "meant", "edition"),
    [
        (
            "unsafe-block",
            "E0133",
            DANGER + "pub fn f() -> i32 {\n    danger(1) + 1\n}\n",
            DANGER + "pub fn f() -> i32 {\n    unsafe { danger(1) + 1 }\n}\n",
            "2021",
        ),
        (
            "unsafe-block",
            "E0133",
            "pub fn f(p: *mut i32) {\n    *p = 1;\n}\n",
            "pub fn f(p: *mut i32) {\n    unsafe { *p = 1 };\n}\n",
            "2021",
        ),
        (
            "unsafe-function",
            "E0133",
            "pub fn f(p: *mut i32) {\n    *p = 1;\n}\n",
            "pub unsafe fn f(p: *mut i32) {\n    *p = 1;\n}\n",
            "2021",
        ),
        ("remove-unsafe", "E0197", "pub struct S;\nunsafe impl S {}\n", "pub struct S;\nimpl S {}\n", "2021"),
        (
            "unsafe-pointer",
            "E0308",
            DANGER + "pub fn f() {\n    let _g: fn(i32) -> i32 = danger;\n}\n",
            DANGER + "pub fn f() {\n    let _g: unsafe fn(i32) -> i32 = danger;\n}\n",
            "2021",
        ),
    ],
)
def test_rustc_takes_the_meant_repair(kind: str, code: str, broken: str, meant: str, edition: str) -> None:
    repairs(kind, code, broken, meant, edition)
