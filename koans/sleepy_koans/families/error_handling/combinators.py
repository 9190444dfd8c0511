"""map, and_then, ok_or and their kin, and closures that do not fit them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="combinators",
    title="A combinator of Option, Result or Iterator is given a closure or a value that does not fit it",
    codes=("E0308", "E0277", "E0599", "E0609", "E0271", "E0631", "E0596"),
    templates=(
        Template(
            "one_option_in_another",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct @Person {
    pub name: String,
    pub deputy: Option<@Int>,
}

pub struct Register {
    @people: ⟦1:HashMap¦BTreeMap⟧<@Int, @Person>,
}

impl Register {
    pub fn new(@people: Vec<(@Int, @Person)>) -> Self {
        Self {
            @people: @people.into_iter().collect(),
        }
    }

    pub fn @find(&self, number: @Int) -> Option<&@Person> {
        self.@people.get(&number)⟦¦.filter(|@person| !@person.name.is_empty())⟧
    }

    /// The name of who stands in for the @person.
    pub fn deputy_of(&self, number: @Int) -> Option<⟦2:&str¦String⟧> {
        ⟦self.@find(number)
            .«map»«and_then»(|@person| @person.deputy)
            .and_then(|deputy| self.@find(deputy))¦self.@find(number)?
            .deputy
            .«map»«and_then»(|deputy| self.@find(deputy))¦let deputy = self.@find(number).«map»«and_then»(|@person| @person.deputy)?;
        self.@find(deputy)⟧
            .map(|@person| @person.name.⟦2:as_str¦clone⟧())
    }
}
""",
            test="""
let person = |name: &str, deputy| @Person { name: name.into(), deputy };
let register = Register::new(vec![(1, person("@name1", Some(2))), (2, person("@name2", None)), (3, person("@name3", Some(9)))]);
assert_eq!(register.deputy_of(1)⟦2:¦.as_deref()⟧, Some("@name2"));
assert_eq!((register.deputy_of(2), register.deputy_of(3), register.deputy_of(4)), (None, None, None));
""",
            codes=("E0308", "E0609"),
        ),
        Template(
            "the_step_cannot_fail",
            """
pub struct @Item {
    pub @label: String,
    pub @price: Option<@Int>,
    pub @count: @Int,
}

impl @Item {
    /// What all pieces cost together, where the @price is known.
    pub fn total(&self) -> Option<@Int> {
        self.@price.«and_then»«map»(|@price| @price * self.@count)
    }
}

/// The @label and the total of the first @item that has a @price, as text.
pub fn @show(@items: &[@Item]) -> Result<String, String> {
    let found = @items
        .iter()
        .find(|@item| @item.@price.is_some())
        .ok_or⟦1:("no @price")¦_else(|| "no @price".to_string())⟧⟦1:?;
    let¦;
    found.«and_then»«map»(|@item| {
        let⟧ total = ⟦1:found¦@item⟧.total().unwrap_or(0);
    ⟦1:Ok(format!("{}: {total}", found.@label))¦    format!("{}: {total}", @item.@label)
    })⟧
}
""",
            test="""
let @item = |@price| @Item { @label: "@text1".into(), @price, @count: @n1 };
assert_eq!(@item(Some(@n2)).total(), Some(@n1 * @n2));
assert_eq!(@item(None).total(), None);
assert_eq!(@show(&[@item(None), @item(Some(2))]), Ok(format!("@text1: {}", 2 * @n1)));
assert_eq!(@show(&[]), Err("no @price".to_string()));
""",
            codes=("E0308",),
        ),
        Template(
            "a_value_where_a_closure_is_called",
            """
use std::path::{Path, PathBuf};

pub struct Settings {
    pub folder: Option<PathBuf>,
    pub @label: Option<String>,
    pub verbose: bool,
}

impl Settings {
    pub fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(«Path::new("@items").join("new")»«|| Path::new("@items").join("new")»)
    }

    ⟦1:pub fn @label(&self) -> Result<&str, String> {
        let @label = self.@label.as_deref();
        @label⟦¦.filter(|@label| !@label.is_empty())⟧.ok_or_else(«format!("no name in {}", self.folder().display())»«|| format!("no name in {}", self.folder().display())»)
    }¦pub fn @label(&self) -> Result<String, String> {
        let backup = || self.folder().file_stem()⟦?.to_str().map(String::from)¦.map(|stem| stem.to_string_lossy().into_owned())⟧;
        self.@label.clone().or_else(«backup()»«backup»).ok_or("no name".to_string())
    }⟧

    pub fn greeting(&self) -> Option<String> {
        self.verbose.then(«format!("working in {}", self.folder().display())»«|| format!("working in {}", self.folder().display())»)
    }
}
""",
            test="""
let mut settings = Settings { folder: None, @label: Some("@text1".into()), verbose: true };
assert!(settings.folder().ends_with("new"));
assert!(settings.greeting().is_some_and(|text| text.starts_with("working in @items")));
assert_eq!(settings.@label().unwrap(), "@text1");
settings.@label = None;
assert!(settings.@label()⟦1:.unwrap_err().starts_with("no name in")¦ == Ok("new".to_string())⟧);
settings.verbose = false;
assert_eq!(settings.greeting(), None);
""",
            codes=("E0277",),
        ),
        Template(
            "an_error_of_another_type",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Malformed { line: usize, text: String },
    Negative(@Float),
}

