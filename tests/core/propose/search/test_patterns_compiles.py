"""Kinds about patterns, matches, struct literals and fields, each against the real compiler."""

import pytest

from helpers.repair_tables import Row, rows
from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

TABLE = r"""
=== remove-unused-variant E0004
  pub enum E {
      A,
      B(u8),
-     Fresh { x: u8 },
  }
  pub fn f(e: E) -> u8 {
      match e {
          E::A => 1,
          E::B(n) => n,
      }
  }
=== join-arm E0004
  pub enum E {
      FileGone,
      Denied(u8),
      FileLocked { by: u8 },
  }
  pub fn f(e: &E) -> u8 {
      match e {
          E::Denied(_) => 2,
-         E::FileGone => 1,
+         E::FileGone | E::FileLocked { .. } => 1,
      }
  }
=== wildcard-arm E0004
  pub fn f(n: u8) -> Option<u8> {
      match n {
          1 => Some(1),
+         0 | 2..=u8::MAX => None,
      }
  }
=== wildcard-arm E0004
  pub fn f(n: u8) {
      match n {
          1 => g(),
+         _ => {},
      }
  }
  fn g() {}
=== unreachable-arm E0004
  pub fn f(n: &str) -> u8 {
      match n {
          "a" => 1,
+         _ => unreachable!(),
      }
  }
=== catching-arm-last unreachable_patterns
  #![deny(unreachable_patterns)]
  pub fn f(n: u8) -> u8 {
      match n {
-         _ => 0,
          1 => 1,
          2 => 2,
+         _ => 0,
      }
  }
=== let-else E0005
  pub fn f(o: Option<u8>) -> Option<u8> {
-     let Some(x) = o;
+     let Some(x) = o else {
+         return None;
+     };
      Some(x + 1)
  }
=== let-else E0005
  pub fn f(v: Vec<Option<u8>>) {
      for o in v {
-         let Some(x) = o;
+         let Some(x) = o else {
+             continue;
+         };
          println!("{x}");
      }
  }
=== if-let-rest E0005
  pub fn f(o: Option<u8>) {
-     let Some(x) = o;
-     println!("{x}");
+     if let Some(x) = o {
+         println!("{x}");
+     }
  }
=== flatten-loop E0005
  pub fn f(v: Vec<Option<u8>>) {
-     for Some(x) in v {
+     for x in v.into_iter().flatten() {
          println!("{x}");
      }
  }
=== pattern-arity E0023
  pub enum E {
      A(u8, u8),
      B,
  }
  pub fn f(e: E) -> u8 {
      match e {
-         E::A(x) => x,
+         E::A(x, ..) => x,
          E::B => 0,
      }
  }
=== pattern-arity E0023
  pub enum E {
      A((u8, u8)),
      B,
  }
  pub fn f(e: E) -> u8 {
      match e {
-         E::A(x, y) => x + y,
+         E::A((x, y)) => x + y,
          E::B => 0,
      }
  }
=== pattern-field E0026
  pub struct S {
      width: u8,
      b: u8,
  }
  pub fn f(s: S) -> u8 {
-     let S { size, b } = s;
+     let S { width: size, b } = s;
      size + b
  }
=== drop-pattern-field E0026
  pub struct S {
      a: u8,
      b: u8,
  }
  pub fn f(s: S) -> u8 {
-     let S { a, c } = s;
+     let S { a, .. } = s;
      a
  }
=== bind-in-all-alternatives E0408
  pub enum E {
      A(u8),
      B { n: u8 },
  }
  pub fn f(e: E) -> u8 {
      match e {
-         E::A(x) | E::B { n } => x,
+         E::A(x) | E::B { n: x } => x,
      }
  }
=== bind-in-all-alternatives E0408
  pub enum E {
      A(u8),
      B,
  }
  pub fn f(e: E) -> u8 {
      match e {
-         E::A(x) | E::B => 1,
+         E::A(_) | E::B => 1,
      }
  }
=== pattern-to-guard E0164
  #[derive(PartialEq)]
  pub struct S(u8);
  impl S {
      fn new(n: u8) -> S {
          S(n)
      }
  }
  pub fn f(s: S) -> u8 {
      match s {
-         S::new(1) => 1,
+         value if value == S::new(1) => 1,
          _ => 0,
      }
  }
=== slice-pattern-length E0527
  pub fn f(v: [u8; 3]) -> u8 {
-     let [a, b] = v;
+     let [a, b, ..] = v;
      a + b
  }
=== fields-from-locals E0063
  pub struct S {
      a: u8,
      name: String,
  }
  pub fn f(name: String) -> S {
      S {
          a: 1,
+         name,
      }
  }
=== field-of-same-type E0063
  pub struct S {
      a: u8,
      name: String,
  }
  pub fn f(called: String) -> S {
-     S { a: 1 }
+     S { a: 1, name: called }
  }
=== rest-from-base E0063
  pub struct S {
      a: u8,
      b: u16,
      c: u32,
  }
  impl S {
      pub fn with(self, a: u8) -> Self {
-         Self { a }
+         Self { a, ..self }
      }
  }
=== rest-from-base E0063
  #[derive(Default)]
  pub struct S {
      a: u8,
      b: u16,
  }
  pub fn f() -> S {
-     S { a: 1 }
+     S { a: 1, ..Default::default() }
  }
=== remove-unused-field E0063
  pub struct S {
      a: u8,
-     fresh: u16,
  }
  pub fn f() -> S {
      S { a: 1 }
  }
=== leave-fields-empty E0063
  pub struct S {
      a: u8,
      b: Option<u8>,
      c: Vec<u8>,
  }
  pub fn f() -> S {
-     S { a: 1 }
+     S { a: 1, b: None, c: Vec::new() }
  }
=== add-field E0560
  pub struct S {
      pub a: u8,
+     pub name: String,
  }
  pub fn f() -> S {
      S { a: 1, name: "x".to_string() }
  }
=== add-field E0559
  pub enum E {
-     V { a: u8 },
+     V { a: u8, b: u16 },
  }
  pub fn f(b: u16) -> E {
      E::V { a: 1, b }
  }
=== set-other-field E0560
  pub struct S {
      width: u8,
      b: u8,
  }
  pub fn f() -> S {
-     S { size: 1, b: 2 }
+     S { width: 1, b: 2 }
  }
=== drop-field-entry E0560
  pub struct S {
      a: u8,
  }
  pub fn f() -> S {
-     S { a: 1, c: 2 }
+     S { a: 1 }
  }
=== rename-second-field E0124
  pub struct HtmlPage;
  pub struct S {
      a: u8,
-     a: HtmlPage,
+     html_page: HtmlPage,
  }
=== swap-range-ends E0030
  pub fn f(n: u8) -> bool {
      match n {
-         9..=1 => true,
+         1..=9 => true,
          _ => false,
      }
  }
=== rest-of-default E0797
  #[derive(Default)]
  pub struct S {
      a: u8,
      b: u8,
  }
  pub fn f() -> S {
-     S { a: 1, .. }
+     S { a: 1, ..Default::default() }
  }
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=str)
def test_the_meant_repair_is_among_the_first_and_compiles(row: Row) -> None:
    repairs(row.kind, row.code, row.broken, row.meant)
