"""Error types of one's own: what `?`, `Box<dyn Error>` and a chain of sources ask of them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="custom_error",
    title="An error type of one's own lacks an impl, a conversion, or a signature that fits",
    codes=("E0277", "E0046", "E0308", "E0369", "E0119", "E0515"),
    templates=(
        Template(
            "an_error_that_shows_nothing",
            """
use std::error::Error;
use std::fmt::{self, Display};

#[derive(Debug)]
pub struct @Error {
    pub @label: String,
    pub code: u8,
}

impl @Error {
    fn text(&self) -> String {
        ⟦format!("{} failed with {}", self.@label, self.code)¦let @label = self.@label.trim();
        format!("{@label} failed with {}", self.code)⟧
    }
}

«»«impl Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

»impl Error for @Error {}

pub struct Report<'a>(pub &'a @Error);

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ⟦1:write!(f, "error: {}", self.0.text())¦f.write_str("error: ")?;
        f.write_str(&self.0.text())⟧
    }
}

pub fn check(@label: &str, @count: @Int) -> Result<@Int, Box<dyn Error>> {
    if @count > @n2 {
        let @label = @label.to_string();
        return Err(⟦2:Box::new(@Error { @label, code: 3 })¦@Error { @label, code: 3 }.into()⟧);
    }
    Ok(@count)
}
""",
            test="""
assert_eq!(check("@text1", @n1).unwrap(), @n1);
assert_eq!(check("@text1", @n3).unwrap_err().to_string(), "@text1 failed with 3");
""",
            codes=("E0277",),
        ),
        Template(
            "one_of_two_conversions",
            """
use std::num::{ParseFloatError, ParseIntError};

#[derive(Debug, Clone, PartialEq)]
pub enum @Error {
    NoField(usize),
    Count(ParseIntError),
    Price(ParseFloatError),
}

⟦1:impl From<ParseIntError> for @Error {
    fn from(error: ParseIntError) -> Self {
        @Error::Count(error)
    }
}

«»«impl From<ParseFloatError> for @Error {
    fn from(error: ParseFloatError) -> Self {
        @Error::Price(error)
    }
}

»¦«»«impl From<ParseIntError> for @Error {
    fn from(error: ParseIntError) -> Self {
        @Error::Count(error)
    }
}

»impl From<ParseFloatError> for @Error {
    fn from(error: ParseFloatError) -> Self {
        @Error::Price(error)
    }
}

⟧/// Number and price, as they stand in a line of three fields.
pub fn read(line: &str) -> Result<(@Int, @Float), @Error> {
    let fields: Vec<&str> = line.split(⟦2:';'¦','¦'|'⟧).map(str::trim).collect();
    let [_, @count, @price] = fields⟦.as_slice()¦[..]⟧ else {
        return Err(@Error::NoField(fields.len()));
    };
    let @count = @count.parse⟦3:¦::<@Int>⟧()?;
    ⟦let @price = @price.parse()?;
    Ok((@count, @price))¦Ok((@count, @price.parse()?))⟧
}
""",
            test="""
let line = |text: &str| text.replace(',', "⟦2:;¦,¦|⟧");
assert_eq!(read(&line("@text1, 3, 2.5")), Ok((3, 2.5)));
assert_eq!(read(&line("@text1, 3")), Err(@Error::NoField(2)));
assert!(matches!(read(&line("@text1, x, 2.5")), Err(@Error::Count(_))));
assert!(matches!(read(&line("@text1, 3, x")), Err(@Error::Price(_))));
""",
            codes=("E0277",),
        ),
        Template(
            "a_source_that_is_not_lent",
            """
use std::error::Error;
use std::fmt;
use std::⟦1:num::ParseIntError¦str::ParseBoolError⟧;

#[derive(Debug)]
pub struct @Error {
    pub line: usize,
    cause: ⟦2:¦Box<⟧⟦1:ParseIntError¦ParseBoolError⟧⟦2:¦>⟧,
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)
    }
}

impl Error for @Error {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        «⟦2:Some(self.cause)¦self.cause⟧»«Some(&⟦2:¦*⟧self.cause)»
    }
}

pub fn read(text: &str) -> Result<Vec<⟦1:@Int¦bool⟧>, @Error> {
    let mut values = Vec::new();
    for (at, word) in text.lines().enumerate() {
        let value = word.⟦trim()¦trim_end()⟧.parse().map_err(|cause| @Error {
            line: at + 1,
            cause⟦2:¦: Box::new(cause)⟧,
        })?;
        values.push(value);
    }
    Ok(values)
}