/// Reads one @price a line; empty lines are skipped.
pub fn read(text: &str) -> Result<Vec<@Float>, @Error> {
    text.lines()
        .enumerate()
        ⟦1:.filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| parse(at + 1, line))¦.map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| parse(number, line))⟧
        .collect()
}

fn parse(line: usize, text: &str) -> Result<@Float, @Error> {
    ⟦2:text.trim()
        .parse::<@Float>()
        .map_err(|«error»«_»| «format!("line {line}: {error}")»«@Error::Malformed { line, text: text.to_string() }»)
        .and_then(positive)¦let malformed = |«error: std::num::ParseFloatError»«_»| «error.to_string()»«@Error::Malformed { line, text: text.to_string() }»;
    let @price: @Float = text.trim().parse().map_err(malformed)?;
    positive(@price)¦let @price = text.trim().parse::<@Float>().ok();
    @price
        .ok_or_else(|| «format!("line {line} is no number")»«@Error::Malformed { line, text: text.to_string() }»)
        .and_then(positive)⟧
}

fn positive(@price: @Float) -> Result<@Float, @Error> {
    if @price < 0.0 {
        return Err(@Error::Negative(@price));
    }
    Ok(@price)
}
""",
            test="""
assert_eq!(read("1.5\\n\\n2"), Ok(vec![1.5, 2.0]));
assert_eq!(read("1\\n\\nx"), Err(@Error::Malformed { line: 3, text: "x".to_string() }));
assert_eq!(read("-1.5"), Err(@Error::Negative(-1.5)));
""",
            codes=("E0308", "E0277", "E0271"),
        ),
        Template(
            "a_filter_that_sees_results",
            """
/// Pairs of a name and a number, as they stand in a text.
pub fn pairs(text: &str) -> Vec<(⟦1:&str¦String⟧, @Int)> {
    text.split(⟦',')¦';')⟧
        .filter_map(|pair| {
            let (@label, @count) = pair.split_once('=')?;
            let @count = @count.trim().parse().ok()?;
            Some((@label.trim()⟦1:¦.to_string()⟧, @count))
        })
        .collect()
}

/// The numbers among the words.
pub fn numbers(text: &str) -> Vec<@Int> {
    text.split_whitespace()
        .⟦2:filter_map¦map_while⟧(|word| word.parse()«»«.ok()»)
        .collect()
}

pub fn total(text: &str) -> @Int {
    ⟦numbers(text).iter().sum()¦let numbers = numbers(text);
    numbers.into_iter().sum()⟧
}
""",
            test="""
