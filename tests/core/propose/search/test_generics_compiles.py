"""Kinds about generics and associated types, each against the real compiler."""

import pytest

from helpers.repair_tables import Row, rows
from helpers.rustc_cases import repairs

pytestmark = pytest.mark.slow

TABLE = r"""
=== declare-type-parameter E0425
- pub fn f(x: T) -> T {
+ pub fn f<T>(x: T) -> T {
      x
  }
=== declare-type-parameter E0425
- pub struct W {
+ pub struct W<T> {
      x: T,
  }
- impl W {
+ impl<T> W<T> {
      fn a(&self) {}
  }
=== declare-type-parameter E0425
  pub struct W<T>(T);
- impl W<T> {
+ impl<T> W<T> {
      pub fn get(self) -> T {
          self.0
      }
  }
=== declare-type-parameter E0425
- pub fn f(x: [u8; N]) {}
+ pub fn f<const N: usize>(x: [u8; N]) {}
=== declare-inner-parameter E0401
  pub fn f<T: Copy>(t: T) -> T {
-     fn g(t: T) -> T {
+     fn g<T: Copy>(t: T) -> T {
          let u = t;
          t
      }
      g(t)
  }
=== mark-parameter-used E0392
  pub struct S<T> {
      x: u8,
+     marker: std::marker::PhantomData<T>,
  }
=== mark-parameter-used E0392
- pub struct S<'a>(u8);
+ pub struct S<'a>(u8, std::marker::PhantomData<&'a ()>);
=== drop-type-parameter E0392
- pub struct S<T, U> {
+ pub struct S<U> {
      x: U,
  }
- impl<T, U> S<T, U> {
+ impl<U> S<U> {
      fn f(self) -> U {
          self.x
      }
  }
=== drop-type-parameter E0207
  pub struct S;
- impl<T: Default> S {
+ impl S {
      fn f() {}
  }
=== rename-parameter E0403
  pub struct S<T>(T);
  impl<T> S<T> {
-     pub fn with<T>(&self, t: T) -> T {
+     pub fn with<U>(&self, t: U) -> U {
          t
      }
  }
=== add-parameter-to-definition E0107
- pub struct S {
+ pub struct S<'a> {
      x: &'a str,
  }
  pub fn f<'a>(x: &'a str) -> S<'a> {
      S { x }
  }
=== order-parameters E0128
- pub struct S<T = U, U = u8>(T, U);
+ pub struct S<U = u8, T = U>(T, U);
=== order-parameters E0747
  pub struct S<'a, T>(&'a T);
- pub fn f(x: S<u8, 'static>) {}
+ pub fn f(x: S<'static, u8>) {}
=== name-associated-type E0191
  pub trait T {
      type A;
  }
  pub struct S;
  impl T for S {
      type A = u16;
  }
- pub fn f() -> Box<dyn T> {
+ pub fn f() -> Box<dyn T<A = u16>> {
      Box::new(S)
  }
=== declare-associated-type E0220
  pub trait T {
+     type Item;
      fn f(&self) -> Self::Item;
  }
=== declare-associated-type E0220
- pub fn f<X>(x: X) -> Option<X::Item> {
+ pub fn f<X: Iterator>(x: X) -> Option<X::Item> {
      None
  }
=== associated-type-as-found E0271
- pub fn f() -> impl Iterator<Item = u8> {
+ pub fn f() -> impl Iterator<Item = u16> {
      vec![1u16].into_iter()
  }
=== associated-type-as-found E0271
  pub struct S;
  impl Iterator for S {
-     type Item = u8;
+     type Item = String;
      fn next(&mut self) -> Option<Self::Item> {
          None
      }
  }
  fn need<I: Iterator<Item = String>>(i: I) {}
  pub fn f() {
      need(S)
  }
=== box-recursive-field E0072
  pub struct L {
      v: u8,
-     next: L,
+     next: Option<Box<L>>,
  }
=== trait-is-a-type E0404
  pub struct S;
  pub trait T {}
- impl S for T {}
+ impl T for S {}
=== trait-is-a-type E0404
  pub struct S;
- pub fn f(s: impl S) {}
+ pub fn f(s: S) {}
=== methods-for-sized-types E0038
  pub trait T {
-     fn a<X>(&self, x: X);
+     fn a<X>(&self, x: X) where Self: Sized;
-     fn b() -> u8 {
+     fn b() -> u8 where Self: Sized {
          1
      }
      fn c(&self);
  }
  pub fn f(t: &dyn T) {
      t.c()
  }
=== impl-instead-of-dyn E0225
- pub fn f(x: Box<dyn std::fmt::Debug + std::fmt::Display>) {}
+ pub fn f(x: Box<impl std::fmt::Debug + std::fmt::Display>) {}
=== box-or-parameter E0666
- pub fn f(x: impl Into<impl Clone>) {}
+ pub fn f<T: Clone>(x: impl Into<T>) {}
=== box-or-parameter E0562
  pub struct S {
-     a: impl Fn(u8) -> u8,
+     a: Box<dyn Fn(u8) -> u8>,
  }
=== bound-of-drop E0367
- pub struct G<T>(T);
+ pub struct G<T: Clone>(T);
  impl<T: Clone> Drop for G<T> {
      fn drop(&mut self) {}
  }
=== box-or-parameter E0562
  pub fn f() -> usize {
-     let x: impl Iterator<Item = u8> = vec![1u8].into_iter();
+     let x = vec![1u8].into_iter();
      x.count()
  }
"""


@pytest.mark.parametrize("row", rows(TABLE), ids=str)
def test_the_meant_repair_is_among_the_first_and_compiles(row: Row) -> None:
    repairs(row.kind, row.code, row.broken, row.meant)
