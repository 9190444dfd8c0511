"""Newtypes: the wrapped value and its traits are not the wrapper's."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="newtype",
    title="A newtype is used as the value in it, or lacks a trait that the value has",
    codes=("E0308", "E0369", "E0277", "E0599", "E0423", "E0368", "E0117"),
    templates=(
        Template(
            "a_sum_of_wrapped_values",
            """
«»«use std::iter::Sum;
»use std::ops::Add;

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Amount(pub @Float);

impl Add for Amount {
    type Output = Amount;

    fn add(self, other: Amount) -> Amount {
        Amount(self.0 + other.0)
    }
}

«»«impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.fold(Amount::default(), Add::add)
    }
}

»«impl Sum for Amount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Amount {
        amounts.last().map_or(Amount::default(), |last| last.add(Amount(0.0)))
    }
}

»pub struct @Item {
    pub @label: String,
    pub @price: Amount,
    pub @count: @Int,
}

pub fn total(@items: &[@Item]) -> Amount {
    @items.iter()⟦¦.filter(|@item| @item.@count > 0)¦.filter(|@item| !@item.@label.is_empty())⟧.map(|@item| @item.@price).sum()
}

pub fn with_fee(@items: &[@Item], fee: @Float) -> Amount {
    ⟦total(@items) + Amount(fee)¦let fee = Amount(fee);
    fee + total(@items)⟧
}
""",
            test="""
let @item = |@price| @Item { @label: "@text1".into(), @price: Amount(@price), @count: 1 };
assert_eq!(total(&[@item(1.5), @item(2.0)]), Amount(3.5));
assert_eq!(with_fee(&[], 0.5), Amount(0.5));
""",
            codes=("E0277",),
        ),
        Template(
            "an_operator_is_not_there",
            """
«»«use std::ops::⟦1:Add¦Sub¦Mul⟧;

»#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Units(pub @Int);

«»«impl ⟦1:Add¦Sub¦Mul<@Int>⟧ for Units {
    type Output = Units;

    fn ⟦1:add¦sub¦mul⟧(self, other: ⟦1:Units¦Units¦@Int⟧) -> Units {
        Units(self.0 ⟦1:+ other.0¦- other.0¦* other⟧)
    }
}

»«impl ⟦1:Add¦Sub¦Mul<@Int>⟧ for Units {
    type Output = Units;

    fn ⟦1:add¦sub¦mul⟧(self, other: ⟦1:Units¦Units¦@Int⟧) -> Units {
        Units(self.0.max(other⟦1:.0¦.0¦⟧))
    }
}

»pub struct @Owner {
    pub @count: Units,
    pub limit: Units,
}

impl @Owner {
    pub fn @change(&mut self, by: ⟦1:Units¦Units¦@Int⟧) -> bool {
        let changed = self.@count ⟦1:+¦-¦*⟧ by;
        ⟦if changed > self.limit {
            return false;
        }
        self.@count = changed;
        true¦let allowed = changed <= self.limit;
        if allowed {
            self.@count = changed;
        }
        allowed⟧
    }
}
""",
            test="""
let mut @owner = @Owner { @count: Units(6), limit: Units(20) };
assert!(@owner.@change(⟦1:Units(2)¦Units(2)¦2⟧));
assert_eq!(@owner.@count, Units(⟦1:8¦4¦12⟧));
""",
            codes=("E0369",),
        ),
        Template(
            "the_field_is_private_elsewhere",
            """
mod id;

pub use id::Id;

#[derive(Debug)]
pub struct @Item {
    pub id: Id,
    pub @label: String,
}

/// A number for each name, from the first one on.
pub fn numbered(names: &[&str]) -> ⟦1:Vec<@Item>¦Result<Vec<@Item>, String>⟧ {
    names
        .iter()
        .zip(1..)
        .map(|(name, number)| ⟦1:¦{
            Ok(⟧@Item {
            id: «Id(number)»⟦1:«Id::new(number).unwrap_or(Id::FIRST)»«Id::FIRST»¦«Id::new(number).ok_or("no number left")?»«Id::new(number + 1).ok_or("no number left")?»⟧,
            @label: name.to_string(),
        }⟦1:¦)
        }⟧)
        .collect()
}

