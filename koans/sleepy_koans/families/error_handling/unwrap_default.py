"""unwrap and its relatives: what stands in for a value that is not there."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="unwrap_default",
    title="What stands in for an absent value is of another type, is not there, or is told in a roundabout way",
    codes=(
        "E0308",
        "E0277",
        "E0507",
        "E0593",
        "E0599",
        "E0502",
        "clippy::unwrap_or_default",
        "clippy::redundant_closure",
        "clippy::unnecessary_unwrap",
        "clippy::manual_unwrap_or",
        "clippy::manual_unwrap_or_default",
        "clippy::redundant_closure",
    ),
    templates=(
        Template(
            "an_owned_default_for_a_borrowed_value",
            """
pub struct @Person {
    pub name: String,
    pub nick: Option<String>,
    pub notes: Vec<String>,
}

impl @Person {
    /// The nick, and the name where there is none.
    pub fn called(&self) -> &str {
        ⟦1:self.nick.as_deref().unwrap_or(«self.name.clone()»«&self.name»«""»)¦let nick = self.nick.as_ref();
        nick.unwrap_or(«self.name.clone()»«&self.name»)¦match &self.nick {
            Some(nick) if !nick.is_empty() => nick,
            _ => «self.name.clone()»«&self.name»,
        }⟧
    }

    pub fn last_note(&self) -> ⟦2:&str¦String⟧ {
        let last = self.notes.last()⟦2:.map(String::as_str)¦.cloned()⟧;
        ⟦2:last.unwrap_or(«String::new()»«""»)¦last.unwrap_or(«""»«String::new()»)⟧
    }
}

pub fn @show(@person: &@Person) -> String {
    ⟦format!("{}: {}", @person.called(), @person.last_note())¦let note = @person.last_note();
    format!("{}: {note}", @person.called())⟧
}
""",
            test="""
let mut @person = @Person { name: "@name1".into(), nick: None, notes: vec![] };
assert_eq!(@show(&@person), "@name1: ");
@person.nick = Some("Zed".into());
@person.notes.push("late".into());
assert_eq!(@show(&@person), "Zed: late");
""",
            codes=("E0308",),
        ),
        Template(
            "a_type_that_has_no_default",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

/// Where nothing is known, @Second is meant.
#[derive(Debug, Clone, Copy, PartialEq⟦2:«»«, Default»¦, Eq«»«, Default»¦«»«, Default», PartialOrd⟧)]
pub enum @Kind {
    @First,
    «»«#[default]
    »@Second,
    @Third,
}

pub struct @Owner {
    known: ⟦1:HashMap¦BTreeMap⟧<String, @Kind>,
}

impl @Owner {
    pub fn new(known: &[(&str, @Kind)]) -> Self {
        let known = known.iter().map(|(@label, @kind)| (@label.to_string(), *@kind));
        Self {
            known: known.collect(),
        }
    }

    pub fn @kind_of(&self, @label: &str) -> @Kind {
        self.known.get(@label).copied().unwrap_or_default()
    }
}

pub fn tally(@owner: &@Owner, @items: &[&str], @kind: @Kind) -> usize {
    ⟦@items.iter().filter(|@item| @owner.@kind_of(@item) == @kind).count()¦let mut found = 0;
    for @item in @items {
        found += usize::from(@owner.@kind_of(@item) == @kind);
    }
    found⟧
}
""",
            test="""
let @owner = @Owner::new(&[("@text1", @Kind::@Third), ("@text2", @Kind::@First)]);
assert_eq!(tally(&@owner, &["@text1", "@text3", "@text4"], @Kind::@Second), 2);
assert_eq!(@owner.@kind_of("@text2"), @Kind::@First);
""",
            codes=("E0277",),
        ),
        Template(
            "a_default_that_is_spelled_out",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Default)]
