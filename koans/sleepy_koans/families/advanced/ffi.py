"""The border to C: what is declared, what crosses it, and who owns it there."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="ffi",
    title="What is declared, passed or returned at the border to C is not what C has there",
    codes=(
        NO_CODE,
        "E0133",
        "E0308",
        "E0605",
        "E0617",
        "E0618",
        "improper_ctypes_definitions",
    ),
    templates=(
        Template(
            "a_function_of_c_is_declared",
            """
use std::ffi::c_int;

⟦1:«extern "C"»«unsafe extern "C"»¦unsafe extern "C"⟧ {
    fn ⟦2:abs(value: c_int) -> c_int¦toupper(value: c_int) -> c_int⟧;
}

fn asked(value: c_int) -> c_int {
    ⟦1:// SAFETY: it does nothing but calculate.
    unsafe { ⟦2:abs¦toupper⟧(value) }¦«⟦2:abs¦toupper⟧(value)»«// SAFETY: it does nothing but calculate.
    unsafe { ⟦2:abs¦toupper⟧(value) }»«value»⟧
}

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: i32,
}

⟦2:/// How far the @items are from the @count that is wanted, all in all.
pub fn distance(@items: &[@Item], wanted: i32) -> i32 {
    ⟦@items.iter().map(|@item| asked(@item.@count - wanted)).sum()¦let mut total = 0;
    for @item in @items {
        total += asked(@item.@count - wanted);
    }
    total⟧
}¦/// How many begin with that letter, in whatever case.
pub fn distance(@items: &[@Item], letter: i32) -> i32 {
    let first = |@item: &@Item| @item.@label.bytes().next().map(c_int::from);
    let alike = |@item: &&@Item| first(@item).is_some_and(|byte| asked(byte) == asked(letter));
    @items.iter().filter(alike).⟦count() as i32¦map(|_| 1).sum()⟧
}⟧
""",
            test="""
let @item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let @items = [@item("axe", 3), @item("Ant", 7), @item("bee", 5)];
assert_eq!(distance(&@items, ⟦2:5¦i32::from(b'a')⟧), ⟦2:4¦2⟧);
""",
            codes=(NO_CODE, "E0133"),
        ),
        Template(
            "a_text_for_c",
            """
use std::ffi::{⟦1:CString, c_char¦CString, c_char, c_int⟧};

unsafe extern "C" {
    ⟦1:fn strlen(text: *const c_char) -> usize;¦fn atoi(text: *const c_char) -> c_int;⟧
}

/// What C says of the text, or nothing if C cannot be told it.
pub fn told(text: &str) -> Option<⟦1:usize¦i32⟧> {
    ⟦2:let text = CString::new(text).ok()?;
    // SAFETY: it ends in a zero, and lives for as long as this call.
    Some(unsafe { ⟦1:strlen¦atoi⟧(«text»«text.as_ptr()»«c"".as_ptr()») })¦«let text = text.to_string();»«let text = CString::new(text).ok()?;»«let text = CString::new(text).unwrap_or_default();»
    // SAFETY: it ends in a zero, and lives for as long as this call.
    Some(unsafe { ⟦1:strlen¦atoi⟧(text.as_ptr()) })⟧
}

#[derive(Debug, Default)]
pub struct @Owner {
    @items: Vec<String>,
}

