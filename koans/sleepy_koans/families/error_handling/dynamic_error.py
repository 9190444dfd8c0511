"""Errors of any type, as with anyhow: boxes, contexts and downcasting. The stand-ins are in the programs."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="dynamic_error",
    title="Errors in a box, in the manner of anyhow: made, converted, given a context or downcast in a way that does not fit",
    codes=("E0277", "E0308", "E0599", "E0310", "E0507", "E0369", "E0271", "E0521"),
    templates=(
        Template(
            "a_text_where_a_box_is_promised",
            """
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error⟦¦ + Send + Sync⟧>>;

pub struct @Owner {
    pub @label: String,
    pub @count: @Int,
}

impl @Owner {
    pub fn parse(text: &str) -> Outcome<Self> {
        let (@label, @count) = text.split_once(⟦':'¦'='⟧).ok_or("a @owner needs a number")?;
        let @count = @count.trim().parse()?;
        ⟦1:if @label.is_empty() {
            return Err(«format!("no name before {@count}")»«format!("no name before {@count}").into()»);
        }
        ¦⟧Ok(Self {
            @label: @label.to_string(),
            @count,
        })
    }

    pub fn @remove(&mut self, number: @Int) -> Outcome<@Int> {
        ⟦2:if number > self.@count {
            return Err(⟦1:«format!("only {} left", self.@count)»«format!("only {} left", self.@count).into()»¦«"not enough"»«"not enough".into()»⟧);
        }
        self.@count -= number;
        Ok(self.@count)¦match self.@count.checked_sub(number) {
            Some(left) => {
                self.@count = left;
                Ok(left)
            }
            None => Err(⟦1:«"not enough"»«"not enough".into()»¦«format!("{number} are too many")»«format!("{number} are too many").into()»⟧),
        }⟧
    }
}
""",
            test="""
assert!(@Owner::parse("@text1").is_err());
let mut @owner = @Owner { @label: "@text1".into(), @count: @n2 };
assert_eq!(@owner.@remove(@n1).unwrap(), @n2 - @n1);
assert_eq!(@owner.@count, @n2 - @n1);
""",
            codes=("E0308",),
        ),
        Template(
            "a_context_for_what_is_absent",
            """
use std::error::Error;

type Failure = Box<dyn Error>;

/// Says more about what went wrong.
pub trait Context<T> {
    fn context(self, text: &str) -> Result<T, Failure>;
}

⟦1:impl<T, E: Error> Context<T> for Result<T, E> {
    fn context(self, text: &str) -> Result<T, Failure> {
        self.map_err(|error| format!("{text}: {error}").into())
    }
}

«»«impl<T> Context<T> for Option<T> {
    fn context(self, text: &str) -> Result<T, Failure> {
        self.ok_or_else(|| text.into())
    }
}

»¦impl<T> Context<T> for Option<T> {
    fn context(self, text: &str) -> Result<T, Failure> {
        self.ok_or_else(|| text.into())
    }
}

«»«impl<T, E: Error> Context<T> for Result<T, E> {
    fn context(self, text: &str) -> Result<T, Failure> {
        self.map_err(|error| format!("{text}: {error}").into())
    }
}

»⟧/// The number behind the @label.
pub fn @find(lines: &[(&str, &str)], @label: &str) -> Result<@Int, Failure> {
    ⟦2:let found = lines.iter().find(|(name, _)| *name == @label);
    let (_, value) = found.context("no such @item")?;
    value.parse::<@Int>().context("no number")¦for (name, value) in lines {
        if *name == @label {
            return value.parse::<@Int>().context("no number");
        }
    }
    None.context("no such @item")⟧
}

pub fn total(lines: &[(&str, &str)], @items: &[&str]) -> Result<@Int, Failure> {
    ⟦@items.iter().map(|@item| @find(lines, @item)).sum()¦let mut total = 0;
    for @item in @items {
        total += @find(lines, @item)?;
    }
    Ok(total)⟧
}
""",
            test="""
let lines = [("@text1", "@n1"), ("@text2", "x"), ("@text3", "@n2")];
assert_eq!(total(&lines, &["@text1", "@text3"]).unwrap(), @n1 + @n2);
assert_eq!(total(&lines, &["@text4"]).unwrap_err().to_string(), "no such @item");
assert!(@find(&lines, "@text2").unwrap_err().to_string().starts_with("no number: "));
""",
            codes=("E0599",),
        ),
        Template(
            "ensured_in_a_function_that_cannot_fail",
            """
use std::error::Error;

