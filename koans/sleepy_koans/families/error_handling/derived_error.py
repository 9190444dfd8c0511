"""Errors that are declared and not written out, as with thiserror: the macro stands in the program."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="derived_error",
    title="A declared error, in the manner of thiserror: the declaration and its use do not fit one another",
    codes=(
        "E0277",
        "E0599",
        "E0425",
        "E0369",
        "E0119",
        "overflowing_literals",
        NO_CODE,
        "E0432",
        "E0412",
        "E0422",
        "E0433",
        "E0283",
        "E0308",
    ),
    templates=(
        Template(
            "a_message_names_another_field",
            """
macro_rules! errors {
    ($name:ident { $($variant:ident { $($field:ident: $type:ty),+ } => $text:literal,)+ }) => {
        #[derive(Debug⟦¦, Clone¦, PartialEq⟧)]
        pub enum $name {
            $($variant { $($field: $type),+ },)+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $($name::$variant { $($field),+ } => write!(f, $text),)+
                }
            }
        }

        impl std::error::Error for $name {}
    };
}

errors! {
    @Error {
        ⟦1:Missing { @label: String } => "there is no {«name»«@label»}",
        TooMany { @count: @Int, limit: @Int } => "{@count} of at most {limit}",¦Missing { @label: String } => "there is no {@label}",
        TooMany { @count: @Int, limit: @Int } => "{«number»«@count»} of at most {limit}",¦Missing { @label: String } => "there is no {@label}",
        TooMany { @count: @Int, limit: @Int } => "{@count} of at most {«max»«limit»}",⟧
    }
}

pub fn @remove(@items: &mut Vec<String>, @label: &str) -> Result<String, @Error> {
    let found = @items.iter().position(|@item| @item == @label);
    let at = found.ok_or_else(|| @Error::Missing { @label: @label.to_string() })?;
    ⟦Ok(@items.remove(at))¦Ok(@items.swap_remove(at))⟧
}

pub fn check(@count: @Int) -> Result<@Int, @Error> {
    let limit = @n2;
    ⟦if @count > limit {
        return Err(@Error::TooMany { @count, limit });
    }
    Ok(@count)¦match @count {
        @count if @count <= limit => Ok(@count),
        _ => Err(@Error::TooMany { @count, limit }),
    }⟧
}
""",
            test="""
assert_eq!(check(@n3).unwrap_err().to_string(), "@n3 of at most @n2");
assert!(check(@n1).is_ok());
assert_eq!(@remove(&mut vec!["@text1".into()], "@text2").unwrap_err().to_string(), "there is no @text2");
""",
            codes=("E0425",),
        ),
        Template(
            "a_conversion_that_is_not_listed",
            """
use std::num::{ParseFloatError, ParseIntError};
⟦1:¦use std::str::ParseBoolError;
⟧
macro_rules! from_errors {
    ($name:ident { $($variant:ident: $inner:ty),+ $(,)? }) => {
        $(impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                $name::$variant(inner)
            }
        })+
    };
}

#[derive(Debug)]
pub enum @Error {
    Fields(usize),
    Count(ParseIntError),
    Price(ParseFloatError),
    ⟦1:¦Flag(ParseBoolError),
⟧}

from_errors!(@Error {
    ⟦2:«»«Count: ParseIntError,
    »Price: ParseFloatError,¦Count: ParseIntError,
    «»«Price: ParseFloatError,»⟧
    ⟦1:¦Flag: ParseBoolError,
⟧});

/// A @count and a @price⟦1:¦, and whether it is @flag⟧.
pub fn read(line: &str) -> Result<(@Int, @Float⟦1:¦, bool⟧), @Error> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [@count, @price⟦1:¦, @flag⟧] = words[..] else {
        return Err(@Error::Fields(words.len()));
    };
    ⟦Ok((@count.parse()?, @price.parse()?⟦1:¦, @flag.parse()?⟧))¦let @count = @count.parse()?;
    let @price = @price.parse()?;
    Ok((@count, @price⟦1:¦, @flag.parse()?⟧))⟧
}
""",
            test="""
assert_eq!(read("3 2.5⟦1:¦ true⟧").unwrap(), (3, 2.5⟦1:¦, true⟧));
assert!(matches!(read("x 2.5⟦1:¦ true⟧"), Err(@Error::Count(_))));
assert!(matches!(read("3 x⟦1:¦ true⟧"), Err(@Error::Price(_))));
assert!(matches!(read("3"), Err(@Error::Fields(1))));
""",
            codes=("E0277",),
        ),
        Template(
            "not_what_the_macro_reads",
            """
