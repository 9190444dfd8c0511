"""`?` where the function's return type does not fit it."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="question_mark",
    title="`?` on an Option where a Result is returned, the other way round, or an error that does not convert",
    codes=("E0277", "E0271", "E0308"),
    templates=(
        Template(
            "option_in_a_result_function",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<String, @Int>,
}

impl @Owner {
    pub fn new(@items: &[(&str, @Int)]) -> Self {
        let @items = @items.iter().map(|(@label, @count)| (@label.to_string(), *@count));
        Self {
            @items: @items.collect(),
        }
    }

    /// How much is left after that many were taken.
    pub fn @remove(&mut self, @label: &str, number: @Int) -> Result<@Int, String> {
        let @count = self.@items.get_mut(@label)«?»«.ok_or_else(|| format!("no @item {@label}"))?»;
        if *@count < number {
            return Err(format!("only {@count} left"));
        }
        *@count -= number;
        ⟦Ok(*@count)¦let left = *@count;
        Ok(left)⟧
    }
}
""",
            test="""
let mut @owner = @Owner::new(&[("@text1", @n3)]);
assert_eq!(@owner.@remove("@text1", @n1), Ok(@n3 - @n1));
assert_eq!(@owner.@remove("@text1", @n3), Err(format!("only {} left", @n3 - @n1)));
assert!(@owner.@remove("@text2", 1).unwrap_err().contains("@text2"));
""",
        ),
        Template(
            "result_in_an_option_function",
            """
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// Reads `@label=@size`; lines that are something else are no @items.
pub fn parsed(line: &str) -> Option<@Item> {
    let (@label, @size) = line.split_once('=')?;
    let @size = @size.⟦trim().¦trim_end().¦⟧parse::<@Int>()«?»«.ok()?»«.unwrap_or_default()»;
    ⟦Some(@Item {
        @label: @label.to_string(),
        @size,
    })¦let @label = @label.to_string();
    Some(@Item { @label, @size })⟧
}

pub fn total(text: &str) -> @Int {
    text.lines().filter_map(parsed).map(|@item| @item.@size).sum()
}
""",
            test="""
assert_eq!(total("@text1=@n1\\n@text2=@n2\\n\\n@text3"), @n1 + @n2);
assert_eq!(parsed("@text1=@n1").map(|@item| @item.@label), Some("@text1".to_string()));
assert!(parsed("@text1=many").is_none());
""",
        ),
        Template(
            "error_that_does_not_convert",
            """
use std::⟦1:num::ParseIntError¦num::ParseFloatError¦str::ParseBoolError⟧;

#[derive(Debug, PartialEq)]
pub enum @Error {
    Empty,
    Malformed(String),
}

«»«impl From<⟦1:ParseIntError¦ParseFloatError¦ParseBoolError⟧> for @Error {
    fn from(error: ⟦1:ParseIntError¦ParseFloatError¦ParseBoolError⟧) -> Self {
        @Error::Malformed(error.to_string())
    }
}

»pub fn first(line: &str) -> Result<⟦1:@Int¦@Float¦bool⟧, @Error> {
    let field = line.split(⟦','¦';'¦'/'⟧).next().unwrap_or_default()⟦.trim()¦⟧;
    if field.is_empty() {
        return Err(@Error::Empty);
    }
    let value: ⟦1:@Int¦@Float¦bool⟧ = field.parse()?;
    Ok(value)
}

/// Whether the line's first field was ever filled in.
pub fn is_filled(line: &str) -> bool {
    first(line) != Err(@Error::Empty)
}

pub fn source_of(error: &⟦1:ParseIntError¦ParseFloatError¦ParseBoolError⟧) -> String {
    format!("in a @item: {error}")
}
""",
            test="""
assert_eq!(first("⟦1:12¦2.5¦true⟧"), Ok(⟦1:12¦2.5¦true⟧));
assert_eq!(first(""), Err(@Error::Empty));
assert!(matches!(first("@text1!"), Err(@Error::Malformed(_))));
assert!(is_filled("@text1!"));
""",
            codes=("E0271", "E0277"),
        ),
        Template(
            "function_that_returns_nothing",
            """
#[derive(Default)]
pub struct @Owner {
    @count: @Int,
    log: Vec<String>,
}

impl @Owner {
    /// Adds the number that the text says.
    pub fn @add(&mut self, text: &str) «{»«-> Result<(), std::num::ParseIntError> {»
        ⟦let number: @Int = text.parse()?;¦let number = text.parse::<@Int>()?;⟧
        self.@count += number;
        ⟦self.log.push(format!("@add {number}"));¦let entry = format!("@add {number}");
        self.log.push(entry);⟧«»«
        Ok(())»
    }

    pub fn @count(&self) -> @Int {
        self.@count
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }
}
""",
            test="""
let mut @owner = @Owner::default();
assert!(@owner.@add("@n1").is_ok());
assert!(@owner.@add("@text1").is_err());
assert_eq!(@owner.@count(), @n1);
assert_eq!(@owner.log(), ["@add @n1"]);
""",
        ),
        Template(
            "inside_of_a_closure",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub type Parsed<T> = Result<T, String>;

fn number(field: &str) -> Parsed<@Int> {
    field.parse().map_err(|_| format!("{field} is no number"))
}

/// One @item for each pair of a name and a number; the first mistake ends it.
pub fn read_all(pairs: &[(&str, &str)]) -> Parsed<Vec<@Item>> {
    pairs
        .iter()
        .map(|(@label, @count)| «@Item {
            @label: @label.to_string(),
            @count: number(@count)?,
        }»«{
            Ok(@Item {
                @label: @label.to_string(),
                @count: number(@count)?,
            })
        }»)
        ⟦¦.take(@n6)
        ¦.rev()
        ¦.skip_while(|read| *read == Err(String::new()))
        ⟧.collect()
}
""",
            test="""
assert_eq!(read_all(&[("@text1", "@n1")]), Ok(vec![@Item { @label: "@text1".into(), @count: @n1 }]));
assert_eq!(read_all(&[("@text1", "x")]), Err("x is no number".to_string()));
""",
            codes=("E0277", "E0308"),
        ),
        Template(
            "boxed_or_own_error",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct @Error {
    pub @label: String,
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such @item: {}", self.@label)
    }
}

«»«impl Error for @Error {}

»fn @find(@items: &[&str], @label: &str) -> Result<usize, @Error> {
    ⟦@items.iter().position(|@item| *@item == @label).ok_or_else(|| @Error {
        @label: @label.to_string(),
    })¦match @items.iter().position(|@item| *@item == @label) {
        Some(at) => Ok(at),
        None => Err(@Error {
            @label: @label.to_string(),
        }),
    }⟧
}

pub fn distance(@items: &[&str], from: &str, to: &str) -> Result<usize, Box<dyn Error>> {
    let from = @find(@items, from)?;
    let to = @find(@items, to)?;
    ⟦Ok(from.abs_diff(to))¦Ok(from.max(to) - from.min(to))⟧
}
""",
            test="""
let @items = ["@text1", "@text2", "@text3"];
assert_eq!(distance(&@items, "@text3", "@text1").unwrap(), 2);
assert_eq!(distance(&@items, "@text4", "@text1").unwrap_err().to_string(), "no such @item: @text4");
""",
        ),
        Template(
            "in_two_files",
            """
mod reading;

pub use reading::{Reading, read};

/// The values of all lines that can be read, and how many could not.
pub fn tally(text: &str) -> (@Int, usize) {
    let mut total = 0;
    let mut bad = 0;
    for line in text.lines() {
        match read(line) {
            Ok(Reading { value, .. }) => total += value,
            Err(_) => bad += 1,
        }
    }
    (total, bad)
}

//- src/reading.rs
pub struct Reading {
    pub @label: String,
    pub value: @Int,
}

pub fn read(line: &str) -> Result<Reading, ⟦1:String¦&'static str⟧> {
    let (@label, rest) = line.split_once(' ')«?»«.ok_or(⟦1:String::from("no value")¦"no value"⟧)?»;
    ⟦let value = rest.trim().parse().map_err(|_| ⟦1:String::from("no number")¦"no number"⟧)?;¦let Ok(value) = rest.trim().parse() else {
        return Err(⟦1:String::from("no number")¦"no number"⟧);
    };⟧
    Ok(Reading {
        @label: @label.to_string(),
        value,
    })
}
""",
            test="""
assert_eq!(tally("@text1 @n1\\n@text2\\n@text3 x\\n@text4 @n2"), (@n1 + @n2, 2));
assert_eq!(read("@text1 @n3").map(|reading| reading.@label), Ok("@text1".to_string()));
""",
        ),
    ),
    frozen=(
        Template(
            "checked_arithmetic_in_a_result",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    TooMany { @person: String },
    NoneLeft,
}

pub struct @Owner {
    pub @count: u8,
    pub reserved: Vec<(String, u8)>,
}

impl @Owner {
    pub fn @add(&mut self, @person: &str, number: u8) -> Result<u8, @Error> {
        let taken: u8 = self.reserved.iter().map(|(_, number)| number).sum();
        let free = self.@count.checked_sub(taken).ok_or(@Error::NoneLeft)?;
        let left = free.checked_sub(number)«?»«.ok_or_else(|| @Error::TooMany {
            @person: @person.to_string(),
        })?»«.ok_or(@Error::NoneLeft)?»;
        self.reserved.push((@person.to_string(), number));
        Ok(left)
    }
}
""",
            test="""
let mut @owner = @Owner { @count: 10, reserved: Vec::new() };
assert_eq!(@owner.@add("@name1", 7), Ok(3));
assert_eq!(@owner.@add("@name2", 4), Err(@Error::TooMany { @person: "@name2".to_string() }));
assert_eq!(@owner.reserved.len(), 1);
@owner.@count = 5;
assert_eq!(@owner.@add("@name3", 1), Err(@Error::NoneLeft));
""",
        ),
        Template(
            "absent_is_no_mistake",
            """
use std::num::ParseIntError;

/// Settings as they stand in a file: `key = value` lines.
pub struct Settings<'a> {
    text: &'a str,
}

