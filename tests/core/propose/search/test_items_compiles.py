"""Kinds about items, jumps and lints, each against the real compiler."""

import pytest

from helpers.repair_tables import Row, rows
from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

TABLE = r"""
=== array-to-vec E0435
  pub fn f(n: usize) -> Vec<u8> {
-     let a: [u8; n] = [0; n];
+     let a: Vec<u8> = vec![0; n];
      a.to_vec()
  }
=== parameter-from-callers E0425
- fn g(x: u8) -> u8 {
+ fn g(x: u8, scale: u8) -> u8 {
      x * scale
  }
  pub fn f(scale: u8) -> u8 {
-     g(1) + g(2)
+     g(1, scale) + g(2, scale)
  }
=== represent-enum E0732
+ #[repr(u8)]
  pub enum E {
      A(u8) = 1,
      B = 2,
  }
=== next-discriminant E0081
  pub enum E {
      A = 1,
-     B = 1,
+     B = 3,
      C = 2,
  }
=== drop-attribute E0554
- #![feature(never_type)]
  pub fn f() {}
=== drop-attribute E0774
- #[derive(Clone)]
  pub fn f() {}
=== derive-by-name E0777
- #[derive("Clone")]
+ #[derive(Clone)]
  pub struct S;
=== rename-everywhere non_snake_case
  #![deny(non_snake_case)]
  pub struct S {
-     fieldName: u8,
+     field_name: u8,
  }
  pub fn f(s: S) -> u8 {
-     println!("{}", s.fieldName);
-     s.fieldName
+     println!("{}", s.field_name);
+     s.field_name
  }
=== rename-unused unused_variables
  #![deny(unused_variables)]
  pub fn f() {
-     let z;
-     z = 1;
+     let _z;
+     _z = 1;
  }
=== pass-result-on unused_must_use
  #![deny(unused_must_use)]
  pub fn f() -> Result<u8, String> {
-     g();
+     g()?;
      Ok(1)
  }
  fn g() -> Result<u8, String> {
      Ok(1)
  }
=== unwrap-result unused_must_use
  #![deny(unused_must_use)]
  pub fn f() {
-     g();
+     g().unwrap();
  }
  fn g() -> Result<u8, String> {
      Ok(1)
  }
=== ignore-value unused_results
  #![deny(unused_results)]
  pub fn f() {
-     vec![1].pop();
+     let _ = vec![1].pop();
  }
=== derive-asked-for missing_debug_implementations
  #![deny(missing_debug_implementations)]
+ #[derive(Debug)]
  pub struct S;
=== drop-label unused_labels
  #![deny(unused_labels)]
  pub fn f() {
-     'outer: loop {}
+     loop {}
  }
=== drop-cast trivial_numeric_casts
  #![deny(trivial_numeric_casts)]
  pub fn f() -> u8 {
-     1u8 as u8
+     1u8
  }
=== deprecated-successor deprecated
  #![deny(deprecated)]
  #[deprecated(note = "use `b` instead")]
  pub fn a() {}
  pub fn b() {}
  pub fn f() {
-     a()
+     b()
  }
=== drop-representation E0084
- #[repr(u8)]
  pub enum E {}
=== plain-parameter E0130
  extern "C" {
-     fn f((a, b): (u32, u32));
+     fn f(_: (u32, u32));
  }
=== plain-parameter E0561
- pub type F = fn(mut x: u8) -> u8;
+ pub type F = fn(x: u8) -> u8;
=== fn-to-closure E0434
  pub fn f(y: u8) -> u8 {
-     fn g(x: u8) -> u8 {
+     let g = |x: u8| -> u8 {
          x + y
-     }
+     };
      g(1)
  }
=== leave-closure E0267
  pub fn f(v: &[u8]) {
      v.iter().for_each(|x| {
          if *x > 3 {
-             break;
+             return;
          }
          println!("{x}");
      });
  }
=== drop-representation E0587
- #[repr(packed, align(8))]
+ #[repr(packed)]
  pub struct S(i32);
=== box-recursion E0733
  pub async fn f(n: usize) {
      if n > 0 {
-         f(n - 1).await;
+         Box::pin(f(n - 1)).await;
      }
  }
=== copy-packed-field E0793
  #[repr(packed)]
  pub struct P {
      n: u64,
  }
  pub fn f(p: P) -> u64 {
-     let n = &p.n;
+     let n = &{ p.n };
      *n
  }
=== closure-parameters E0631
  fn g<F: Fn(usize)>(f: F) {}
  pub fn f() {
-     g(|n: isize| drop(n));
+     g(|n: usize| drop(n));
  }
=== usual-receiver E0307
  pub struct S;
  impl S {
-     pub fn f(self: &String) {}
+     pub fn f(&self) {}
  }
=== jump-of-block E0696
  pub fn f() {
      'b: {
          loop {
-             continue 'b;
+             break 'b;
          }
      }
  }
=== value-without-return E0572
- pub const N: u32 = return 0;
+ pub const N: u32 = 0;
=== bind-once E0719
- pub fn f(b: Box<dyn Iterator<Item = u8, Item = u8>>) {}
+ pub fn f(b: Box<dyn Iterator<Item = u8>>) {}
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=str)
def test_the_meant_repair_is_among_the_first_and_compiles(row: Row) -> None:
    repairs(row.kind, row.code, row.broken, row.meant)