impl @Owner {
    pub fn @add(&mut self, @item: &str) -> ⟦&mut Self {
        self.@items.push(@item.to_string());
        self¦usize {
        self.@items.push(@item.to_owned());
        self.@items.len()⟧
    }

    pub fn total(&self) -> ⟦1:usize¦i32⟧ {
        self.@items.iter().⟦filter_map(|@item| told(@item)).sum()¦flat_map(|@item| told(@item)).sum()¦map(|@item| told(@item).unwrap_or_default()).sum()⟧
    }
}

pub fn first(lines: &str) -> CString {
    CString::new(lines.lines().next().unwrap_or_default()).unwrap_or_default()
}
""",
            test="""
assert_eq!(told("12"), Some(⟦1:2¦12⟧));
assert_eq!(told("1\\0"), None);
let mut @owner = @Owner::default();
@owner.@add("12");
@owner.@add("345");
assert_eq!(@owner.total(), ⟦1:5¦357⟧);
""",
            codes=("E0308",),
        ),
        Template(
            "a_function_that_c_calls",
            """
use std::cmp::Ordering;
use std::ffi::{c_int, c_void};

type Compare = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

unsafe extern "C" {
    fn qsort(first: *mut c_void, count: usize, width: usize, compare: Compare);
}

/// # Safety
///
/// Both point to numbers.
unsafe «fn»«extern "C" fn» ⟦1:by_value¦by_distance¦backwards⟧(left: *const c_void, right: *const c_void) -> c_int {
    // SAFETY: promised by the caller.
    let (left, right) = unsafe { (*left.cast::<@Int>(), *right.cast::<@Int>()) };
    ⟦2:match ⟦1:left.cmp(&right)¦left.abs_diff(10).cmp(&right.abs_diff(10))¦right.cmp(&left)⟧ {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }¦let order: Ordering = ⟦1:left.cmp(&right)¦left.abs_diff(10).cmp(&right.abs_diff(10))¦right.cmp(&left)⟧;
    order as c_int⟧
}

pub fn sorted(mut @items: Vec<@Int>) -> Vec<@Int> {
    let first = @items.as_mut_ptr().cast();
    // SAFETY: there are so many of that size.
    unsafe { qsort(first, @items.len(), size_of::<@Int>(), ⟦1:by_value¦by_distance¦backwards⟧) };
    @items
}
""",
            test="""
assert_eq!(sorted(vec![30, 1, 12]), ⟦1:[1, 12, 30]¦[12, 1, 30]¦[30, 12, 1]⟧);
""",
            codes=("E0308",),
        ),
        Template(
            "a_type_that_c_does_not_know",
            """
⟦1:«»«#[repr(C)]
»#[derive(Debug, Clone, Copy, PartialEq)]
pub struct @Item {
    pub @count: i32,
    pub @price: @Float,
}

pub extern "C" fn ⟦2:doubled¦halved⟧(@item: @Item) -> @Item {
    @Item {
        @price: @item.@price ⟦2:* 2.0¦/ 2.0⟧,
        ..@item
    }
}

pub type Change = extern "C" fn(@Item) -> @Item;¦#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct @Item {
    pub @count: i32,
    pub @price: @Float,
}

pub extern "C" fn ⟦2:doubled¦halved⟧(@item: @Item) -> @Item {
    let «(@count, @price) = parts(@item);»«Parts { @count, @price } = parts(@item);»
    @Item {
        @count,
        @price: @price ⟦2:* 2.0¦/ 2.0⟧,
    }
}

«»«#[repr(C)]
struct Parts {
    @count: i32,
    @price: @Float,
}

»extern "C" fn parts(@item: @Item) -> «(i32, @Float)»«Parts» {
    «(@item.@count, @item.@price)»«Parts {
        @count: @item.@count,
        @price: @item.@price,
    }»
}

pub type Change = extern "C" fn(@Item) -> @Item;⟧

/// What the @items cost after every change.
pub fn costs(@items: &[@Item], changes: &[Change]) -> @Float {
    let mut total = 0.0;
    for @item in @items {
        let changed = changes.iter().fold(*@item, |@item, change| change(@item));
        ⟦total += changed.@price * changed.@count as @Float;¦let @count = changed.@count as @Float;
        total += @count * changed.@price;⟧
    }
    total
}
""",
            test="""
let @item = @Item { @count: 3, @price: 2.0 };
assert_eq!(costs(&[@item, @item], &[⟦2:doubled¦halved⟧, ⟦2:doubled¦halved⟧]), ⟦2:48.0¦3.0⟧);
""",
            codes=("improper_ctypes_definitions",),
        ),
        Template(
            "a_text_that_comes_from_c",
            """
use std::ffi::{CStr, CString, c_char};

/// What a library of C hands out: texts that live for ever.
pub extern "C" fn name_of(number: i32) -> *const c_char {
    let name = match number {
        ⟦0¦1⟧ => c"@text1",
        ⟦2¦3¦4⟧ => c"@text2",
        7 => c"\\xff",
        _ => return std::ptr::null(),
    };
    name.as_ptr()
}