assert_eq!(numbers("@n1 @n2 many @n3")[..2], [@n1, @n2]);
assert_eq!(numbers("@n1 @n2 many @n3").len(), ⟦2:3¦2⟧);
assert_eq!(total("@n1 @n2"), @n1 + @n2);
""",
            codes=("E0308",),
        ),
        Template(
            "a_fold_that_may_stop",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    In(@Int),
    Out(@Int),
}

/// What is there after all changes, and nothing where it could not be so.
pub fn after(@count: @Int, changes: &[Change]) -> Option<@Int> {
    changes⟦3:.iter()¦.iter().copied()⟧.«fold»«try_fold»(@count, |@count: @Int, change| match change {
        Change::In(number) => @count.checked_add(⟦3:*¦⟧number),
        Change::Out(number) => @count.checked_sub(⟦3:*¦⟧number)⟦2:¦.filter(|left| *left > 0)⟧,
    })
}

pub fn @show(@count: @Int, changes: &[Change]) -> String {
    ⟦match after(@count, changes) {
        Some(left) => format!("{left} left"),
        None => "impossible".to_string(),
    }¦after(@count, changes).map_or_else(|| "impossible".to_string(), |left| format!("{left} left"))¦let left = after(@count, changes).map(|left| format!("{left} left"));
    left.unwrap_or_else(|| "impossible".into())⟧
}
""",
            test="""
assert_eq!(@show(@n2, &[Change::In(3), Change::Out(@n1)]), format!("{} left", @n2 + 3 - @n1));
assert_eq!(after(1, &[Change::In(@Int::MAX), Change::Out(@n1)]), None);
""",
            codes=("E0308",),
        ),
        Template(
            "what_the_closure_borrows",
            """
pub struct @Owner {
    @items: Vec<(String, @Int)>,
    limit: @Int,
}

impl @Owner {
    pub fn new(limit: @Int) -> Self {
        let @items = [("@text1", @n1), ("@text2", @n3), ("@text3", @n5)];
        Self {
            @items: @items.map(|(@label, @size)| (@label.to_string(), @size)).to_vec(),
            limit,
        }
    }

    pub fn too_large(&self) -> Vec<@Int> {
        self.@items
            .iter()
            .map(|(_, @size)| *@size)
            .filter(|@size| «@size»«*@size» > self.limit)
            .collect()
    }

    pub fn largest(&self) -> Option<&str> {
        let sizes = self.@items.iter().filter(|(_, @size)| «@size»«*@size» <= self.limit);
        sizes.⟦max_by_key(|(_, @size)| *@size)¦rev().max_by_key(|(_, @size)| *@size)⟧.map(|(@label, _)| @label.as_str())
    }

    pub fn position(&self, wanted: ⟦2:@Int¦&str⟧) -> Option<usize> {
        ⟦1:self.@items.iter().position(|⟦2:(_, @size)¦(@label, _)⟧| ⟦2:*@size¦@label⟧ == wanted)¦let mut pairs = self.@items.iter();
        pairs.position(|⟦2:(_, @size)¦(@label, _)⟧| ⟦2:*@size¦@label⟧ == wanted)⟧
    }
}
""",
            test="""
let @owner = @Owner::new(@n4);
assert_eq!(@owner.too_large(), [@n5]);
assert_eq!(@owner.largest(), Some("@text2"));
assert_eq!(@owner.position(⟦2:@n3¦"@text2"⟧), Some(1));
""",
            codes=("E0308",),
        ),
        Template(
            "all_or_the_first_mistake",
            """
use std::num::ParseIntError;

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub sizes: Vec<@Int>,
}

/// Reads `@label: size, size, …`.
pub fn read(line: &str) -> Result<@Item, ParseIntError> {
    let (@label, rest) = line.split_once(':').unwrap_or((line, ""));
    let words = rest.split(',').map(str::trim).filter(|word| !word.is_empty());
    ⟦1:let sizes: «Vec<@Int>»«Result<Vec<@Int>, ParseIntError>» = words.map(str::parse).collect();
    ⟦Ok(@Item {
        @label: @label.trim().to_string(),
        sizes: sizes«»«?»,
    })¦let @label = @label.trim().to_string();
    Ok(@Item { @label, sizes: sizes«»«?» })⟧¦let sizes = words.map(str::parse::<@Int>).collect::<«Vec<@Int>»«Result<Vec<_>, _>»>()«»«?»;
    let @label = @label.trim().to_string();
    Ok(@Item { @label, sizes })¦words
        .map(str::parse)
        .collect::<«Vec<@Int>»«Result<Vec<@Int>, _>»>()
        .map(|sizes| @Item {
            @label: @label.trim().to_string(),
            sizes,
        })⟧
}
""",
            test="""
assert_eq!(read("@text1: @n1, @n2"), Ok(@Item { @label: "@text1".into(), sizes: vec![@n1, @n2] }));
assert_eq!(read("@text1"), Ok(@Item { @label: "@text1".into(), sizes: vec![] }));
assert!(read("@text1: @n1, x, @n2").is_err());
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "named_functions_in_two_files",
            """
mod steps;

pub use steps::Draft;

/// Leads a draft through all steps.
pub fn finish(text: &str) -> Result<String, String> {
    Draft::parse(text)
        .«map(steps::checked)»«and_then(steps::checked)»
        .«and_then(steps::numbered)»«map(steps::numbered)»
        ⟦.map(|draft| draft.to_string())¦.map(|draft| format!("{draft}"))⟧
}

/// All that can be finished.
pub fn finish_all(texts: &[&str]) -> Vec<String> {
    ⟦1:texts.iter().copied().flat_map(finish).collect()¦let mut finished = Vec::new();
    for text in texts {
        finished.extend(finish(text));
    }
    finished⟧
}

//- src/steps.rs
use std::fmt;

#[derive(Debug)]
pub struct Draft {
    @label: String,
    number: @Int,
}

impl Draft {
    pub fn parse(text: &str) -> Result<Self, String> {
        let @label = text.trim();
        match @label {
            "" => Err("empty".to_string()),
            _ => Ok(Draft {
                @label: @label.to_string(),
                number: 0,
            }),
        }
    }
}

pub fn checked(draft: Draft) -> Result<Draft, String> {
    ⟦let length = draft.@label.len();
    if length > 60 {
        return Err(format!("{length} is too long"));
    }
    Ok(draft)¦match draft.@label.len() {
        ..=60 => Ok(draft),
        length => Err(format!("{length} is too long")),
    }⟧
}

pub fn numbered(draft: Draft) -> Draft {
    Draft {
        number: draft.number + @n1,
        ..draft
    }
}

impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.@label, self.number)
    }
}
""",
            test="""