pub struct @Owner {
    by_@label: ⟦1:HashMap¦BTreeMap⟧<String, Vec<@Int>>,
    pub limit: Option<@Int>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @count: @Int) -> usize {
        ⟦2:let all = self.by_@label.entry(@label.to_string()).«or_insert_with(Vec::new)»«or_default()»;
        all.push(@count);
        all.len()¦if @count > self.limit.unwrap_or(@Int::MAX) {
            return 0;
        }
        let all = self.by_@label.entry(@label.to_string());
        let all = all.«or_insert_with(Vec::new)»«or_default()»;
        all.push(@count);
        all.len()⟧
    }

    pub fn @find(&self, @label: &str) -> Vec<@Int> {
        self.by_@label.get(@label).cloned().«⟦unwrap_or_else(Vec::new)¦unwrap_or_else(|| Vec::new())⟧»«unwrap_or_default()»
    }

    pub fn limited(self, limit: @Int) -> Self {
        ⟦Self {
            limit: Some(limit),
            ..self
        }¦let by_@label = self.by_@label;
        Self {
            by_@label,
            limit: Some(limit),
        }⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default().limited(100);
assert_eq!((@owner.@add("@text1", @n1), @owner.@add("@text1", @n2)), (1, 2));
assert_eq!(@owner.@find("@text1"), [@n1, @n2]);
assert_eq!(@owner.@find("@text2"), []);
""",
            codes=("clippy::unwrap_or_default", "clippy::redundant_closure"),
        ),
        Template(
            "a_closure_that_is_told_the_error",
            """
pub struct Line<'a> {
    pub @label: &'a str,
    pub value: ⟦1:@Int¦@Float⟧,
}

fn parsed(text: &str) -> Result<⟦1:@Int¦@Float⟧, String> {
    text.trim()
        .parse()
        .map_err(|error| format!("{text}: {error}"))
}

/// Reads a line; ⟦2:what is no number is noted, and counts as @n1¦a value that cannot be read is the length of its text⟧.
pub fn read<'a>(line: &'a str, notes: &mut Vec<String>) -> Line<'a> {
    let (@label, text) = line.split_once(⟦':'¦'='¦' '⟧).unwrap_or((line, ""));
    let value = parsed(text).unwrap_or_else(|«»«⟦2:note¦_⟧»| ⟦2:{
        notes.push(«text.to_string()»«note»);
        @n1⟦1:¦.0⟧
    }¦text.chars().map(|_| 1⟦1:¦.0⟧).sum()⟧);
    ⟦2:¦notes.push(format!("{@label} was read"));
    ⟧Line { @label, value }
}

pub fn total(text: &str) -> ⟦1:@Int¦@Float⟧ {
    let mut notes = Vec::new();
    ⟦text.lines().map(|line| read(line, &mut notes).value).sum()¦let mut total = ⟦1:0¦0.0⟧;
    for line in text.lines() {
        total += read(line, &mut notes).value;
    }
    total⟧
}
""",
            test="""
let mut notes = Vec::new();
let line = read("@text1", &mut notes);
assert_eq!((line.@label, notes.len()), ("@text1", 1));
assert_eq!(line.value, ⟦2:@n1¦0⟧⟦1:¦.0⟧);
assert_eq!(total(""), 0⟦1:¦.0⟧);
""",
            codes=("E0593",),
        ),
        Template(
            "asked_first_and_unwrapped_then",
            """
#[derive(Debug, Default, Clone)]
pub struct @Item {
    pub @label: String,
    pub @price: Option<@Float>,
    pub @count: Option<@Int>,
}

