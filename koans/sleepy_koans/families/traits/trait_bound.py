"""Generic code asks more of its type than the bounds say."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="trait_bound",
    title="A generic function or type lacks a trait bound",
    codes=("E0277", "E0369", "E0599", "E0308", "E0594"),
    templates=(
        Template(
            "function_that_formats",
            """
use std::fmt::{self, Display};

pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.@label, self.@count)
    }
}

pub fn @show«<T>»«<T: Display>»(@items: ⟦1:&[T]¦Vec<T>⟧) -> String {
    let mut lines = Vec::new();
    for (number, @item) in @items.⟦1:iter()¦into_iter()⟧.enumerate() {
        ⟦lines.push(format!("{}. {@item}", number + 1));¦let line = format!("{@item}");
        lines.push(format!("{}. {line}", number + 1));⟧
    }
    lines.join("; ")
}
""",
            test="""
let @items = vec![@Item { @label: "@text1".into(), @count: @n1 }, @Item { @label: "@text2".into(), @count: @n2 }];
assert_eq!(@show(⟦1:&@items¦@items⟧), "1. @text1 (@n1); 2. @text2 (@n2)");
""",
            codes=("E0277",),
        ),
        Template(
            "largest_of_a_slice",
            """
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct @Item {
    pub @size: @Int,
    pub @label: String,
}

