"""Own iterators, and own collections that are iterated."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="iterator_impl",
    title="A type is iterated that is no iterator, or an iterator lacks what is asked of it",
    codes=("E0046", "E0271", "E0277", "E0308", "E0515", "E0599", "E0720"),
    templates=(
        Template(
            "next_that_is_no_iterators",
            """
/// Zero, @n1 and so on, below a limit.
pub struct Steps {
    at: @Int,
    limit: @Int,
}

impl Steps {
    pub fn up_to(limit: @Int) -> Self {
        Self { at: 0, limit }
    }«»«
}

impl Iterator for Steps {
    type Item = @Int;»

    «pub fn following»«fn next»(&mut self) -> Option<@Int> {
        ⟦if self.at >= self.limit {
            return None;
        }
        let at = self.at;
        self.at += @n1;
        Some(at)¦let at = self.at;
        self.at += @n1;
        (at < self.limit).then_some(at)⟧
    }
}

pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// For every step, how many @items are larger.
pub fn @show(@items: &[@Item], limit: @Int) -> Vec<⟦1:usize¦String⟧> {
    ⟦let mut told = Vec::new();
    for step in Steps::up_to(limit) {
        let larger = @items.iter().filter(|@item| @item.@size > step);
        told.push(⟦1:larger.count()¦format!("{step}: {}", larger.count())⟧);
    }
    told¦Steps::up_to(limit)
        .map(|step| {
            let larger = @items.iter().filter(|@item| @item.@size > step);
            ⟦1:larger.count()¦format!("{step}: {}", larger.count())⟧
        })
        .collect()⟧
}
""",
            test="""