/// The text at the pointer: nothing for a null, and nothing for what is no UTF-8.
///
/// # Safety
///
/// It is null, or ends in a zero and lives for ever.
pub unsafe fn text_at(pointer: *const c_char) -> Option<&'static str> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: promised by the caller.
    ⟦2:unsafe { CStr::from_ptr(pointer) }.to_str()«»«.ok()»¦let text = unsafe { CStr::from_ptr(pointer) };
    ⟦«text.to_str()»«text.to_str().ok()»«Some(text.to_str().unwrap_or_default())»¦«Some(text)»«text.to_str().ok()»«Some(text.to_str().unwrap_or("?"))»⟧¦let text = unsafe { CStr::from_ptr(pointer) };
    match text.to_str() {
        Ok("") | Err(_) => None,
        Ok(text) => «text»«Some(text)»«Some(text).filter(|text| text.len() == 1)»,
    }⟧
}

pub fn names(numbers: std::ops::Range<i32>) -> Vec<⟦1:String¦&'static str⟧> {
    // SAFETY: they live for ever.
    let names = numbers.filter_map(|number| unsafe { text_at(name_of(number)) });
    names⟦1:.map(String::from)¦⟧.collect()
}

pub fn for_c(text: &str) -> Option<CString> {
    CString::new(text).ok()
}
""",
            test="""
assert_eq!(names(0..9), ["@text1", "@text2"]);
""",
            codes=("E0308",),
        ),
        Template(
            "a_number_of_another_width",
            """
use std::ffi::⟦1:c_long¦c_int⟧;

unsafe extern "C" {
    ⟦1:fn labs(value: c_long) -> c_long;¦fn abs(value: c_int) -> c_int;⟧
}

pub struct @Item {
    pub @label: String,
    pub @size: ⟦2:i16¦i8¦u8⟧,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// How much the @item differs from what is wanted.
    fn off(@item: &@Item, wanted: ⟦2:i16¦i8¦u8⟧) -> ⟦1:c_long¦c_int⟧ {
        let (@size, wanted) = («@item.@size»«⟦1:c_long¦c_int⟧::from(@item.@size)»«⟦1:c_long¦c_int⟧::from(@item.@size / 2)», «wanted»«⟦1:c_long¦c_int⟧::from(wanted)»);
        // SAFETY: it does nothing but calculate.
        unsafe { ⟦1:labs¦abs⟧(@size - wanted) }
    }

    pub fn @find(&self, wanted: ⟦2:i16¦i8¦u8⟧) -> Option<&@Item> {
        ⟦self.@items.iter().min_by_key(|@item| Self::off(@item, wanted))¦let mut nearest = self.@items.first()?;
        for @item in &self.@items {
            if Self::off(@item, wanted) < Self::off(nearest, wanted) {
                nearest = @item;
            }
        }
        Some(nearest)⟧
    }
}
""",
            test="""
let @item = |@label: &str, @size| @Item { @label: @label.into(), @size };
let @owner = @Owner { @items: vec![@item("@text1", 10), @item("@text2", 17), @item("@text3", 30)] };
assert_eq!(@owner.@find(20).map(|@item| @item.@label.as_str()), Some("@text2"));
assert_eq!(@owner.@find(16).map(|@item| @item.@label.as_str()), Some("@text2"));
assert_eq!(@owner.@find(0).map(|@item| @item.@label.as_str()), Some("@text1"));
""",
            codes=("E0308",),
        ),
        Template(
            "exported_by_its_name",
            """
use std::ffi::c_int;

/// A @item as C sees it.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct @Item {
    pub @count: c_int,
    pub @flag: bool,
}

/// How many there are of it, or a negative number for what is no @item.
///
/// # Safety
///
/// It is null, or points to a @item.
⟦1:«#[no_mangle]»«#[unsafe(no_mangle)]»¦«#[export_name = "@count_of_@item"]»«#[unsafe(export_name = "@count_of_@item")]»⟧
pub unsafe extern "C" fn @count_of_@item(@item: *const @Item) -> c_int {
    // SAFETY: promised by the caller.
    ⟦2:match unsafe { @item.as_ref() } {
        Some(@item) => @item.@count,
        None => -1,
    }¦unsafe { @item.as_ref() }.map_or(-1, |@item| @item.@count)¦if @item.is_null() {
        return -1;
    }
    // SAFETY: promised by the caller.
    unsafe { (*@item).@count }⟧
}

