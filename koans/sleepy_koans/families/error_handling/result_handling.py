"""A Result and its content, taken for one another; and a Result that nobody looks at."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="result_handling",
    title="A Result is used as its content, a content where a Result is wanted, or a Result is dropped",
    codes=("E0308", "E0599", "unused_must_use"),
    templates=(
        Template(
            "a_check_that_nobody_heeds",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Full,
    NoName,
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<⟦1:String¦(String, @Int)⟧>,
}

impl @Owner {
    fn check(&self, @label: &str) -> Result<⟦2:()¦usize⟧, @Error> {
        ⟦if @label.is_empty() {
            return Err(@Error::NoName);
        }
        if self.@items.len() >= @n1 {
            return Err(@Error::Full);
        }
        Ok(⟦2:()¦self.@items.len()⟧)¦match @label {
            "" => Err(@Error::NoName),
            _ if self.@items.len() >= @n1 => Err(@Error::Full),
            _ => Ok(⟦2:()¦self.@items.len()⟧),
        }⟧
    }

    pub fn @add(&mut self, @label: &str) -> Result<usize, @Error> {
        self.check(@label)«»«?»«.unwrap_or_default()»;
        self.@items.push(⟦1:@label.to_string()¦(@label.to_string(), @n2)⟧);
        Ok(self.@items.len())
    }
}
""",
            test="""
let mut @owner = @Owner::default();
assert_eq!(@owner.@add(""), Err(@Error::NoName));
for number in 1..=@n1 {
    assert_eq!(@owner.@add("@text1"), Ok(number));
}
assert_eq!(@owner.@add("@text2"), Err(@Error::Full));
""",
            codes=("unused_must_use",),
        ),
        Template(
            "content_where_a_result_is_promised",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

impl @Item {
    pub fn new(@label: &str, @size: @Int) -> Result<Self, String> {
        if @label.trim().is_empty() {
            return «"a @item has no @label".to_string()»«Err("a @item has no @label".to_string())»;
        }
        ⟦1:¦if @size > @n5 {
            return Err(format!("{@size} is too much"));
        }
        ⟧⟦let @label = @label.trim().to_string();
        «Self { @label, @size }»«Ok(Self { @label, @size })»¦«Self {
            @label: @label.trim().to_string(),
            @size,
        }»«Ok(Self {
            @label: @label.trim().to_string(),
            @size,
        })»⟧
    }
}

pub fn both(left: &str, right: &str) -> Result<[@Item; 2], String> {
    ⟦Ok([@Item::new(left, @n1)?, @Item::new(right, @n2)?])¦let left = @Item::new(left, @n1)?;
    Ok([left, @Item::new(right, @n2)?])⟧
}
""",
            test="""
let made = both(" @text1", "@text2 ").unwrap();
assert_eq!((made[0].@label.as_str(), made[1].@size), ("@text1", @n2));
assert!(both("@text1", " ").is_err());
""",
            codes=("E0308",),
        ),
        Template(
            "method_of_what_was_parsed",
            """
/// What a line like `@text1: @n1` tells.
pub struct Entry<'a> {
    pub @label: &'a str,
    pub @count: ⟦1:@Int¦@Float⟧,
}

pub fn read(line: &str) -> Option<Entry<'_>> {
    let (@label, rest) = line.split_once(⟦2:':'¦'='⟧)?;
    let @count = rest.trim()⟦¦.trim_end_matches('.')⟧.parse::<⟦1:@Int¦@Float⟧>()«»«.unwrap_or(@n1⟦1:¦.0⟧)».⟦1:pow¦powi⟧(2);
    Some(Entry { @label, @count })
}

/// The sum of the squares; where there is no number, @n1 is meant.
pub fn total(text: &str) -> ⟦1:@Int¦@Float⟧ {
    ⟦text.lines().filter_map(read).map(|entry| entry.@count).sum()¦let mut total = ⟦1:0¦0.0⟧;
    for entry in text.lines().filter_map(read) {
        total += entry.@count;
    }
    total⟧
}
""",
            test="""