let @items = [1, @n1 + 1].map(|@size| @Item { @label: "@text1".into(), @size });
assert_eq!(@show(&@items, @n1 + 1), ⟦1:[2, 1]¦["0: 2", "@n1: 1"]⟧);
assert!(@show(&@items, 0).is_empty());
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "a_reference_to_an_own_collection",
            """
⟦1:use std::collections::BTreeMap;¦use std::collections::VecDeque;¦use std::slice::Iter;⟧

#[derive(Debug)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

#[derive(Debug, Default)]
pub struct @Owner {
    @items: ⟦1:BTreeMap<String, @Item>¦VecDeque<@Item>¦Vec<@Item>⟧,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @count: @Int) {
        let @label = @label.to_string();
        self.@items.⟦1:insert(@label.clone(), @Item { @label, @count })¦push_back(@Item { @label, @count })¦push(@Item { @label, @count })⟧;
    }
}

«»«impl<'a> IntoIterator for &'a @Owner {
    type Item = &'a @Item;
    type IntoIter = ⟦1:std::collections::btree_map::Values<'a, String, @Item>¦std::collections::vec_deque::Iter<'a, @Item>¦Iter<'a, @Item>⟧;

    fn into_iter(self) -> Self::IntoIter {
        self.@items.⟦1:values()¦iter()¦iter()⟧
    }
}

»pub fn total(@owner: &@Owner) -> @Int {
    let mut total = 0;
    for @item in @owner {
        total += @item.@count;
    }
    total
}

⟦1:¦¦/// The slice itself, for those who want to look around in it.
pub fn all(@owner: &@Owner) -> Iter<'_, @Item> {
    @owner.@items.iter()
}

⟧pub fn @show(@owner: &@Owner) -> String {
    ⟦let mut line = String::new();
    for @Item { @label, .. } in @owner {
        line.push_str(@label);
        line.push(';');
    }
    line¦let labels: Vec<&str> = @owner.into_iter().map(|@item| @item.@label.as_str()).collect();
    labels.join(";") + ";"⟧
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("a", @n1);
@owner.@add("b", @n2);
assert_eq!(total(&@owner), @n1 + @n2);
assert_eq!(@show(&@owner), "a;b;");
""",
            codes=("E0277", "E0308", "E0599"),
        ),
        Template(
            "the_type_of_its_items",
            """
/// The fields of a line, with their numbers; empty ones are passed over.
pub struct Fields<'a> {
    rest: std::⟦1:str::Split<'a, char>¦str::Lines<'a>¦str::SplitWhitespace<'a>⟧,
    number: usize,
}

impl<'a> Fields<'a> {
    pub fn of(line: &'a str) -> Self {
        Self {
            rest: line.⟦1:split(',')¦lines()¦split_whitespace()⟧,
            number: 0,
        }
    }
}

impl<'a> Iterator for Fields<'a> {«»«
    type Item = (usize, &'a str);
»
    fn next(&mut self) -> Option<(usize, &'a str)> {
        ⟦loop {
            let field = self.rest.next()?.trim();
            self.number += 1;
            if !field.is_empty() {
                return Some((self.number, field));
            }
        }¦let mut field = self.rest.next()?;
        self.number += 1;
        while field.trim().is_empty() {
            field = self.rest.next()?;
            self.number += 1;
        }
        Some((self.number, field.trim()))⟧
    }
}

pub fn @find(line: &str, @label: &str) -> Option<usize> {
    ⟦Fields::of(line).find(|(_, field)| *field == @label).map(|(number, _)| number)¦let (number, _) = Fields::of(line).find(|(_, field)| *field == @label)?;
    Some(number)⟧
}
""",
            test="""
let line = ["@text1", "@text2"].join(⟦1:", ,"¦"\\n\\n"¦"  "⟧);
assert_eq!(@find(&line, "@text2"), Some(⟦1:3¦3¦2⟧));
assert_eq!(@find(&line, "@text4"), None);
""",
            codes=("E0046",),
        ),
        Template(
            "adaptors_on_what_holds_them",
            """
mod @owner;

use @owner::{@Item, @Owner};

/// How many @items of the @owner are at least so large.
pub fn count_of(@owner: &@Owner, @size: @Int) -> usize {
    @owner.⟦1:iter()¦into_iter()⟧.filter(|@item| @item.@size >= @size).count()
}

pub fn largest(@owner: &@Owner) -> Option<&@Item> {
    @owner.⟦1:iter()¦into_iter()⟧.⟦max_by_key(|@item| @item.@size)¦reduce(|best, @item| if @item.@size > best.@size { @item } else { best })⟧
}

//- src/@owner.rs
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

#[derive(Default)]
pub struct @Owner {
    kept: Vec<Option<@Item>>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @size: @Int) -> usize {
        let @label = @label.to_string();
        self.kept.push(Some(@Item { @label, @size }));
        self.kept.len() - 1
    }

    pub fn @remove(&mut self, at: usize) -> Option<@Item> {
        self.kept.get_mut(at)?.take()
    }⟦1:«»«

    pub fn iter(&self) -> impl Iterator<Item = &@Item> {
        self.kept.iter().flatten()
    }»
}¦
}
«»«
impl<'a> IntoIterator for &'a @Owner {
    type Item = &'a @Item;
    type IntoIter = std::iter::Flatten<std::slice::Iter<'a, Option<@Item>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.kept.iter().flatten()
    }
}
»⟧
""",
            test="""
let mut @owner = @Owner::default();
let first = @owner.@add("@text1", @n4);
@owner.@add("@text2", @n2);
assert_eq!(largest(&@owner).map(|@item| @item.@size), Some(@n4));
@owner.@remove(first);
assert_eq!(largest(&@owner).map(|@item| @item.@label.as_str()), Some("@text2"));
assert_eq!((count_of(&@owner, 1), count_of(&@owner, @n4)), (1, 0));
""",
            codes=("E0599",),
        ),
        Template(
            "a_sum_of_an_own_type",
            """
use std::iter::Sum;
use std::ops::Add;

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Amount {
    pub ⟦1:whole¦full⟧: ⟦2:u32¦u64¦i64⟧,
    pub cents: ⟦2:u32¦u64¦i64⟧,
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let cents = self.cents + other.cents;
        Self {
            ⟦1:whole: self.whole + other.whole¦full: self.full + other.full⟧ + cents / 100,
            cents: cents % 100,
        }
    }
}

«impl Sum<u32> for Amount {
    fn sum<I: Iterator<Item = u32>>(numbers: I) -> Self {
        Self {
            ⟦1:whole¦full⟧: numbers.map(⟦2:u32¦u64¦i64⟧::from).sum(),
            cents: 0,
        }
    }
}»«impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Self::add)
    }
}»«impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), |_, amount| amount)
    }
}»

pub struct @Item {
    pub @label: String,
    pub amount: Amount,
}

pub fn total(@items: &[@Item]) -> Amount {
    @items.iter()⟦¦.filter(|@item| !@item.@label.is_empty())⟧.map(|@item| @item.amount).sum()
}
""",
            test="""
let @items = [60, 70].map(|cents| @Item {
    @label: "@text1".into(),
    amount: Amount { ⟦1:whole¦full⟧: @n1, cents },
});
assert_eq!(total(&@items), Amount { ⟦1:whole¦full⟧: 2 * @n1 + 1, cents: 30 });
""",
            codes=("E0277",),
        ),
        Template(
            "its_length_is_asked_for",
            """
/// Pages of a list: so many @items each.
pub struct Pages<'a> {
    rest: &'a [@Item],
    size: usize,
}

#[derive(Debug)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl<'a> Iterator for Pages<'a> {
    type Item = &'a [@Item];

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        ⟦let (page, rest) = self.rest.split_at(self.size.min(self.rest.len()));
        self.rest = rest;
        Some(page)¦let at = self.size.min(self.rest.len());
        let page = &self.rest[..at];
        self.rest = &self.rest[at..];
        Some(page)⟧
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len().div_ceil(self.size);
        (left, Some(left))
    }
}

«»«impl ExactSizeIterator for Pages<'_> {}

»pub fn pages(@items: &[@Item], size: usize) -> Pages<'_> {
    let size = size.max(1);
    Pages { rest: @items, size }
}

/// The pages' sums, with the page's number and how many there are.
pub fn @show(@items: &[@Item], size: usize) -> Vec<String> {
    let pages = pages(@items, size);
    let number = pages.len();
    ⟦pages
        .enumerate()
        .map(|(at, page)| {
            let sum: @Int = page.iter().map(|@item| @item.@count).sum();
            format!("{}/{number}: {sum}", at + 1)
        })
        .collect()¦let mut told = Vec::with_capacity(number);
    for (at, page) in pages.enumerate() {
        let sum: @Int = page.iter().map(|@item| @item.@count).sum();
        told.push(format!("{}/{number}: {sum}", at + 1));
    }
    told⟧
}
""",
            test="""
let @items = [@n1, @n2, @n3].map(|@count| @Item { @label: "@text1".into(), @count });
assert_eq!(@show(&@items, 2), [format!("1/2: {}", @n1 + @n2), "2/2: @n3".to_string()]);
assert!(@show(&[], 5).is_empty());
""",
            codes=("E0599",),
        ),
        Template(
            "a_helper_for_all_iterators",
            """
/// What is wanted of every iterator over numbers.
pub trait ⟦1:Averaged¦Meaned⟧: Iterator<Item = @Float> {
    /// Their mean, and nothing for none.
    fn mean(self) -> Option<@Float>
    where
        Self: Sized,
    {
        ⟦let mut number = 0.0;
        let mut sum = 0.0;
        for value in self {
            number += 1.0;
            sum += value;
        }
        (number > 0.0).then(|| sum / number)¦let (number, sum) = self.fold((0.0, 0.0), |(number, sum), value| (number + 1.0, sum + value));
        if number > 0.0 { Some(sum / number) } else { None }⟧
    }
}

impl« ⟦1:Averaged¦Meaned⟧ for std::vec::IntoIter<@Float>»«<I: Iterator<Item = @Float>> ⟦1:Averaged¦Meaned⟧ for I» {}

pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

pub fn mean_@price(@items: &[@Item]) -> Option<@Float> {
    @items.iter().map(|@item| @item.@price)⟦¦.filter(|@price| *@price > 0.0)¦.rev()⟧.mean()
}

pub fn mean_of(values: Vec<@Float>) -> @Float {
    values.into_iter().mean().⟦unwrap_or(0.0)¦unwrap_or_default()⟧
}
""",
            test="""
let @items = [2.0, 4.0].map(|@price| @Item { @label: "@text1".into(), @price });
assert_eq!(mean_@price(&@items), Some(3.0));
assert_eq!((mean_@price(&[]), mean_of(vec![1.0])), (None, 1.0));
""",
            codes=("E0599",),
        ),
    ),
    frozen=(
        Template(
            "looks_ahead_in_any_iterator",
            """
«»«use std::iter::Peekable;

»/// Joins days that follow one another: 3, 4, 5, 9 is 3 to 5 and 9 to 9.
pub struct Ranges<I«»«: Iterator<Item = u32>»> {
    days: «I»«Peekable<I>»,
}

impl<I: Iterator<Item = u32>> Ranges<I> {
    pub fn of(days: impl IntoIterator<IntoIter = I>) -> Self {
        let days = days.into_iter()«»«.peekable()»;
        Self { days }
    }
}

impl<I: Iterator<Item = u32>> Iterator for Ranges<I> {
    type Item = (u32, u32);

    fn next(&mut self) -> Option<(u32, u32)> {
        let first = self.days.next()?;
        let mut last = first;
        while let Some(day) = self.days.next_if(|day| *day == last + 1) {
            last = day;
        }
        Some((first, last))
    }
}

pub fn @show(days: &[u32]) -> String {
    let told: Vec<String> = Ranges::of(days.iter().copied())
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    told.join(", ")
}
""",
            test="""
assert_eq!(@show(&[3, 4, 5, 9, 11, 12]), "3-5, 9, 11-12");
assert_eq!(@show(&[]), "");
assert_eq!(Ranges::of(vec![1, 2]).collect::<Vec<_>>(), [(1, 2)]);
""",
            codes=("E0599",),
        ),
        Template(
            "what_is_lent_to_be_changed",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: f64,
}

/// The @items that are for sale, and those that are not.
#[derive(Debug, Default)]
pub struct @Owner {
    offered: Vec<@Item>,
    kept: Vec<@Item>,
}

impl @Owner {
    pub fn @add(&mut self, @item: @Item, offered: bool) {
        if offered {
            self.offered.push(@item);
        } else {
            self.kept.push(@item);
        }
    }
}

impl<'a> IntoIterator for &'a @Owner {
    type Item = &'a @Item;
    type IntoIter = std::iter::Chain<std::slice::Iter<'a, @Item>, std::slice::Iter<'a, @Item>>;

    fn into_iter(self) -> Self::IntoIter {
        self.offered.iter().chain(&self.kept)
    }
}

«»«impl<'a> IntoIterator for &'a mut @Owner {
    type Item = &'a mut @Item;
    type IntoIter = std::iter::Chain<std::slice::IterMut<'a, @Item>, std::slice::IterMut<'a, @Item>>;

    fn into_iter(self) -> Self::IntoIter {
        self.offered.iter_mut().chain(&mut self.kept)
    }
}

»«impl<'a> IntoIterator for &'a mut @Owner {
    type Item = &'a mut @Item;
    type IntoIter = std::slice::IterMut<'a, @Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.offered.iter_mut()
    }
}