/// The largest value, and nothing for an empty slice.
pub fn largest«<T>»«<T: PartialOrd>»(values: &[T]) -> Option<&T> {
    let ⟦mut best = values.first()?;
    for value in values {¦(mut best, rest) = values.split_first()?;
    for value in rest {⟧
        if ⟦*value > *best¦value > best⟧ {
            best = value;
        }
    }
    Some(best)
}

pub fn @find(@items: &[@Item]) -> ⟦1:String¦Option<String>⟧ {
    largest(@items)
        .map(|@item| @item.@label.clone())
        ⟦1:.unwrap_or_default()¦.filter(|@label| !@label.is_empty())⟧
}
""",
            test="""
let @items = [@n2, @n5, @n1].map(|@size| @Item { @size, @label: format!("@text1 {@size}") });
assert_eq!(@find(&@items), ⟦1:"@text1 @n5"¦Some("@text1 @n5".to_string())⟧);
assert_eq!(largest::<@Item>(&[]), None);
""",
            codes=("E0369",),
        ),
        Template(
            "map_with_generic_keys",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct Counter<K> {
    counts: ⟦1:HashMap¦BTreeMap⟧<K, @Int>,
}

impl«<K>»«<K: ⟦1:std::hash::Hash + Eq¦Ord⟧>» Counter<K> {
    pub fn new() -> Self {
        Counter {
            counts: ⟦1:HashMap¦BTreeMap⟧::new(),
        }
    }

    pub fn @add(&mut self, key: K) {
        *self.counts.entry(key).or_insert(0) += 1;
    }

    pub fn count_of(&self, key: &K) -> @Int {
        self.counts.get(key).copied().unwrap_or(0)
    }
}

impl<K: ⟦1:std::hash::Hash + Eq¦Ord⟧> Default for Counter<K> {
    fn default() -> Self {
        Self::new()
    }
}
""",
            test="""
let mut counter = Counter::new();
for @item in ["@text1", "@text2", "@text1"] {
    counter.@add(@item);
}
assert_eq!(counter.count_of(&"@text1"), 2);
assert_eq!(counter.count_of(&"@text4"), 0);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "own_trait_as_a_bound",
            """
pub trait @Able {
    fn @able(&self) -> @Int;

    fn @flag(&self) -> bool {
        self.@able() > @n2
    }
}

pub struct @Item {
    pub @count: @Int,
}

impl @Able for @Item {
    fn @able(&self) -> @Int {
        self.@count * 2
    }
}

pub fn total«<T>»«<T: @Able>»(@items: &[T]) -> @Int {
    @items.iter()⟦1:¦.filter(|@item| @item.@flag())⟧.map(⟦|@item| @item.@able()¦T::@able⟧).sum()
}

pub fn first_@flag<T: @Able>(@items: &[T]) -> Option<&T> {
    @items.iter().find(|@item| @item.@flag())
}
""",
            test="""
let @items = [@Item { @count: @n1 }, @Item { @count: @n2 }];
assert_eq!(total(&@items[1..]), 2 * @n2);
assert_eq!(first_@flag(&@items[1..]).map(|@item| @item.@count), Some(@n2));
""",
            codes=("E0599",),
        ),
        Template(
            "arithmetic_on_a_wrapper",
            """
use std::ops::⟦1:Add¦Sub¦Mul⟧;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair<T> {
    pub @count: T,
    pub @size: T,
}

impl«<T>»«<T: ⟦1:Add¦Sub¦Mul⟧<Output = T>>» ⟦1:Add¦Sub¦Mul⟧ for Pair<T> {
    type Output = Pair<T>;

    fn ⟦1:add¦sub¦mul⟧(self, other: Self) -> Self::Output {
        Pair {
            @count: self.@count ⟦1:+¦-¦*⟧ other.@count,
            @size: self.@size ⟦1:+¦-¦*⟧ other.@size,
        }
    }
}

pub fn combined(left: (@Float, @Float), right: (@Float, @Float)) -> Pair<@Float> {
    let [left, right] = [left, right].map(|(@count, @size)| Pair { @count, @size });
    left ⟦1:+¦-¦*⟧ right
}
""",
            test="""
let made = combined((8.0, 4.0), (2.0, 0.5));
assert_eq!((made.@count, made.@size), ⟦1:(10.0, 4.5)¦(6.0, 3.5)¦(16.0, 2.0)⟧);
""",
            codes=("E0369",),
        ),
        Template(
            "clones_what_is_borrowed",
            """
pub struct @Owner<T> {
    @items: Vec<T>,
    limit: usize,
}

impl<T> @Owner<T> {
    pub fn new(limit: usize) -> Self {
        Self {
            @items: Vec::new(),
            limit,
        }
    }

    pub fn @add(&mut self, @item: T) -> bool {
        let fits = self.@items.len() < self.limit;
        if fits {
            self.@items.push(@item);
        }
        fits
    }
}

impl«<T>»«<T: Clone>» @Owner<T> {
    /// The newest @items, which the @owner keeps.
    pub fn newest(&self, number: usize) -> Vec<T> {
        ⟦self.@items.iter().rev().take(number).cloned().collect()¦let from = self.@items.len().saturating_sub(number);
        let mut found = self.@items[from..].to_vec();
        found.reverse();
        found¦let mut found = Vec::with_capacity(number);
        found.extend(self.@items.iter().rev().take(number).cloned());
        found⟧
    }
}
""",
            test="""
let mut @owner = @Owner::new(2);
assert!(@owner.@add("@text1") && @owner.@add("@text2") && !@owner.@add("@text3"));
assert_eq!(@owner.newest(1), ["@text2"]);
assert_eq!(@owner.newest(9), ["@text2", "@text1"]);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "default_in_a_where_clause",
            """
#[derive(Debug, Clone, Default, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @flag: bool,
}

pub struct Slots<T> {
    kept: Vec<Option<T>>,
}

impl<T> Slots<T>
where
    T: Clone«»« + Default»,
{
    pub fn of(size: usize) -> Self {
        Self {
            kept: vec![None; size],
        }
    }

    pub fn @add(&mut self, at: usize, value: T) -> Option<T> {
        ⟦self.kept.get_mut(at)?.replace(value)¦let slot = self.kept.get_mut(at)?;
        slot.replace(value)¦self.kept.get_mut(at).and_then(|slot| slot.replace(value))⟧
    }

    pub fn all(&self) -> Vec<T> {
        self.kept
            .iter()
            .map(|slot| slot.clone().unwrap_or_default())
            .collect()
    }
}
""",
            test="""
let mut slots = Slots::of(2);
let @item = @Item { @label: "@text1".into(), @flag: true };
assert_eq!(slots.@add(1, @item.clone()), None);
assert_eq!(slots.@add(7, @item.clone()), None);
assert_eq!(slots.all(), [@Item::default(), @item]);
""",
            codes=("E0277",),
        ),
    ),
    frozen=(
        Template(
            "closure_parameter_called_often",
            """
pub struct Retry {
    attempts: u32,
}

impl Retry {
    pub fn new(attempts: u32) -> Self {
        Self { attempts }
    }

    /// Calls `work` until it says something, at most so many times.
    pub fn run<T, F>(&self, work: F) -> Option<T>
    where
        F: «Fn(u32) -> Option<T>»«FnMut(u32) -> Option<T>»,
    {
        (1..=self.attempts).find_map(work)
    }
}

/// How often it took to find a @item of that size.
pub fn tries(@items: &[u32], wanted: u32) -> Option<(u32, u32)> {
    let mut seen = 0;
    let found = Retry::new(@items.len() as u32).run(|attempt| {
        seen += @items[attempt as usize - 1];
        (seen >= wanted).then_some(attempt)
    })?;
    Some((found, seen))
}
""",
            test="""
assert_eq!(tries(&[1, 2, 3, 4], 5), Some((3, 6)));
assert_eq!(tries(&[1, 2], 9), None);
""",
            codes=("E0594",),
        ),
        Template(
            "bound_on_an_associated_type",
            """
use std::fmt::Display;

pub trait Source {
    type Entry«»«: Display»;

    fn next_entry(&mut self) -> Option<Self::Entry>;
}

pub struct Countdown {
    pub from: u32,
}

impl Source for Countdown {
    type Entry = u32;

    fn next_entry(&mut self) -> Option<u32> {
        self.from = self.from.checked_sub(1)?;
        Some(self.from)
    }
}

fn line(number: usize, entry: &impl Display) -> String {
    format!("{number}: {entry}")
}

pub fn @show(source: &mut dyn Source<Entry = u32>) -> Vec<String> {
    report(source)
}

fn report<S: Source + ?Sized>(source: &mut S) -> Vec<String> {
    let mut lines = Vec::new();
    while let Some(entry) = source.next_entry() {
        lines.push(line(lines.len(), &entry));
    }
    lines
}
""",
            test="""
assert_eq!(@show(&mut Countdown { from: 3 }), ["0: 2", "1: 1", "2: 0"]);
""",
            codes=("E0277",),
        ),
        Template(
            "sized_is_asked_of_a_trait_object",
            """
pub trait @Able {
    fn @able(&self) -> u32;
}

pub struct @Item {
    pub @count: u32,
}

pub struct Fixed;

impl @Able for @Item {
    fn @able(&self) -> u32 {
        self.@count
    }
}

impl @Able for Fixed {
    fn @able(&self) -> u32 {
        @n1
    }
}

pub fn doubled<T: @Able«»« + ?Sized»>(one: &T) -> u32 {
    2 * one.@able()
}

pub fn @show(all: &[Box<dyn @Able>]) -> Vec<u32> {
    all.iter().map(|one| doubled(one.as_ref())).collect()
}
""",
            test="""
let all: Vec<Box<dyn @Able>> = vec![Box::new(@Item { @count: 7 }), Box::new(Fixed)];
assert_eq!(@show(&all), [14, 2 * @n1]);
""",
            codes=("E0277",),
        ),
        Template(
            "derived_bound_reaches_too_far",
            """
use std::rc::Rc;

/// A view of shared @items: cheap to copy, whatever the @items are.
«#[derive(Clone)]
»«»pub struct View<T> {
    shared: Rc<Vec<T>>,
    from: usize,
}

«»«impl<T> Clone for View<T> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
            from: self.from,
        }
    }
}

»impl<T> View<T> {
    pub fn new(@items: Vec<T>) -> Self {
        Self {
            shared: Rc::new(@items),
            from: 0,
        }
    }

    pub fn first(&self) -> Option<&T> {
        self.shared.get(self.from)
    }

    pub fn skipped(&self, number: usize) -> Self {
        let mut view = self.clone();
        view.from += number;
        view
    }
}

pub struct @Item {
    pub @label: &'static str,
}

pub fn second(view: &View<@Item>) -> Option<&'static str> {
    let rest = View::clone(view).skipped(1);
    rest.first().map(|@item| @item.@label)
}
""",
            test="""
let view = View::new(vec![@Item { @label: "@text1" }, @Item { @label: "@text2" }]);
assert_eq!(second(&view), Some("@text2"));
assert_eq!(Rc::strong_count(&view.shared), 1);
""",
            codes=("E0277", "E0308"),
        ),
    ),
)