impl<'a> Settings<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text }
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.text.lines().find_map(|line| {
            let (found, value) = line.split_once('=')?;
            (found.trim() == key).then(|| value.trim())
        })
    }

    /// The number, or nothing where the key is absent; a value that is no number is a mistake.
    pub fn number(&self, key: &str) -> Result<Option<u32>, ParseIntError> {
        let value = self.value(key)«?»«»«.unwrap_or("0")»;
        «let number = value.parse()?;
        Ok(Some(number))»«value.map(str::parse).transpose()»«Ok(Some(value.parse()?))»
    }
}

pub fn @count(text: &str) -> Result<u32, ParseIntError> {
    Ok(Settings::new(text).number("@count")?.unwrap_or(@n1))
}
""",
            test="""
assert_eq!(@count("@count = 12\\n@label = x"), Ok(12));
assert_eq!(@count("@label = x"), Ok(@n1));
assert!(@count("@count = many").is_err());
assert_eq!(Settings::new("").number("@count"), Ok(None));
""",
        ),
        Template(
            "question_mark_in_a_loop_that_skips",
            """
#[derive(Debug)]
pub struct Line {
    pub @person: String,
    pub @price: f64,
}

fn amount(field: Option<&str>) -> Result<f64, String> {
    let field = field.ok_or("a field is missing")?;
    field.trim().parse().map_err(|_| format!("{field} is no amount"))
}