assert_eq!(total("@text1⟦2::¦=⟧ 3\\n\\n@text2⟦2::¦=⟧4"), 25⟦1:¦.0⟧);
assert_eq!(total("@text1⟦2::¦=⟧ many"), @n1⟦1:¦.0⟧ * @n1⟦1:¦.0⟧);
""",
            codes=("E0599",),
        ),
        Template(
            "arms_of_an_option",
            """
#[derive(Debug)]
pub enum Refused {
    Unknown(String),
    Missing { wanted: @Int, left: @Int },
}

pub struct @Owner {
    pub @label: String,
    pub @count: @Int,
}

impl @Owner {
    pub fn @remove(&mut self, @label: &str, wanted: @Int) -> Result<@Int, Refused> {
        if self.@label != @label {
            return Err(Refused::Unknown(@label.to_string()));
        }
        let left = self.@count;
        if wanted > left {
            return Err(Refused::Missing { wanted, left });
        }
        self.@count -= wanted;
        Ok(self.@count)
    }

    pub fn @show(&mut self, @label: &str, wanted: @Int) -> String {
        ⟦1:match self.@remove(@label, wanted) {
            «Some(left)»«Ok(left)» => format!("{left} left"),
            «None => "nothing".to_string(),»«Err(Refused::Unknown(name)) => format!("no {name}"),
            Err(Refused::Missing { wanted, left }) => format!("{left} of {wanted}"),»«Err(_) => "nothing".to_string(),»
        }¦let refused = match self.@remove(@label, wanted) {
            «Some(left)»«Ok(left)» => return format!("{left} left"),
            «None»«Err(refused)» => «return "nothing".to_string()»«refused»,
        };
        match refused {
            Refused::Unknown(name) => format!("no {name}"),
            Refused::Missing { wanted, left } => format!("{left} of {wanted}"),
        }⟧
    }
}
""",
            test="""
let mut @owner = @Owner { @label: "@text1".into(), @count: @n3 };
assert_eq!(@owner.@show("@text1", @n1), format!("{} left", @n3 - @n1));
assert_eq!(@owner.@show("@text2", @n1), "no @text2");
assert_eq!(@owner.@show("@text1", 100), format!("{} of 100", @n3 - @n1));
""",
            codes=("E0308",),
        ),
        Template(
            "what_was_written_may_have_failed",
            """
use std::fmt::{self, Write};

pub struct @Item {
    pub @label: String,
    pub @price: @Float,
    pub @flag: bool,
}

/// A table of the @items, one a line.
pub fn table<W: Write>(out: &mut W, @items: &[@Item]) -> fmt::Result {
    ⟦1:writeln!(out, "{} @items", @items.len())«»«?»;¦out.write_str("@items\\n")«»«?»;⟧
    for ⟦2:@item in @items¦(number, @item) in @items.iter().enumerate()⟧ {
        ⟦3:let mark = if @item.@flag { '*' } else { ' ' };
        writeln!(out, "{mark}⟦2:¦{number}⟧ {}: {}", @item.@label, @item.@price)«»«?»«.ok()»;¦if @item.@flag {
            out.write_char('*')«»«?»;
        } else {
            out.write_char(' ')«»«?»;
        }
        writeln!(out, "⟦2:¦{number}⟧ {}: {}", @item.@label, @item.@price)«»«?»«.ok()»;⟧
    }
    Ok(())
}
""",
            test="""
struct Short(usize);
impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}
let @items = [@Item { @label: "@text1".into(), @price: 2.5, @flag: true }];
let mut out = String::new();
assert!(table(&mut out, &@items).is_ok());
assert!(out.ends_with("*⟦2:¦0⟧ @text1: 2.5\\n"));
assert!(table(&mut Short(out.len()), &@items).is_ok());
assert!(table(&mut Short(out.len() - 3), &@items).is_err());
assert!(table(&mut Short(2), &@items).is_err());
""",
            codes=("unused_must_use",),
        ),
        Template(
            "compared_with_what_it_holds",
            """
pub struct Slots {
    kept: [Option<@Int>; 4],
}