impl @Item {
    pub fn @show(&self) -> String {
        ⟦1:«if self.@price.is_some() {
            format!("{} at {}", self.@label, self.@price.unwrap())»«if let Some(@price) = self.@price {
            format!("{} at {@price}", self.@label)»
        } else {
            format!("{}, not for sale", self.@label)
        }¦«if self.@price.is_none() {
            format!("{}, not for sale", self.@label)
        } else {
            format!("{} at {}", self.@label, self.@price.unwrap())
        }»«match self.@price {
            None => format!("{}, not for sale", self.@label),
            Some(@price) => format!("{} at {@price}", self.@label),
        }»¦let @count = self.@count;
        let left = «if @count.is_some() && @count.unwrap() > 1 {
            format!("{} left", @count.unwrap())»«if let Some(@count) = @count
            && @count > 1
        {
            format!("{@count} left")»
        } else {
            "the last one".to_string()
        };
        format!("{}, {left}", self.@label)⟧
    }
}

pub fn all(@items: &[@Item]) -> Vec<String> {
    ⟦2:@items.iter().map(@Item::@show).collect()¦let mut lines = Vec::with_capacity(@items.len());
    for @item in @items {
        lines.push(@item.@show());
    }
    lines⟧
}
""",
            test="""
let known = @Item { @label: "@text1".into(), @price: Some(2.5), @count: Some(3) };
let unknown = @Item { @label: "@text2".into(), ..@Item::default() };
assert_eq!(
    all(&[known, unknown]),
    ⟦1:["@text1 at 2.5", "@text2, not for sale"]¦["@text1 at 2.5", "@text2, not for sale"]¦["@text1, 3 left", "@text2, the last one"]⟧
);
""",
            codes=("clippy::unnecessary_unwrap",),
        ),
        Template(
            "unwrapped_out_of_what_is_lent",
            """
#[derive(Debug, Clone, Default, PartialEq)]
pub struct @Item {
    pub @label: Option<String>,
    pub sizes: Option<Vec<@Int>>,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
    pub fallback: String,
}

impl @Owner {
    /// The @label of each @item; the @owner's own one for those that have none.
    pub fn names(&self) -> Vec<String> {
        ⟦1:let mut names = Vec::new();
        for @item in &self.@items {
            names.push(@item.@label«»«.clone()».unwrap_or(self.fallback.clone()));
        }
        names¦self.@items
            .iter()
            .map(|@item| @item.@label«»«.clone()».unwrap_or_else(|| self.fallback.clone()))
            .collect()⟧
    }

    pub fn total(&self) -> @Int {
        ⟦2:self.@items.iter().flat_map(|@item| @item.sizes«»«.clone()».unwrap_or_default()).sum()¦let mut total = 0;
        for @item in &self.@items {
            let sizes = @item.sizes«»«.as_deref()».unwrap_or_default();
            total += sizes.iter().sum::<@Int>();
        }
        total¦self.@items.iter().filter_map(|@item| @item.sizes.as_ref()).flatten().sum()⟧
    }
}
""",
            test="""
let named = @Item { @label: Some("@text1".into()), sizes: Some(vec![@n1, @n2]) };
let @owner = @Owner { @items: vec![named, @Item::default()], fallback: "?".into() };
assert_eq!(@owner.names(), ["@text1", "?"]);
assert_eq!(@owner.total(), @n1 + @n2);
assert_eq!(@owner.@items[0].sizes.as_ref().map(Vec::len), Some(2));
""",
            codes=("E0507",),
        ),
        Template(
            "a_match_that_has_a_name",
            """
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub @count: Option<@Int>,
    pub @price: Option<@Float>,
}

impl Limits {
    pub fn @count(&self) -> @Int {
        ⟦1:«match self.@count {
            Some(@count) => @count,
            None => @n2,
        }»«self.@count.unwrap_or(@n2)»¦«if let Some(@count) = self.@count { @count } else { @n2 }»«self.@count.unwrap_or(@n2)»¦self.@count.unwrap_or(@n2)⟧
    }

    pub fn @price(&self) -> @Float {
        ⟦1:self.@price.unwrap_or(0.0)¦self.@price.unwrap_or_default()¦«match self.@price {
            Some(@price) => @price,
            None => 0.0,
        }»«self.@price.unwrap_or(0.0)»⟧
    }
}

pub fn read(text: &str) -> Limits {
    let mut words = text.split_whitespace();
    ⟦let mut next = || words.next().unwrap_or_default();
    Limits {
        @count: next().parse().ok(),
        @price: next().parse().ok(),
    }¦let @count = words.next().and_then(|word| word.parse().ok());
    let @price = words.next().and_then(|word| word.parse().ok());
    Limits { @count, @price }⟧
}

pub fn fits(text: &str, @count: @Int, @price: @Float) -> bool {
    let limits = read(text);
    ⟦@count <= limits.@count() && @price >= limits.@price()¦limits.@count() >= @count && limits.@price() <= @price⟧
}
""",
            test="""
assert!(fits("@n3 1.5", @n3, 1.5) && !fits("@n3 1.5", @n3, 1.0));
assert!(fits("", @n2, 0.0) && !fits("x", @n3, 0.0));
""",
            codes=("clippy::manual_unwrap_or", "clippy::manual_unwrap_or_default"),
        ),
        Template(
            "a_reference_beside_a_number_in_two_files",
            """
mod stock;

pub use stock::Stock;

/// What all of the wanted @items cost; one without a price costs @n1.
pub fn cost(stock: &Stock, wanted: &[(&str, @Int)]) -> @Int {
    ⟦1:wanted
        .iter()
        .map(|(@label, number)| number * stock.price(@label)«»«.copied()».unwrap_or(@n1))
        .sum()¦let mut total = 0;
    for (@label, number) in wanted {
        let each: @Int = «*stock.price(@label).unwrap_or(@n1)»«stock.price(@label).copied().unwrap_or(@n1)»;
        total += each * number;
    }
    total¦let each = |@label: &str| stock.price(@label).unwrap_or(«@n1»«&@n1»);
    wanted.iter().map(|(@label, number)| each(@label) * number).sum()⟧
}

//- src/stock.rs
use std::collections::⟦2:HashMap¦BTreeMap⟧;

#[derive(Default)]
pub struct Stock {
    prices: ⟦2:HashMap¦BTreeMap⟧<String, @Int>,
}

impl Stock {
    pub fn set(⟦3:&mut self, @label: &str, price: @Int) {
        self.prices.insert(@label.to_string(), price);
    }¦mut self, @label: &str, price: @Int) -> Self {
        self.prices.insert(@label.to_string(), price);
        self
    }⟧