use std::fmt;

macro_rules! error {
    ($(#[$meta:meta])* $name:ident, $text:⟦1:literal¦expr⟧) => {
        $(#[$meta])*
        #[derive(Debug, PartialEq)]
        pub struct $name(pub ⟦2:@Int¦String⟧);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}: {}", $text, self.0)
            }
        }

        impl std::error::Error for $name {}
    };
}

⟦3:error!(/** Nothing is left. */ Empty«:»«,» "empty");
error!(Unknown, "unknown");¦error!(/** Nothing is left. */ Empty, "empty");
error!(Unknown«»«, "unknown"»);¦error!(/** Nothing is left. */ Empty, "empty");
error!(«"unknown", Unknown»«Unknown, "unknown"»);¦error!(/** Nothing is left. */ «pub »«»Empty, "empty");
error!(Unknown, "unknown");⟧

pub fn @remove(left: &mut Vec<@Int>, @label: &str) -> Result<@Int, Empty> {
    left.pop().ok_or(Empty(⟦2:@label.len() as @Int¦@label.to_string()⟧))
}

pub fn code(@label: &str) -> Result<u8, Unknown> {
    match @label {
        "@text1" => Ok(1),
        "@text2" => Ok(2),
        ⟦_ => Err(Unknown(⟦2:@label.len() as @Int¦@label.to_string()⟧)),¦other => Err(Unknown(⟦2:other.len() as @Int¦other.to_string()⟧)),⟧
    }
}
""",
            test="""
assert_eq!(code("@text2"), Ok(2));
assert_eq!(code("xyz").unwrap_err().to_string(), "unknown: ⟦2:3¦xyz⟧");
assert_eq!(@remove(&mut vec![@n1], "a"), Ok(@n1));
assert_eq!(@remove(&mut vec![], "a").unwrap_err().to_string(), "empty: ⟦2:1¦a⟧");
""",
            codes=(NO_CODE,),
        ),
        Template(
            "what_is_within_cannot_be_shown",
            """
macro_rules! wrapping_error {
    ($name:ident { $($variant:ident($inner:ty) => $text:literal),+ $(,)? }) => {
        #[derive(Debug)]
        pub enum $name {
            $($variant($inner)),+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(inner) => write!(f, concat!($text, ": {}"), inner)),+
                }
            }
        }
    };
}

/// Where it happened; shown as `@label/@size`.
#[derive(Debug⟦¦, Clone¦, Clone, PartialEq⟧)]
pub struct Spot {
    pub @label: String,
    pub @size: @Int,
}

«»«impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.@label, self.@size)
    }
}

»wrapping_error!(@Error {
    Full(Spot) => "no room",
    ⟦Late(@Int) => "too late",¦Closed(&'static str) => "closed",¦Worn(@Float) => "worn out",⟧
});

pub fn @add(@label: &str, @size: @Int) -> Result<@Int, @Error> {
    ⟦if @size > @n3 {
        return Err(@Error::Full(Spot { @label: @label.to_string(), @size }));
    }
    Ok(@n3 - @size)¦let full = || @Error::Full(Spot { @label: @label.to_string(), @size });
    (@size <= @n3).then(|| @n3 - @size).ok_or_else(full)⟧
}
""",
            test="""
assert_eq!(@add("@text1", @n1).unwrap(), @n3 - @n1);
assert_eq!(@add("@text1", @n4).unwrap_err().to_string(), "no room: @text1/@n4");
""",
            codes=("E0277",),
        ),
        Template(
            "a_cause_that_is_no_error",
            """
use std::error::Error;
use std::fmt;

macro_rules! caused_by {
    ($name:ident($cause:ty), $text:literal) => {
        #[derive(Debug)]
        pub struct $name($cause);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl Error for $name {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }

        impl From<$cause> for $name {
            fn from(cause: $cause) -> Self {
                $name(cause)
            }
        }
    };
}

#[derive(Debug)]
pub enum Fault {
    @First,
    @Second(@Int),
}

⟦1:impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::@First => f.write_str("first"),
            Fault::@Second(number) => write!(f, "second {number}"),
        }
    }
}

«»«impl Error for Fault {}

»¦«»«impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

»impl Error for Fault {}

