"""Bounds that only a where clause can tell: on projections, on references, for some methods only."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="where_clause",
    title="A where clause lacks a bound: on a projection, on a reference, or for some methods only",
    codes=("E0277", "E0308", "E0369", "E0599", "E0618"),
    templates=(
        Template(
            "projection_that_is_printed",
            """
⟦1:use std::fmt::Display;¦use std::fmt::Debug;⟧

pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

/// One line with everything in it.
pub fn joined<I>(parts: I) -> String
where
    I: IntoIterator«»«,
    I::Item: ⟦1:Display¦Debug⟧»,
{
    ⟦let mut line = String::new();
    for part in parts {
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&format!("{part⟦1:¦:?⟧}"));
    }
    line¦let parts: Vec<String> = parts.into_iter().map(|part| format!("{part⟦1:¦:?⟧}")).collect();
    parts.join(", ")¦parts
        .into_iter()
        .map(|part| format!("{part⟦1:¦:?⟧}"))
        .reduce(|line, part| line + ", " + &part)
        .unwrap_or_default()⟧
}

pub fn @show(@items: &[@Item]) -> (String, String) {
    let labels = @items.iter().map(|@item| @item.@label.as_str());
    (joined(labels), joined(@items.iter().map(|@item| @item.@count)))
}
""",
            test="""
let @items = [("@text1", @n1), ("@text2", @n2)].map(|(@label, @count)| @Item { @label: @label.into(), @count });
let (labels, counts) = @show(&@items);
assert_eq!(labels.replace('"', ""), "@text1, @text2");
assert_eq!(counts, "@n1, @n2");
""",
            codes=("E0277",),
        ),
        Template(
            "impl_for_what_can_be_printed",
            """
use std::fmt::{self, Display};

pub struct ⟦1:Numbered¦Listed⟧<T> {
    pub @label: String,
    pub all: ⟦Vec<T>¦Box<[T]>⟧,
}

impl<T> Display for ⟦1:Numbered¦Listed⟧<T>« {»«
where
    T: Display,
{»
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ⟦write!(f, "{}:", self.@label)?;¦f.write_str(&self.@label)?;
        f.write_str(":")?;⟧
        for ⟦1:(number, one) in self.all.iter().enumerate()¦one in &self.all⟧ {
            write!(f, ⟦1:" {}. {one}", number + 1¦" {one}"⟧)?;
        }
        Ok(())
    }
}

/// Only what can be told is told; what cannot may still be kept.
pub fn told<T: Display>(@label: &str, all: Vec<T>) -> String {
    let all = ⟦1:Numbered¦Listed⟧ {
        @label: @label.to_string(),
        all: all.into_iter().collect(),
    };
    all.to_string()
}
""",
            test="""
assert_eq!(told("@text1", vec![@n1, @n2]), ⟦1:"@text1: 1. @n1 2. @n2"¦"@text1: @n1 @n2"⟧);
""",
            codes=("E0277",),
        ),
        Template(
            "for_one_method_only",
            """
use std::iter::⟦1:Sum¦Product⟧;

#[derive(Debug)]
pub struct Series<T> {
    @label: String,
    values: Vec<T>,
}

impl<T> Series<T> {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
            values: Vec::new(),
        }
    }

    pub fn with(mut self, value: T) -> Self {
        self.values.push(value);
        self
    }

    pub fn name(&self) -> &str {
        &self.@label
    }

    ⟦/// Everything together.
    ¦⟧pub fn total(&self) -> T« {»«
    where
        T: Clone + ⟦1:Sum¦Product⟧<T>,
    {»
        self.values.⟦iter().cloned()¦clone().into_iter()⟧.⟦1:sum¦product⟧()
    }
}

pub fn @price(prices: &[@Float]) -> @Float {
    let mut series = Series::new("@price");
    for @price in prices {
        series = series.with(*@price);
    }
    series.total()
}
""",
            test="""