    pub fn price(&self, @label: &str) -> Option<&@Int> {
        self.prices.get(@label)⟦¦.filter(|price| **price > 0)⟧
    }
}
""",
            test="""
⟦3:let mut stock = Stock::default();
stock.set("@text1", @n2);¦let stock = Stock::default().set("@text1", @n2);⟧
assert_eq!(cost(&stock, &[("@text1", 2), ("@text2", 3)]), 2 * @n2 + 3 * @n1);
""",
            codes=("E0308",),
            bare=True,
        ),
    ),
    frozen=(
        Template(
            "a_default_that_is_kept",
            """
/// The notes on one day; most days have none, and need no memory.
#[derive(Debug, Default)]
pub struct Day {
    notes: Option<Vec<String>>,
}

#[derive(Debug)]
pub struct Week {
    days: [Day; 7],
}

impl Week {
    pub fn empty() -> Self {
        Week {
            days: std::array::from_fn(|_| Day::default()),
        }
    }

    /// Adds a note and says how many there are on that day now.
    pub fn @add(&mut self, day: usize, note: &str) -> usize {
        let notes = &mut self.days[day % 7].notes;
        «notes.as_mut().unwrap_or(Vec::new()).push(note.to_string());
        notes.as_ref().map_or(0, Vec::len)»«let notes = notes.get_or_insert_with(Vec::new);
        notes.push(note.to_string());
        notes.len()»«*notes = Some(vec![note.to_string()]);
        notes.as_ref().map_or(0, Vec::len)»
    }

    pub fn busy_days(&self) -> usize {
        self.days.iter().filter(|day| day.notes.is_some()).count()
    }
}
""",
            test="""
let mut week = Week::empty();
assert_eq!((week.@add(2, "@text1"), week.@add(2, "@text2"), week.@add(8, "@text3")), (1, 2, 1));
assert_eq!(week.busy_days(), 2);
""",
            codes=("E0308",),
        ),
        Template(
            "layers_of_settings",
            """
/// Settings of one place: a file, the environment, the command line. What is absent is asked of the next place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    pub port: Option<u16>,
    pub host: Option<String>,
    pub verbose: Option<bool>,
}

#[derive(Debug, PartialEq)]
pub struct Settings {
    pub address: String,
    pub verbose: bool,
}

impl Layer {
    pub fn over(self, below: Layer) -> Layer {
        Layer {
            port: self.port.«unwrap_or(below.port)»«or(below.port)»«and(below.port)»,
            host: self.host.«unwrap_or(below.host)»«or(below.host)»,
            verbose: self.verbose.«unwrap_or(below.verbose)»«or(below.verbose)»,
        }
    }
}

pub fn settings(layers: &[Layer]) -> Settings {
    let all = layers.iter().cloned().fold(Layer::default(), |below, layer| layer.over(below));
    Settings {
        address: format!("{}:{}", all.host.as_deref().unwrap_or("localhost"), all.port.unwrap_or(80)),
        verbose: all.verbose.unwrap_or_default(),
    }
}
""",
            test="""