macro_rules! ensure {
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err(format!($($text)+).into());
        }
    };
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<(String, @Int)>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @size: @Int) -> «usize»«Result<usize, Box<dyn Error>>» {
        ensure!(@size > 0, "{@label} has no @size");
        ⟦1:ensure!(self.@items.len() < 2, "no room for {@label}");¦ensure!(self.@items.len() < 2, "there are {} already", self.@items.len());
        ensure!(!@label.is_empty(), "no name");⟧
        self.@items.push((@label.to_string(), @size));
        ⟦«self.@items.len()»«Ok(self.@items.len())»¦let number = self.@items.len();
        «number»«Ok(number)»⟧
    }

    pub fn @find(&self, @label: &str) -> Option<@Int> {
        let (_, @size) = self.@items.iter().find(|(name, _)| name == @label)?;
        Some(*@size)
    }
}

pub fn all_added(@owner: &mut @Owner, @items: &[(&str, @Int)]) -> bool {
    ⟦2:for (@label, @size) in @items {
        if «@owner.@add(@label, *@size) == 0»«@owner.@add(@label, *@size).is_err()» {
            return false;
        }
    }
    true¦@items.iter().all(|(@label, @size)| @owner.@add(@label, *@size)« > 0»«.is_ok()»)⟧
}
""",
            test="""
let mut @owner = @Owner::default();
assert!(all_added(&mut @owner, &[("@text1", @n1)]));
assert!(!all_added(&mut @owner, &[("@text2", 0)]));
assert_eq!(@owner.@add("@text3", @n2).unwrap(), 2);
assert!(@owner.@add("@text4", @n2).is_err());
assert_eq!((@owner.@find("@text3"), @owner.@find("@text2")), (Some(@n2), None));
""",
            codes=("E0308",),
        ),
        Template(
            "what_downcasting_gives",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub struct @Error {
    pub @label: String,
    pub left: @Int,
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has only {} left", self.@label, self.left)
    }
}

impl Error for @Error {}

pub fn @remove(@label: &str, left: @Int, number: @Int) -> Result<@Int, Box<dyn Error>> {
    if @label.is_empty() {
        return Err("a name is needed".into());
    }
    if number > left {
        let @label = @label.to_string();
        return Err(Box::new(@Error { @label, left }));
    }
    Ok(left - number)
}

/// How many can be taken at the most, where that was the reason.
pub fn left(error: ⟦1:Box<dyn Error>¦&(dyn Error + 'static)¦&(dyn Error + 'static)⟧) -> Option<@Int> {
    ⟦1:match error.downcast::<@Error>() {
        «Some(found)»«Ok(found)» => Some(found.left),
        «None»«Err(_)» => None,
    }¦if let «Ok(found)»«Some(found)» = error.downcast_ref::<@Error>() {
        return Some(found.left);
    }
    None¦match error.downcast_ref::<@Error>() {
        «Ok(found)»«Some(found)» if !found.@label.is_empty() => Some(found.left),
        _ => None,
    }⟧
}
""",
            test="""
let error = @remove("@text1", @n1, @n2).unwrap_err();
assert_eq!(error.to_string(), "@text1 has only @n1 left");
assert_eq!(left(⟦1:error¦error.as_ref()¦error.as_ref()⟧), Some(@n1));
let error = @remove("", @n1, @n2).unwrap_err();
assert_eq!(left(⟦1:error¦error.as_ref()¦error.as_ref()⟧), None);
""",
            codes=("E0308",),
        ),
        Template(
            "a_box_that_cannot_be_sent",
            """
use std::error::Error;

pub type Failure = Box<dyn Error⟦1: + Send + Sync¦ + Send + Sync + 'static⟧>;

/// A job that gives a number, or fails in its own way.
pub struct Job {
    pub @label: &'static str,
    pub input: String,
}

impl Job {
    pub fn run(&self) -> Result<@Int, «Box<dyn Error>»«Failure»> {
        let number: @Int = self.input.⟦trim().¦⟧parse()?;
        ⟦if number > @n4 {
            return Err(format!("{}: {number} is too much", self.@label).into());
        }
        Ok(number)¦match number {
            0 => Err(self.@label.into()),
            _ => Ok(number),
        }⟧
    }
}

/// The sum of what the jobs give, or the first failure.
pub fn run_all(jobs: ⟦2:&[Job]¦Vec<Job>⟧) -> Result<@Int, Failure> {
    let mut total = 0;
    for job in jobs {
        ⟦3:total += job.run()?;¦let number = job.run()?;
        total += number;⟧
    }
    Ok(total)
}

pub fn in_a_thread(input: &str) -> Option<Failure> {
    let job = Job {
        @label: "@text1",
        input: input.to_string(),
    };
    let thread = std::thread::spawn(move || run_all(⟦2:&[job]¦vec![job]⟧).err());
    thread.join().ok().flatten()
}
""",
            test="""
assert_eq!(run_all(⟦2:&¦vec!⟧[Job { @label: "@text2", input: "@n1".into() }]).unwrap(), @n1);
assert!(in_a_thread("x").is_some() && in_a_thread("@n1").is_none());
""",
            codes=("E0277",),
        ),
        Template(
            "a_wrapper_for_errors_that_live_long",
            """
use std::error::Error;
use std::fmt;

/// Any error, with a word on what was tried.
#[derive(Debug)]
pub struct Failure {
    tried: ⟦1:String¦&'static str⟧,
    cause: Box<dyn Error>,
}

impl Failure {
    pub fn new«<E: Error>»«<E: Error + 'static>»(tried: &⟦1:¦'static ⟧str, cause: E) -> Self {
        ⟦2:Failure {
            tried⟦1:: tried.to_string()¦⟧,
            cause: Box::new(cause),
        }¦let cause = Box::new(cause);
        Failure { tried⟦1:: tried.to_string()¦⟧, cause }⟧
    }

    pub fn cause(&self) -> &(dyn Error + 'static) {
        self.cause.as_ref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.tried, self.cause)
    }
}

pub fn @count(text: &str) -> Result<@Int, Failure> {
    ⟦text.trim().parse().map_err(|error: std::num::ParseIntError| Failure::new("@add", error))¦match text.trim().parse() {
        Ok(number) => Ok(number),
        Err::<_, std::num::ParseIntError>(error) => Err(Failure::new("@add", error)),
    }⟧
}
""",
            test="""
assert_eq!(@count(" @n1 ").unwrap(), @n1);
let failure = @count("x").unwrap_err();
assert!(failure.to_string().starts_with("cannot @add: "));
assert!(failure.cause().is::<std::num::ParseIntError>());
""",
            codes=("E0310",),
        ),
        Template(
            "a_walk_along_the_causes",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct @Error {
    pub @label: String,
    pub cause: Option<Box<dyn Error>>,
}

impl @Error {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
            cause: None,
        }
    }

    pub fn because(self, cause: impl Error + 'static) -> Self {
        Self {
            cause: Some(Box::new(cause)),
            ..self
        }
    }
}

