"""Unsafe code: what has to be marked, where, and what the mark promises."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="unsafe_code",
    title="What is unsafe is done without saying so, said in the wrong place, or promised by nobody",
    codes=("E0133", "E0200", "E0199", "E0277", "E0308", "E0053", "E0793", "unsafe_op_in_unsafe_fn", "E0599"),
    templates=(
        Template(
            "an_unsafe_function_is_called",
            """
pub struct @Owner {
    @items: Vec<@Int>,
}

impl @Owner {
    pub fn of(@items: &[@Int]) -> Self {
        @Owner {
            @items: @items.to_vec(),
        }
    }

    /// # Safety
    ///
    /// There are more than `at` @items.
    pub unsafe fn unchecked(&self, at: usize) -> @Int {
        // SAFETY: promised by the caller.
        unsafe { *self.@items.get_unchecked(at) }
    }

    ⟦1:pub fn @find(&self, at: usize) -> Option<@Int> {
        if at >= self.@items.len() {
            return None;
        }
        Some(«self.unchecked(at)»«unsafe { self.unchecked(at) }»«unsafe { self.unchecked(0) }»)
    }¦pub fn @find(&self, at: usize) -> Option<@Int> {
        (at < self.@items.len()).then(|| «self.unchecked(at)»«unsafe { self.unchecked(at) }»«unsafe { self.unchecked(self.@items.len() - 1) }»)
    }¦pub fn @find(&self, at: usize) -> Option<@Int> {
        match at {
            _ if at < self.@items.len() => {
                let @item = «self.unchecked(at)»«unsafe { self.unchecked(at) }»«unsafe { self.unchecked(at / 2) }»;
                Some(@item)
            }
            _ => None,
        }
    }⟧

    pub fn ⟦2:last¦middle⟧(&self) -> Option<@Int> {
        self.@find(⟦2:self.@items.len().checked_sub(1)?¦self.@items.len() / 2⟧)
    }
}
""",
            test="""