let file = Layer { port: Some(8080), verbose: Some(true), ..Layer::default() };
let line = Layer { host: Some("@item".into()), verbose: Some(false), ..Layer::default() };
assert_eq!(settings(&[]), Settings { address: "localhost:80".into(), verbose: false });
assert_eq!(settings(&[file.clone()]), Settings { address: "localhost:8080".into(), verbose: true });
assert_eq!(settings(&[file, line]), Settings { address: "@item:8080".into(), verbose: false });
""",
            codes=("E0308",),
        ),
        Template(
            "a_number_that_is_never_nought",
            """
use std::num::NonZeroU32;

/// How a number of @items is dealt to a number of @people.
#[derive(Debug, PartialEq)]
pub struct Share {
    pub each: u32,
    pub rest: u32,
}

/// How many share it; where nothing sensible is said, it is one.
fn heads(text: &str) -> NonZeroU32 {
    text.trim().parse::<NonZeroU32>().«unwrap_or_default()»«unwrap_or(NonZeroU32::MIN)»«unwrap_or(NonZeroU32::MAX)»
}

pub fn dealt(@count: u32, text: &str) -> Share {
    let heads = heads(text);
    Share {
        each: @count / heads,
        rest: @count % heads,
    }
}

pub fn @show(@count: u32, texts: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    for text in texts {
        let Share { each, rest } = dealt(@count, text);
        lines.push(format!("{each} each, {rest} left"));
    }
    lines
}
""",
            test="""
assert_eq!(dealt(17, "5"), Share { each: 3, rest: 2 });
assert_eq!(@show(17, &["0", "", " 4 "]), ["17 each, 0 left", "17 each, 0 left", "4 each, 1 left"]);
""",
            codes=("E0277",),
        ),
        Template(
            "a_number_is_given_out_once",
            """
use std::collections::BTreeMap;

/// Gives each name a number of its own, in the order in which they come.
#[derive(Debug, Default)]
pub struct Numbers {
    known: BTreeMap<String, u32>,
    last: u32,
}

impl Numbers {
    fn assign(&mut self, name: &str) -> u32 {
        self.last += 1;
        self.known.insert(name.to_string(), self.last);
        self.last
    }

    pub fn of(&mut self, name: &str) -> u32 {
        «let known = self.known.get(name);
        *known.unwrap_or(&self.assign(name))»«match self.known.get(name) {
            Some(known) => *known,
            None => self.assign(name),
        }»«let known = self.known.get(name).copied();
        known.unwrap_or(self.assign(name))»
    }
}

pub fn numbered(names: &[&str]) -> Vec<u32> {
    let mut numbers = Numbers::default();
    names.iter().map(|name| numbers.of(name)).collect()
}
""",
            test="""
assert_eq!(numbered(&["@name1", "@name2", "@name1", "@name3", "@name2"]), [1, 2, 1, 3, 2]);
""",
            codes=("E0502",),
        ),
        Template(
            "an_array_too_long_for_a_default",
            """
use std::collections::BTreeMap;

pub const SIZE: usize = 64;

pub type Page = [u8; SIZE];

/// Pages by number. What was never written reads as spaces.
#[derive(Debug, Default)]
pub struct Memory {
    pages: BTreeMap<usize, Page>,
}

impl Memory {
    pub fn read(&self, at: usize) -> u8 {
        let page = self.pages.get(&(at / SIZE)).copied();
        page.«unwrap_or_default()»«unwrap_or([b' '; SIZE])»«unwrap_or([0; SIZE])»[at % SIZE]
    }

    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        for (offset, byte) in (at..).zip(bytes) {
            let page = self.pages.entry(offset / SIZE).«or_default()»«or_insert([b' '; SIZE])»;
            page[offset % SIZE] = *byte;
        }
    }

    pub fn text(&self, from: usize, length: usize) -> String {
        (from..from + length).map(|at| char::from(self.read(at))).collect()
    }
}
""",
            test="""
let mut memory = Memory::default();
assert_eq!(memory.text(0, 3), "   ");
memory.write(62, b"@item");
assert_eq!(memory.text(61, 5)[..4], format!(" {}", "@item")[..4]);
assert_eq!(memory.read(200), b' ');
assert_eq!(memory.read(0), b' ');
""",
            codes=("E0277", "E0599"),
        ),
    ),
)
