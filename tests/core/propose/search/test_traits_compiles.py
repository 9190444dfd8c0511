"""Kinds about traits, impls, derives and bounds, each against the real compiler."""

import pytest

from helpers.repair_tables import Row, rows
from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

TABLE = r"""
=== bound-of-associated-type E0599
  use std::io::Write;
  pub trait Generator {
-     type T;
+     type T: Write;
      fn writer(&mut self) -> &mut Self::T;
      fn write(&mut self, slice: &[u8]) -> std::io::Result<()> {
          self.writer().write_all(slice)
      }
  }
=== trait-signature E0050
  pub trait T {
      fn f(&self, a: u8, b: u16) -> u8;
  }
  pub struct S;
  impl T for S {
-     fn f(&self, x: u8) -> u8 {
+     fn f(&self, x: u8, _b: u16) -> u8 {
          x
      }
  }
=== impl-signature E0050
  pub trait T {
-     fn f(&self, a: u8) -> u8;
+     fn f(&self, a: u8, y: u8) -> u8;
  }
  pub struct S;
  impl T for S {
      fn f(&self, x: u8, y: u8) -> u8 {
          x + y
      }
  }
=== receiver-as-other E0185
  pub trait T {
      fn f(a: u8);
  }
  pub struct S;
  impl T for S {
-     fn f(&self, a: u8) {}
+     fn f(a: u8) {}
  }
=== receiver-as-other E0186
  pub trait T {
      fn f(&self);
  }
  pub struct S;
  impl T for S {
-     fn f() {}
+     fn f(&self) {}
  }
=== trait-type-parameter E0049
  pub trait T {
      fn f<X: Copy>(x: u8);
  }
  pub struct S;
  impl T for S {
-     fn f(x: u8) {}
+     fn f<X: Copy>(x: u8) {}
  }
=== bound-in-trait E0276
  pub trait T {
-     fn f<X>(x: X);
+     fn f<X: Copy>(x: X);
  }
  pub struct S;
  impl T for S {
      fn f<X: Copy>(x: X) {}
  }
=== trait-item-kind E0323
  pub trait T {
-     type N;
+     const N: u8;
  }
  pub struct S;
  impl T for S {
      const N: u8 = 1;
  }
=== implement-by-forwarding E0046
  pub trait Area {
      fn area(&self, scale: f64) -> f64;
  }
  pub struct S;
  impl S {
      pub fn area(&self, by: f64) -> f64 {
          by
      }
  }
- impl Area for S {}
+ impl Area for S {
+     fn area(&self, scale: f64) -> f64 { S::area(self, scale) }
+ }
=== implement-by-forwarding E0046
  pub trait Named {
      fn name(&self) -> &str;
  }
  pub struct P {
      name: String,
  }
  impl Named for P {
+     fn name(&self) -> &str { &self.name }
  }
=== implement-by-forwarding E0046
  pub struct C(u8);
  impl Iterator for C {
      fn next(&mut self) -> Option<u8> {
          None
      }
+
+     type Item = u8;
  }
=== item-of-another-impl E0046
  pub trait T {
      const N: u8;
  }
  pub struct S;
  impl T for S {
      const N: u8 = 3;
  }
- impl T for u8 {}
+ impl T for u8 {
+     const N: u8 = 3;
+ }
=== declare-in-trait E0407
  pub trait T {
      fn a(&self);
+     fn b(&self, n: u8) -> u8;
  }
  pub struct S;
  impl T for S {
      fn a(&self) {}
      fn b(&self, mut n: u8) -> u8 {
          n += 1;
          n
      }
  }
=== move-to-inherent E0407
  pub trait T {}
  pub struct S;
  impl T for S {
+ }
+
+ impl S {
      fn b(&self) {}
  }
=== drop-duplicate-derive E0119
- #[derive(Clone, Debug)]
+ #[derive(Debug)]
  pub struct S;
  impl Clone for S {
      fn clone(&self) -> S {
          S
      }
  }
=== drop-duplicate-derive E0184
- #[derive(Copy)]
  #[derive(Clone)]
  pub struct S;
  impl Drop for S {
      fn drop(&mut self) {}
  }
=== do-not-derive-copy E0204
- #[derive(Clone, Copy)]
+ #[derive(Clone)]
  pub struct N {
      a: String,
  }
=== derive-copy-of-fields E0204
- #[derive(Clone)]
+ #[derive(Clone, Copy)]
  pub struct S;
  #[derive(Clone, Copy)]
  pub struct N {
      a: S,
  }
=== derive-missing E0277
+ #[derive(Debug)]
  pub enum Kind {
      A,
  }

- #[derive(Default)]
+ #[derive(Default, Debug)]
  pub struct In {
      kind: Vec<Kind>,
  }
+ #[derive(Debug)]
  pub struct Out(In);
  pub fn f(o: Out) -> String {
      format!("{:?}", o)
  }
=== derive-missing E0599
- #[derive(Debug)]
+ #[derive(Debug, Default)]
  pub enum Mode {
      Full(u8),
+     #[default]
      None,
  }
  pub fn f() -> Mode {
      Mode::default()
  }
=== derive-copy E0382
+ #[derive(Clone, Copy)]
  pub struct In(u8);
+ #[derive(Clone, Copy)]
  pub struct P(In);
  fn take(p: P) {}
  pub fn f(p: P) {
      take(p);
      take(p);
  }
=== add-bound E0277
- pub fn f<T>(t: T) -> String {
+ pub fn f<T: std::fmt::Debug>(t: T) -> String {
      format!("{:?}", t)
  }
=== add-bound E0277
- pub fn f<I: Iterator>(mut i: I) -> String {
+ pub fn f<I: Iterator>(mut i: I) -> String where <I as Iterator>::Item: std::fmt::Display {
      format!("{}", i.next().unwrap())
  }
=== add-bound E0600
- pub fn f<T>(a: T) -> T {
+ pub fn f<T: std::ops::Neg<Output = T>>(a: T) -> T {
      -a
  }
=== add-bound-and-copy E0369
- pub fn f<T>(a: T, b: T) -> T {
+ pub fn f<T: std::ops::Add<Output = T> + Copy>(a: T, b: T) -> T {
      a + b + a
  }
=== add-bound-everywhere E0277
- pub struct W<T: Clone>(T);
+ pub struct W<T: Clone + PartialEq>(T);
- impl<T: Clone> W<T> {
+ impl<T: Clone + PartialEq> W<T> {
      fn a(&self) -> bool {
          need(&self.0)
      }
  }
  fn need<T: PartialEq>(t: &T) -> bool {
      t == t
  }
=== allow-unsized E0277
- fn g<T: AsRef<str>>(t: &T) {}
+ fn g<T: AsRef<str> + ?Sized>(t: &T) {}
  pub fn f(s: &str) {
      g(s)
  }
=== share-between-threads E0277
- use std::cell::RefCell;
+ use std::sync::Mutex;
- use std::rc::Rc;
+ use std::sync::Arc;

  fn main() {
-     let a = Rc::new(RefCell::new(1));
+     let a = Arc::new(Mutex::new(1));
-     let b = Rc::clone(&a);
+     let b = Arc::clone(&a);
      std::thread::spawn(move || {
-         *b.borrow_mut() += 1;
+         *b.lock().unwrap() += 1;
      });
  }
=== constant-as-trait E0326
  pub trait T {
      const N: bool;
  }
  pub struct S;
  impl T for S {
-     const N: u8 = true;
+     const N: bool = true;
  }
=== drop-for-all-arguments E0366
  pub struct F<T: Clone>(T);
- impl Drop for F<u32> {
+ impl<T: Clone> Drop for F<T> {
      fn drop(&mut self) {}
  }
=== parameters-as-told E0050
  pub struct S;
  impl std::fmt::Display for S {
-     fn fmt(&self) -> std::fmt::Result {
+     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
          Ok(())
      }
  }
=== parameters-as-told E0186
  pub struct S;
  impl Iterator for S {
      type Item = u8;
-     fn next() -> Option<u8> {
+     fn next(&mut self) -> Option<u8> {
          None
      }
  }
=== parameters-as-told E0185
  pub struct S;
  impl Default for S {
-     fn default(&self) -> S {
+     fn default() -> S {
          S
      }
  }
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=str)
def test_the_meant_repair_is_among_the_first_and_compiles(row: Row) -> None:
    repairs(row.kind, row.code, row.broken, row.meant)