impl Slots {
    pub fn new(kept: [Option<@Int>; 4]) -> Self {
        Self { kept }
    }

    pub fn at(&self, position: usize) -> Result<@Int, String> {
        ⟦match self.kept.get(position) {
            Some(Some(value)) => Ok(*value),
            Some(None) => Err(format!("nothing at {position}")),
            None => Err(format!("there is no {position}")),
        }¦let slot = self.kept.get(position).ok_or("there is no such slot")?;
        slot.ok_or_else(|| format!("nothing at {position}"))⟧
    }

    /// At how many of the positions that value stands.
    pub fn tally(&self, positions: &[usize], value: @Int) -> usize {
        ⟦positions
            .iter()
            .filter(|position| self.at(**position) == «value»«Ok(value)»)
            .count()¦let mut found = 0;
        for position in positions {
            if self.at(*position) == «value»«Ok(value)» {
                found += 1;
            }
        }
        found¦let stands = |position: &&usize| self.at(**position) == «value»«Ok(value)»;
        positions.iter().filter(stands).count()⟧
    }
}
""",
            test="""
let slots = Slots::new([Some(@n1), None, Some(@n2), Some(@n1)]);
assert_eq!(slots.tally(&[0, 1, 2, 3, 4], @n1), 2);
assert_eq!(slots.tally(&[1, 9], 0), 0);
""",
            codes=("E0308",),
        ),
        Template(
            "handed_on_in_two_files",
            """
mod reading;

pub use reading::Reading;

/// The largest of the readings, and the first mistake where there is one.
pub fn largest(lines: &[&str]) -> Result<Option<Reading>, ⟦1:String¦usize⟧> {
    let mut best: Option<Reading> = None;
    for ⟦2:line in lines¦line in lines.iter().rev()⟧ {
        ⟦3:let reading = reading::parse(line);
        best = larger(best, reading«»«?»);¦best = larger(best, reading::parse(line)«»«?»);¦let next = larger(best.take(), reading::parse(line)«»«?»);
        best = next;⟧
    }
    Ok(best)
}

fn larger(best: Option<Reading>, other: Reading) -> Option<Reading> {
    match best {
        Some(best) if best.value >= other.value => Some(best),
        _ => Some(other),
    }
}

//- src/reading.rs
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub @label: String,
    pub value: @Int,
}

pub fn parse(line: &str) -> Result<Reading, ⟦1:String¦usize⟧> {
    let wrong = || ⟦1:format!("not a reading: {line}")¦line.len()⟧;
    let (@label, value) = line.split_once(' ').ok_or_else(wrong)?;
    Ok(Reading {
        @label: @label.to_string(),
        value: value.parse().map_err(|_| wrong())?,
    })
}
""",
            test="""
let found = largest(&["@text1 @n1", "@text2 @n3", "@text3 @n2"]).unwrap();
assert_eq!(found.map(|reading| reading.@label).as_deref(), Some("@text2"));
assert!(largest(&["@text1 @n1", "@text2 x"]).is_err());
assert_eq!(largest(&[]), Ok(None));
""",
            codes=("E0308",),
        ),
        Template(
            "retried_until_it_works",
            """
/// A @owner that answers only now and then.
pub struct @Owner {
    pub failures: @Int,
    pub calls: @Int,
}

impl @Owner {
    pub fn call(&mut self) -> Result<@Int, &'static str> {
        self.calls += 1;
        if self.failures > 0 {
            self.failures -= 1;
            return Err("busy");
        }
        Ok(self.calls)
    }
}

/// Calls until there is an answer, but not more often than `limit`.
pub fn patiently(@owner: &mut @Owner, limit: usize) -> ⟦1:Option<@Int>¦@Int⟧ {
    for _ in 0..limit {
        ⟦2:let answer = @owner.call();
        if answer.is_ok() {
            return ⟦1:«Some(answer)»«answer.ok()»¦«answer»«answer.unwrap_or(0)»⟧;
        }¦match @owner.call() {
            Err(_) => continue,
            answer => return ⟦1:«Some(answer)»«answer.ok()»¦«answer»«answer.unwrap_or(0)»⟧,
        }⟧
    }
    ⟦1:None¦0⟧
}
""",
            test="""
