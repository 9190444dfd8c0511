"""Asking a Result a question: `is_ok_and`, `is_err_and`, and what stood there before them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="is_ok_and",
    title="A condition on what is in a Result, written the old way or with a closure that does not fit",
    codes=(
        "clippy::unnecessary_map_or",
        "clippy::manual_is_variant_and",
        "clippy::unnecessary_unwrap",
        "clippy::redundant_pattern_matching",
        "E0277",
        "E0308",
        "E0369",
        "E0382",
        "E0507",
        "E0599",
        "E0615",
        "E0631",
    ),
    templates=(
        Template(
            "fields_of_a_line_that_are_numbers",
            """
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub low: @Int,
    pub high: @Int,
}

impl Column {
    pub fn accepts(&self, field: &str) -> bool {
        let number = field.trim().parse::<@Int>();
        number.«map_or(false, |number| ⟦1:(self.low..=self.high).contains(&number)¦(self.low..self.high).contains(&number)¦number < self.high⟧)»«is_ok_and(|number| ⟦1:(self.low..=self.high).contains(&number)¦(self.low..self.high).contains(&number)¦number < self.high⟧)»«is_ok()»
    }
}

/// The names of the columns whose field is not what it should be.
pub fn mistakes<'a>(columns: &'a [Column], line: &str) -> ⟦2:Vec<&'a str>¦Option<&'a Column>⟧ {
    ⟦2:let pairs = columns.iter().zip(line.split(','));
    let wrong = pairs.filter(|(column, field)| !column.accepts(field));
    wrong.map(|(column, _)| column.name.as_str()).collect()¦let mut fields = line.split(',');
    columns.iter().find(|column| !fields.next().is_some_and(|field| column.accepts(field)))⟧
}
""",
            test="""
let columns = ["a", "b"].map(|name| Column { name: name.into(), low: @n2, high: @n4 });
assert!(columns[0].accepts(" @n3 ") && !columns[0].accepts("x") && !columns[0].accepts("50"));
assert_eq!(columns[0].accepts("@n4"), ⟦1:true¦false¦false⟧);
assert_eq!(mistakes(&columns, "@n3,x")⟦2:.len(), 1¦.map(|column| column.name.as_str()), Some("b")⟧);
""",
            codes=("clippy::unnecessary_map_or",),
        ),
        Template(
            "mapped_and_then_unwrapped",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, PartialEq)]
pub enum @Error {
    Unknown(String),
    Locked,
}

#[derive(Default)]
pub struct @Owner {
    @count: ⟦1:HashMap¦BTreeMap⟧<String, @Int>,
    pub locked: bool,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, number: @Int) {
        *self.@count.entry(@label.to_string()).or_default() += number;
    }

    pub fn @count(&self, @label: &str) -> Result<@Int, @Error> {
        if self.locked {
            return Err(@Error::Locked);
        }
        let found = self.@count.get(@label).copied();
        ⟦found.ok_or_else(|| @Error::Unknown(@label.to_string()))¦match found {
            Some(@count) => Ok(@count),
            None => Err(@Error::Unknown(@label.into())),
        }⟧
    }

    pub fn has(&self, @label: &str, number: @Int) -> bool {
        self.@count(@label)«.map(|@count| @count ⟦2:>¦>=⟧ number).unwrap_or_default()»«.is_ok_and(|@count| @count ⟦2:>¦>=⟧ number)»«.is_err()»
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("@text1", @n3);
assert!(@owner.has("@text1", @n2) && !@owner.has("@text1", @n4) && !@owner.has("@text2", 0));
@owner.locked = true;
assert!(!@owner.has("@text1", @n2));
""",
            codes=("clippy::manual_is_variant_and",),
        ),
        Template(
            "asked_of_an_option",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
    pub most: @Int,
}

impl @Owner {
    fn at(&self, at: usize) -> Result<&@Item, String> {
        self.@items.get(at).ok_or_else(|| format!("no @item {at}"))
    }

