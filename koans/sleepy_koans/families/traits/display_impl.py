"""Formatting: Display and its kin, and what derives none of them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="display_impl",
    title="A value is formatted whose type cannot be, or not in that way",
    codes=("E0117", "E0277", "E0599"),
    templates=(
        Template(
            "a_struct_in_a_line",
            """
use std::fmt;

pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub struct Span {
    pub from: @Int,
    pub to: @Int,
}

⟦1:impl fmt::Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.@label, self.@size)
    }
}

/// A span is told as `3..7`.
«»«impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

»«impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.to, self.from)
    }
}

»impl Span {
    pub fn length(&self) -> @Int {
        self.to - self.from
    }
}¦impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

/// A @item is told as `name of size`.
«»«impl fmt::Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.@label, self.@size)
    }
}

»«impl fmt::Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.@label)
    }
}

»impl @Item {
    pub fn fits(&self, span: &Span) -> bool {
        (span.from..span.to).contains(&self.@size)
    }
}⟧

pub fn @show(@item: &@Item, span: &Span) -> String {
    ⟦format!("{@item} in {span}")¦let mut line = @item.to_string();
    line.push_str(&format!(" in {span}"));
    line¦[@item.to_string(), span.to_string()].join(" in ")⟧
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @size: @n1 };
assert_eq!(@show(&@item, &Span { from: @n2, to: @n3 }), "@text1 of @n1 in @n2..@n3");
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "an_enum_that_only_debugs",
            """
⟦1:use std::fmt::{self, Display, Formatter};

¦use std::fmt;

⟧#[derive(Debug, Clone, Copy, PartialEq)]
pub enum State {
    Open,
    InWork⟦2:¦(@Small)⟧,
    Done,
}

⟦1:«impl Display for @Item {»«impl Display for State {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            State::Open => f.write_str("open"),
            State::InWork⟦2: => f.write_str("in work")¦(percent) => write!(f, "in work: {percent} %")⟧,
            State::Done => f.write_str("done"),
        }
    }
}

impl Display for @Item {»
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {¦«impl fmt::Display for @Item {»«impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Open => f.write_str("open"),
            State::InWork⟦2: => f.write_str("in work")¦(percent) => write!(f, "in work: {percent} %")⟧,
            State::Done => f.write_str("done"),
        }
    }
}

impl fmt::Display for @Item {»
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {⟧
        write!(f, "{} is {}", self.@label, self.state)
    }
}

/// Its state is told in small letters⟦2:: open, in work, done¦: open, in work: 50 %, done⟧.
pub struct @Item {
    pub @label: String,
    pub state: State,
}

pub fn @show(@items: &[@Item]) -> Vec<String> {
    @items.iter().map(⟦@Item::to_string¦|@item| format!("{@item}")¦ToString::to_string⟧).collect()
}
""",
            test="""
let states = [State::Open, State::InWork⟦2:¦(50)⟧, State::Done];
let @items = states.map(|state| @Item { @label: "@text1".into(), state });
assert_eq!(@show(&@items), ["@text1 is open", "@text1 is in work⟦2:¦: 50 %⟧", "@text1 is done"]);
""",
            codes=("E0277",),
        ),
        Template(
            "something_that_may_be_missing",
            """
pub struct @Person {
    pub name: String,
    pub ⟦1:nickname¦remark¦address⟧: Option<String>,
    pub @count: @Int,
}

impl @Person {
    pub fn new(name: &str, ⟦1:nickname¦remark¦address⟧: Option<&str>) -> Self {
        Self {
            name: name.to_string(),
            ⟦1:nickname: nickname¦remark: remark¦address: address⟧.map(String::from),
            @count: 0,
        }
    }
}

/// One line for each; what is missing is told as a dash.
pub fn @show(@people: &[@Person]) -> String {
    let mut text = String::new();
    for @person in @people {
        ⟦text += &format!("{} ({})\\n", @person.name, «@person.⟦1:nickname¦remark¦address⟧»«@person.⟦1:nickname¦remark¦address⟧.as_deref().unwrap_or("-")»«@person.⟦1:nickname¦remark¦address⟧.as_deref().unwrap_or_default()»);¦let told = «&@person.⟦1:nickname¦remark¦address⟧»«@person.⟦1:nickname¦remark¦address⟧.as_deref().unwrap_or("-")»«@person.⟦1:nickname¦remark¦address⟧.as_deref().unwrap_or_default()»;
        text += &format!("{} ({told})\\n", @person.name);¦let told = format!("({})", «@person.⟦1:nickname¦remark¦address⟧»«@person.⟦1:nickname¦remark¦address⟧.as_deref().unwrap_or("-")»«@person.⟦1:nickname¦remark¦address⟧.as_deref().unwrap_or("none")»);
        text += &[&@person.name, " ", &told, "\\n"].concat();⟧
    }
    text
}

pub fn total(@people: &[@Person]) -> @Int {
    @people.iter().map(|@person| @person.@count).sum()
}
""",
            test="""
let @people = [@Person::new("@name1", Some("Al")), @Person::new("@name2", None)];
assert_eq!(@show(&@people), "@name1 (Al)\\n@name2 (-)\\n");
assert_eq!(total(&@people), 0);
""",
            codes=("E0277",),
        ),
        Template(
            "a_list_in_a_text",
            """
pub struct @Item {
    pub @label: String,
    pub ⟦2:counts¦numbers¦sizes⟧: Vec<@Int>,
}

⟦¦/// Numbers as they are told, with commas.
⟧fn told(numbers: &[@Int]) -> Vec<String> {
    numbers.iter().map(⟦|number| number.to_string()¦ToString::to_string⟧).collect()
}

impl @Item {
    /// For example `name: 1, 2, 3`.
    pub fn @show(&self) -> String {
        ⟦1:format!("{}: {}", self.@label, told(&self.⟦2:counts¦numbers¦sizes⟧)«»«.join(", ")»«.concat()»)¦let numbers = told(&self.⟦2:counts¦numbers¦sizes⟧)«»«.join(", ")»«.join(",")»;
        format!("{}: {numbers}", self.@label)¦let mut line = self.@label.clone();
        line.push_str(&format!(": {}", told(&self.⟦2:counts¦numbers¦sizes⟧)«»«.join(", ")»«.join(" ")»));
        line⟧
    }

    pub fn total(&self) -> @Int {
        self.⟦2:counts¦numbers¦sizes⟧.iter().sum()
    }
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), ⟦2:counts¦numbers¦sizes⟧: vec![@n1, @n2, 1] };
assert_eq!(@item.@show(), "@text1: @n1, @n2, 1");
assert_eq!(@item.total(), @n1 + @n2 + 1);
""",
            codes=("E0277",),
        ),
        Template(
            "a_number_in_another_base",
            """
use std::fmt;

/// The bits of what is switched on⟦¦, of which there are few⟧.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(⟦1:u8¦u16¦u32⟧);

impl Flags {
    pub fn of(bits: &[u8]) -> Self {
        ⟦let mut flags = 0;
        for bit in bits {
            flags |= 1 << bit;
        }
        Self(flags)¦Self(bits.iter().fold(0, |flags, bit| flags | 1 << bit))⟧
    }

    pub fn number(self) -> u32 {
        self.0.count_ones()
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on", self.number())
    }
}

«»«impl fmt::⟦2:LowerHex¦Binary¦UpperHex¦Octal⟧ for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::⟦2:LowerHex¦Binary¦UpperHex¦Octal⟧::fmt(&self.0, f)
    }
}

»«impl fmt::⟦2:LowerHex¦Binary¦UpperHex¦Octal⟧ for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

»pub fn @show(@label: &str, bits: &[u8]) -> String {
    let flags = Flags::of(bits);
    ⟦format!("{@label}: {flags:#04⟦2:x¦b¦X¦o⟧} ({flags})")¦let told = format!("{flags:#04⟦2:x¦b¦X¦o⟧}");
    format!("{@label}: {told} ({flags})")⟧
}
""",
            test="""
assert_eq!(@show("@text1", &[1, 3, 4]), "@text1: ⟦2:0x1a¦0b11010¦0x1A¦0o32⟧ (3 on)");
assert_eq!(@show("@text2", &[]), "@text2: ⟦2:0x00¦0b00¦0x00¦0o00⟧ (0 on)");
""",
            codes=("E0277",),
        ),
        Template(
            "an_error_that_says_nothing",
            """
mod problem;

use problem::Problem;
use std::error::Error;

fn amount(field: &str) -> Result<@Int, Problem> {
    if field.is_empty() {
        return Err(Problem::Missing);
    }
    ⟦field.parse().map_err(|_| Problem::Malformed(field.to_string()))¦match field.parse() {
        Ok(amount) => Ok(amount),
        Err(_) => Err(Problem::Malformed(field.into())),
    }⟧
}

pub fn total(line: &str) -> Result<@Int, Box<dyn Error>> {
    let mut total = 0;
    for field in line.split(',') {
        total += amount(field.trim())?;
    }
    ⟦if total == 0 {
        return Err("nothing at all".into());
    }
    ¦⟧Ok(total)
}

//- src/problem.rs
use std::error::Error;
⟦1:«»«use std::fmt::{self, Display, Formatter};
»¦«»«use std::fmt;
»⟧
#[derive(Debug, PartialEq)]
pub enum Problem {
    /// Told as `a number is missing`.
    Missing,
    /// Told as `this is no number`, whatever this is.
    Malformed(String),
}

«»«impl ⟦1:Display¦fmt::Display⟧ for Problem {
    fn fmt(&self, f: &mut ⟦1:Formatter¦fmt::Formatter⟧<'_>) -> fmt::Result {
        match self {
            Problem::Missing => f.write_str("a number is missing"),
            Problem::Malformed(text) => write!(f, "{text} is no number"),
        }
    }
}

»«impl ⟦1:Display¦fmt::Display⟧ for Problem {
    fn fmt(&self, f: &mut ⟦1:Formatter¦fmt::Formatter⟧<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

»impl Error for Problem {}
""",
            test="""
assert_eq!(total("@n1, @n2").unwrap(), @n1 + @n2);
assert_eq!(total("1,,2").unwrap_err().to_string(), "a number is missing");
assert_eq!(total("1,x").unwrap_err().to_string(), "x is no number");
""",
            codes=("E0277",),
        ),
        Template(
            "what_a_function_forgot_to_return",
            """
use std::fmt::Write;

pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

⟦1:fn row(@item: &@Item, width: usize)«»« -> String» {
    let mut row = String::new();
    write!(row, "{:<width$}|{:>8.2}", @item.@label, @item.@price).⟦unwrap()¦expect("a String takes it")⟧;«»«
    row»
}¦fn row(@item: &@Item, width: usize)«»« -> String» {
    let @price = format!("{:>8.2}", @item.@price);
    format!("{:<width$}|{@price}", @item.@label)«;»«»
}⟧

/// A table: one row for each, the names in a column as wide as the longest one.
pub fn table(@items: &[@Item]) -> String {
    let width = @items.iter().map(|@item| @item.@label.len()).max().unwrap_or(0);
    let mut text = String::new();
    for @item in @items {
        ⟦writeln!(text, "{}", row(@item, width)).unwrap();¦let row = row(@item, width);
        writeln!(text, "{row}").unwrap();⟧
    }
    text
}
""",
            test="""
let @items = [("ab", 1.5), ("abcd", 22.25)].map(|(@label, @price)| @Item { @label: @label.into(), @price });
assert_eq!(table(&@items), "ab  |    1.50\\nabcd|   22.25\\n");
""",
            codes=("E0277",),
        ),
    ),
    frozen=(
        Template(
            "a_secret_that_must_not_be_told",
            """
use std::collections::BTreeMap;
«»«use std::fmt;
»
/// A password. However it is told, its letters are not: a log shows `***`.
pub struct Secret(String);

«»«impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

»«impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "*** {}", self.0)
    }
}

»impl Secret {
    pub fn new(text: &str) -> Self {
        Self(text.to_string())
    }

    pub fn matches(&self, text: &str) -> bool {
        self.0 == text
    }
}

#[derive(Debug)]
pub struct @Person {
    pub name: String,
    pub secret: Secret,
}

#[derive(Debug, Default)]
pub struct Accounts {
    known: BTreeMap<String, @Person>,
}

impl Accounts {
    pub fn @add(&mut self, @person: @Person) -> String {
        let entry = format!("new: {@person:?}");
        self.known.insert(@person.name.clone(), @person);
        entry
    }

    pub fn enters(&self, name: &str, secret: &str) -> bool {
        let @person = self.known.get(name);
        @person.is_some_and(|@person| @person.secret.matches(secret))
    }
}
""",
            test="""
let mut accounts = Accounts::default();
let entry = accounts.@add(@Person { name: "@name1".into(), secret: Secret::new("xyz") });
assert!(entry.contains("***") && entry.contains("@name1") && !entry.contains("xyz"));
assert!(!format!("{accounts:?}").contains("xyz"));
assert!(accounts.enters("@name1", "xyz") && !accounts.enters("@name1", "***"));
""",
            codes=("E0277",),
        ),
        Template(
            "display_for_what_is_not_ours",
            """
use std::fmt;

pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

impl fmt::Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.@count, self.@label)
    }
}

/// @items as a sentence tells them: with commas, and with `and` before the last one.
«impl fmt::Display for Vec<@Item> {»«struct Listed<'a>(&'a [@Item]);

impl fmt::Display for Listed<'_> {»
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, @item) in self«»«.0».iter().enumerate() {
            if at > 0 {
                let last = at + 1 == self«»«.0».len();
                f.write_str(if last { " and " } else { ", " })?;
            }
            write!(f, "{@item}")?;
        }
        Ok(())
    }
}

pub fn @show(@person: &str, @items: «&Vec<@Item>»«&[@Item]») -> String {
    if @items.is_empty() {
        return format!("{@person} has nothing");
    }
    format!("{@person} has {}", «@items»«Listed(@items)»)
}
""",
            test="""
let all: Vec<@Item> = [1, 2, 3].map(|@count| @Item { @label: "x".into(), @count }).into();
assert_eq!(@show("@name1", &all), "@name1 has 1 x, 2 x and 3 x");
assert_eq!(@show("@name2", &Vec::new()), "@name2 has nothing");
""",
            codes=("E0117",),
        ),
        Template(
            "a_time_as_people_read_it",
            """
use std::time::Duration;

pub struct Lap {
    pub @person: String,
    pub time: Duration,
}

#[derive(Default)]
pub struct Race {
    laps: Vec<Lap>,
}

impl Race {
    pub fn @add(&mut self, @person: &str, seconds: u64) {
        self.laps.push(Lap {
            @person: @person.to_string(),
            time: Duration::from_secs(seconds),
        });
    }

    pub fn best(&self) -> Option<&Lap> {
        self.laps.iter().min_by_key(|lap| lap.time)
    }
}

/// Whose time was the best one, in minutes and seconds: `3:07`.
pub fn headline(race: &Race) -> String {
    let Some(lap) = race.best() else {
        return "nobody came".to_string();
    };
    let Lap { @person, time } = lap;
    «format!("{@person} won in {time}")»«let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    format!("{@person} won in {minutes}:{seconds:02}")»«let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    format!("{@person} won in {minutes}:{seconds}")»
}
""",
            test="""
let mut race = Race::default();
assert_eq!(headline(&race), "nobody came");
race.@add("@name1", 200);
race.@add("@name2", 187);
assert_eq!(headline(&race), "@name2 won in 3:07");
""",
            codes=("E0277",),
        ),
        Template(
            "a_tree_that_is_indented",
            """
use std::fmt::{self, Display, Formatter};

/// A part with its parts, told with two spaces for every level.
pub struct Part {
    pub @label: String,
    pub parts: Vec<Part>,
}

struct Indented<'a> {
    part: &'a Part,
    level: usize,
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let indented = Indented {
            part: self,
            level: 0,
        };
        write!(f, "{indented}")
    }
}

«»«impl Display for Indented<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let indent = 2 * self.level;
        writeln!(f, "{:indent$}{}", "", self.part.@label)?;
        for part in &self.part.parts {
            let level = self.level + 1;
            write!(f, "{}", Indented { part, level })?;
        }
        Ok(())
    }
}
»«impl Display for Indented<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:1$}{2}", "", self.level, self.part.@label)
    }
}
»
pub fn @show(@label: &str, parts: Vec<Part>) -> String {
    let top = Part {
        @label: @label.to_string(),
        parts,
    };
    top.to_string()
}
""",
            test="""
let leaf = |@label: &str| Part { @label: @label.into(), parts: Vec::new() };
let inner = Part { @label: "b".into(), parts: vec![leaf("c")] };
assert_eq!(@show("a", vec![inner, leaf("d")]), "a\\n  b\\n    c\\n  d\\n");
""",
            codes=("E0277",),
        ),
        Template(
            "an_outcome_in_a_report",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub @label: String,
    pub reason: String,
}

/// What there is of a @item, if that many can be taken.
pub fn @remove(@label: &str, there: u32, wanted: u32) -> Result<u32, Refusal> {
    there.checked_sub(wanted).ok_or_else(|| Refusal {
        @label: @label.to_string(),
        reason: format!("only {there} there"),
    })
}

/// One line for each wish: how much is left, or why it was refused.
pub fn report(wishes: &[(&str, u32, u32)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (@label, there, wanted) in wishes {
        let outcome = @remove(@label, *there, *wanted);
        «lines.push(format!("{@label}: {outcome} left"));»«lines.push(match outcome {
            Ok(left) => format!("{@label}: {left} left"),
            Err(refusal) => format!("{@label}: {}", refusal.reason),
        });»«lines.push(format!("{@label}: {} left", outcome.unwrap_or(0)));»
    }
    lines
}
""",
            test="""
let lines = report(&[("@text1", 5, 2), ("@text2", 1, 2)]);
assert_eq!(lines, ["@text1: 3 left", "@text2: only 1 there"]);
""",
            codes=("E0277",),
        ),
    ),
)