let mut @owner = @Owner { failures: 2, calls: 0 };
assert_eq!(patiently(&mut @owner, 2), ⟦1:None¦0⟧);
assert_eq!(patiently(&mut @owner, 2), ⟦1:Some(3)¦3⟧);
assert_eq!(@owner.calls, 3);
""",
            codes=("E0308",),
        ),
    ),
    frozen=(
        Template(
            "undone_where_a_step_fails",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    Add(u32),
    Take(u32),
}

#[derive(Debug, PartialEq)]
pub struct Short {
    pub by: u32,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct @Owner {
    pub @count: u32,
}

impl @Owner {
    fn apply(&mut self, step: Step) -> Result<(), Short> {
        match step {
            Step::Add(number) => self.@count += number,
            Step::Take(number) if number > self.@count => {
                return Err(Short {
                    by: number - self.@count,
                });
            }
            Step::Take(number) => self.@count -= number,
        }
        Ok(())
    }

    /// All of the steps, or none of them.
    pub fn apply_all(&mut self, steps: &[Step]) -> Result<(), Short> {
        «»«let before = self.@count;
        »«»for step in steps {
            «self.apply(*step);»«if let Err(short) = self.apply(*step) {
                self.@count = before;
                return Err(short);
            }»«self.apply(*step)?;»
        }
        Ok(())
    }
}
""",
            test="""
let mut @owner = @Owner { @count: 10 };
assert_eq!(@owner.apply_all(&[Step::Add(5), Step::Take(12)]), Ok(()));
assert_eq!(@owner.@count, 3);
assert_eq!(@owner.apply_all(&[Step::Add(5), Step::Take(1), Step::Take(9)]), Err(Short { by: 2 }));
assert_eq!(@owner.@count, 3);
""",
            codes=("unused_must_use",),
        ),
        Template(
            "every_mistake_is_gathered",
            """
#[derive(Clone)]
pub struct Form {
    pub name: String,
    pub age: u32,
    pub mail: String,
}

type Checked = Result<(), String>;

fn check_name(form: &Form) -> Checked {
    if form.name.trim().is_empty() {
        return Err("name is empty".to_string());
    }
    Ok(())
}

fn check_age(form: &Form) -> Checked {
    (18..120).contains(&form.age).then_some(()).ok_or_else(|| format!("{} is no age", form.age))
}

fn check_mail(form: &Form) -> Checked {
    form.mail.find('@@').map(|_| ()).ok_or_else(|| format!("no mail address: {}", form.mail))
}

/// All that is wrong with the form, in the order of its fields.
pub fn mistakes(form: &Form) -> Vec<String> {
    «let found = Vec::new();
    check_name(form);
    check_age(form);
    check_mail(form);
    found»«let checked = [check_name(form), check_age(form), check_mail(form)];
    checked.into_iter().filter_map(Result::err).collect()»«let checked = check_name(form).and_then(|()| check_age(form)).and_then(|()| check_mail(form));
    checked.err().into_iter().collect()»
}
""",
            test="""
let good = Form { name: "@name1".into(), age: 42, mail: "a@@b".into() };
assert!(mistakes(&good).is_empty());
let bad = Form { name: " ".into(), age: 7, ..good.clone() };
assert_eq!(mistakes(&bad), ["name is empty", "7 is no age"]);
assert_eq!(mistakes(&Form { mail: "b".into(), ..good }), ["no mail address: b"]);
""",
            codes=("unused_must_use",),
        ),
        Template(
            "the_place_is_in_the_error_too",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub number: u32,
    pub @label: String,
}

/// What is kept, in the order of their numbers, each number once.
#[derive(Default)]
pub struct Sorted {
    @items: Vec<@Item>,
}