pub fn @show(@item: &@Item) -> String {
    format!("{} {}", @item.id.number(), @item.@label)
}
//- src/id.rs
/// A number above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Id(@Int);

impl Id {
    pub const FIRST: Id = Id(1);

    pub fn new(number: @Int) -> Option<Self> {
        ⟦(number > 0).then_some(Id(number))¦if number > 0 { Some(Id(number)) } else { None }¦match number {
            1.. => Some(Id(number)),
            _ => None,
        }⟧
    }

    pub fn number(self) -> @Int {
        self.0
    }
}
""",
            test="""
let @items = numbered(&["@text1", "@text2"])⟦1:¦.unwrap()⟧;
assert_eq!(@show(&@items[1]), "2 @text2");
""",
            codes=("E0423",),
        ),
        Template(
            "a_key_is_looked_up_by_its_text",
            """
«»«use std::borrow::Borrow;
»use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Clone, PartialEq, Eq, ⟦1:Hash¦PartialOrd, Ord⟧)]
pub struct Name(String);

impl Name {
    pub fn new(name: &str) -> Self {
        Name(name.trim().to_string())
    }
}

«»«impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        ⟦&self.0¦self.0.as_str()⟧
    }
}

»#[derive(Default)]
pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<Name, @Int>,
}

impl @Owner {
    pub fn @add(&mut self, name: Name, @count: @Int) {
        ⟦*self.@items.entry(name).or_default() += @count;¦self.@items.insert(name, @count);⟧
    }