pub fn total(@items: &[@Item]) -> c_int {
    // SAFETY: each of them is there.
    ⟦@items.iter().map(|@item| unsafe { @count_of_@item(@item) }).sum()¦@items.iter().fold(0, |sum, @item| sum + unsafe { @count_of_@item(@item) })⟧
}
""",
            test="""
let @item = |@count| @Item { @count, @flag: true };
assert_eq!(total(&[@item(@n1), @item(@n2)]), @n1 + @n2);
assert_eq!(unsafe { @count_of_@item(std::ptr::null()) }, -1);
""",
            codes=(NO_CODE,),
        ),
    ),
    frozen=(
        Template(
            "a_closure_does_not_cross",
            """
use std::ffi::c_void;

pub type Visit = extern "C" fn(value: u32, context: *mut c_void);

/// As a library of C would: calls back for each of the values.
///
/// # Safety
///
/// There are so many values, and the context is what `visit` expects.
pub unsafe extern "C" fn each(values: *const u32, len: usize, visit: Visit, context: *mut c_void) {
    for at in 0..len {
        // SAFETY: promised by the caller.
        visit(unsafe { *values.add(at) }, context);
    }
}

«»«extern "C" fn add(value: u32, total: *mut c_void) {
    // SAFETY: `sum` passes a pointer to its total.
    unsafe { *total.cast::<u32>() += value };
}

»«extern "C" fn add(value: u32, total: *mut c_void) {
    // SAFETY: `sum` passes a pointer to its total.
    unsafe { *total.cast::<u32>() = value };
}

»pub fn sum(values: &[u32]) -> u32 {
    let mut total = 0;
    «let add = |value: u32, _: *mut c_void| total += value;
    // SAFETY: the values are there.
    unsafe { each(values.as_ptr(), values.len(), add, std::ptr::null_mut()) };»«// SAFETY: the values are there, and `add` expects a total.
    unsafe { each(values.as_ptr(), values.len(), add, (&raw mut total).cast()) };»
    total
}

pub struct @Owner {
    pub @items: Vec<u32>,
}

impl @Owner {
    pub fn total(&self) -> u32 {
        sum(&self.@items)
    }
}
""",
            test="""
assert_eq!((@Owner { @items: vec![1, 2, 4] }).total(), 7);
assert_eq!(sum(&[]), 0);
""",
            codes=("E0308",),
        ),
        Template(
            "a_number_becomes_an_enum",
            """
use std::ffi::c_int;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum @Kind {
    @First = 0,
    @Second = 1,
    @Third = 4,
}

/// As it comes from C, which may know more of them than we do.
#[repr(C)]
pub struct Raw {
    pub kind: c_int,
    pub @count: c_int,
}

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub kind: @Kind,
    pub @count: u32,
}

impl @Item {
    pub fn from_c(raw: &Raw) -> Option<Self> {
        let @count = u32::try_from(raw.@count).ok()?;
        «let kind = raw.kind as @Kind;»«let kind = match raw.kind {
            0 => @Kind::@First,
            1 => @Kind::@Second,
            4 => @Kind::@Third,
            _ => return None,
        };»«let kind = match raw.kind {
            0 => @Kind::@First,
            1 => @Kind::@Second,
            _ => @Kind::@Third,
        };»
        Some(@Item { kind, @count })
    }

    pub fn to_c(&self) -> Raw {
        Raw {
            kind: self.kind as c_int,
            @count: self.@count.try_into().unwrap_or(c_int::MAX),
        }
    }
}
""",
            test="""
let from_c = |kind| @Item::from_c(&Raw { kind, @count: 3 });
for kind in [0, 1, 4] {
    assert_eq!(from_c(kind).unwrap().to_c().kind, kind);
}
assert_eq!((from_c(2), from_c(-1)), (None, None));
assert_eq!(@Item::from_c(&Raw { kind: 0, @count: -1 }), None);
""",
            codes=("E0605",),
        ),
        Template(
            "who_owns_the_handle",
            """
use std::ffi::{CStr, c_char};

/// Counts texts on behalf of C, which holds it by a pointer.
#[derive(Default)]
pub struct Counter {
    lengths: Vec<usize>,
}

pub extern "C" fn counter_new() -> *mut Counter {
    «Box::new(Counter::default())»«Box::into_raw(Box::new(Counter::default()))»«std::ptr::null_mut()»
}