assert_eq!(@price(&[1.5, 4.0]), ⟦1:5.5¦6.0⟧);
assert_eq!(Series::<String>::new("@text1").with("@text2".into()).name(), "@text1");
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "error_of_a_conversion",
            """
use std::fmt::⟦1:Display¦Debug⟧;
use std::str::FromStr;

#[derive(Debug, PartialEq)]
pub struct Field<T> {
    pub @label: String,
    pub value: T,
}

/// Reads `@label=value`, whatever the value is.
pub fn read<T>(line: &str) -> Result<Field<T>, String>
where
    T: FromStr«»«,
    T::Err: ⟦1:Display¦Debug⟧»,
{
    let (@label, value) = line.split_once('=').ok_or("no value")?;
    ⟦match value.trim().parse() {
        Ok(value) => Ok(Field {
            @label: @label.to_string(),
            value,
        }),
        Err(error) => Err(format!("{@label}: {error⟦1:¦:?⟧}")),
    }¦let value = value.trim().parse().map_err(|error| format!("{@label}: {error⟦1:¦:?⟧}"))?;
    Ok(Field {
        @label: @label.to_string(),
        value,
    })¦let value = T::from_str(value.trim());
    let @label = @label.to_string();
    match value {
        Ok(value) => Ok(Field { @label, value }),
        Err(error) => Err(format!("{@label}: {error⟦1:¦:?⟧}")),
    }⟧
}

pub fn shown<T: ⟦1:Display¦Debug⟧>(field: &Field<T>) -> String {
    format!("{} is {⟦1:¦:?⟧}", field.@label, field.value)
}
""",
            test="""
let field = read::<@Int>("@text1= @n1").unwrap();
assert_eq!(shown(&field), "@text1 is @n1");
assert!(read::<bool>("@text2=maybe").unwrap_err().starts_with("@text2: "));
assert_eq!(read::<@Float>("@text2"), Err("no value".to_string()));
""",
            codes=("E0277",),
        ),
        Template(
            "what_a_closure_returns",
            """
use std::collections::⟦1:BTreeMap¦HashMap⟧;«»«⟦1:¦
use std::hash::Hash;⟧»

pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// The values by what `key` says of them.
pub fn grouped<T, K, F>(values: Vec<T>, ⟦2:mut key¦key⟧: F) -> ⟦1:BTreeMap¦HashMap⟧<K, Vec<T>>
where
    F: ⟦2:FnMut¦Fn⟧(&T) -> K«»«,
    K: ⟦1:Ord¦Eq + Hash⟧»,
{
    let mut groups: ⟦1:BTreeMap¦HashMap⟧<K, Vec<T>> = ⟦1:BTreeMap¦HashMap⟧::new();
    for value in values {
        let found = key(&value);
        groups.entry(found).or_default().push(value);
    }
    groups
}

pub fn @find(@items: Vec<@Item>, limit: @Int) -> Option<Vec<String>> {
    let mut groups = grouped(@items, |@item| @item.@size > limit);
    let found = groups.remove(&true)?;
    Some(found.into_iter().map(|@item| @item.@label).collect())
}
""",
            test="""
let @items = [("@text1", @n1), ("@text2", @n3), ("@text3", @n4)];
let @items: Vec<@Item> = @items.map(|(@label, @size)| @Item { @label: @label.into(), @size }).into();
assert_eq!(@find(@items, @n2), Some(vec!["@text2".to_string(), "@text3".to_string()]));
assert_eq!(@find(Vec::new(), 1), None);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "from_one_parameter_to_another",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    pub @label: String,
    pub value: T,
}

impl<T> Reading<T> {
    pub fn new(@label: &str, value: T) -> Self {
        let @label = @label.to_string();
        Self { @label, value }
    }

    /// The same reading, with a value of a wider type.
    pub fn widened<U>(self) -> Reading<U>
    where
        «T: Clone»«⟦1:U: From<T>¦T: Into<U>⟧»,
    {
        ⟦1:Reading {
            @label: self.@label,
            value: U::from(self.value),
        }¦Reading {
            value: self.value.into(),
            @label: self.@label,
        }⟧
    }
}

pub fn total(readings: Vec<Reading<@Small>>) -> ⟦3:f64¦i64⟧ {
    readings
        .into_iter()
        .map(|reading| reading.widened::<⟦3:f64¦i64⟧>().value)
        .sum()
}
""",
            test="""
let readings = vec![Reading::new("@text1", 2), Reading::new("@text2", 40)];
assert_eq!(total(readings) as i32, 42);
""",
            codes=("E0277", "E0308"),
        ),
        Template(
            "a_blanket_impl_that_hands_on",
            """
pub trait @Able {
    fn @able(&self) -> @Int;
}

pub struct @Item {
    pub @count: @Int,
}

impl @Able for @Item {
    fn @able(&self) -> @Int {
        self.@count⟦¦ + 1¦ * 2⟧
    }
}

/// Nothing takes nothing.
impl<T> @Able for Option<T>« {»«
where
    T: @Able,
{»
    fn @able(&self) -> @Int {
        ⟦match self {
            Some(one) => one.@able(),
            None => 0,
        }¦self.as_ref().map_or(0, |one| one.@able())⟧
    }
}

impl<T> @Able for ⟦1:Vec<T>¦[T]⟧
where
    T: @Able,
{
    fn @able(&self) -> @Int {
        self.iter().map(⟦|one| one.@able()¦T::@able⟧).sum()
    }
}

pub fn @show(all: ⟦1:Vec<Option<@Item>>¦&[Option<@Item>]⟧) -> String {
    format!("{} in {}", all.@able(), all.len())
}
""",
            test="""
let all = vec![Some(@Item { @count: @n1 }), None];
let each = all[0].@able();
assert_eq!(@show(⟦1:all¦&all⟧), format!("{each} in 2"));
""",
            codes=("E0277", "E0599"),
        ),
    ),
    frozen=(
        Template(
            "a_reference_can_be_iterated",
            """
/// A collection of amounts, of whatever kind, that knows its limit.
pub struct Limited<C> {
    amounts: C,
    limit: u32,
}

impl<C> Limited<C>« {»«
where
    for<'a> &'a C: IntoIterator<Item = &'a u32>,
{»
    pub fn new(amounts: C, limit: u32) -> Self {
        Self { amounts, limit }
    }

    pub fn total(&self) -> u32 {
        let mut total = 0;
        for amount in &self.amounts {
            total += *amount;
        }
        total
    }

    pub fn left(&self) -> Option<u32> {
        self.limit.checked_sub(self.total())
    }

    pub fn into_amounts(self) -> C {
        self.amounts
    }
}

pub fn @count(amounts: Vec<u32>) -> Option<u32> {
    Limited::new(amounts, 100).left()
}

pub fn distinct(amounts: &[u32]) -> u32 {
    let amounts: std::collections::BTreeSet<u32> = amounts.iter().copied().collect();
    Limited::new(amounts, 100).total()
}
""",
            test="""
assert_eq!(@count(vec![40, 40]), Some(20));
assert_eq!(@count(vec![70, 40]), None);
assert_eq!(distinct(&[4, 4, 5]), 9);
assert_eq!(Limited::new(vec![1], 2).into_amounts(), [1]);
""",
            codes=("E0277",),
        ),
        Template(
            "arithmetic_on_references",
            """
use std::ops::Sub;

/// An amount with its parts; too large to be copied about.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    pub @label: String,
    pub @count: i64,
}

impl<'a> Sub<&'a Amount> for &'a Amount {
    type Output = Amount;

    fn sub(self, other: &Amount) -> Amount {
        Amount {
            @label: self.@label.clone(),
            @count: self.@count - other.@count,
        }
    }
}

/// By how much each value differs from the one before; nothing is copied.
pub fn steps<T>(values: &[T]) -> Vec<T>« {»«
where
    for<'a> &'a T: Sub<&'a T, Output = T>,
{»
    values.windows(2).map(|pair| &pair[1] - &pair[0]).collect()
}

pub fn largest_step(amounts: &[Amount]) -> Option<i64> {
    steps(amounts).into_iter().map(|amount| amount.@count.abs()).max()
}
""",
            test="""
let amounts = [3, 10, 4].map(|@count| Amount { @label: "@text1".into(), @count });
assert_eq!(largest_step(&amounts), Some(7));
assert_eq!(steps(&[5, 7, 4]), [2, -3]);
""",
            codes=("E0369",),
        ),
        Template(
            "a_stored_closure_without_its_trait",
            """
/// Lets through what a rule says, and counts what it holds back.
pub struct Gate<T, F> {
    rule: F,
    inside: Vec<T>,
    refused: usize,
}

impl<T, F> Gate<T, F>« {»«
where
    F: Fn(&T) -> bool,
{»
    pub fn new(rule: F) -> Self {
        Self {
            rule,
            inside: Vec::new(),
            refused: 0,
        }
    }

    pub fn @add(&mut self, one: T) {
        if (self.rule)(&one) {
            self.inside.push(one);
        } else {
            self.refused += 1;
        }
    }

    pub fn inside(&self) -> &[T] {
        &self.inside
    }
}

pub fn sorted_out(counts: &[u32], limit: u32) -> (Vec<u32>, usize) {
    let mut gate = Gate::new(|@count: &u32| *@count <= limit);
    for @count in counts {
        gate.@add(*@count);
    }
    (gate.inside().to_vec(), gate.refused)
}
""",
            test="""
assert_eq!(sorted_out(&[1, 9, 3], 5), (vec![1, 3], 1));
assert_eq!(sorted_out(&[], 5), (vec![], 0));
""",
            codes=("E0618",),
        ),
        Template(
            "bounds_that_a_derive_does_not_find",
            """
use std::iter::Peekable;

/// Runs of equal values, each with how often it came.
«#[derive(Clone)]
»«»pub struct Runs<I: Iterator> {
    from: Peekable<I>,
}

«»«impl<I> Clone for Runs<I>
where
    I: Iterator + Clone,
    I::Item: Clone,
{
    fn clone(&self) -> Self {
        Self {
            from: self.from.clone(),
        }
    }
}

»impl<I: Iterator> Runs<I> {
    pub fn new(from: I) -> Self {
        Self {
            from: from.peekable(),
        }
    }
}

impl<I> Iterator for Runs<I>
where
    I: Iterator,
    I::Item: PartialEq,
{
    type Item = (I::Item, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.from.next()?;
        let mut length = 1;
        while self.from.next_if(|next| *next == value).is_some() {
            length += 1;
        }
        Some((value, length))
    }
}

/// The longest run's value; looks through the text twice.
pub fn longest(text: &str) -> Option<char> {
    let mut runs = Runs::new(text.chars());
    let most = runs.clone().map(|(_, length)| length).max()?;
    runs.find(|(_, length)| *length == most).map(|(letter, _)| letter)
}
""",
            test="""
assert_eq!(longest("abbccca"), Some('c'));
assert_eq!(longest("aabb"), Some('a'));
assert_eq!(longest(""), None);
""",
            codes=("E0277",),
        ),
        Template(
            "error_of_a_fallible_projection",
            """
use std::fmt::Debug;

/// Amounts as they are stored: always as i64.
pub struct Stored {
    values: Vec<i64>,
}

impl Stored {
    pub fn new(values: &[i64]) -> Self {
        Self {
            values: values.to_vec(),
        }
    }

    /// The values as another type; those that do not fit are told of.
    pub fn narrowed<T>(&self) -> (Vec<T>, Vec<String>)
    where
        T: TryFrom<i64>«»«,
        <T as TryFrom<i64>>::Error: Debug»,
    {
        let mut fitting = Vec::new();
        let mut failed = Vec::new();
        for value in &self.values {
            match T::try_from(*value) {
                Ok(value) => fitting.push(value),
                Err(error) => failed.push(told(*value, &error)),
            }
        }
        (fitting, failed)
    }
}

fn told(value: i64, error: &dyn Debug) -> String {
    format!("{value}: {error:?}")
}

pub fn counts(values: &[i64]) -> Vec<u8> {
    Stored::new(values).narrowed().0
}
""",
            test="""
assert_eq!(counts(&[7, 300, -1, 255]), [7, 255]);
let (fitting, failed) = Stored::new(&[1, -1]).narrowed::<u32>();
assert_eq!((fitting, failed.len()), (vec![1], 1));
assert!(failed[0].starts_with("-1: "));
""",
            codes=("E0277",),
        ),
    ),
)
