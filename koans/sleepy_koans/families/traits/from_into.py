"""Conversions between types: From, TryFrom, AsRef, FromIterator, and what uses them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="from_into",
    title="A conversion is not there, is there for another type, or can fail where none may",
    codes=("E0119", "E0271", "E0277", "E0308"),
    templates=(
        Template(
            "made_from_a_text",
            """
/// A name without spaces around it, in small letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

«»«impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name(text.trim().to_lowercase())
    }
}

»«impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name(text.to_string())
    }
}

»impl Name {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Default)]
pub struct @Owner {
    names: Vec<Name>,
}

impl @Owner {
    pub fn @add(&mut self, name: ⟦1:impl Into<Name>¦Name⟧) -> bool {
        ⟦1:let name = name.into();
        ¦⟧let is_new = !self.names.contains(&name);
        ⟦if is_new {
            self.names.push(name);
        }¦self.names.extend(is_new.then_some(name));⟧
        is_new
    }

    /// How many of the names in a line are new.
    pub fn @add_all(&mut self, line: &str) -> usize {
        let mut new = 0;
        for name in line.split(⟦','¦';'⟧) {
            new += usize::from(self.@add(⟦1:name¦Name::from(name)⟧));
        }
        new
    }
}
""",
            test="""
let mut @owner = @Owner::default();
assert_eq!(@owner.@add_all("@text1"), 1);
assert_eq!(@owner.@add_all(&" @text1 ".to_uppercase()), 0);
assert_eq!(@owner.names[0].as_str(), "@text1".to_lowercase());
""",
            codes=("E0277", "E0308"),
        ),
        Template(
            "a_number_that_may_not_fit",
            """
#[derive(Debug, PartialEq)]
pub struct Packed {
    pub @label: String,
    pub @count: ⟦1:u8¦u16⟧,
}

/// What does not fit is as much as fits.
pub fn packed(@label: &str, @count: ⟦2:u64¦u32¦usize⟧) -> Packed {
    Packed {
        @label: @label.to_string(),
        @count: ⟦«@count.into()»«@count.try_into().unwrap_or(⟦1:u8¦u16⟧::MAX)»«@count as ⟦1:u8¦u16⟧»¦«⟦1:u8¦u16⟧::from(@count)»«⟦1:u8¦u16⟧::try_from(@count).unwrap_or(⟦1:u8¦u16⟧::MAX)»«@count as ⟦1:u8¦u16⟧»⟧,
    }
}

pub fn unpacked(all: &[Packed]) -> u64 {
    all.iter().map(|one| u64::from(one.@count)).sum()
}

pub fn is_full(one: &Packed) -> bool {
    ⟦one.@count == ⟦1:u8¦u16⟧::MAX¦one.@count.checked_add(1).is_none()⟧
}
""",
            test="""
assert_eq!(packed("@text1", 200), Packed { @label: "@text1".into(), @count: 200 });
let all = [packed("@text2", 70_000), packed("@text3", 1)];
assert!(is_full(&all[0]) && !is_full(&all[1]));
assert_eq!(unpacked(&all), u64::from(⟦1:u8¦u16⟧::MAX) + 1);
""",
            codes=("E0277",),
        ),
        Template(
            "two_errors_in_one_conversion",
            """
use std::num::⟦1:ParseIntError¦ParseFloatError⟧;

#[derive(Debug, PartialEq)]
pub enum @Error {
    NoValue,
    Number(⟦1:ParseIntError¦ParseFloatError⟧),
}

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub amount: ⟦1:@Int¦@Float⟧,
}

impl TryFrom<⟦2:&str¦String⟧> for @Item {
    type Error = @Error;

    fn try_from(line: ⟦2:&str¦String⟧) -> Result<Self, Self::Error> {
        let (@label, amount) = line.split_once(⟦3:'='¦':'¦"->"⟧).ok_or(@Error::NoValue)?;
        let amount = ⟦amount.trim()¦amount.trim_start()⟧.parse()«?»«.map_err(@Error::Number)?»«.map_err(|_| @Error::NoValue)?»;
        Ok(@Item {
            @label: @label.trim().to_string(),
            amount,
        })
    }
}