»/// Everything costs that much more, and all of it together costs what is returned.
pub fn raise(@owner: &mut @Owner, factor: f64) -> f64 {
    for @item in &mut *@owner {
        @item.@price *= factor;
    }
    let mut total = 0.0;
    for @item in &*@owner {
        total += @item.@price;
    }
    total
}
""",
            test="""
let mut @owner = @Owner::default();
for (@price, offered) in [(1.0, true), (2.5, false)] {
    @owner.@add(@Item { @label: "@text1".into(), @price }, offered);
}
assert_eq!(raise(&mut @owner, 2.0), 7.0);
assert_eq!(raise(&mut @Owner::default(), 2.0), 0.0);
""",
            codes=("E0277",),
        ),
        Template(
            "an_iterator_that_contains_itself",
            """
#[derive(Debug, Default)]
pub struct Folder {
    pub name: String,
    pub labels: Vec<String>,
    pub folders: Vec<Folder>,
}

impl Folder {
    pub fn new(name: &str, labels: &[&str], folders: Vec<Folder>) -> Self {
        Self {
            name: name.to_string(),
            labels: labels.iter().map(|@label| @label.to_string()).collect(),
            folders,
        }
    }

    /// All labels of the folder, and then those of the folders in it.
    pub fn all(&self) -> «impl Iterator<Item = &str>»«Box<dyn Iterator<Item = &str> + '_>» {
        let here = self.labels.iter().map(String::as_str);
        «here.chain(self.folders.iter().flat_map(|folder| folder.all()))»«Box::new(here.chain(self.folders.iter().flat_map(|folder| folder.all())))»«Box::new(here.chain(self.folders.iter().flat_map(|folder| folder.labels.iter().map(String::as_str))))»
    }
}