/// The error and all that caused it.
pub fn chain(error: &dyn Error) -> String {
    ⟦let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text¦match error.source() {
        Some(cause) => format!("{error}: {}", chain(cause)),
        None => error.to_string(),
    }⟧
}
""",
            test="""
assert_eq!(read("⟦1:3\\n4¦true\\nfalse⟧").unwrap(), ⟦1:[3, 4]¦[true, false]⟧);
let error = read("⟦1:3¦true⟧\\n?").unwrap_err();
assert!(chain(&error).starts_with("line 2: ") && error.source().is_some());
""",
            codes=("E0308",),
        ),
        Template(
            "no_derive_where_one_is_asked_for",
            """
use std::error::Error;
use std::fmt;

⟦1:«»«#[derive(Debug)]
»¦#[derive(«»«Debug, »Clone⟦¦, Copy⟧)]
¦#[derive(«Clone»«Debug, Clone»⟦¦, PartialEq⟧)]
⟧pub enum @Error {
    Full,
    Missing(⟦@Int¦usize¦u8⟧),
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            @Error::Full => f.write_str("no room is left"),
            @Error::Missing(number) => write!(f, "{number} are missing"),
        }
    }
}

impl Error for @Error {}

#[derive(Default)]
pub struct @Owner {
    pub @items: Vec<String>,
}

impl @Owner {
    pub fn @add(&mut self, @item: &str) -> Result<usize, @Error> {
        if self.@items.len() == 2 {
            return Err(@Error::Full);
        }
        self.@items.push(@item.to_string());
        Ok(self.@items.len())
    }

    pub fn first(&self) -> Result<&str, @Error> {
        self.@items.first().map(String::as_str).ok_or(@Error::Missing(1))
    }
}

pub fn @show(@owner: &mut @Owner) -> Result<String, Box<dyn Error⟦¦ + Send + Sync⟧>> {
    @owner.@add("@text1")?;
    Ok(@owner.first()?.to_string())
}
""",
            test="""
let mut @owner = @Owner::default();
assert_eq!(@show(&mut @owner).unwrap(), "@text1");
assert!(@show(&mut @owner).is_ok());
assert_eq!(@show(&mut @owner).unwrap_err().to_string(), "no room is left");
""",
            codes=("E0277",),
        ),
        Template(
            "compared_with_an_error",
            """
#[derive(Debug, Clone«»«, PartialEq»)]
pub enum @Error {
    NotFound,
    Busy { until: @Int },
}

pub struct @Owner {
    pub busy_until: @Int,
    pub @items: Vec<&'static str>,
}

impl @Owner {
    pub fn @find(&self, @label: &str, now: @Int) -> Result<usize, @Error> {
        if now < self.busy_until {
            return Err(@Error::Busy {
                until: self.busy_until,
            });
        }
        let found = self.@items.iter().position(|@item| *@item == @label);
        found.ok_or(@Error::NotFound)
    }

    pub fn is_missing(&self, @label: &str, now: @Int) -> bool {
        ⟦1:self.@find(@label, now) == Err(@Error::NotFound)¦self.@find(@label, now)
            .err()
            .is_some_and(|error| error == @Error::NotFound)¦let Err(error) = self.@find(@label, now) else {
            return false;
        };
        error == @Error::NotFound⟧
    }

    /// Asks again at the time at which the @owner is free.
    pub fn patiently(&self, @label: &str, now: @Int) -> Option<usize> {
        ⟦match self.@find(@label, now) {
            Ok(at) => Some(at),
            Err(@Error::Busy { until }) => self.@find(@label, until).ok(),
            Err(@Error::NotFound) => None,
        }¦let answer = self.@find(@label, now);
        if let Err(@Error::Busy { until }) = answer {
            return self.@find(@label, until).ok();
        }
        answer.ok()⟧
    }
}
""",
            test="""
let @owner = @Owner { busy_until: @n2, @items: vec!["@text1", "@text2"] };
assert!(@owner.is_missing("@text3", @n2) && !@owner.is_missing("@text3", @n1) && !@owner.is_missing("@text1", @n3));
assert_eq!(@owner.patiently("@text2", @n1), Some(1));
""",
            codes=("E0369",),
        ),
        Template(
            "from_str_without_its_error",
            """
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

#[derive(Debug, PartialEq)]
pub struct Unknown(⟦1:pub String¦pub usize⟧);