/// The lines that are @items; what is no number is left out, what has no value ends it.
pub fn read_all(text: &str) -> Vec<@Item> {
    let mut found = Vec::new();
    for line in text.lines() {
        match @Item::try_from(line⟦2:¦.to_string()⟧) {
            Ok(@item) => found.push(@item),
            Err(@Error::Number(_)) => continue,
            Err(@Error::NoValue) => break,
        }
    }
    found
}
""",
            test="""
let mark = ⟦3:"="¦":"¦"->"⟧;
let found = read_all(&format!("@text1{mark}x\\n@text2{mark} 12\\n\\n@text3{mark}5"));
assert_eq!(found, [@Item { @label: "@text2".into(), amount: 12 as ⟦1:@Int¦@Float⟧ }]);
assert_eq!(@Item::try_from(⟦2:"@text1"¦"@text1".to_string()⟧), Err(@Error::NoValue));
""",
            codes=("E0271",),
        ),
        Template(
            "lent_as_a_text",
            """
#[derive(Debug, Clone)]
pub struct Code {
    text: String,
    pub checked: bool,
}

impl Code {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_uppercase(),
            checked: text.len() > @n1,
        }
    }
}

«»«impl AsRef<⟦1:str¦[u8]⟧> for Code {
    fn as_ref(&self) -> &⟦1:str¦[u8]⟧ {
        ⟦1:&self.text¦self.text.as_bytes()⟧
    }
}

