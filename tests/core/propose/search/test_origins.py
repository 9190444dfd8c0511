"""What is wrong may be the `let` that bound a value, a missing one, or a missing word; each tried on rustc."""

import pytest

from helpers.repair_tables import Row, rows
from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

TABLE = r"""
=== pass-on-at-binding E0308
  fn parse(s: &str) -> Result<u8, std::num::ParseIntError> {
-     let n = s.parse::<u8>();
+     let n = s.parse::<u8>()?;
      let wide: u8 = n;
      Ok(wide)
  }
  pub fn f() -> bool { parse("1").is_ok() }
=== pass-on-at-binding E0605
  pub fn f(s: &str) -> Result<char, std::num::ParseIntError> {
-     let n = s.parse::<u8>();
+     let n = s.parse::<u8>()?;
      Ok(n as char)
  }
=== bind-first E0425
  pub fn f(v: &[u8]) -> usize {
-     total = v.len();
+     let total = v.len();
      total + 1
  }
=== safe-function E0133
- pub unsafe fn g() -> u8 {
+ pub fn g() -> u8 {
      1
  }
  pub fn f() -> u8 {
      g()
  }
=== rewrite-cast E0606
  pub fn f(c: &char) -> u32 {
-     c as u32
+     *c as u32
  }
=== make-callee-sync E0277
- async fn next(v: &[u8]) -> Option<u8> {
+ fn next(v: &[u8]) -> Option<u8> {
      v.first().copied()
  }
  pub fn f(v: &[u8]) -> Option<u8> {
      Some(next(v)? + 1)
  }
=== missing-keyword -
  pub fn f(n: (u8, u8)) -> u8 {
-     n.1 {
+     match n.1 {
          0 => 1,
          _ => 2,
      }
  }
=== missing-keyword -
  pub struct S;
- <'a> From<&'a str> for S {
+ impl<'a> From<&'a str> for S {
      fn from(_: &'a str) -> S {
          S
      }
  }
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=str)
def test_the_meant_repair_is_among_the_first_and_compiles(row: Row) -> None:
    repairs(row.kind, row.code, row.broken, row.meant)