impl FromStr for @Kind {
    «»«type Err = Unknown;

    »fn from_str(text: &str) -> Result<Self, ⟦2:«Unknown»«Self::Err»¦Unknown⟧> {
        match text⟦¦.trim()⟧ {
            "first" => Ok(@Kind::@First),
            "second" => Ok(@Kind::@Second),
            "third" => Ok(@Kind::@Third),
            ⟦1:other => Err(Unknown(other.to_string()))¦other => Err(Unknown(other.len()))⟧,
        }
    }
}

pub fn count(text: &str, wanted: @Kind) -> Result<usize, Unknown> {
    let mut found = 0;
    for word in text.split_whitespace() {
        if word.parse::<@Kind>()? == wanted {
            found += 1;
        }
    }
    Ok(found)
}
""",
            test="""
assert_eq!(count("first second first", @Kind::@First), Ok(2));
assert_eq!(count("third fourth", @Kind::@Third), Err(Unknown(⟦1:"fourth".to_string()¦6⟧)));
""",
            codes=("E0046",),
        ),
        Template(
            "a_conversion_in_the_wrong_direction",
            """
use std::fmt;

#[derive(Debug, PartialEq)]
pub struct ReadError {
    pub at: usize,
}

#[derive(Debug, PartialEq)]
pub enum @Error {
    Read(usize),
    TooLarge(@Int),
}

«impl From<@Error> for ReadError {
    fn from(error: @Error) -> Self {
        match error {
            @Error::Read(at) => ReadError { at },
            @Error::TooLarge(_) => ReadError { at: 0 },
        }
    }
}»«impl From<ReadError> for @Error {
    fn from(error: ReadError) -> Self {
        @Error::Read(error.at)
    }
}»

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            @Error::Read(at) => write!(f, "no number at {at}"),
            @Error::TooLarge(@size) => write!(f, "{@size} is too large"),
        }
    }
}

fn number(words: &[&str], at: usize) -> Result<@Int, ReadError> {
    ⟦words.get(at).and_then(|word| word.parse().ok()).ok_or(ReadError { at })¦let word = words.get(at).ok_or(ReadError { at })?;
    word.parse().map_err(|_| ReadError { at })⟧
}

pub fn @size(line: &str) -> Result<@Int, @Error> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let @size = ⟦1:number(&words, 0)? * number(&words, 1)?¦number(&words, 0)? + number(&words, 1)?⟧;
    if @size > 1000 {
        return Err(@Error::TooLarge(@size));
    }
    Ok(@size)
}
""",
            test="""
assert_eq!(@size("@n1 @n2"), Ok(@n1 ⟦1:*¦+⟧ @n2));
assert_eq!(@size("@n1 x"), Err(@Error::Read(1)));
assert_eq!(@size("100 2000"), Err(@Error::TooLarge(100 ⟦1:*¦+⟧ 2000)));
assert_eq!(@size("").unwrap_err().to_string(), "no number at 0");
""",
            codes=("E0277",),
        ),
        Template(
            "made_of_what_was_at_hand_in_two_files",
            """
mod fault;

pub use fault::Fault;

pub struct @Owner {
    @items: Vec<(String, @Int)>,
}

impl @Owner {
    pub fn new(@items: &[(&str, @Int)]) -> Self {
        let @items = @items.iter().map(|(@label, @count)| (@label.to_string(), *@count));
        Self {
            @items: @items.collect(),
        }
    }

    pub fn @find(&self, @label: &str) -> Result<@Int, Fault> {
        let found = self.@items.iter().find(|(name, _)| name == @label);
        ⟦match found {
            Some((_, 0)) => Err(Fault::Empty(«@label»«@label.to_string()»)),
            Some((_, @count)) => Ok(*@count),
            None => Err(Fault::unknown(@label)),
        }¦let (_, @count) = found.ok_or_else(|| Fault::unknown(@label))?;
        if *@count == 0 {
            return Err(Fault::Empty(«@label»«@label.to_string()»));
        }
        Ok(*@count)¦let (_, @count) = found.ok_or_else(|| Fault::unknown(«@label.to_string()»«@label»))?;
        if *@count == 0 {
            return Err(Fault::Empty(@label.to_string()));
        }
        Ok(*@count)¦match found {
            Some((name, @count)) if *@count == 0 => Err(Fault::Empty(«name»«name.clone()»)),
            Some((_, @count)) => Ok(*@count),
            None => Err(Fault::unknown(@label)),
        }⟧
    }
}