»/// How long all of them are together.
pub fn length⟦2:<T: AsRef<⟦1:str¦[u8]⟧>>(all: &[T]) -> usize {¦<T>(all: &[T]) -> usize
where
    T: AsRef<⟦1:str¦[u8]⟧>,
{⟧
    all.iter().map(|one| one.as_ref().len()).sum()
}

pub fn @show(labels: &[&str]) -> (usize, usize) {
    ⟦let codes: Vec<Code> = labels.iter().copied().map(Code::new).collect();
    (length(&codes), length(labels))¦let mut codes = Vec::new();
    for @label in labels {
        codes.push(Code::new(@label));
    }
    (length(&codes), length(labels))⟧
}

pub fn unchecked(codes: &[Code]) -> usize {
    codes.iter().filter(|code| !code.checked).count()
}
""",
            test="""
assert_eq!(@show(&["abc", "de"]), (5, 5));
assert_eq!(unchecked(&[Code::new("a"), Code::new(&"a".repeat(50))]), 1);
""",
            codes=("E0277",),
        ),
        Template(
            "collected_into_an_own_type",
            """
use std::collections::⟦1:BTreeMap¦HashMap⟧;

#[derive(Debug, Default)]
pub struct Totals {
    by_@label: ⟦1:BTreeMap¦HashMap⟧<String, @Int>,
}

impl Totals {
    pub fn @add(&mut self, @label: String, @count: @Int) {
        *self.by_@label.entry(@label).⟦or_insert(0)¦or_default()⟧ += @count;
    }

    pub fn of(&self, @label: &str) -> Option<@Int> {
        self.by_@label.get(@label).copied()
    }
}

«»«impl FromIterator<(String, @Int)> for Totals {
    fn from_iter<I: IntoIterator<Item = (String, @Int)>>(pairs: I) -> Self {
        let mut totals = Totals::default();
        for (@label, @count) in pairs {
            totals.@add(@label, @count);
        }
        totals
    }
}

»«impl FromIterator<(String, @Int)> for Totals {
    fn from_iter<I: IntoIterator<Item = (String, @Int)>>(pairs: I) -> Self {
        Totals {
            by_@label: pairs.into_iter().collect(),
        }
    }
}

»/// Reads lines such as `@label 3` and adds up what belongs together.
pub fn read(text: &str) -> Totals {
    ⟦text.lines()
        .filter_map(|line| {
            let (@label, @count) = line.rsplit_once(' ')?;
            Some((@label.to_string(), @count.parse().ok()?))
        })
        .collect()¦let pair = |line: &str| {
        let (@label, @count) = line.rsplit_once(' ')?;
        Some((@label.to_string(), @count.parse().ok()?))
    };
    text.lines().filter_map(pair).collect()⟧
}
""",
            test="""
let totals = read("@text1 @n1\\n@text2 1\\n@text1 @n2\\nx");
assert_eq!(totals.of("@text1"), Some(@n1 + @n2));
assert_eq!((totals.of("@text2"), totals.of("x")), (Some(1), None));
""",
            codes=("E0277",),
        ),
        Template(
            "one_unit_where_another_is_taken",
            """
mod units;

use units::{⟦1:Meters¦Hours⟧, ⟦1:Feet¦Minutes⟧};

pub struct @Item {
    pub @label: String,
    pub extent: ⟦1:Meters¦Hours⟧,
}

impl @Item {
    pub fn new(@label: &str, extent: ⟦1:Meters¦Hours⟧) -> Self {
        let @label = @label.to_string();
        Self { @label, extent }
    }
}

/// A @item as older files tell it⟦¦: in a smaller unit⟧.
pub fn imported(@label: &str, number: @Float) -> @Item {
    ⟦2:let extent = ⟦1:Feet¦Minutes⟧(number);
    @Item::new(@label, extent«»«.into()»)¦@Item {
        extent: «⟦1:Feet¦Minutes⟧(number)»«⟦1:Feet¦Minutes⟧(number).into()»«⟦1:Meters¦Hours⟧(number)»,
        @label: @label.to_string(),
    }¦@Item::new(@label, «⟦1:Feet¦Minutes⟧(number)»«⟦1:Meters¦Hours⟧::from(⟦1:Feet¦Minutes⟧(number))»«⟦1:Meters¦Hours⟧(number)»)⟧
}

pub fn longest(@items: &[@Item]) -> @Float {
    @items.iter().map(|@item| @item.extent.0).fold(0.0, @Float::max)
}

//- src/units.rs
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ⟦1:Meters¦Hours⟧(pub @Float);

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ⟦1:Feet¦Minutes⟧(pub @Float);

impl From<⟦1:Feet¦Minutes⟧> for ⟦1:Meters¦Hours⟧ {
    fn from(⟦3:other: ⟦1:Feet¦Minutes⟧¦⟦1:Feet¦Minutes⟧(value): ⟦1:Feet¦Minutes⟧⟧) -> Self {
        Self(⟦3:other.0¦value⟧ / ⟦1:4.0¦60.0⟧)
    }
}
""",
            test="""
let @item = imported("@text1", 120.0);
assert_eq!(@item.extent.0, ⟦1:30.0¦2.0⟧);
assert_eq!(longest(&[@item, @Item::new("@text2", units::⟦1:Meters¦Hours⟧(50.0))]), 50.0);
""",
            codes=("E0308",),
        ),
        Template(
            "an_array_out_of_a_slice",
            """
/// The head of a file: a number for its kind, then the ⟦1:length¦time⟧.
#[derive(Debug, PartialEq)]
pub struct Head {
    pub kind: u16,
    pub value: ⟦1:u32¦u64⟧,
}

impl Head {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.kind.to_⟦2:be¦le⟧_bytes().to_vec();
        bytes.extend(self.value.to_⟦2:be¦le⟧_bytes());
        bytes
    }

    /// Nothing where bytes are missing; there may be more.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        ⟦let kind = bytes.get(..2)?;
        let value = bytes.get(2..⟦1:6¦10⟧)?;
        Some(Self {
            kind: u16::from_⟦2:be¦le⟧_bytes(kind.«into()»«try_into().ok()?»),
            value: ⟦1:u32¦u64⟧::from_⟦2:be¦le⟧_bytes(value.«into()»«try_into().ok()?»),
        })¦let (kind, rest) = bytes.split_at_checked(2)?;
        let kind = u16::from_⟦2:be¦le⟧_bytes(kind.«into()»«try_into().ok()?»);
        let value = ⟦1:u32¦u64⟧::from_⟦2:be¦le⟧_bytes(rest.get(..⟦1:4¦8⟧)?.«into()»«try_into().ok()?»);
        Some(Self { kind, value })¦let [first, second, rest @@ ..] = bytes else {
            return None;
        };
        let value = rest.get(..⟦1:4¦8⟧)?;
        Some(Self {
            kind: u16::from_⟦2:be¦le⟧_bytes([*first, *second]),
            value: ⟦1:u32¦u64⟧::from_⟦2:be¦le⟧_bytes(value.«into()»«try_into().ok()?»),
        })⟧
    }
}
""",
            test="""