impl Sorted {
    /// Puts the @item at its place; what was there with that number is given back.
    pub fn @add(&mut self, @item: @Item) -> Option<@Item> {
        let at = self.@items.binary_search_by_key(&@item.number, |@item| @item.number);
        «self.@items.insert(at, @item);
        None»«match at {
            Ok(at) => Some(std::mem::replace(&mut self.@items[at], @item)),
            Err(at) => {
                self.@items.insert(at, @item);
                None
            }
        }»«self.@items.insert(at.unwrap_or_else(|at| at), @item);
        None»
    }

    pub fn all(&self) -> Vec<(u32, &str)> {
        let pairs = self.@items.iter().map(|@item| (@item.number, @item.@label.as_str()));
        pairs.collect()
    }
}
""",
            test="""
let mut sorted = Sorted::default();
let @item = |number, @label: &str| @Item { number, @label: @label.into() };
assert_eq!(sorted.@add(@item(5, "@text1")), None);
assert_eq!(sorted.@add(@item(2, "@text2")), None);
assert_eq!(sorted.@add(@item(5, "@text3")), Some(@item(5, "@text1")));
assert_eq!(sorted.all(), [(2, "@text2"), (5, "@text3")]);
""",
            codes=("E0308",),
        ),
        Template(
            "threads_that_may_have_panicked",
            """
use std::thread;

/// How the work on all parts ended.
#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub total: u32,
    pub failed: usize,
}

fn work(part: &[u32]) -> u32 {
    let first = part.first().expect("a part is never empty");
    part.iter().map(|@count| @count - first).sum()
}

/// Works on each part in a thread of its own. One that panics is counted and does not harm the others.
pub fn run(parts: Vec<Vec<u32>>) -> Outcome {
    let handles: Vec<_> = parts
        .into_iter()
        .map(|part| thread::spawn(move || work(&part)))
        .collect();
    let mut outcome = Outcome::default();
    for handle in handles {
        «let done: u32 = handle.join();
        outcome.total += done;»«match handle.join() {
            Ok(done) => outcome.total += done,
            Err(_) => outcome.failed += 1,
        }»«outcome.total += handle.join().unwrap_or_default();»
    }
    outcome
}
""",
            test="""
assert_eq!(run(vec![vec![1, 2, 3], vec![5, 6]]), Outcome { total: 4, failed: 0 });
assert_eq!(run(vec![vec![1, 2, 3], vec![], vec![5, 6]]), Outcome { total: 4, failed: 1 });
""",
            codes=("E0308",),
        ),
        Template(
            "the_last_error_counts",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum @Error {
    Closed(String),
    Full { @size: u32 },
}

pub struct @Owner {
    pub name: String,
    pub open: bool,
    pub @size: u32,
}

impl @Owner {
    pub fn @add(&self, number: u32) -> Result<String, @Error> {
        if !self.open {
            return Err(@Error::Closed(self.name.clone()));
        }
        if number > self.@size {
            return Err(@Error::Full { @size: self.@size });
        }
        Ok(format!("{number} at {}", self.name))
    }
}

/// The first @owner that takes them; where none does, why the last one did not.
pub fn anywhere(@owners: &[@Owner], number: u32) -> Option<Result<String, @Error>> {
    let mut answer = None;
    for @owner in @owners {
        «answer = @owner.@add(number);
        if answer.is_some() {
            break;
        }»«let tried = @owner.@add(number);
        let done = tried.is_ok();
        answer = Some(tried);
        if done {
            break;
        }»«answer = Some(@owner.@add(number));
        if answer.is_some() {
            break;
        }»
    }
    answer
}
""",
            test="""
let @owner = |name: &str, open, @size| @Owner { name: name.into(), open, @size };
let all = [@owner("@name1", false, 9), @owner("@name2", true, 3), @owner("@name3", true, 8)];
assert_eq!(anywhere(&all, 5), Some(Ok("5 at @name3".to_string())));
assert_eq!(anywhere(&all, 2), Some(Ok("2 at @name2".to_string())));
assert_eq!(anywhere(&all, 20), Some(Err(@Error::Full { @size: 8 })));
assert_eq!(anywhere(&[], 1), None);
""",
            codes=("E0308",),
        ),
    ),
)
