"""An associated type is missing, is not named where it must be, or is another one than is asked for."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="associated_type",
    title="An associated type is missing, is not named, or is another one than is asked for",
    codes=("E0046", "E0191", "E0220", "E0223", "E0271", "E0277", "E0308"),
    templates=(
        Template(
            "an_operator_without_output",
            """
use std::ops::⟦1:Add¦Sub¦Mul⟧;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Amount(pub @Float);

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub part: @Float,
}

impl ⟦1:Add for Amount¦Sub for Amount¦Mul<Share> for Amount⟧ {«»«
    type Output = Amount;
»
    fn ⟦1:add(self, other: Self)¦sub(self, other: Self)¦mul(self, other: Share)⟧ -> Amount {
        Amount(self.0 ⟦1:+ other.0¦- other.0¦* other.part⟧)
    }
}

impl Share {
    pub fn of(self, @price: Amount) -> Amount {
        ⟦Amount(@price.0 * self.part)¦let part = @price.0 * self.part;
        Amount(part)⟧
    }
}

/// The @price after ⟦1:a tip¦a discount¦half of it is taken⟧.
pub fn @change(@price: Amount) -> Amount {
    @price ⟦1:+¦-¦*⟧ ⟦1:Share { part: 0.5 }.of(@price)¦Share { part: 0.5 }.of(@price)¦Share { part: 0.5 }⟧
}
""",
            test="""
assert_eq!(@change(Amount(8.0)), Amount(⟦1:12.0¦4.0¦4.0⟧));
assert_eq!(Share { part: 0.25 }.of(Amount(8.0)), Amount(2.0));
""",
            codes=("E0046",),
        ),
        Template(
            "a_trait_object_that_does_not_name_it",
            """
pub trait Source {
    type Entry;

    fn next_entry(&mut self) -> Option<Self::Entry>;
}

pub struct Countdown(pub @Int);

pub struct Stored {
    pub @items: Vec<@Int>,
}

impl Source for Countdown {
    type Entry = @Int;

    fn next_entry(&mut self) -> Option<@Int> {
        ⟦if self.0 == 0 {
            return None;
        }
        self.0 -= 1;
        Some(self.0)¦let left = (self.0 > 0).then(|| self.0 - 1)?;
        self.0 = left;
        Some(left)⟧
    }
}

impl Source for Stored {
    type Entry = @Int;

    fn next_entry(&mut self) -> Option<@Int> {
        self.@items.pop()
    }
}