    pub fn is_rare(&self, at: usize) -> bool {
        self.at(at).is_ok_and(|@item| @item.@count < self.most)
    }

    /// Whether so many can be taken, and at least one is left.
    pub fn can_@remove(&self, at: usize, number: @Int) -> bool {
        ⟦1:let Ok(@item) = self.at(at) else {
            return false;
        };
        @item.@count.checked_sub(number).«is_ok_and»«is_some_and»(|left| left > 0)¦self.at(at).is_ok_and(|@item| {
            let left = @item.@count.checked_sub(number);
            left.«is_ok_and»«is_some_and»(|left| left > 0)
        })¦match self.at(at) {
            Ok(@item) => @item.@count.checked_sub(number).«is_ok_and»«is_some_and»(|left| left > 0),
            Err(_) => false,
        }⟧
    }

    pub fn first_is(&self, @label: &str) -> bool {
        self.⟦2:@items.first()¦at(0)⟧.«⟦2:is_ok_and¦is_some_and⟧»«⟦2:is_some_and¦is_ok_and⟧»(|@item| @item.@label == @label)
    }
}
""",
            test="""
let @items = vec![@Item { @label: "@text1".into(), @count: @n2 }];
let @owner = @Owner { @items, most: @n1 };
assert!(@owner.can_@remove(0, @n1) && !@owner.can_@remove(0, @n2) && !@owner.can_@remove(1, 0));
assert!(@owner.first_is("@text1") && !@owner.first_is("@text2") && !@owner.is_rare(0));
""",
            codes=("E0599",),
        ),
        Template(
            "the_last_answer_is_kept",
            """
pub struct Probe {
    pub @label: String,
    last: Result<String, String>,
    pub failures: @Int,
}

impl Probe {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
            last: Err("never asked".to_string()),
            failures: 0,
        }
    }

    pub fn record(&mut self, answer: Result<⟦1:&str¦String⟧, &str>) {
        ⟦if answer.is_err() {
            self.failures += 1;
        }¦self.failures += @Int::from(answer.is_err() as u8);¦if let Err(why) = answer
            && !why.is_empty()
        {
            self.failures += 1;
        }⟧
        self.last = answer⟦1:.map(String::from)¦⟧.map_err(String::from);
    }

    /// Whether it works, and says so.
    pub fn is_well(&self) -> bool {
        self.last«»«.as_ref()».⟦2:is_ok_and(|answer| answer.starts_with("ok"))¦is_ok_and(|answer| answer == "ok")¦is_ok_and(|answer| answer.contains("ok") && answer.len() < 9)⟧
    }

    pub fn timed_out(&self) -> bool {
        self.last.as_ref().is_err_and(|why| why.contains("time"))
    }
}
""",
            test="""
let mut probe = Probe::new("@text1");
assert!(!probe.is_well());
probe.record(Ok("ok"⟦1:¦.to_string()⟧));
assert!(probe.is_well() && probe.is_well() && !probe.timed_out());
probe.record(Err("time"));
assert!(!probe.is_well() && probe.timed_out() && probe.failures == 1);
""",
            codes=("E0507",),
        ),
        Template(
            "a_predicate_that_says_maybe",
            """
use std::num::⟦1:ParseIntError¦ParseFloatError⟧;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
}

pub struct Rule {
    pub @kind: @Kind,
    pub limit: ⟦1:@Int¦@Float⟧,
}

fn read(text: &str) -> Result<⟦1:@Int¦@Float⟧, ⟦1:ParseIntError¦ParseFloatError⟧> {
    text.trim().parse()
}

fn limit_of(rules: &[Rule], @kind: @Kind) -> Option<⟦1:@Int¦@Float⟧> {
    ⟦let rule = rules.iter().find(|rule| rule.@kind == @kind)?;
    Some(rule.limit)¦rules.iter().find_map(|rule| (rule.@kind == @kind).then_some(rule.limit))⟧
}