⟧caused_by!(@Error(Fault), "⟦cannot @add¦cannot @remove¦no @item⟧");

fn tried(number: @Int) -> Result<@Int, Fault> {
    match number {
        0 => Err(Fault::@First),
        1..=@n6 => Ok(number),
        _ => Err(Fault::@Second(number)),
    }
}

pub fn @show(number: @Int) -> Result<String, @Error> {
    ⟦Ok(format!("{} @items", tried(number)?))¦let @count = tried(number)?;
    Ok(format!("{@count} @items"))⟧
}
""",
            test="""
assert_eq!(@show(@n1).unwrap(), "@n1 @items");
let error = @show(0).unwrap_err();
assert!(error.source().is_some_and(|cause| !cause.to_string().is_empty()));
""",
            codes=("E0277",),
            bare=True,
        ),
        Template(
            "a_variant_that_was_never_declared",
            """
macro_rules! coded {
    ($name:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($variant),+
        }

        impl $name {
            pub fn code(self) -> u16 {
                match self {
                    $($name::$variant => $code),+
                }
            }

            pub fn of(code: u16) -> Option<Self> {
                match code {
                    $($code => Some($name::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

// 404 is for what is not there, 409 for what is there twice, 503 for what is busy.
coded!(@Error {
    ⟦1:Missing = 404,
    Twice = 409,
    «»«Busy = 503,»¦Missing = 404,
    «»«Twice = 409,
    »Busy = 503,¦«Absent»«Missing» = 404,
    Twice = 409,
    Busy = 503,⟧
});

pub fn @add(@items: &mut Vec<String>, @item: &str) -> Result<usize, @Error> {
    if @items.len() >= @n4 {
        return Err(@Error::Busy);
    }
    if @items.iter().any(|known| known == @item) {
        return Err(@Error::Twice);
    }
    @items.push(@item.⟦to_string()¦to_owned()⟧);
    Ok(@items.len())
}

pub fn @find(@items: &[String], @item: &str) -> Result<usize, @Error> {
    let found = @items.iter().position(|known| known == @item);
    ⟦found.ok_or(@Error::Missing)¦match found {
        Some(at) => Ok(at),
        None => Err(@Error::Missing),
    }⟧
}
""",
            test="""
let mut @items = vec!["@text1".to_string()];
assert_eq!(@add(&mut @items, "@text1").map_err(@Error::code), Err(409));
assert_eq!(@find(&@items, "@text2").map_err(@Error::code), Err(404));
assert_eq!(@Error::of(503), Some(@Error::Busy));
assert_eq!(@Error::of(500), None);
""",
            codes=("E0599",),
        ),
        Template(
            "attributes_that_are_handed_through",
            """
macro_rules! plain_error {
    ($(#[$meta:meta])* $name:ident: $($variant:ident)|+) => {
        $(#[$meta])*
        pub enum $name {
            $($variant),+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $($name::$variant => stringify!($variant)),+
                })
            }
        }
    };
}

plain_error! {
    /// Why a @item was refused.
    #[derive(⟦1:Debug¦Debug, Clone¦Debug, Clone, Copy⟧«»«, PartialEq»)]
    @Error: Empty | Long | Unknown
}

fn check(@label: &str) -> Result<(), @Error> {
    match @label.len() {
        0 => Err(@Error::Empty),
        1..=20 => ⟦2:Ok(())¦@label.starts_with(char::is_alphanumeric).then_some(()).ok_or(@Error::Unknown)⟧,
        _ => Err(@Error::Long),
    }
}

/// How many of the names were refused for that reason.
pub fn refused(names: &[&str], reason: &@Error) -> usize {
    ⟦names
        .iter()
        .filter_map(|name| check(name).err())
        .filter(|error| error == reason)
        .count()¦let mut found = 0;
    for name in names {
        if check(name).is_err_and(|error| error == *reason) {
            found += 1;
        }
    }
    found¦let errors = names.iter().map(|name| check(name).err());
    errors.flatten().filter(|error| error == reason).count()⟧
}
""",
            test="""
let long = "x".repeat(30);
let names = ["@text1", "", &long, ""];
assert_eq!(refused(&names, &@Error::Empty), 2);
assert_eq!(refused(&names, &@Error::Long), 1);
assert_eq!(@Error::Unknown.to_string(), "Unknown");
""",
            codes=("E0369",),
        ),
        Template(
            "a_macro_of_another_file",
            """
⟦1:«»«#[macro_use]
»mod declare;

error_type!(@Error, "no @item");¦mod declare;

«»«use declare::error_type;

»error_type!(@Error, "no @item");⟧

pub struct @Owner {
    pub @items: Vec<(@Int, String)>,
}

impl @Owner {
    pub fn @find(&self, number: @Int) -> Result<&str, @Error> {
        ⟦self.@items
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, @label)| @label.as_str())
            .ok_or(@Error { number })¦for (known, @label) in &self.@items {
            if *known == number {
                return Ok(@label);
            }
        }
        Err(@Error { number })⟧
    }
}

//- src/declare.rs
macro_rules! error_type {
    ($name:ident, $text:literal) => {
        #[derive(Debug, Clone⟦¦, Copy⟧, PartialEq)]
        pub struct $name {
            pub number: @Int,
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} ({})", $text, self.number)
            }
        }

        impl std::error::Error for $name {}
    };
}

⟦1:¦pub(crate) use error_type;⟧
""",
            test="""
let @owner = @Owner { @items: vec![(@n1, "@text1".into())] };
assert_eq!(@owner.@find(@n1), Ok("@text1"));
assert_eq!(@owner.@find(@n2).unwrap_err().to_string(), "no @item (@n2)");
""",
            codes=(NO_CODE, "E0422", "E0425"),
        ),
    ),
    frozen=(
        Template(
            "a_variant_of_another_shape",
            """
macro_rules! errors {
    ($name:ident { $($variant:ident «»«$(($inner:ty))? »=> $text:literal,)+ }) => {
        #[derive(Debug, PartialEq)]
        pub enum $name {
            $($variant«»« $(($inner))?»,)+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $($name::$variant«»« { .. }» => $text,)+
                })
            }
        }
    };
}