impl fmt::Display for @Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.@label)
    }
}

impl Error for @Error {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref()
    }
}

/// ⟦1:How many errors there are, the first one included¦All that is said, the first error first⟧.
pub fn @show(error: &@Error) -> ⟦1:@Int¦String⟧ {
    ⟦1:let mut found = 0;¦let mut text = String::new();⟧
    ⟦2:let mut next«»«: Option<&dyn Error>» = Some(error);
    while let Some(error) = next {¦let mut current«»«: &dyn Error» = error;
    loop {
        let error = current;⟧
        ⟦1:found += 1;¦text += &format!("{error}. ");⟧
        ⟦2:next = error.source();¦match error.source() {
            Some(cause) => current = cause,
            None => break,
        }⟧
    }
    ⟦1:found¦text.trim_end().to_string()⟧
}
""",
            test="""
let deep = @Error::new("@text1").because(@Error::new("@text2").because(fmt::Error));
assert_eq!(@show(&deep), ⟦1:3¦format!("@text1. @text2. {}.", fmt::Error)⟧);
assert_eq!(@show(&@Error::new("@text3")), ⟦1:1¦"@text3."⟧);
""",
            codes=("E0308",),
            bare=True,
        ),
        Template(
            "different_boxes_in_two_files",
            """
mod failures;

use std::error::Error;

pub use failures::{Closed, Full};

pub struct @Owner {
    pub open: bool,
    pub free: @Int,
}

impl @Owner {
    /// Why so many cannot be taken, if they cannot.
    pub fn refusal(&self, number: @Int) -> Option<Box<dyn Error>> {
        ⟦1:let reason«»«: Box<dyn Error>» = match (self.open, number > self.free) {
            (false, _) => Box::new(Closed),
            (true, true) => Box::new(Full(number)),
            (true, false) => return None,
        };
        Some(reason)¦let reason«»«: Box<dyn Error>» = if !self.open {
            Box::new(Closed)
        } else if number > self.free {
            Box::new(Full(number))
        } else {
            return None;
        };
        Some(reason)¦let mut reasons«»«: Vec<Box<dyn Error>>» = Vec::new();
        if !self.open {
            reasons.push(Box::new(Closed));
        }
        if number > self.free {
            reasons.push(Box::new(Full(number)));
        }
        reasons.into_iter().next()⟧
    }

    pub fn @add(&mut self, number: @Int) -> Result<@Int, Box<dyn Error>> {
        ⟦if let Some(reason) = self.refusal(number) {
            return Err(reason);
        }
        self.free -= number;
        Ok(self.free)¦match self.refusal(number) {
            Some(reason) => Err(reason),
            None => {
                self.free -= number;
                Ok(self.free)
            }
        }⟧
    }
}

//- src/failures.rs
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct Closed;

#[derive(Debug)]
pub struct Full(pub @Int);

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is closed")
    }
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} are too many", self.0)
    }
}

