# ruff: noqa: E501 (a program a line)
"""The real rustc takes what these kinds propose for programs that it refuses."""

import pytest

from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "code", "broken", "meant", "edition"),
    [
        (
            "unsafe-extern",
            "",
            'extern "C" {\n    pub fn abs(n: i32) -> i32;\n}\n',
            'unsafe extern "C" {\n    pub fn abs(n: i32) -> i32;\n}\n',
            "2024",
        ),
        (
            "raw-static",
            "static_mut_refs",
            "static mut V: Vec<i32> = Vec::new();\npub fn f() {\n    unsafe { V.push(1) }\n}\n",
            "static mut V: Vec<i32> = Vec::new();\npub fn f() {\n    unsafe { (*&raw mut V).push(1) }\n}\n",
            "2024",
        ),
        (
            "raw-identifier",
            "",
            "fn gen() {}\npub fn f() {\n    gen();\n}\n",
            "fn r#gen() {}\npub fn f() {\n    r#gen();\n}\n",
            "2024",
        ),
        (
            "unit-fallback",
            "E0277",
            "fn p<T: Default>() -> Result<T, ()> {\n    Ok(T::default())\n}\npub fn f() -> Result<(), ()> {\n    p()?;\n    Ok(())\n}\n",
            "fn p<T: Default>() -> Result<T, ()> {\n    Ok(T::default())\n}\npub fn f() -> Result<(), ()> {\n    let () = p()?;\n    Ok(())\n}\n",
            "2024",
        ),
    ],
)
def test_rustc_takes_the_meant_repair(kind: str, code: str, broken: str, meant: str, edition: str) -> None:
    repairs(kind, code, broken, meant, edition)