errors! {
    @Error {
        Closed => "it is closed",
        Full => "there is no room",
        Unknown(String) => "nobody knows it",
    }
}

pub fn @add(@items: &mut Vec<String>, @item: &str, open: bool) -> Result<usize, @Error> {
    if !open {
        return Err(@Error::Closed);
    }
    if @item.is_empty() {
        return Err(@Error::Unknown("a @item without a name".to_string()));
    }
    if @items.len() == 2 {
        return Err(@Error::Full);
    }
    @items.push(@item.to_string());
    Ok(@items.len())
}
""",
            test="""
let mut @items = vec!["@text1".to_string()];
assert_eq!(@add(&mut @items, "", false), Err(@Error::Closed));
let unknown = @add(&mut @items, "", true).unwrap_err();
assert_eq!(unknown.to_string(), "nobody knows it");
assert!(matches!(unknown, @Error::Unknown(name) if name.starts_with("a @item")));
assert_eq!(@add(&mut @items, "@text2", true), Ok(2));
assert_eq!(@add(&mut @items, "@text3", true).unwrap_err().to_string(), "there is no room");
""",
            codes=(NO_CODE,),
        ),
        Template(
            "two_causes_of_one_type",
            """
use std::num::ParseIntError;

macro_rules! caused {
    (@@from $name:ident $variant:ident($cause:ty)) => {};
    (@@from $name:ident $variant:ident($cause:ty) from) => {
        impl From<$cause> for $name {
            fn from(cause: $cause) -> Self {
                $name::$variant(cause)
            }
        }
    };
    ($name:ident { $($variant:ident($cause:ty) $($from:ident)?),+ $(,)? }) => {
        #[derive(Debug, PartialEq)]
        pub enum $name {
            $($variant($cause)),+
        }

        $(caused!(@@from $name $variant($cause) $($from)?);)+
    };
}

caused!(@Error {
    Width(ParseIntError) from,
    Height(ParseIntError)« from»«»,
    Missing(&'static str),
});

/// Reads `width x height`; which of the two was wrong is told by the error.
pub fn area(text: &str) -> Result<u32, @Error> {
    let (width, height) = text.split_once('x').ok_or(@Error::Missing("x"))?;
    let width: u32 = width.trim().parse()?;
    let height: u32 = height.trim().parse()«?»«.map_err(@Error::Height)?»«?»;
    Ok(width * height)
}
""",
            test="""
assert_eq!(area("3 x 4"), Ok(12));
assert!(matches!(area("a x 4"), Err(@Error::Width(_))));
assert!(matches!(area("3 x b"), Err(@Error::Height(_))));
assert_eq!(area("3"), Err(@Error::Missing("x")));
""",
            codes=("E0119",),
        ),
        Template(
            "a_name_that_the_macro_keeps_to_itself",
            """
macro_rules! messages {
    ($name:ident { $($variant:ident($inner:ty) => $text:literal),+ $(,)? }) => {
        #[derive(Debug)]
        pub enum $name {
            $($variant($inner)),+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant(inner) => write!(f, $text«»«, inner»)),+
                }
            }
        }

        impl std::error::Error for $name {}
    };
}