impl Error for Closed {}
impl Error for Full {}
""",
            test="""
let mut @owner = @Owner { open: true, free: @n2 };
assert_eq!(@owner.@add(@n1).unwrap(), @n2 - @n1);
assert_eq!(@owner.@add(@n3).unwrap_err().to_string(), "@n3 are too many");
@owner.open = false;
assert!(@owner.@add(@n3).unwrap_err().is::<Closed>());
""",
            codes=("E0308",),
            bare=True,
        ),
    ),
    frozen=(
        Template(
            "tried_again_for_one_kind_of_failure",
            """
use std::error::Error;
use std::fmt;

type Outcome = Result<u32, Box<dyn Error>>;

/// The @owner has no time; it may have some later.
#[derive(Debug)]
pub struct Busy {
    pub seconds: u32,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "busy for {} seconds", self.seconds)
    }
}

impl Error for Busy {}

/// Does the work until it succeeds, or fails for another reason than `Busy`, or was done so often.
pub fn retry(mut work: impl FnMut(u32) -> Outcome, attempts: u32) -> Outcome {
    let mut attempt = 1;
    loop {
        match work(attempt) {
            Err(error) if attempt < attempts && «error.downcast::<Busy>().is_ok()»«error.is::<Busy>()»«!error.to_string().is_empty()» => attempt += 1,
            outcome => return outcome,
        }
    }
}
""",
            test="""