pub fn @find(folder: &Folder, beginning: &str) -> Vec<String> {
    let found = folder.all().filter(|@label| @label.starts_with(beginning));
    found.map(String::from).collect()
}
""",
            test="""
let deep = Folder::new("deep", &["ac", "b"], vec![]);
let middle = Folder::new("middle", &["b"], vec![deep]);
let top = Folder::new("top", &["ab"], vec![middle, Folder::new("other", &["ad"], vec![])]);
assert_eq!(@find(&top, "a"), ["ab", "ac", "ad"]);
assert_eq!(Folder::default().all().count(), 0);
""",
            codes=("E0720",),
        ),
        Template(
            "taken_apart_by_value",
            """
#[derive(Debug)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

#[derive(Debug, Default)]
pub struct @Owner {
    @items: Vec<@Item>,
    pub sealed: bool,
}

impl @Owner {
    pub fn with(mut self, @label: &str, @count: u32) -> Self {
        let @label = @label.to_string();
        self.@items.push(@Item { @label, @count });
        self
    }
}

/// A sealed one keeps everything that it has to itself.
impl IntoIterator for @Owner {
    type Item = @Item;
    type IntoIter = «std::slice::Iter<'static, @Item>»«std::vec::IntoIter<@Item>»;

    fn into_iter(self) -> Self::IntoIter {
        if self.sealed {
            return «[].iter()»«Vec::new().into_iter()»;
        }
        self.@items.«iter()»«into_iter()»
    }
}