assert_eq!(finish(" @text1 "), Ok("@text1 (@n1)".to_string()));
assert_eq!(finish(" "), Err("empty".to_string()));
assert_eq!(finish_all(&["@text1", "", &"x".repeat(61)]), ["@text1 (@n1)"]);
""",
            codes=("E0631",),
            bare=True,
        ),
    ),
    frozen=(
        Template(
            "one_unknown_makes_the_sum_unknown",
            """
#[derive(Debug, Clone)]
pub struct Part {
    pub @label: String,
    pub @count: u32,
    pub @price: Option<u32>,
}

pub struct Offer {
    pub parts: Vec<Part>,
    pub discount: u32,
}

impl Offer {
    /// The sum of all parts, and nothing as long as one @price is unknown.
    pub fn total(&self) -> Option<u32> {
        let prices = self.parts.iter().map(|part| part.@price.map(|@price| @price * part.@count));
        «let total: u32 = prices.sum();
        Some(total.saturating_sub(self.discount))»«let total: Option<u32> = prices.sum();
        total.map(|total| total.saturating_sub(self.discount))»«let total: u32 = prices.flatten().sum();
        Some(total.saturating_sub(self.discount))»
    }
}

pub fn @show(offer: &Offer) -> String {
    offer.total().map_or("on request".to_string(), |total| format!("{total} in all"))
}
""",
            test="""