/// Whether the text is a number below the limit. Where no rule is, there is no limit.
pub fn is_allowed(rules: &[Rule], @kind: @Kind, text: &str) -> bool {
    read(text).is_ok_and(|value| limit_of(rules, @kind).«map»«is_none_or»«is_some_and»(|limit| value ⟦<¦<=⟧ limit))
}
""",
            test="""
let rules = [Rule { @kind: @Kind::@First, limit: ⟦1:@n3¦7.5⟧ }];
assert!(is_allowed(&rules, @Kind::@First, "⟦1:@n2¦7.25⟧") && !is_allowed(&rules, @Kind::@First, "⟦1:@n4¦7.75⟧"));
assert!(is_allowed(&rules, @Kind::@Second, "⟦1:@n4¦7.75⟧") && !is_allowed(&rules, @Kind::@Second, "x"));
""",
            codes=("E0308",),
        ),
        Template(
            "asked_for_its_kind_before_it_is_returned",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Busy,
    Missing(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

#[derive(Default)]
pub struct @Owner {
    pub @items: Vec<@Item>,
    pub large: @Int,
}

impl @Owner {
    fn @find(&self, @label: &str) -> Result<@Item, @Error> {
        let mut found = self.@items.iter().filter(|@item| @item.@label == @label);
        ⟦let missing = || @Error::Missing(@label.to_string());
        found.next().cloned().ok_or_else(missing)¦match found.next() {
            Some(@item) if @item.@size == 0 => Err(@Error::Busy),
            Some(@item) => Ok(@item.clone()),
            None => Err(@Error::Missing(@label.to_string())),
        }⟧
    }

    /// Finds the @item, and counts how often one is ⟦1:large¦missing⟧.
    pub fn @show(&mut self, @label: &str) -> Result<@Item, @Error> {
        let found = self.@find(@label);
        if found«»«.as_ref()».⟦1:is_ok_and(|@item| @item.@size > @n2)¦is_err_and(|error| matches!(error, @Error::Missing(_)))⟧ {
            self.large += 1;
        }
        found
    }
}
""",
            test="""
let @items = vec![@Item { @label: "@text1".into(), @size: @n3 }, @Item { @label: "@text2".into(), @size: @n1 }];
let mut @owner = @Owner { @items, large: 0 };
assert_eq!(@owner.@show("@text1").map(|@item| @item.@size), Ok(@n3));
assert_eq!(@owner.@show("@text2").map(|@item| @item.@size), Ok(@n1));
assert_eq!(@owner.@show("@text3"), Err(@Error::Missing("@text3".into())));
assert_eq!(@owner.large, 1);
""",
            codes=("E0382",),
        ),
        Template(
            "the_predicate_is_a_method",
            """
#[derive(Debug, Clone)]
pub struct Address {
    pub host: String,
    pub port: @Int,
}

impl Address {
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = text.split_once(':').ok_or("no port")?;
        let port = port.parse().map_err(|_| format!("{port} is no port"))?;
        ⟦Ok(Address {
            host: host.to_string(),
            port,
        })¦let host = host.to_string();
        Ok(Self { host, port })⟧
    }

    pub fn is_local(⟦1:&self¦&self, least: @Int⟧) -> bool {
        self.host == "localhost"⟦1:¦ && self.port >= least⟧
    }
}

pub fn local(texts: &[&str]) -> ⟦2:usize¦Vec<String>⟧ {
    texts
        .iter()
        .filter(|text| Address::parse(text).is_ok_and(«⟦1:Address::is_local¦|address| address.is_local⟧»«⟦1:|address| address.is_local()¦|address| address.is_local(@n2)⟧»))
        ⟦2:.count()¦.map(ToString::to_string)
        .collect()⟧
}
""",
            test="""
let found = local(&["localhost:@n3", "example.org:@n3", "localhost", "localhost:x"]);
assert_eq!(found⟦2:, 1¦, ["localhost:@n3"]⟧);
""",
            codes=("E0631", "E0615"),
        ),
        Template(
            "unwrapped_after_it_was_asked",
            """
pub struct @Person {
    pub name: String,
    pub age: String,
    pub @flag: bool,
}

impl @Person {
    fn age(&self) -> Result<@Int, String> {
        self.age.parse().map_err(|_| format!("{} is no age", self.age))
    }

    /// Whether the age is known, and such that somebody is grown up.
    pub fn is_adult(&self) -> bool {
        let age = self.age();
        ⟦1:let adult = «if age.is_ok() { age.unwrap() >= 18 } else { false }»«age.is_ok_and(|age| age >= 18)»«age.is_ok()»;
        adult || self.@flag¦if self.@flag {
            return true;
        }
        «if age.is_ok() {
            return age.unwrap() >= 18;
        }
        false»«age.is_ok_and(|age| age >= 18)»«age.is_ok()»⟧
    }
}

pub fn adults(@people: &[@Person]) -> ⟦2:Vec<&str>¦bool¦usize⟧ {
    let mut adults = @people.iter().filter(|@person| @person.is_adult());
    ⟦2:adults.by_ref().map(|@person| @person.name.as_str()).collect()¦adults.next().is_some()¦adults.by_ref().count()⟧
}
""",
            test="""
let person = |name: &str, age: &str| @Person { name: name.into(), age: age.into(), @flag: false };
let @people = [person("@name1", "12"), person("@name2", "34"), person("@name3", "old")];
assert_eq!(adults(&@people), ⟦2:["@name2"]¦true¦1⟧);
assert!(!@people[0].is_adult() && !@people[2].is_adult());
""",
            codes=("clippy::unnecessary_unwrap",),
        ),
    ),
    frozen=(
        Template(
            "a_check_that_may_itself_fail",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Closed,
    Unknown(String),
}

pub struct @Owner {
    pub open: bool,
    pub free: Vec<(String, u32)>,
}

impl @Owner {
    /// Whether there is room for that many.
    pub fn fits(&self, @label: &str, number: u32) -> Result<bool, @Error> {
        if !self.open {
            return Err(@Error::Closed);
        }
        let place = self.free.iter().find(|(name, _)| name == @label);
        let (_, free) = place.ok_or_else(|| @Error::Unknown(@label.to_string()))?;
        Ok(*free >= number)
    }

    /// The first of the places that has room, or how many were asked. What cannot be asked has none.
    pub fn choose<'a>(&self, places: &[&'a str], number: u32) -> Result<&'a str, usize> {
        let mut asked = 0;
        for place in places {
            asked += 1;
            if «self.fits(place, number)»«self.fits(place, number).is_ok_and(|fits| fits)»«self.fits(place, number).is_ok()» {
                return Ok(place);
            }
        }
        Err(asked)
    }
}
""",
            test="""