//- src/fault.rs
use std::error::Error;
use std::fmt;

#[derive(Debug, PartialEq)]
pub enum Fault {
    Empty(String),
    Unknown { name: String },
}

impl Fault {
    pub fn unknown(name: &str) -> Self {
        Fault::Unknown {
            name: name.⟦to_string()¦to_owned()¦trim().into()⟧,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Empty(name) => write!(f, "{name} is empty"),
            Fault::Unknown { name } => write!(f, "{name} is unknown"),
        }
    }
}

impl Error for Fault {}
""",
            test="""
let @owner = @Owner::new(&[("@text1", @n1), ("@text2", 0)]);
assert_eq!(@owner.@find("@text1"), Ok(@n1));
assert_eq!(@owner.@find("@text2"), Err(Fault::Empty("@text2".to_string())));
assert_eq!(@owner.@find("@text3").unwrap_err().to_string(), "@text3 is unknown");
""",
            codes=("E0308",),
        ),
    ),
    frozen=(
        Template(
            "a_conversion_for_everything",
            """
use std::error::Error;
use std::fmt;
use std::num::{ParseFloatError, ParseIntError};

#[derive(Debug)]
pub enum @Error {
    Unreadable(String),
    NoValue,
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            @Error::Unreadable(reason) => write!(f, "unreadable: {reason}"),
            @Error::NoValue => f.write_str("no value"),
        }
    }
}

impl Error for @Error {}

«impl<E: Error> From<E> for @Error {
    fn from(error: E) -> Self {
        @Error::Unreadable(error.to_string())
    }
}»«impl From<ParseIntError> for @Error {
    fn from(error: ParseIntError) -> Self {
        @Error::Unreadable(error.to_string())
    }
}

impl From<ParseFloatError> for @Error {
    fn from(error: ParseFloatError) -> Self {
        @Error::Unreadable(error.to_string())
    }
}»

fn whole(text: &str) -> Result<i64, ParseIntError> {
    text.parse()
}

fn fraction(text: &str) -> Result<f64, ParseFloatError> {
    format!("0.{text}").parse()
}

pub fn value(text: &str) -> Result<f64, @Error> {
    let (left, right) = text.split_once('.').ok_or(@Error::NoValue)?;
    Ok(whole(left)? as f64 + fraction(right)?)
}
""",
            test="""
assert_eq!(value("3.25").unwrap(), 3.25);
assert!(value("x.25").unwrap_err().to_string().starts_with("unreadable: "));
assert!(value("3.z").unwrap_err().to_string().starts_with("unreadable: "));
assert_eq!(value("3").unwrap_err().to_string(), "no value");
""",
            codes=("E0119",),
        ),
        Template(
            "an_error_that_can_be_copied_about",
            """
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a @item could not be loaded. It is remembered, and told to everybody who asks again.
#[derive(Debug, Clone)]
pub enum LoadError {
    Io(«io::Error»«Arc<io::Error>»),
    Empty,
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        LoadError::Io(«error»«Arc::new(error)»)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Io(error) => write!(f, "cannot be read: {error}"),
            LoadError::Empty => f.write_str("is empty"),
        }
    }
}

#[derive(Default)]
pub struct Cache {
    loaded: BTreeMap<String, Result<Arc<str>, LoadError>>,
}

impl Cache {
    pub fn load(&mut self, name: &str, mut from: impl io::Read) -> Result<Arc<str>, LoadError> {
        if let Some(known) = self.loaded.get(name) {
            return known.clone();
        }
        let mut text = String::new();
        let read = from.read_to_string(&mut text).map_err(LoadError::from);
        let loaded = read.and_then(|size| (size > 0).then(|| text.into()).ok_or(LoadError::Empty));
        self.loaded.insert(name.to_string(), loaded.clone());
        loaded
    }
}
""",
            test="""