⟦1:pub fn total(sources: Vec<Box<dyn Source«»«<Entry = @Int>»>>) -> @Int {¦pub fn total(sources: &mut [&mut dyn Source«»«<Entry = @Int>»]) -> @Int {¦type Sources = Vec<Box<dyn Source«»«<Entry = @Int>»>>;

pub fn total(sources: Sources) -> @Int {⟧
    let mut total = 0;
    for ⟦1:mut source¦source¦mut source⟧ in sources {
        while let Some(entry) = source.next_entry() {
            total += entry;
        }
    }
    total
}
""",
            test="""
⟦1:let sources: Vec<Box<dyn Source<Entry = @Int>>> = vec![Box::new(Countdown(4)), Box::new(Stored { @items: vec![1, 2] })];
assert_eq!(total(sources), 9);¦assert_eq!(total(&mut [&mut Countdown(4), &mut Stored { @items: vec![1, 2] }]), 9);¦let sources: Vec<Box<dyn Source<Entry = @Int>>> = vec![Box::new(Countdown(4)), Box::new(Stored { @items: vec![1, 2] })];
assert_eq!(total(sources), 9);⟧
""",
            codes=("E0191",),
        ),
        Template(
            "another_name_than_the_trait_has",
            """
use std::collections::⟦1:BTreeMap¦HashMap⟧;

pub trait Lookup {
    type ⟦2:Key¦Name⟧;
    type ⟦3:Found¦Value⟧;

    fn @find(&self, key: &Self::⟦2:Key¦Name⟧) -> Option<&Self::«⟦3:Output¦Item⟧»«⟦3:Found¦Value⟧»>;

    fn has(&self, key: &Self::⟦2:Key¦Name⟧) -> bool {
        self.@find(key).is_some()
    }
}

#[derive(Default)]
pub struct @Owner {
    @items: ⟦1:BTreeMap¦HashMap⟧<String, @Int>,
}

impl @Owner {
    pub fn with(mut self, @label: &str, @count: @Int) -> Self {
        self.@items.insert(@label.to_string(), @count);
        self
    }
}

impl Lookup for @Owner {
    type ⟦2:Key¦Name⟧ = String;
    type ⟦3:Found¦Value⟧ = @Int;

    fn @find(&self, key: &String) -> Option<&@Int> {
        self.@items.get(key)⟦¦.filter(|@count| **@count > 0)⟧
    }
}

pub fn missing<L: Lookup>(lookup: &L, wanted: &[L::⟦2:Key¦Name⟧]) -> usize {
    ⟦wanted.iter().filter(|key| !lookup.has(key)).count()¦let there = wanted.iter().filter(|key| lookup.has(key)).count();
    wanted.len() - there⟧
}
""",
            test="""
let @owner = @Owner::default().with("@text1", @n1).with("@text2", @n2);
assert_eq!(@owner.@find(&"@text2".to_string()), Some(&@n2));
assert_eq!(missing(&@owner, &["@text1".to_string(), "@text4".to_string()]), 1);
""",
            codes=("E0220",),
        ),
        Template(
            "promised_items_of_another_type",
            """
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// ⟦1:The names, borrowed¦The sizes, copied⟧.
    pub fn ⟦1:labels¦sizes⟧(&self) -> impl Iterator<Item = ⟦1:«String»«&str»¦«&@Int»«@Int»⟧> {
        self.@items
            .iter()
            ⟦.filter(|@item| !@item.@label.is_empty())
            ¦.rev()
            .filter(|@item| @item.@size > 0)
            ¦⟧.map(|@item| @item.⟦1:@label.as_str()¦@size⟧)
    }

    pub fn longest(&self) -> Option<⟦1:&str¦@Int⟧> {
        self.⟦1:labels().max_by_key(|@label| @label.len())¦sizes().max()⟧
    }
}

pub fn @show(@owner: &@Owner) -> String {
    let all: Vec<String> = @owner.⟦1:labels()¦sizes()⟧.map(|one| ⟦format!("<{one}>")¦format!("- {one}")⟧).collect();
    all.concat()
}
""",
            test="""
let @item = |@label: &str, @size| @Item { @label: @label.into(), @size };
let @owner = @Owner { @items: vec![@item("ab", @n1), @item("abc", @n2)] };
assert_eq!(@owner.longest(), Some(⟦1:"abc"¦@n2⟧));
assert!(@show(&@owner).contains(⟦1:"abc"¦"@n2"⟧));
""",
            codes=("E0271", "E0308"),
        ),
        Template(
            "another_type_than_is_asked_for",
            """
mod columns;

use columns::Column;

pub struct ⟦1:Extent¦Width⟧;

pub struct Named;

impl Column for ⟦1:Extent¦Width⟧ {
    type Value = «String»«@Int»;

    fn value(&self, field: &str) -> Option<Self::Value> {
        ⟦field.trim().parse().ok()¦let field = field.trim_end();
        field.parse().ok()¦let parsed: Result<Self::Value, _> = field.trim().parse();
        parsed.ok()⟧
    }
}

impl Column for Named {
    type Value = String;

    fn value(&self, field: &str) -> Option<String> {
        (!field.is_empty()).then(|| field.to_string())
    }
}

pub fn @show(text: &str) -> (@Int, Vec<String>) {
    (columns::total(text, &⟦1:Extent¦Width⟧), columns::all(text, &Named))
}

//- src/columns.rs
pub trait Column {
    type Value;

    fn value(&self, field: &str) -> Option<Self::Value>;
}

pub fn all<C: Column>(text: &str, column: &C) -> Vec<C::Value> {
    text.split(',').filter_map(|field| column.value(field)).collect()
}

pub fn total⟦2:<C: Column<Value = @Int>>(text: &str, column: &C)¦(text: &str, column: &impl Column<Value = @Int>)¦<C>(text: &str, column: &C)⟧ -> @Int⟦2: {¦ {¦
where
    C: Column<Value = @Int>,
{⟧
    all(text, column).into_iter().sum()
}
""",
            test="""
assert_eq!(@show("@n1,@n2 ,,x"), (@n1 + @n2, vec!["@n1".to_string(), "@n2 ".to_string(), "x".to_string()]));
""",
            codes=("E0271",),
        ),
        Template(
            "a_type_of_which_impl",
            """
pub trait Unit {
    type Amount: Copy;

    fn ⟦1:largest¦first⟧(&self) -> Self::Amount;

    fn is_empty(&self) -> bool;
}

pub struct @Owner {
    pub @items: Vec<@Int>,
}

impl Unit for @Owner {
    type Amount = @Int;

    fn ⟦1:largest¦first⟧(&self) -> @Int {
        self.@items.iter().copied().⟦1:max()¦next()⟧.unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        self.@items.is_empty()
    }
}

/// One amount for every unit that has something in it.
pub fn amounts⟦2:<U: Unit>(units: &[U]) -> Vec<«Unit»«U»::Amount> {¦<U>(units: &[U]) -> Vec<«Unit»«U»::Amount>
where
    U: Unit,
{⟧
    ⟦let mut found = Vec::new();
    for unit in units {
        if !unit.is_empty() {
            found.push(unit.⟦1:largest¦first⟧());
        }
    }
    found¦units
        .iter()
        .filter(|unit| !unit.is_empty())
        .map(|unit| unit.⟦1:largest¦first⟧())
        .collect()⟧
}

pub fn @find(owners: &[@Owner], limit: @Int) -> usize {
    amounts(owners).iter().filter(|amount| **amount > limit).count()
}
""",
            test="""
let owners = [vec![@n3, 1], vec![], vec![@n1]].map(|@items| @Owner { @items });
assert_eq!(amounts(&owners), [@n3, @n1]);
assert_eq!(@find(&owners, @n2), 1);
""",
            codes=("E0223",),
        ),
        Template(
            "an_error_of_another_type",
            """
use std::num::⟦1:ParseIntError¦ParseFloatError⟧;
use std::str::FromStr;

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub amount: ⟦1:@Int¦@Float⟧,
}

#[derive(Debug, PartialEq)]
pub enum @Error {
    Incomplete,
    Amount(⟦1:ParseIntError¦ParseFloatError⟧),
}

impl FromStr for @Item {
    type Err = «⟦1:ParseIntError¦ParseFloatError⟧»«@Error»;

    fn from_str(line: &str) -> Result<Self, «Self::Err»«@Error»> {
        let (@label, amount) = line.split_once(⟦2:'@@'¦'/'¦'='⟧).ok_or(@Error::Incomplete)?;
        ⟦let amount = amount.parse().map_err(@Error::Amount)?;
        let @label = @label.to_string();
        Ok(Self { @label, amount })¦match amount.parse() {
            Ok(amount) => Ok(Self {
                @label: @label.to_owned(),
                amount,
            }),
            Err(error) => Err(@Error::Amount(error)),
        }⟧
    }
}

pub fn all(text: &str) -> Result<Vec<@Item>, @Error> {
    text.lines().map(str::parse).collect()
}
""",
            test="""
let mark = ⟦2:"@@"¦"/"¦"="⟧;
assert_eq!(all(&format!("@text1{mark}@n1")).unwrap().remove(0).@label, "@text1");
assert_eq!(all("@text1"), Err(@Error::Incomplete));
assert!(matches!(all(&format!("@text1{mark}x")), Err(@Error::Amount(_))));
""",
            codes=("E0271", "E0277", "E0308"),
        ),
    ),
    frozen=(
        Template(
            "two_types_behind_an_alias",
            """
use std::collections::BTreeMap;

pub trait Handle {
    type Request;
    type Response;

    fn handle(&self, request: Self::Request) -> Self::Response;
}

/// What is asked in words and answered with a number.
type Handler = Box<dyn Handle«»«<Request = String, Response = usize>»>;

pub struct Length;

pub struct Vowels {
    pub which: &'static str,
}

impl Handle for Length {
    type Request = String;
    type Response = usize;

    fn handle(&self, request: String) -> usize {
        request.chars().count()
    }
}

impl Handle for Vowels {
    type Request = String;
    type Response = usize;

    fn handle(&self, request: String) -> usize {
        request.matches(|letter| self.which.contains(letter)).count()
    }
}

pub struct Service {
    handlers: BTreeMap<&'static str, Handler>,
}

impl Service {
    pub fn standard() -> Self {
        let length: Handler = Box::new(Length);
        let vowels: Handler = Box::new(Vowels { which: "aeiou" });
        Self {
            handlers: BTreeMap::from([("length", length), ("vowels", vowels)]),
        }
    }

    pub fn ask(&self, name: &str, text: &str) -> Option<usize> {
        let handler = self.handlers.get(name)?;
        Some(handler.handle(text.to_string()))
    }
}
""",
            test="""
let service = Service::standard();
assert_eq!(service.ask("length", "orchard"), Some(7));
assert_eq!(service.ask("vowels", "orchard"), Some(2));
assert_eq!(service.ask("sum", ""), None);
""",
            codes=("E0191",),
        ),
        Template(
            "one_stage_after_another",
            """
pub trait Stage {
    type Input;
    type Output;

    fn run(&self, input: Self::Input) -> Option<Self::Output>;
}

pub struct Then<A, B> {
    first: A,
    second: B,
}

impl<A, B> Stage for Then<A, B>
where
    A: Stage,
    B: «Stage»«Stage<Input = A::Output>»,
{
    type Input = A::Input;
    type Output = B::Output;

    fn run(&self, input: A::Input) -> Option<B::Output> {
        let between = self.first.run(input)?;
        self.second.run(between)
    }
}

pub struct Parse;

pub struct AtMost(pub u32);

impl Stage for Parse {
    type Input = String;
    type Output = u32;

    fn run(&self, input: String) -> Option<u32> {
        input.trim().parse().ok()
    }
}

impl Stage for AtMost {
    type Input = u32;
    type Output = u32;

    fn run(&self, input: u32) -> Option<u32> {
        (input <= self.0).then_some(input)
    }
}

pub fn @count(text: &str, limit: u32) -> Option<u32> {
    let stages = Then {
        first: Parse,
        second: AtMost(limit),
    };
    stages.run(text.to_string())
}
""",
            test="""
assert_eq!(@count(" 12", 20), Some(12));
assert_eq!(@count("21", 20), None);
assert_eq!(@count("many", 20), None);
""",
            codes=("E0308",),
        ),
        Template(
            "pairs_as_a_map_lends_them",
            """
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Stock {
    counts: BTreeMap<String, u32>,
}

impl Stock {
    pub fn @add(&mut self, @label: &str, @count: u32) {
        *self.counts.entry(@label.to_string()).or_default() += @count;
    }

    /// What there is of every @item, those that ran out too.
    pub fn entries(&self) -> impl Iterator<Item = (&str, u32)> {
        self.counts.iter()«»«.map(|(@label, @count)| (@label.as_str(), *@count))»«.map(|(@label, @count)| (@label.as_str(), *@count)).filter(|(_, @count)| *@count > 0)»
    }

    pub fn scarce(&self, limit: u32) -> Vec<&str> {
        let scarce = self.entries().filter(|(_, @count)| *@count < limit);
        scarce.map(|(@label, _)| @label).collect()
    }

    pub fn total(&self) -> u32 {
        self.entries().map(|(_, @count)| @count).sum()
    }
}
""",
            test="""
let mut stock = Stock::default();
for (@label, @count) in [("b", 9), ("a", 1), ("b", 2), ("c", 0)] {
    stock.@add(@label, @count);
}
assert_eq!(stock.scarce(5), ["a", "c"]);
assert_eq!(stock.total(), 12);
assert_eq!(stock.entries().last(), Some(("c", 0)));
""",
            codes=("E0271",),
        ),
        Template(
            "lent_where_owned_is_taken",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<@Item>,
    log: Vec<String>,
}

impl @Owner {
    pub fn @add<I>(&mut self, more: I)
    where
        I: IntoIterator<Item = @Item>,
    {
        let before = self.@items.len();
        self.@items.extend(more);
        self.log.push(format!("+{}", self.@items.len() - before));
    }

    /// Takes copies of what the other one has more than one of; the other one loses none.
    pub fn copy_from(&mut self, other: &@Owner) {
        let several = other.@items.iter().filter(|@item| @item.@count > 1);
        self.@add(several«»«.cloned()»);
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }
}

pub fn merged(left: &@Owner, right: &@Owner) -> @Owner {
    let mut both = @Owner::default();
    both.copy_from(left);
    both.copy_from(right);
    both
}
""",
            test="""
let @item = |@count| @Item { @label: "@text1".into(), @count };
let mut left = @Owner::default();
left.@add([@item(1), @item(2), @item(3)]);
let both = merged(&left, &left);
assert_eq!(both.log(), ["+2", "+2"]);
assert_eq!((both.@items.len(), left.@items.len()), (4, 3));
assert_eq!(both.@items[2], @item(2));
""",
            codes=("E0271",),
        ),
        Template(
            "a_key_that_has_no_order",
            """
use std::collections::BTreeMap;

pub trait Keyed {
    type Key: Ord;

    fn key(&self) -> Self::Key;
}

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: f64,
}

/// Two of the same @price, to the cent, have the same key.
impl Keyed for @Item {
    type Key = «f64»«i64»;

    fn key(&self) -> «f64»«i64» {
        «self.@price»«(self.@price * 100.0).round() as i64»«self.@price as i64»
    }
}

pub fn by_key<K: Keyed>(all: Vec<K>) -> BTreeMap<K::Key, Vec<K>> {
    let mut found: BTreeMap<K::Key, Vec<K>> = BTreeMap::new();
    for one in all {
        found.entry(one.key()).or_default().push(one);
    }
    found
}

/// The names of the cheapest ones.
pub fn cheapest(@items: Vec<@Item>) -> Vec<String> {
    let first = by_key(@items).into_values().next().unwrap_or_default();
    first.into_iter().map(|@item| @item.@label).collect()
}
""",
            test="""
let @items = [("a", 2.75), ("b", 2.251), ("c", 2.249), ("d", 2.26)];
let @items = @items.map(|(@label, @price)| @Item { @label: @label.into(), @price });
assert_eq!(cheapest(@items.to_vec()), ["b", "c"]);
assert_eq!(by_key(@items.to_vec()).len(), 3);
""",
            codes=("E0277",),
        ),
    ),
)