let part = |@count, @price| Part { @label: "@text1".into(), @count, @price };
let mut offer = Offer { parts: vec![part(2, Some(10)), part(1, Some(5))], discount: 4 };
assert_eq!(@show(&offer), "21 in all");
offer.parts.push(part(1, None));
assert_eq!(@show(&offer), "on request");
offer.parts.clear();
assert_eq!(offer.total(), Some(0));
""",
            codes=("E0277",),
        ),
        Template(
            "good_and_bad_lines_apart",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

fn read(line: &str) -> Result<@Item, String> {
    let (@label, @size) = line.split_once(' ').ok_or_else(|| format!("{line}: no @size"))?;
    let @size = @size.parse().map_err(|_| format!("{line}: bad @size"))?;
    Ok(@Item {
        @label: @label.to_string(),
        @size,
    })
}

/// The @items of all good lines, and the complaints about the others.
pub fn read_all(text: &str) -> (Vec<@Item>, Vec<String>) {
    «text.lines().map(read).partition(Result::is_ok)»«let mut @items = Vec::new();
    let mut complaints = Vec::new();
    for line in text.lines() {
        match read(line) {
            Ok(@item) => @items.push(@item),
            Err(complaint) => complaints.push(complaint),
        }
    }
    (@items, complaints)»«let @items = text.lines().flat_map(read).collect();
    let complaint = text.lines().find_map(|line| read(line).err());
    (@items, complaint.into_iter().collect())»
}
""",
            test="""
let (@items, complaints) = read_all("@text1 4\\n@text2\\n@text3 x\\n@text4 5");
let sizes: Vec<u32> = @items.iter().map(|@item| @item.@size).collect();
assert_eq!(sizes, [4, 5]);
assert_eq!(complaints, ["@text2: no @size", "@text3 x: bad @size"]);
""",
            codes=("E0308",),
        ),
        Template(
            "a_fold_that_hands_nothing_on",
            """
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct Visit {
    pub @person: String,
    pub at: &'static str,
    pub minutes: u32,
}

/// The minutes of each @person, by place; a visit of no length does not count.
pub fn by_place(visits: &[Visit]) -> BTreeMap<&'static str, BTreeMap<String, u32>> {
    visits
        .iter()
        .filter(|visit| visit.minutes > 0)
        .fold(BTreeMap::new(), |«places: BTreeMap<&'static str, BTreeMap<String, u32>>»«mut places: BTreeMap<_, BTreeMap<String, u32>>», visit| {
            «*places.entry(visit.at).or_default().entry(visit.@person.clone()).or_default() += visit.minutes;»«let people = places.entry(visit.at).or_default();
            *people.entry(visit.@person.clone()).or_default() += visit.minutes;
            places»«let people = BTreeMap::from([(visit.@person.clone(), visit.minutes)]);
            places.insert(visit.at, people);
            places»
        })
}
""",
            test="""
let visit = |@person: &str, at, minutes| Visit { @person: @person.into(), at, minutes };
let all = [visit("@name1", "@text1", 4), visit("@name2", "@text2", 9), visit("@name2", "@text1", 1), visit("@name1", "@text1", 3)];
let found = by_place(&all);
assert_eq!(found["@text1"], BTreeMap::from([("@name1".to_string(), 7), ("@name2".to_string(), 1)]));
assert_eq!((found.len(), found["@text2"]["@name2"]), (2, 9));
""",
            codes=("E0308",),
        ),
        Template(
            "another_way_to_read_it",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Colour {
    Rgb(u8, u8, u8),
    Named(String),
}

fn hex(text: &str) -> Result<Colour, String> {
    let digits = text.strip_prefix('#').ok_or("a colour begins with #")?;
    let number = u32::from_str_radix(digits, 16).map_err(|error| error.to_string())?;
    let [_, red, green, blue] = number.to_be_bytes();
    Ok(Colour::Rgb(red, green, blue))
}

fn grey(text: &str) -> Option<Colour> {
    let percent: u8 = text.strip_suffix('%')?.parse().ok()?;
    let level = (u16::from(percent.min(100)) * 255 / 100) as u8;
    Some(Colour::Rgb(level, level, level))
}

fn named(text: &str) -> Colour {
    Colour::Named(text.to_lowercase())
}

/// `#ff8000`, `50%` or a name of letters; for all else the complaint about the first way.
pub fn colour(text: &str) -> Result<Colour, String> {
    let is_name = text.chars().all(char::is_alphabetic);
    hex(text)
        «.or(grey(text))
        .or_else(is_name.then(named(text)))»«.or_else(|error| grey(text).ok_or(error))
        .or_else(|error| is_name.then(|| named(text)).ok_or(error))»«.or_else(|_| grey(text).ok_or("no grey".to_string()))
        .or_else(|error| is_name.then(|| named(text)).ok_or(error))»
}
""",
            test="""
assert_eq!(colour("#ff8001"), Ok(Colour::Rgb(255, 128, 1)));
assert_eq!(colour("100%"), Ok(Colour::Rgb(255, 255, 255)));
assert_eq!(colour("Teal"), Ok(Colour::Named("teal".to_string())));
assert_eq!(colour("7 of 9"), Err("a colour begins with #".to_string()));
""",
            codes=("E0308", "E0277"),
        ),
        Template(
            "the_largest_of_what_has_no_order",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: &'static str,
    pub @price: f64,
    pub @count: u32,
}

impl @Item {
    fn value(&self) -> f64 {
        self.@price * f64::from(self.@count)
    }
}

/// Of the @items that are there, the one of the highest value.
pub fn dearest(@items: &[@Item]) -> Option<&@Item> {
    let there = @items.iter().filter(|@item| @item.@count > 0);
    «there.max_by_key(|@item| @item.value())»«there.max_by(|left, right| left.value().total_cmp(&right.value()))»«there.max_by_key(|@item| @item.value() as i64)»
}

/// The names at the two ends of the range of prices.
pub fn ends(@items: &[@Item]) -> Option<(&'static str, &'static str)> {
    let highest = dearest(@items)?;
    let lowest = @items.iter().reduce(|low, @item| if @item.@price < low.@price { @item } else { low })?;
    Some((lowest.@label, highest.@label))
}
""",
            test="""
let @item = |@label, @price, @count| @Item { @label, @price, @count };
let all = [@item("@text1", 1.25, 2), @item("@text2", 2.25, 1), @item("@text3", 9.0, 0), @item("@text4", 2.125, 1)];
assert_eq!(dearest(&all).map(|@item| @item.@label), Some("@text1"));
assert_eq!(dearest(&all[1..]).map(|@item| @item.@label), Some("@text2"));
assert_eq!(ends(&all), Some(("@text1", "@text1")));
assert_eq!(dearest(&[]), None);
""",
            codes=("E0277",),
        ),
    ),
)