let mut cache = Cache::default();
assert_eq!(cache.load("@text1", "content".as_bytes()).unwrap().as_ref(), "content");
assert_eq!(cache.load("@text2", "".as_bytes()).unwrap_err().to_string(), "is empty");
let first = cache.load("@text3", &[255u8, 254][..]).unwrap_err().to_string();
assert!(first.starts_with("cannot be read: "));
assert_eq!(cache.load("@text3", "later".as_bytes()).unwrap_err().to_string(), first);
""",
            codes=("E0277",),
            bare=True,
        ),
        Template(
            "an_error_that_outlives_its_text",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct Malformed«<'a>»«» {
    line: usize,
    text: «&'a str»«String»,
}

impl fmt::Display for Malformed«<'_>»«» {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {:?} is no pair", self.line, self.text)
    }
}

impl Error for Malformed«<'_>»«» {}

fn pair(line: usize, text: &str) -> Result<(&str, &str), Malformed«<'_>»«»> {
    text.split_once('=').ok_or(Malformed { line, text«»«: text.to_string()» })
}

/// The pairs of a text that is gone when they are looked at.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let text = text.to_lowercase();
    let mut pairs = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let (key, value) = pair(at + 1, line)?;
        pairs.push((key.trim().to_string(), value.trim().to_string()));
    }
    Ok(pairs)
}
""",
            test="""
assert_eq!(pairs("A = 1\\nB=2").unwrap()[1], ("b".to_string(), "2".to_string()));
assert_eq!(pairs("a=1\\nC").unwrap_err().to_string(), "line 2: \\"c\\" is no pair");
""",
            codes=("E0515",),
        ),
        Template(
            "generic_over_what_went_wrong_below",
            """
use std::fmt::Debug;

/// Where @items are stored; what can go wrong is its own affair.
pub trait Store {
    type Failure: Debug;

    fn fetch(&self, key: u32) -> Result<Option<String>, Self::Failure>;
}

#[derive(Debug, PartialEq)]
pub enum @Error<F> {
    Store(F),
    NotFound(u32),
    Malformed { key: u32, text: String },
}

pub fn @count<S: Store>(store: &S, key: u32) -> Result<u64, @Error<S::Failure>> {
    let text = «store.fetch(key)?.ok_or(@Error::NotFound(key))?»«store.fetch(key).map_err(@Error::Store)?.ok_or(@Error::NotFound(key))?»«store.fetch(key).ok().flatten().ok_or(@Error::NotFound(key))?»;
    text.parse().map_err(|_| @Error::Malformed { key, text })
}

/// The sum of all that are found; one that is missing is skipped, everything else ends it.
pub fn total<S: Store>(store: &S, keys: &[u32]) -> Result<u64, @Error<S::Failure>> {
    let mut total = 0;
    for key in keys {
        match @count(store, *key) {
            Err(@Error::NotFound(_)) => continue,
            counted => total += counted?,
        }
    }
    Ok(total)
}
""",
            test="""
struct Three;
impl Store for Three {
    type Failure = &'static str;
    fn fetch(&self, key: u32) -> Result<Option<String>, &'static str> {
        match key {
            0 => Err("offline"),
            1 => Ok(Some("40".to_string())),
            2 => Ok(Some("x".to_string())),
            _ => Ok(None),
        }
    }
}
assert_eq!(total(&Three, &[1, 3, 1]), Ok(80));
assert_eq!(total(&Three, &[1, 0]), Err(@Error::Store("offline")));
assert_eq!(@count(&Three, 2), Err(@Error::Malformed { key: 2, text: "x".to_string() }));
""",
            codes=("E0277",),
        ),
        Template(
            "an_error_that_crosses_threads",
            """
use std::error::Error;
use std::fmt;
use std::«rc::Rc»«sync::Arc»;
use std::thread;

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Debug)]
pub struct @Error {
    pub @owner: «Rc»«Arc»<str>,
    pub number: usize,
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} is too many", self.@owner, self.number)
    }
}

impl Error for @Error {}

fn check(@owner: &str, number: usize) -> Result<usize, Failure> {
    if number > @n3 {
        let @owner = «Rc»«Arc»::from(@owner);
        return Err(Box::new(@Error { @owner, number }));
    }
    Ok(number)
}

/// Checks the numbers in threads of their own; the sum, or the first complaint.
pub fn check_all(@owner: &'static str, numbers: &[usize]) -> Result<usize, Failure> {
    let threads: Vec<_> = numbers
        .iter()
        .map(|&number| thread::spawn(move || check(@owner, number)))
        .collect();
    let mut total = 0;
    for thread in threads {
        total += thread.join().map_err(|_| "a thread panicked")??;
    }
    Ok(total)
}
""",
            test="""
assert_eq!(check_all("@text1", &[@n1, @n2]).unwrap(), @n1 + @n2);
let error = check_all("@text1", &[@n1, 100]).unwrap_err();
assert_eq!(error.to_string(), "@text1: 100 is too many");
assert_eq!(error.downcast_ref::<@Error>().map(|error| error.number), Some(100));
""",
            codes=("E0277",),
        ),
    ),
)