let @owner = @Owner::of(&[@n1, @n2, @n3]);
assert_eq!([0, 1, 2, 3].map(|at| @owner.@find(at)), [Some(@n1), Some(@n2), Some(@n3), None]);
assert_eq!(@owner.⟦2:last¦middle⟧(), Some(⟦2:@n3¦@n2⟧));
assert_eq!(@Owner::of(&[]).⟦2:last¦middle⟧(), None);
""",
            codes=("E0133",),
        ),
        Template(
            "through_a_raw_pointer",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

/// Adds the @count of the one to the other; they may be the same.
pub fn merged(@items: &mut [@Item], from: usize, to: usize) -> Option<@Int> {
    if from.max(to) >= @items.len() {
        return None;
    }
    let first = @items.as_mut_ptr();
    ⟦1:// SAFETY: both are in the slice.
    let (from, to) = unsafe { (first.add(from), first.add(to)) };
    «(*to).@count += (*from).@count;
    Some((*to).@count)»«// SAFETY: nothing else refers to them.
    unsafe {
        (*to).@count += (*from).@count;
        Some((*to).@count)
    }»«// SAFETY: nothing else refers to them.
    unsafe {
        (*from).@count += (*to).@count;
        Some((*from).@count)
    }»¦«let from = first.add(from);
    let to = first.add(to);
    let sum = (*from).@count + (*to).@count;
    (*to).@count = sum;»«// SAFETY: both are in the slice, and nothing else refers to them.
    let sum = unsafe {
        let from = first.add(from);
        let to = first.add(to);
        let sum = (*from).@count + (*to).@count;
        (*to).@count = sum;
        sum
    };»«// SAFETY: both are in the slice, and nothing else refers to them.
    let sum = unsafe { (*first.add(from)).@count + (*first.add(to)).@count };»
    Some(sum)⟧
}

pub fn total(@items: &[@Item]) -> @Int {
    ⟦@items.iter().map(|@item| @item.@count).sum()¦@items.iter().fold(0, |sum, @item| sum + @item.@count)⟧
}
""",
            test="""
let @item = |@count| @Item { @label: "@text1".into(), @count };
let mut @items = [@item(2), @item(5)];
assert_eq!(merged(&mut @items, 0, 1), Some(7));
assert_eq!(@items.map(|@item| @item.@count), [2, 7]);
assert_eq!(merged(&mut [@item(4)], 0, 0), Some(8));
assert_eq!(merged(&mut [], 0, 0), None);
""",
            codes=("E0133",),
        ),
        Template(
            "a_promise_in_an_impl",
            """
/// # Safety
///
/// Any bytes of its size are a valid value.
pub unsafe trait Plain: Copy {
    const SIZE: usize = size_of::<Self>();
}

/// What can tell its @size.
pub trait @Able {
    fn @able(&self) -> usize;
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct @Item {
    pub @count: ⟦1:u16¦u32¦i32⟧,
    pub @size: ⟦1:i16¦u32¦i32⟧,
}

⟦2:// SAFETY: two integers without a gap between them.
«impl»«unsafe impl» Plain for @Item {}

impl @Able for @Item {¦// SAFETY: two integers without a gap between them.
unsafe impl Plain for @Item {}

«unsafe impl»«impl» @Able for @Item {⟧
    fn @able(&self) -> usize {
        ⟦<Self as Plain>::SIZE¦Self::SIZE¦size_of_val(self)⟧
    }
}

pub fn read<T: Plain>(bytes: &[u8]) -> Option<T> {
    ⟦if bytes.len() < T::SIZE {
        return None;
    }¦let bytes = bytes.get(..T::SIZE)?;⟧
    // SAFETY: there are enough bytes, and any are a value.
    Some(unsafe { bytes.as_ptr().cast::<T>().read_unaligned() })
}
""",
            test="""
let @item: @Item = read(&[0; 8]).unwrap();
assert_eq!(@item, @Item { @count: 0, @size: 0 });
assert_eq!(@item.@able(), ⟦1:4¦8¦8⟧);
assert_eq!(read::<@Item>(&[0; 3]), None);
""",
            codes=("E0199", "E0200"),
        ),
        Template(
            "unsafe_outside_is_not_unsafe_inside",
            """
pub struct Ring {
    slots: [@Int; ⟦1:4¦8¦16⟧],
    next: usize,
}

impl Ring {
    pub const fn new() -> Self {
        Ring {
            slots: [0; ⟦1:4¦8¦16⟧],
            next: 0,
        }
    }

    /// # Safety
    ///
    /// `at` is below ⟦1:4¦8¦16⟧.
    pub unsafe fn slot(&mut self, at: usize) -> &mut @Int {
        ⟦«self.slots.get_unchecked_mut(at)»«// SAFETY: the caller promises that it is inside.
        unsafe { self.slots.get_unchecked_mut(at) }»«// SAFETY: there is always a first one.
        unsafe { self.slots.get_unchecked_mut(0) }»¦let first = self.slots.as_mut_ptr();
        «&mut *first.add(at)»«// SAFETY: the caller promises that it is inside.
        unsafe { &mut *first.add(at) }»«// SAFETY: there is always a first one.
        unsafe { &mut *first }»⟧
    }

    pub fn @add(&mut self, @count: @Int) {
        let at = self.next % self.slots.len();
        // SAFETY: a remainder is smaller.
        ⟦*unsafe { self.slot(at) } = @count;¦unsafe { *self.slot(at) = @count };¦let slot = unsafe { self.slot(at) };
        *slot = @count;⟧
        self.next += 1;
    }

    pub fn slots(&self) -> &[@Int] {
        &self.slots
    }
}

impl Default for Ring {
    fn default() -> Self {
        Self::new()
    }
}
""",
            test="""
let mut ring = Ring::default();
for @count in 1..=20 {
    ring.@add(@count);
}
assert_eq!(ring.slots()[..4], ⟦1:[17, 18, 19, 20]¦[17, 18, 19, 20]¦[17, 18, 19, 20]⟧);
""",
            codes=("E0133", "unsafe_op_in_unsafe_fn"),
        ),
        Template(
            "a_counter_for_everybody",
            """
⟦1:«static mut COUNT: @Int = 0;»«use std::sync::Mutex;

static COUNT: Mutex<@Int> = Mutex::new(0);»¦«static mut COUNT: u32 = 0;»«use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);»¦«static mut COUNT: usize = 0;»«use std::sync::atomic::{AtomicUsize, Ordering};

static COUNT: AtomicUsize = AtomicUsize::new(0);»⟧

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub number: ⟦1:@Int¦u32¦usize⟧,
    pub @label: String,
}

/// The next number, from 1 on.
fn number() -> ⟦1:@Int¦u32¦usize⟧ {
    ⟦1:«COUNT += 1;
    COUNT»«let mut count = COUNT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    *count += 1;
    *count»«let count = COUNT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    *count + 1»¦«COUNT += 1;
    COUNT»«COUNT.fetch_add(1, Ordering::Relaxed) + 1»«COUNT.fetch_add(1, Ordering::Relaxed)»¦«COUNT += 1;
    COUNT»«COUNT.fetch_add(1, Ordering::SeqCst) + 1»«COUNT.load(Ordering::SeqCst) + 1»⟧
}

impl @Item {
    pub fn new(@label: &str) -> Self {
        @Item {
            number: number(),
            @label: @label.to_string(),
        }
    }
}

pub fn @add_all(texts: &[&str]) -> Vec<@Item> {
    ⟦2:texts.iter().map(|@label| @Item::new(@label)).collect()¦let mut @items = Vec::with_capacity(texts.len());
    for @label in texts {
        @items.push(@Item::new(@label));
    }
    @items⟧
}
""",
            test="""
let @items = @add_all(&["@text1", "@text2"]);
assert_eq!((@items[0].number, @items[1].number), (1, 2));
""",
            codes=("E0133",),
        ),
        Template(
            "a_pointer_crosses_threads",
            """
use std::thread;

/// Counts of which every thread has its own.
pub struct Counts {
    first: *mut @Int,
    len: usize,
}

«»«// SAFETY: every thread writes to a count of its own.
unsafe impl ⟦1:Send¦Sync⟧ for Counts {}

»impl Counts {
    pub fn of(counts: &mut [@Int]) -> Self {
        Counts {
            first: counts.as_mut_ptr(),
            len: counts.len(),
        }
    }

    pub fn raise(&self, at: usize, by: @Int) {
        assert!(at < self.len);
        // SAFETY: it is inside, and nobody else's.
        unsafe { ⟦*self.first.add(at) += by¦self.first.add(at).write(*self.first.add(at) + by)⟧ }
    }
}

pub fn raised(mut counts: Vec<@Int>, by: @Int) -> Vec<@Int> {
    ⟦1:let shared = Counts::of(&mut counts);
    thread::scope(|scope| {
        scope.spawn(move || {
            let shared = shared;
            for at in 0..shared.len {
                shared.raise(at, by);
            }
        });
    });
    counts¦let shared = &Counts::of(&mut counts);
    thread::scope(|scope| {
        for at in 0..shared.len {
            scope.spawn(move || shared.raise(at, by));
        }
    });
    counts⟧
}
""",
            test="""
assert_eq!(raised(vec![@n1, @n2], 1), [@n1 + 1, @n2 + 1]);
""",
            codes=("E0277",),
        ),
        Template(
            "one_place_and_two_types",
            """
/// The same four bytes, as a number or as what a message carries.
#[derive(Clone, Copy)]
#[repr(C)]
pub union Word {
    number: ⟦1:u32¦i32⟧,
    bytes: [u8; 4],
}

impl Word {
    pub fn of(number: ⟦1:u32¦i32⟧) -> Self {
        Word {
            number: number.⟦2:to_be()¦to_le()⟧,
        }
    }

    pub fn bytes(self) -> [u8; 4] {
        «self.bytes»«// SAFETY: any four bytes are an array of bytes.
        unsafe { self.bytes }»«[0; 4]»
    }
}

#[derive(Default)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    pub fn push(&mut self, number: ⟦1:u32¦i32⟧) -> ⟦&mut Self {
        self.bytes.extend(Word::of(number).bytes());
        self¦usize {
        self.bytes.extend_from_slice(&Word::of(number).bytes());
        self.bytes.len()¦bool {
        let word = Word::of(number);
        self.bytes.extend(word.bytes());
        number != 0⟧
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}
""",
            test="""
let mut message = Message::default();
message.push(1);
message.push(258);
assert_eq!(message.bytes(), ⟦2:[0, 0, 0, 1, 0, 0, 1, 2]¦[1, 0, 0, 0, 2, 1, 0, 0]⟧);
""",
            codes=("E0133",),
        ),
    ),
    frozen=(
        Template(
            "two_halves_of_one_slice",
            """
use std::slice;

/// What is below the limit, and what is not: both can be changed.
pub fn halves(counts: &mut [u32], limit: u32) -> (&mut [u32], &mut [u32]) {
    counts.sort_unstable();
    let middle = counts.partition_point(|count| *count < limit);
    let len = counts.len();
    let first = counts.as_mut_ptr();
    «(
        slice::from_raw_parts_mut(first, middle),
        slice::from_raw_parts_mut(first.add(middle), len - middle),
    )»«// SAFETY: the halves do not overlap, and the slice is not used any more.
    unsafe {
        (
            slice::from_raw_parts_mut(first, middle),
            slice::from_raw_parts_mut(first.add(middle), len - middle),
        )
    }»«// SAFETY: nothing overlaps with an empty slice.
    unsafe { (slice::from_raw_parts_mut(first, len), slice::from_raw_parts_mut(first.add(middle), 0)) }»
}

/// The sum of all, where what is below the limit counts twice.
pub fn weighted(mut @items: Vec<u32>, limit: u32) -> u32 {
    let (low, high) = halves(&mut @items, limit);
    for value in low.iter_mut() {
        *value *= 2;
    }
    low.iter().chain(high.iter()).sum()
}
""",
            test="""
assert_eq!(weighted(vec![5, 1, 9, 2], 5), 20);
assert_eq!(weighted(vec![], 5), 0);
""",
            codes=("E0133",),
        ),
        Template(
            "the_impl_is_unsafe_and_the_trait_is_not",
            """
pub trait @Able {
    fn @able(&self, at: usize) -> Option<u8>;
}

/// Bytes that live somewhere else, for as long as the program runs.
pub struct Window {
    first: *const u8,
    len: usize,
}

impl Window {
    pub fn on(bytes: &'static [u8]) -> Self {
        Window {
            first: bytes.as_ptr(),
            len: bytes.len(),
        }
    }
}

impl @Able for Window {
    «unsafe fn @able(&self, at: usize) -> Option<u8> {
        (at < self.len).then(|| *self.first.add(at))
    }»«fn @able(&self, at: usize) -> Option<u8> {
        // SAFETY: it is inside of what the window was made on.
        (at < self.len).then(|| unsafe { *self.first.add(at) })
    }»«fn @able(&self, at: usize) -> Option<u8> {
        // SAFETY: there is a first byte where there is any.
        (at < self.len).then(|| unsafe { *self.first })
    }»
}

pub fn total(parts: &[&dyn @Able]) -> u32 {
    let mut sum = 0;
    for part in parts {
        sum += (0..).map_while(|at| part.@able(at)).map(u32::from).sum::<u32>();
    }
    sum
}
""",
            test="""
let (first, second) = (Window::on(b"\\x01\\x02\\x03"), Window::on(b""));
assert_eq!(total(&[&first, &second]), 6);
""",
            codes=("E0053", "E0133"),
        ),
        Template(
            "an_unsafe_function_in_a_table",
            """
/// How one of the numbers is chosen out of some.
pub type Choice = fn(&[u32]) -> u32;

/// # Safety
///
/// There are numbers.
pub unsafe fn first(numbers: &[u32]) -> u32 {
    // SAFETY: promised by the caller.
    unsafe { *numbers.get_unchecked(0) }
}

pub fn largest(numbers: &[u32]) -> u32 {
    numbers.iter().copied().max().unwrap_or_default()
}

pub const CHOICES: [(&str, Choice); 2] = [
    ("first", «first»«|numbers| {
        if numbers.is_empty() {
            return 0;
        }
        // SAFETY: there is one.
        unsafe { first(numbers) }
    }»«largest»),
    ("largest", largest),
];

/// The @count that is chosen by that rule, 0 where there are none.
pub fn chosen(rule: &str, numbers: &[u32]) -> Option<u32> {
    let (_, choice) = CHOICES.iter().find(|(name, _)| *name == rule)?;
    Some(choice(numbers))
}
""",
            test="""
assert_eq!(chosen("first", &[3, 7, 5]), Some(3));
assert_eq!(chosen("largest", &[3, 7, 5]), Some(7));
assert_eq!(chosen("first", &[]), Some(0));
assert_eq!(chosen("other", &[1]), None);
""",
            codes=("E0308",),
        ),
        Template(
            "a_field_without_its_alignment",
            """
/// As it lies in the file: without gaps.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub struct Header {
    pub version: u8,
    pub @count: u32,
    pub @size: u16,
}

impl Header {
    pub fn parse(bytes: &[u8; 7]) -> Self {
        Header {
            version: bytes[0],
            @count: u32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]),
            @size: u16::from_le_bytes([bytes[5], bytes[6]]),
        }
    }
}

fn raise(@count: &mut u32, by: u16) {
    *@count = @count.saturating_add(by.into());
}

/// The header with its @count raised by its @size.
pub fn grown(mut header: Header) -> Header {
    «raise(&mut header.@count, header.@size);»«let mut @count = header.@count;
    raise(&mut @count, header.@size);
    header.@count = @count;»«let mut @count = header.@count;
    raise(&mut @count, header.@size);»
    header
}

pub fn @show(header: &Header) -> String {
    let (@count, @size) = (header.@count, header.@size);
    format!("{} {@count} {@size}", header.version)
}
""",
            test="""
let header = grown(Header::parse(&[2, 1, 1, 0, 0, 3, 0]));
assert_eq!(@show(&header), "2 260 3");
""",
            codes=("E0793",),
        ),
        Template(
            "bytes_that_are_known_to_be_text",
            """
use std::str;

/// Texts in one long row of bytes, and where each of them ends.
#[derive(Default)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Texts {
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len());
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.bytes[start..*end])
            «.map(str::from_utf8_unchecked)»«// SAFETY: they were pushed as texts.
            .map(|bytes| unsafe { str::from_utf8_unchecked(bytes) })»«// SAFETY: nothing is a text, too.
            .map(|bytes| unsafe { str::from_utf8_unchecked(&bytes[..0]) })»
    }
}

pub fn @show(@items: &[&str]) -> String {
    let mut texts = Texts::default();
    for @item in @items {
        texts.push(@item);
    }
    let quoted: Vec<String> = texts.iter().map(|text| format!("<{text}>")).collect();
    quoted.concat()
}
""",
            test="""
assert_eq!(@show(&["@text1", "", "äö"]), "<@text1><><äö>");
""",
            codes=("E0277", "E0599"),
        ),
    ),
)