/// The lines that can be read. What cannot is left out, and does not end the reading.
pub fn readable(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for row in text.lines() {
        let mut fields = row.split(';');
        let Some(@person) = fields.next().filter(|field| !field.is_empty()) else {
            continue;
        };
        «let @price = amount(fields.next())?;»«let Ok(@price) = amount(fields.next()) else {
            continue;
        };»«let Ok(@price) = amount(fields.next()) else {
            break;
        };»
        lines.push(Line {
            @person: @person.to_string(),
            @price,
        });
    }
    lines
}
""",
            test="""
let lines = readable("@name1; 2.5\\n@name2; lots\\n;1\\n@name3;4");
let people: Vec<&str> = lines.iter().map(|line| line.@person.as_str()).collect();
assert_eq!(people, ["@name1", "@name3"]);
assert_eq!(lines[1].@price, 4.0);
""",
        ),
        Template(
            "nested_option_in_a_result",
            """
pub struct @Person {
    pub name: String,
    pub referred_by: Option<String>,
}

#[derive(Debug, PartialEq)]
pub struct Unknown(pub String);

pub struct Register {
    pub @people: Vec<@Person>,
}

impl Register {
    fn @find(&self, name: &str) -> Result<&@Person, Unknown> {
        let found = self.@people.iter().find(|@person| @person.name == name);
        found.ok_or_else(|| Unknown(name.to_string()))
    }

    /// Who stands at the beginning of the chain of referrals.
    pub fn origin(&self, name: &str) -> Result<&str, Unknown> {
        let mut @person = self.@find(name)?;
        loop {
            «let earlier = @person.referred_by.as_deref()?;»«let Some(earlier) = @person.referred_by.as_deref() else {
                return Ok(&@person.name);
            };»«let Some(earlier) = @person.referred_by.as_deref() else {
                return Err(Unknown(@person.name.clone()));
            };»
            @person = self.@find(earlier)?;
        }
    }
}
""",
            test="""
let person = |name: &str, by: Option<&str>| @Person { name: name.into(), referred_by: by.map(String::from) };
let @people = vec![person("@name1", None), person("@name2", Some("@name1")), person("@name3", Some("Zoe"))];
let register = Register { @people };
assert_eq!(register.origin("@name2"), Ok("@name1"));
assert_eq!(register.origin("@name1"), Ok("@name1"));
assert_eq!(register.origin("@name3"), Err(Unknown("Zoe".to_string())));
""",
        ),
    ),
)