let busy = || Err(Busy { seconds: 3 }.into());
assert_eq!(retry(|attempt| if attempt < 3 { busy() } else { Ok(attempt) }, 5).unwrap(), 3);
assert!(retry(|_| busy(), 2).unwrap_err().is::<Busy>());
let mut calls = 0;
let outcome = retry(|_| { calls += 1; Err("broken".into()) }, 9);
assert_eq!((outcome.unwrap_err().to_string().as_str(), calls), ("broken", 1));
""",
            codes=("E0507",),
        ),
        Template(
            "an_exit_code_for_any_failure",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "usage: {}", self.0)
    }
}

impl Error for Usage {}

fn run(arguments: &[&str]) -> Result<u32, Box<dyn Error>> {
    let [command, numbers @@ ..] = arguments else {
        return Err(Usage("@add NUMBER…".to_string()).into());
    };
    if *command != "@add" {
        return Err(Usage(format!("there is no {command}")).into());
    }
    let mut total = 0;
    for number in numbers {
        total += number.parse::<u32>()?;
    }
    Ok(total)
}

/// What the shell is told: 0 where all went well, 2 for a wrong call, 1 for everything else.
pub fn exit_code(arguments: &[&str], out: &mut String) -> u8 {
    «let total = run(arguments)?;
    *out = total.to_string();
    0»«match run(arguments) {
        Ok(total) => {
            *out = total.to_string();
            0
        }
        Err(error) => {
            *out = error.to_string();
            if error.is::<Usage>() { 2 } else { 1 }
        }
    }»«let Ok(total) = run(arguments) else {
        return 1;
    };
    *out = total.to_string();
    0»
}
""",
            test="""
let mut out = String::new();
assert_eq!((exit_code(&["@add", "2", "3"], &mut out), out.as_str()), (0, "5"));
assert_eq!(exit_code(&["@add", "2", "x"], &mut out), 1);
assert_eq!(exit_code(&[], &mut out), 2);
assert_eq!(exit_code(&["fly"], &mut out), 2);
""",
            codes=("E0277",),
        ),
        Template(
            "failures_that_cannot_be_compared",
            """
use std::error::Error;

pub type Failure = Box<dyn Error>;

/// How often the same failure came, one after the other.
#[derive(Default)]
pub struct Log {
    entries: Vec<(Failure, u32)>,
}

impl Log {
    /// Notes a failure; one that says the same as the last one is only counted.
    pub fn enter(&mut self, failure: impl Into<Failure>) {
        let failure = failure.into();
        match self.entries.last_mut() {
            Some((last, times)) if «*last == failure»«last.to_string() == failure.to_string()»«last.source().is_some() == failure.source().is_some()» => *times += 1,
            _ => self.entries.push((failure, 1)),
        }
    }

    pub fn lines(&self) -> Vec<String> {
        let line = |(failure, times): &(Failure, u32)| format!("{times}x {failure}");
        self.entries.iter().map(line).collect()
    }
}

pub fn read_all(texts: &[&str]) -> (Vec<u32>, Log) {
    let mut log = Log::default();
    let mut numbers = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(number) => numbers.push(number),
            Err::<_, std::num::ParseIntError>(error) => log.enter(error),
        }
    }
    (numbers, log)
}
""",
            test="""
let mut log = Log::default();
for text in ["full", "full", "closed", "full"] {
    log.enter(text);
}
assert_eq!(log.lines(), ["2x full", "1x closed", "1x full"]);
let (numbers, log) = read_all(&["1", "x", "y", ""]);
assert_eq!((numbers, log.lines().len()), (vec![1], 2));
""",
            codes=("E0369",),
        ),
        Template(
            "steps_that_fail_in_different_ways",
            """
use std::error::Error;

type Step = Box<dyn Fn(&str) -> Result<f64, Box<dyn Error>>>;

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').ok_or_else(|| format!("{text} is no share"))?;
    let number: f64 = number.trim().parse().map_err(|_| format!("{number} is no number"))?;
    Ok(number / 100.0)
}

fn fraction(text: &str) -> Result<f64, Box<dyn Error>> {
    let (above, below) = text.split_once('/').ok_or("no fraction")?;
    match below.trim().parse::<f64>()? {
        0.0 => Err("nothing is divided by zero".into()),
        below => Ok(above.trim().parse::<f64>()? / below),
    }
}

fn ways() -> Vec<Step> {
    vec![
        «Box::new(str::parse::<f64>),
        Box::new(percent),»«Box::new(|text| Ok(text.parse::<f64>()?)),
        Box::new(|text| Ok(percent(text)?)),»«Box::new(|text| Ok(text.parse::<f64>().unwrap_or_default())),
        Box::new(|text| Ok(percent(text)?)),»
        Box::new(fraction),
    ]
}

/// The text as a share, in the first way in which it can be read; else what the last way complained of.
pub fn share(text: &str) -> Result<f64, Box<dyn Error>> {
    let mut complaint = "there is no way".into();
    for way in ways() {
        match way(text) {
            Ok(share) => return Ok(share),
            Err(error) => complaint = error,
        }
    }
    Err(complaint)
}
""",
            test="""
assert_eq!((share("0.5").unwrap(), share("25 %").unwrap(), share("3/4").unwrap()), (0.5, 0.25, 0.75));
assert_eq!(share("1/0").unwrap_err().to_string(), "nothing is divided by zero");
assert_eq!(share("half").unwrap_err().to_string(), "no fraction");
""",
            codes=("E0271",),
        ),
        Template(
            "a_cause_of_a_type_that_is_sought",
            """
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    pub cause: Box<dyn Error>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed", self.name)
    }
}

impl Error for Step {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.cause.as_ref())
    }
}

/// The error itself or the first of its causes that is of that type.
pub fn cause<'a, T: Error«»« + 'static»>(error: &'a «dyn Error»«(dyn Error + 'static)») -> Option<&'a T> {
    let mut current = Some(error);
    while let Some(error) = current {
        if let «Ok»«Some»(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        current = error.source();
    }
    None
}

pub fn failed_step(error: &(dyn Error + 'static)) -> &'static str {
    cause::<Step>(error).map_or("none", |step| step.name)
}
""",
            test="""
let inner = Step { name: "read", cause: "x".parse::<u32>().unwrap_err().into() };
let outer = Step { name: "load", cause: Box::new(inner) };
assert!(cause::<std::num::ParseIntError>(&outer).is_some());
assert!(cause::<std::num::ParseFloatError>(&outer).is_none());
assert_eq!((failed_step(&outer), failed_step(&fmt::Error)), ("load", "none"));
""",
            codes=("E0308",),
            bare=True,
        ),
    ),
)