messages!(@Error {
    Missing(String) => "no @item is called {«inner»«»«:?»}",
    Heavy(u32) => "{«inner»«»} is more than @n4",
});

pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

pub fn @find<'a>(@items: &'a [@Item], @label: &str) -> Result<&'a @Item, @Error> {
    let found = @items.iter().find(|@item| @item.@label == @label);
    match found.ok_or_else(|| @Error::Missing(@label.to_string()))? {
        @item if @item.@size > @n4 => Err(@Error::Heavy(@item.@size)),
        @item => Ok(@item),
    }
}
""",
            test="""
let @items = [@n1, @n5].map(|@size| @Item { @label: format!("@text1 {@size}"), @size });
assert_eq!(@find(&@items, "@text1 @n1").map(|@item| @item.@size).unwrap(), @n1);
let told = |@label: &str| @find(&@items, @label).err().map(|error| error.to_string());
assert_eq!(told("@text2").as_deref(), Some("no @item is called @text2"));
assert_eq!(told("@text1 @n5").as_deref(), Some("@n5 is more than @n4"));
""",
            codes=("E0425",),
        ),
        Template(
            "the_source_is_in_a_box",
            """
use std::error::Error;
use std::fmt;

type Cause = Box<dyn Error + Send + Sync>;

macro_rules! layer {
    ($name:ident, $text:literal) => {
        #[derive(Debug)]
        pub struct $name {
            cause: Option<Cause>,
        }

        impl $name {
            pub fn new(cause: impl Into<Cause>) -> Self {
                $name {
                    cause: Some(cause.into()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl Error for $name {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                «self.cause.as_ref()»«self.cause.as_deref().map(|cause| cause as &dyn Error)»«None»
            }
        }
    };
}

layer!(StoreError, "the store failed");
layer!(@Error, "no @item could be read");

pub fn read(text: &str) -> Result<u32, @Error> {
    let parsed = text.parse::<u32>().map_err(StoreError::new);
    parsed.map_err(@Error::new)
}

/// How many errors stand behind that one.
pub fn depth(error: &(dyn Error + 'static)) -> usize {
    std::iter::successors(error.source(), |&cause| cause.source()).count()
}
""",
            test="""
assert_eq!(read("@n1").unwrap(), @n1);
let error = read("x").unwrap_err();
assert_eq!((depth(&error), error.to_string().as_str()), (2, "no @item could be read"));
assert!(error.source().is_some_and(|cause| cause.is::<StoreError>()));
assert_eq!(depth(&StoreError { cause: None }), 0);
""",
            codes=("E0308",),
            bare=True,
        ),
        Template(
            "codes_that_outgrew_their_type",
            """
macro_rules! statuses {
    ($name:ident { $($variant:ident = $code:literal $text:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub enum $name {
            $($variant),+
        }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            pub fn code(self) -> «u8»«u16» {
                match self {
                    $($name::$variant => $code),+
                }
            }

            pub fn text(self) -> &'static str {
                match self {
                    $($name::$variant => $text),+
                }
            }
        }
    };
}

statuses!(@Error {
    Malformed = 40 "malformed",
    Missing = 44 "not there",
    Overloaded = 503 "overloaded",
});

pub fn by_code(code: «u8»«u16») -> Option<@Error> {
    @Error::ALL.iter().copied().find(|error| error.code() == code)
}

/// Reads what `line` wrote.
pub fn parse(text: &str) -> Option<@Error> {
    let (code, _) = text.split_once(' ')?;
    by_code(code.parse().ok()?)
}

pub fn line(error: @Error) -> String {
    format!("{} {}", error.code(), error.text())
}
""",
            test="""
assert_eq!(line(@Error::Overloaded), "503 overloaded");
for error in @Error::ALL {
    assert_eq!(parse(&line(*error)), Some(*error));
}
assert_eq!(parse("45 other"), None);
""",
            codes=("overflowing_literals",),
        ),
    ),
)