/// Everything in one, largest @count first.
pub fn merged(all: Vec<@Owner>) -> Vec<@Item> {
    let mut @items: Vec<@Item> = all.into_iter().flatten().collect();
    @items.sort_by_key(|@item| std::cmp::Reverse(@item.@count));
    @items
}
""",
            test="""
let one = @Owner::default().with("@text1", 2).with("@text2", 9);
let mut sealed = @Owner::default().with("@text3", 5);
sealed.sealed = true;
let labels: Vec<String> = merged(vec![one, sealed]).into_iter().map(|@item| @item.@label).collect();
assert_eq!(labels, ["@text2", "@text1"]);
""",
            codes=("E0271", "E0515", "E0599"),
        ),
        Template(
            "extended_by_pairs",
            """
use std::collections::BTreeMap;

/// How often each word was met, without regard to capitals.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Words {
    counts: BTreeMap<String, usize>,
}

impl Words {
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        for word in text.split_whitespace() {
            words.note(word, 1);
        }
        words
    }

    fn note(&mut self, word: &str, number: usize) {
        *self.counts.entry(word.to_lowercase()).or_default() += number;
    }

    pub fn count(&self, word: &str) -> usize {
        self.counts.get(word).copied().unwrap_or(0)
    }
}

«»«impl Extend<(String, usize)> for Words {
    fn extend<I: IntoIterator<Item = (String, usize)>>(&mut self, pairs: I) {
        for (word, number) in pairs {
            self.note(&word, number);
        }
    }
}

»«impl Extend<(String, usize)> for Words {
    fn extend<I: IntoIterator<Item = (String, usize)>>(&mut self, pairs: I) {
        self.counts.extend(pairs);
    }
}

»/// Splits the pairs into words that were met once and those that came more often.
pub fn parted(all: Vec<(String, usize)>) -> (Words, Words) {
    let (mut once, mut often) = (Words::default(), Words::default());
    let (few, many): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, number)| *number == 1);
    once.extend(few);
    often.extend(many);
    (once, often)
}
""",
            test="""
let pairs = [("Hive", 1), ("hive", 1), ("brook", 4), ("Brook", 2)];
let (once, often) = parted(pairs.map(|(word, number)| (word.to_string(), number)).into());
assert_eq!((once.count("hive"), often.count("brook"), often.count("hive")), (2, 6, 0));
assert_eq!(once, Words::of("Hive hive"));
""",
            codes=("E0599",),
        ),
    ),
)