    pub fn @find(&self, name: &str) -> ⟦2:Option<@Int>¦@Int⟧ {
        self.@items.get(name).copied()⟦2:¦.unwrap_or_default()⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add(Name::new(" @name1 "), @n1);
assert_eq!(@owner.@find("@name1"), ⟦2:Some(@n1)¦@n1⟧);
assert_eq!(@owner.@find("@name2"), ⟦2:None¦0⟧);
""",
            codes=("E0277", "E0308"),
        ),
        Template(
            "wrapped_on_one_side_only",
            """
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity(pub usize);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free(pub usize);

pub struct @Owner {
    @items: Vec<@Int>,
    capacity: Capacity,
}

impl @Owner {
    pub fn with_capacity(capacity: Capacity) -> Self {
        @Owner {
            @items: Vec::with_capacity(capacity.0),
            capacity,
        }
    }

    ⟦1:pub fn free(&self) -> Free {
        Free(«self.capacity - self.@items.len()»«self.capacity.0 - self.@items.len()»«self.capacity.0»)
    }

    pub fn @add(&mut self, @item: @Int) -> bool {
        let room = self.free() != Free(0);
        if room {
            self.@items.push(@item);
        }
        room
    }¦pub fn free(&self) -> Free {
        Free(self.capacity.0 - self.@items.len())
    }

    pub fn @add(&mut self, @item: @Int) -> bool {
        let room = self.free()«»«.0» > 0;
        if room {
            self.@items.push(@item);
        }
        room
    }¦pub fn free(&self) -> Free {
        Free(self.capacity.0 - self.@items.len())
    }

    pub fn @add(&mut self, @item: @Int) -> bool {
        if self.@items.len() >= «self.capacity»«self.capacity.0»«self.capacity.0.pow(2)» {
            return false;
        }
        self.@items.push(@item);
        true
    }⟧
}
""",
            test="""
let mut @owner = @Owner::with_capacity(Capacity(3));
assert_eq!([1, 2, 3, 4].map(|@item| @owner.@add(@item)), [true, true, true, false]);
assert_eq!(@owner.free(), Free(0));
""",
            codes=("E0308", "E0369", "E0277"),
        ),
        Template(
            "what_goes_through_a_wrapped_list",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

/// The @items by @count, always in order.
#[derive(Debug, Default)]
pub struct Ranking(Vec<@Item>);

impl Ranking {
    pub fn of(mut @items: Vec<@Item>) -> Self {
        @items.sort_by_key(|@item| ⟦2:@item.@count¦std::cmp::Reverse(@item.@count)¦(@item.@count, @item.@label.len())⟧);
        Ranking(@items)
    }
}

«»«impl IntoIterator for Ranking {
    type Item = @Item;
    type IntoIter = std::vec::IntoIter<@Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

»⟦1:pub fn in_order(@items: Vec<@Item>) -> Vec<String> {
    let mut found = Vec::new();
    for @item in Ranking::of(@items) {
        found.push(@item.@label);
    }
    found
}¦pub fn in_order(@items: Vec<@Item>) -> Vec<String> {
    Ranking::of(@items).into_iter().map(|@item| @item.@label).collect()
}¦pub fn in_order(@items: Vec<@Item>) -> Vec<String> {
    let mut found = vec![];
    found.extend(Ranking::of(@items));
    found.into_iter().map(|@item: @Item| @item.@label).collect()
}⟧
""",
            test="""
let @item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let found = in_order(vec![@item("@text1", @n2), @item("@text2", @n1)]);
assert_eq!(found, ⟦2:["@text2", "@text1"]¦["@text1", "@text2"]¦["@text2", "@text1"]⟧);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "its_text_is_asked_for",
            """
«»«use std::fmt;

»#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(⟦1:u8¦u16¦i16⟧);

impl Percent {
    pub fn of(part: @Int, whole: @Int) -> Option<Self> {
        let percent = (100 * part).checked_div(whole)?;
        percent.try_into().ok().map(Percent)
    }
}

«»«impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

»«impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

»/// Such as `@item: 40%`.
pub fn @show(@label: &str, @count: @Int, of: @Int) -> String {
    ⟦match Percent::of(@count, of) {
        Some(share) => format!("{@label}: {share}"),
        None => format!("{@label}: none"),
    }¦let share = Percent::of(@count, of).map_or("none".to_string(), |share| share.to_string());
    format!("{@label}: {share}")¦let Some(share) = Percent::of(@count, of) else {
        return format!("{@label}: none");
    };
    [@label, ": ", &share.to_string()].concat()⟧
}
""",
            test="""
assert_eq!(@show("@text1", 2, 5), "@text1: 40%");
assert_eq!(@show("@text1", 2, 0), "@text1: none");
""",
            codes=("E0277", "E0599"),
        ),
    ),
    frozen=(
        Template(
            "a_foreign_trait_for_a_foreign_type",
            """
use std::fmt;

pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

«impl fmt::Display for Vec<@Item> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, @item) in self.iter().enumerate() {»«pub struct Listed<'a>(&'a [@Item]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, @item) in self.0.iter().enumerate() {»«pub struct Listed<'a>(&'a [@Item]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, @item) in self.0.iter().enumerate().skip(1) {»
            if at > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{} x {}", @item.@count, @item.@label)?;
        }
        Ok(())
    }
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    pub fn @show(&self) -> String {
        format!("@owner with {}", «self.@items»«Listed(&self.@items)»)
    }
}
""",
            test="""
let @item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let @owner = @Owner { @items: vec![@item("@text1", 2), @item("@text2", 1)] };
assert_eq!(@owner.@show(), "@owner with 2 x @text1, 1 x @text2");
""",
            codes=("E0117", "E0277"),
        ),
        Template(
            "the_earliest_first_in_a_heap",
            """
«»«use std::cmp::Ordering;
»use std::collections::BinaryHeap;

/// What is due; of two the earlier one is the greater, so that a heap gives it first.
#[derive(Debug, PartialEq, Eq«»«»«, PartialOrd, Ord»)]
pub struct Due(u32, String);

«»«impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.0, &other.1).cmp(&(self.0, &self.1))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

»«»pub struct Agenda {
    open: BinaryHeap<Due>,
}

impl Agenda {
    pub fn of(entries: &[(u32, &str)]) -> Self {
        let dues = entries.iter().map(|&(day, what)| Due(day, what.to_string()));
        Agenda { open: dues.collect() }
    }