let free = vec![("@text1".to_string(), 2), ("@text2".to_string(), 5)];
let mut @owner = @Owner { open: true, free };
assert_eq!(@owner.choose(&["@text3", "@text1", "@text2"], 4), Ok("@text2"));
assert_eq!(@owner.choose(&["@text1"], 4), Err(1));
@owner.open = false;
assert_eq!(@owner.choose(&["@text2", "@text1"], 1), Err(2));
""",
            codes=("E0308",),
        ),
        Template(
            "an_option_in_the_result",
            """
pub struct Line {
    pub @label: String,
    pub text: String,
}

/// The number that is told, if one is; an empty field tells none.
fn number(text: &str) -> Result<Option<u32>, std::num::ParseIntError> {
    match text.trim() {
        "" => Ok(None),
        told => told.parse().map(Some),
    }
}

/// Whether a number is told that is below the limit.
pub fn is_below(line: &Line, limit: u32) -> bool {
    number(&line.text).is_ok_and(|told| «told < limit»«told.is_some_and(|told| told < limit)»«told.is_none_or(|told| told < limit)»)
}

pub fn below(lines: &[Line], limit: u32) -> Vec<&str> {
    let found = lines.iter().filter(|line| is_below(line, limit));
    found.map(|line| line.@label.as_str()).collect()
}
""",
            test="""