let head = Head { kind: 258, value: 70_000 };
let mut bytes = head.to_bytes();
assert_eq!(Head::read(&bytes[..bytes.len() - 1]), None);
bytes.push(9);
assert_eq!(Head::read(&bytes), Some(head));
assert_eq!(Head::read(&[1]), None);
""",
            codes=("E0277",),
        ),
        Template(
            "from_a_reference",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
    pub @flag: bool,
}

/// What a list shows of a @item.
#[derive(Debug, PartialEq)]
pub struct Row {
    pub text: String,
    pub marked: bool,
}

impl From<«@Item»«&@Item»> for Row {
    fn from(@item: «@Item»«&@Item») -> Self {
        Row {
            text: format!(⟦"{} x {}", @item.@count, @item.@label¦"{} x {}", @item.@count, &@item.@label⟧),
            marked: @item.@flag,
        }
    }
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    pub fn rows(&self) -> Vec<Row> {
        self.@items.iter()⟦¦.filter(|@item| @item.@count > 0)⟧.map(⟦Row::from¦Into::into¦|@item| @item.into()⟧).collect()
    }

    pub fn number_marked(&self) -> usize {
        self.@items.iter().filter(|@item| @item.@flag).count()
    }
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @count: @n1, @flag: true };
let @owner = @Owner { @items: vec![@item] };
assert_eq!(@owner.rows(), [Row { text: "@n1 x @text1".into(), marked: true }]);
assert_eq!(@owner.number_marked(), 1);
""",
            codes=("E0277",),
        ),
    ),
    frozen=(
        Template(
            "a_letter_for_a_column",
            """
/// A cell of a table, as people name it: `B7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    pub column: usize,
    pub row: usize,
}

impl Cell {
    /// The letter of the column, for the first 26.
    pub fn letter(&self) -> Option<char> {
        if self.column >= 26 {
            return None;
        }
        «Some(char::from(b'A' + self.column))»«let column = u8::try_from(self.column).ok()?;
        Some(char::from(b'A' + column))»«char::from_digit(u32::try_from(self.column).ok()?, 36)»
    }

    pub fn name(&self) -> String {
        match self.letter() {
            Some(letter) => format!("{letter}{}", self.row + 1),
            None => format!("#{}/{}", self.column, self.row),
        }
    }
}

pub fn @find(rows: &[Vec<u32>], wanted: u32) -> Option<String> {
    rows.iter().enumerate().find_map(|(row, columns)| {
        let column = columns.iter().position(|@count| *@count == wanted)?;
        Some(Cell { column, row }.name())
    })
}
""",
            test="""
assert_eq!(@find(&[vec![1, 2], vec![3, 4]], 4).as_deref(), Some("B2"));
assert_eq!(Cell { column: 25, row: 0 }.name(), "Z1");
assert_eq!(Cell { column: 26, row: 0 }.name(), "#26/0");
""",
            codes=("E0277", "E0308"),
        ),
        Template(
            "a_blanket_impl_that_collides",
            """
use std::fmt::Display;

/// A line of a label, short enough to be printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Line(String);

const WIDTH: usize = 12;

«impl<T: Display> From<T> for Line {
    fn from(value: T) -> Self {»«impl Line {
    pub fn of(value: impl Display) -> Self {»
        let text: String = value.to_string().chars().take(WIDTH).collect();
        Line(text)
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "| {:<WIDTH$} |", self.0)
    }
}

pub struct @Item {
    pub @label: String,
    pub @count: u32,
    pub @price: f64,
}

pub fn lines(@item: &@Item) -> Vec<Line> {
    vec![
        Line::«from»«of»(&@item.@label),
        Line::«from»«of»(@item.@count),
        Line::«from»«of»(@item.@price),
    ]
}
""",
            test="""
let @item = @Item { @label: "a very long name".into(), @count: 7, @price: 2.5 };
let lines: Vec<String> = lines(&@item).iter().map(Line::to_string).collect();
assert_eq!(lines, ["| a very long  |", "| 7            |", "| 2.5          |"]);
""",
            codes=("E0119",),
        ),
        Template(
            "a_boxed_error_that_is_less",
            """
use std::error::Error;

/// What can also be told to another thread.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn number(field: &str) -> Result<u32, «Box<dyn Error>»«Box<dyn Error + Send + Sync>»> {
    let field = field.trim();
    if field.is_empty() {
        return Err("a number is missing".into());
    }
    Ok(field.parse()?)
}

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

pub fn parsed(line: &str) -> Outcome<@Item> {
    let Some((@label, @count)) = line.split_once(',') else {
        return Err(format!("no @item: {line}").into());
    };
    let @count = number(@count)?;
    Ok(@Item {
        @label: @label.to_string(),
        @count,
    })
}

/// Reads every line on a thread of its own.
pub fn read_all(lines: Vec<String>) -> Vec<Outcome<@Item>> {
    let threads: Vec<_> = lines
        .into_iter()
        .map(|line| std::thread::spawn(move || parsed(&line)))
        .collect();
    threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
}
""",
            test="""
let read = read_all(["@text1, 7", "@text2,", "@text3,x", "@text4"].map(String::from).into());
assert_eq!(read[0].as_ref().unwrap(), &@Item { @label: "@text1".into(), @count: 7 });
assert_eq!(read[1].as_ref().unwrap_err().to_string(), "a number is missing");
assert!(read[2].as_ref().unwrap_err().is::<std::num::ParseIntError>());
assert_eq!(read[3].as_ref().unwrap_err().to_string(), "no @item: @text4");
""",
            codes=("E0277",),
        ),
        Template(
            "what_cannot_fail_where_it_may",
            """
«»«use std::convert::Infallible;

»/// From 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Percent(u8);

#[derive(Debug, PartialEq)]
pub struct OutOfRange(pub i64);

«»«impl From<Infallible> for OutOfRange {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

»impl TryFrom<i64> for Percent {
    type Error = OutOfRange;

    fn try_from(value: i64) -> Result<Self, OutOfRange> {
        match u8::try_from(value) {
            Ok(percent @@ 1..=100) => Ok(Percent(percent)),
            _ => Err(OutOfRange(value)),
        }
    }
}

#[derive(Debug, Default)]
pub struct Shares {
    all: Vec<u8>,
}

impl Shares {
    /// Takes a percentage, or what can be made one.
    pub fn @add<P>(&mut self, percent: P) -> Result<usize, OutOfRange>
    where
        P: «TryInto<Percent, Error = OutOfRange>»«TryInto<Percent, Error: Into<OutOfRange>>»,
    {
        let Percent(percent) = percent.try_into()«?»«.map_err(Into::into)?»;
        self.all.push(percent);
        Ok(self.all.len())
    }
}

/// Half of the first one is added as the second one.
pub fn halved(first: i64) -> Result<Vec<u8>, OutOfRange> {
    let mut shares = Shares::default();
    shares.@add(first)?;
    let half = Percent(shares.all[0].div_ceil(2));
    shares.@add(half)?;
    Ok(shares.all)
}
""",
            test="""
assert_eq!(halved(25), Ok(vec![25, 13]));
assert_eq!(halved(1), Ok(vec![1, 1]));
assert_eq!(halved(101), Err(OutOfRange(101)));
assert_eq!(halved(-1), Err(OutOfRange(-1)));
""",
            codes=("E0271",),
        ),
        Template(
            "into_that_does_not_look_inside",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    pub street: String,
    pub number: Option<u16>,
}

#[derive(Debug, Default, PartialEq)]
pub struct @Person {
    pub name: String,
    pub nickname: Option<String>,
    pub address: Option<Address>,
}

impl From<(&str, u16)> for Address {
    fn from((street, number): (&str, u16)) -> Self {
        Self {
            street: street.to_string(),
            number: (number > 0).then_some(number),
        }
    }
}

impl @Person {
    pub fn new(name: &str, nickname: Option<&str>, address: Option<(&str, u16)>) -> Self {
        Self {
            name: name.into(),
            nickname: nickname.«into()»«map(Into::into)»,
            address: address.«into()»«map(Into::into)»«map(|(street, number)| Address { street: street.into(), number: Some(number) })»,
        }
    }

    pub fn @label(&self) -> String {
        let name = self.nickname.as_ref().unwrap_or(&self.name);
        match &self.address {
            Some(address) => format!("{name}, {}", address.street),
            None => name.clone(),
        }
    }
}
""",
            test="""
let @person = @Person::new("@name1", Some("Al"), Some(("Main Street", 0)));
assert_eq!(@person.@label(), "Al, Main Street");
assert_eq!(@person.address.unwrap().number, None);
assert_eq!(@Person::new("@name2", None, None).@label(), "@name2");
""",
            codes=("E0277",),
        ),
    ),
)