    /// What is due up to that day, the earliest first.
    pub fn until(&mut self, day: u32) -> Vec<String> {
        let mut found = Vec::new();
        while self.open.peek().is_some_and(|due| due.0 <= day) {
            found.extend(self.open.pop().map(|Due(_, what)| what));
        }
        found
    }
}
""",
            test="""
let mut agenda = Agenda::of(&[(5, "@text1"), (2, "@text2"), (9, "@text3")]);
assert_eq!(agenda.until(6), ["@text2", "@text1"]);
""",
            codes=("E0277", "E0599", "E0369"),
        ),
        Template(
            "collected_into_a_wrapper",
            """
use std::collections::BTreeMap;

/// How often each was seen.
#[derive(Debug, Default, PartialEq)]
pub struct Tally(BTreeMap<String, usize>);

«»«impl<'a> FromIterator<&'a str> for Tally {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut tally = Tally::default();
        for name in names {
            *tally.0.entry(name.to_string()).or_default() += 1;
        }
        tally
    }
}

»«impl<'a> FromIterator<&'a str> for Tally {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        Tally(names.into_iter().map(|name| (name.to_string(), 1)).collect())
    }
}

»impl Tally {
    pub fn of(&self, name: &str) -> usize {
        self.0.get(name).copied().unwrap_or_default()
    }

    pub fn most(&self) -> Option<&str> {
        let (name, _) = self.0.iter().max_by_key(|(_, count)| **count)?;
        Some(name)
    }
}

pub fn @count_words(text: &str) -> Tally {
    text.split_whitespace().filter(|word| word.len() > 1).collect()
}
""",
            test="""
let tally = @count_words("bb a cc bb");
assert_eq!((tally.of("bb"), tally.of("cc"), tally.of("a")), (2, 1, 0));
assert_eq!(tally.most(), Some("bb"));
""",
            codes=("E0277",),
        ),
        Template(
            "units_that_multiply_to_another",
            """
use std::ops::{Add, Mul};

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meters(pub f64);

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area(pub f64);

impl Add for Area {
    type Output = Area;

    fn add(self, other: Area) -> Area {
        Area(self.0 + other.0)
    }
}

impl Mul for Meters {
    type Output = «Meters»«Area»;

    fn mul(self, other: Meters) -> «Meters»«Area» {
        «Meters»«Area»(self.0 * other.0)
    }
}

pub struct @Item {
    pub width: Meters,
    pub length: Meters,
}

impl @Item {
    pub fn surface(&self) -> Area {
        self.width * self.length
    }
}

pub fn total(@items: &[@Item]) -> Area {
    @items.iter().fold(Area(0.0), |sum, @item| sum + @item.surface())
}
""",
            test="""
let @item = |width, length| @Item { width: Meters(width), length: Meters(length) };
assert_eq!(total(&[@item(2.0, 3.0), @item(0.5, 2.0)]), Area(7.0));
""",
            codes=("E0308",),
        ),
        Template(
            "added_to_in_place",
            """
use std::collections::HashMap;
«»«use std::ops::AddAssign;
»
/// Points that never exceed a hundred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Points(u32);

impl Points {
    pub fn new(points: u32) -> Self {
        Points(points.min(100))
    }
}

«»«impl AddAssign for Points {
    fn add_assign(&mut self, other: Points) {
        *self = Points::new(self.0 + other.0);
    }
}

»«impl AddAssign for Points {
    fn add_assign(&mut self, other: Points) {
        self.0 += other.0;
    }
}

»#[derive(Default)]
pub struct Score {
    by_name: HashMap<String, Points>,
}

impl Score {
    pub fn award(&mut self, name: &str, points: Points) -> Points {
        let held = self.by_name.entry(name.to_string()).or_default();
        *held += points;
        *held
    }
}
""",
            test="""
let mut score = Score::default();
assert_eq!(score.award("@name1", Points::new(70)), Points::new(70));
assert_eq!(score.award("@name1", Points::new(70)), Points::new(100));
assert_eq!(score.award("@name2", Points::new(1)), Points::new(1));
""",
            codes=("E0368",),
        ),
    ),
)