let lines = [("a", "3"), ("b", ""), ("c", "x"), ("d", "9")].map(|(@label, text)| Line { @label: @label.into(), text: text.into() });
assert_eq!(below(&lines, 5), ["a"]);
""",
            codes=("E0308",),
        ),
        Template(
            "answers_that_are_only_looked_at",
            """
#[derive(Debug)]
pub struct @Error {
    pub attempts: u32,
}

pub struct Survey {
    pub answers: Vec<Result<u32, @Error>>,
}

impl Survey {
    pub fn high(&self, least: u32) -> usize {
        let answers = self.answers.iter();
        answers.filter(|answer| «answer.is_ok_and(|value| value >= least)»«answer.as_ref().is_ok_and(|value| *value >= least)»«answer.is_ok()»).count()
    }

    /// Whether nobody had to be asked more often than that.
    pub fn was_easy(&self, most: u32) -> bool {
        !self.answers.iter().any(|answer| match answer {
            Ok(_) => false,
            Err(error) => error.attempts > most,
        })
    }
}
""",
            test="""
let survey = Survey { answers: vec![Ok(3), Err(@Error { attempts: 2 }), Ok(7)] };
assert_eq!((survey.high(5), survey.high(1), survey.high(9)), (1, 2, 0));
assert!(survey.was_easy(2) && !survey.was_easy(1));
""",
            codes=("E0507",),
        ),
        Template(
            "which_error_is_in_the_box",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug, PartialEq)]
pub struct Missing(pub String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing", self.0)
    }
}

impl Error for Missing {}

pub fn @size(text: &str, @label: &str) -> Result<u32, Box<dyn Error>> {
    for line in text.lines() {
        if let Some((name, @size)) = line.split_once(' ')
            && name == @label
        {
            return Ok(@size.parse()?);
        }
    }
    Err(Missing(@label.to_string()).into())
}

/// Those that are missing; a @size that is no number is there.
pub fn missing<'a>(text: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let absent = wanted.iter().filter(|@label| @size(text, @label).is_err_and(|error| «error == Missing(@label.to_string())»«error.is::<Missing>()»«!error.is::<Missing>()»));
    absent.copied().collect()
}
""",
            test="""
assert_eq!(missing("@text1 3\\n@text2 x", &["@text1", "@text2", "@text3"]), ["@text3"]);
assert_eq!(@size("@text1 3", "@text1").unwrap(), 3);
""",
            codes=("E0369",),
        ),
        Template(
            "tried_again_as_long_as_it_is_worth_it",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Busy,
    Gone { @label: String },
}

impl @Error {
    /// Whether trying again may help.
    pub fn into_hint(self) -> Option<&'static str> {
        match self {
            @Error::Busy => Some("later"),
            @Error::Gone { .. } => None,
        }
    }
}

/// Asks until there is an answer, or an error that stays.
pub fn patient<T>(mut ask: impl FnMut(u32) -> Result<T, @Error>, most: u32) -> Result<T, @Error> {
    let mut attempt = 1;
    loop {
        let answer = ask(attempt);
        if «answer.is_err_and(|error| error.into_hint().is_some())»«answer.as_ref().is_err_and(|error| *error == @Error::Busy)»«answer.is_err()»
            && attempt < most
        {
            attempt += 1;
            continue;
        }
        return answer;
    }
}
""",
            test="""
let mut asked = 0;
let found = patient(|attempt| { asked = attempt; if attempt < 3 { Err(@Error::Busy) } else { Ok(attempt) } }, 5);
assert_eq!((found, asked), (Ok(3), 3));
let found = patient::<u32>(|attempt| { asked = attempt; Err(@Error::Gone { @label: "@text1".into() }) }, 5);
assert_eq!((found, asked), (Err(@Error::Gone { @label: "@text1".into() }), 1));
assert_eq!(patient::<u32>(|_| Err(@Error::Busy), 2), Err(@Error::Busy));
""",
            codes=("E0382",),
        ),
    ),
)