/// # Safety
///
/// The counter is one of `counter_new`, and the text ends in a zero.
pub unsafe extern "C" fn counter_add(counter: *mut Counter, text: *const c_char) {
    // SAFETY: promised by the caller.
    if let Some(counter) = unsafe { counter.as_mut() } {
        counter.lengths.push(unsafe { CStr::from_ptr(text) }.count_bytes());
    }
}

/// How long all texts were; the counter is gone then.
///
/// # Safety
///
/// The counter is one of `counter_new`, and not used any more.
pub unsafe extern "C" fn counter_end(counter: *mut Counter) -> usize {
    if counter.is_null() {
        return 0;
    }
    // SAFETY: promised by the caller.
    let counter = unsafe { Box::from_raw(counter) };
    counter.lengths.iter().sum()
}

pub fn total(texts: &[&CStr]) -> usize {
    let counter = counter_new();
    // SAFETY: it is a new one, and gone after this.
    unsafe {
        for text in texts {
            counter_add(counter, text.as_ptr());
        }
        counter_end(counter)
    }
}
""",
            test="""
assert_eq!(total(&[c"@text1", c"abc"]), "@text1".len() + 3);
assert_eq!(total(&[]), 0);
""",
            codes=("E0308",),
        ),
        Template(
            "a_callback_that_may_be_missing",
            """
use std::ffi::c_int;

pub type Callback = extern "C" fn(c_int) -> c_int;

/// What C fills in; it may leave functions out.
#[repr(C)]
#[derive(Default)]
pub struct Hooks {
    pub before: Option<Callback>,
    pub after: Option<Callback>,
}

pub struct @Owner {
    hooks: Hooks,
    @count: c_int,
}

impl @Owner {
    pub fn with(hooks: Hooks) -> Self {
        @Owner { hooks, @count: 0 }
    }

    /// Adds what `before` makes of the value; tells what `after` makes of the sum.
    pub fn @add(&mut self, value: c_int) -> c_int {
        «let value = (self.hooks.before)(value);»«let value = match self.hooks.before {
            Some(before) => before(value),
            None => value,
        };»«let Some(before) = self.hooks.before else {
            return self.@count;
        };
        let value = before(value);»
        self.@count += value;
        self.hooks.after.map_or(self.@count, |after| after(self.@count))
    }
}

pub extern "C" fn doubled(value: c_int) -> c_int {
    value.saturating_mul(2)
}

pub fn total(values: &[c_int], before: Option<Callback>) -> c_int {
    let mut @owner = @Owner::with(Hooks { before, ..Hooks::default() });
    values.iter().fold(0, |_, value| @owner.@add(*value))
}
""",
            test="""
assert_eq!(total(&[1, 2], Some(doubled)), 6);
assert_eq!(total(&[1, 2], None), 3);
""",
            codes=("E0618",),
        ),
        Template(
            "what_c_writes_into",
            """
use std::ffi::{CStr, c_char, c_int};

unsafe extern "C" {
    fn snprintf(into: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
}

pub struct @Item {
    pub @count: c_int,
    pub @price: f32,
}

/// Such as `3 x 1.50`, as long as it fits.
pub fn @show(@item: &@Item) -> Option<String> {
    let mut buffer = [0u8; 16];
    let into = buffer.as_mut_ptr().cast();
    // SAFETY: the format asks for an int and a double, and the size is the buffer's.
    let wanted = unsafe { snprintf(into, buffer.len(), c"%d x %.2f".as_ptr(), @item.@count, «@item.@price»«f64::from(@item.@price)»«f64::from(@item.@price.round())») };
    if usize::try_from(wanted).ok()? >= buffer.len() {
        return None;
    }
    let text = CStr::from_bytes_until_nul(&buffer).ok()?;
    text.to_str().ok().map(String::from)
}

pub fn list(@items: &[@Item]) -> String {
    let lines: Vec<_> = @items.iter().filter_map(@show).collect();
    lines.join("; ")
}
""",
            test="""
assert_eq!(list(&[@Item { @count: 3, @price: 1.5 }, @Item { @count: 1, @price: 0.25 }]), "3 x 1.50; 1 x 0.25");
assert_eq!(@show(&@Item { @count: 2_000_000_000, @price: 1e9 }), None);
""",
            codes=("E0617",),
        ),
    ),
)
