"""Patterns that do not cover what there is, or name what there is not."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="match_exhaustive",
    title="A match misses a case, or a pattern has not the fields that the type has",
    codes=("E0004", "E0005", "E0023", "E0026", "E0027", "E0381", "E0408"),
    templates=(
        Template(
            "a_variant_was_forgotten",
            """
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

pub struct @Item {
    pub @label: String,
    pub @kind: ⟦1:@Kind¦Option<@Kind>⟧,
}

impl @Item {
    /// The @kind as one letter⟦1:¦, and a dash where it is unknown⟧.
    pub fn letter(&self) -> char {
        match self.@kind {
            ⟦1:@Kind::@First => 'a',
            @Kind::@Second => 'b',
            «»«@Kind::@Third => 'c',
            »¦Some(@Kind::@First) => 'a',
            Some(@Kind::@Second) => 'b',
            Some(@Kind::@Third) => 'c',
            «»«None => '-',
            »⟧
        }
    }
}

pub fn letters(@items: &[@Item]) -> String {
    ⟦@items.iter().map(@Item::letter).collect()¦let mut letters = String::new();
    for @item in @items {
        letters.push(@item.letter());
    }
    letters⟧
}
""",
            test="""
let @items = [⟦1:@Kind::@Third, @Kind::@First¦None, Some(@Kind::@First)⟧].map(|@kind| @Item { @label: "@text1".into(), @kind });
assert_eq!(letters(&@items), ⟦1:"ca"¦"-a"⟧);
""",
            codes=("E0004",),
        ),
        Template(
            "fields_left_out_of_a_pattern",
            """
#[derive(Debug, Clone)]
pub enum Event {
    @First { @label: String, @count: @Int },
    @Second { @label: String, @count: @Int, @flag: bool },
    @Third,
}

#[derive(Default)]
pub struct @Owner {
    pub @count: @Int,
    pub log: Vec<String>,
}

impl @Owner {
    pub fn apply(&mut self, event: ⟦1:&Event¦Event⟧) {
        match event {
            ⟦2:Event::@First { «@label»«@label, @count» } => {
                self.@count += «@label.len() as @Int»«⟦1:*¦⟧@count»;¦Event::@First { @label, @count } => {
                self.@count += ⟦1:*¦⟧@count;⟧
                self.log.push(⟦1:@label.clone()¦@label⟧);
            }
            Event::@Second { @label«»«, ..» } ⟦3:if @label.is_empty() => self.log.clear(),
            Event::@Second { @count«»«, ..» } => self.@count = ⟦1:*¦⟧@count,¦=> {
                self.log.retain(|line| *line != ⟦1:*¦⟧@label);
            }⟧
            Event::@Third => self.@count = 0,
        }
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.apply(⟦1:&¦⟧Event::@First { @label: "@text1".into(), @count: @n2 });
assert_eq!((@owner.@count, @owner.log.len()), (@n2, 1));
""",
            codes=("E0027",),
        ),
        Template(
            "a_field_of_another_name",
            """
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
    pub @price: @Float,
}

/// Name, @size and the whole @price, for a table.
pub fn row(@item: &@Item) -> (String, @Int, @Float) {
    let @Item {
        @label,
        «number»«@size»⟦1:: each¦⟧,
        @price,
    } = @item;
    let ⟦1:each = *each¦@size = *«number»«@size»⟧;
    (@label.⟦2:to_uppercase()¦to_lowercase()¦clone()⟧, ⟦1:each¦@size⟧, ⟦1:each¦@size⟧ as @Float * *@price)
}

/// The @label of the largest one.
pub fn largest(@items: &[@Item]) -> Option<&str> {
    let mut best: Option<(&str, @Int)> = None;
    for ⟦3:@Item { @label, @size, .. } in @items¦@Item { @size, @label, .. } in @items.iter().rev()⟧ {
        match best {
            Some((_, seen)) if seen >= *@size => {}
            _ => best = Some((@label, *@size)),
        }
    }
    best.map(|(@label, _)| @label)
}
""",
            test="""
let @items = [@n1, @n3, @n2].map(|@size| @Item { @label: format!("@text1 {@size}"), @size, @price: 2.0 });
assert_eq!(largest(&@items), Some("@text1 @n3"));
assert_eq!(row(&@items[0]).2, 2.0 * @n1 as @Float);
assert_eq!(row(&@items[0]).1, @n1);
""",
            codes=("E0026", "E0027"),
        ),
        Template(
            "as_many_fields_as_the_variant_has",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Circle(@Float),
    Box(@Float, @Float),
    ⟦1:Ring(@Float, @Float),¦Slab(@Float, @Float, @Float),⟧
}

impl Shape {
    pub fn area(&self) -> @Float {
        match ⟦2:self¦*self⟧ {
            Shape::Circle(radius) => radius * radius * 3.0,
            Shape::Box(⟦3:«side»«width, height») => «side * side»«width * height»¦width, height) => width * height⟧,
            ⟦1:Shape::Ring(⟦3:inner, outer¦«outer»«inner, outer»⟧) => 3.0 * (outer * outer«⟦3: - inner * inner¦⟧»« - inner * inner»),¦Shape::Slab(⟦3:width, height, _¦«width, height»«width, height, _»⟧) => width * height,⟧
        }
    }
}

pub fn @find(shapes: &[Shape], least: @Float) -> Vec<&Shape> {
    ⟦shapes.iter().filter(|shape| shape.area() >= least).collect()¦let mut found = Vec::new();
    for shape in shapes {
        if shape.area() >= least {
            found.push(shape);
        }
    }
    found⟧
}
""",
            test="""
let shapes = [Shape::Circle(1.0), Shape::Box(2.0, 3.0), ⟦1:Shape::Ring(1.0, 2.0)¦Shape::Slab(3.0, 3.0, 7.0)⟧];
assert_eq!(shapes.each_ref().map(Shape::area), [3.0, 6.0, 9.0]);
assert_eq!(@find(&shapes, 5.0), [&shapes[1], &shapes[2]]);
""",
            codes=("E0023",),
        ),
        Template(
            "ranges_with_a_gap",
            """
#[derive(Debug, Clone, Copy, PartialEq, Eq, ⟦1:Hash¦PartialOrd¦Default⟧)]
pub enum @Kind {
    ⟦1:¦¦#[default]
    ⟧@First,
    @Second,
    @Third,
}

/// How many @items are few, and how many are a lot.
pub fn @kind_of(@count: ⟦2:u8¦u32¦usize⟧) -> @Kind {
    match @count {
        ⟦0 => @Kind::@First,
        1..=@n2 => @Kind::@Second,¦0..=@n1 => @Kind::@First,
        @count if @count <= @n2 => @Kind::@Second,¦..=@n1 => @Kind::@First,
        @count if (@n1..=@n2).contains(&@count) => @Kind::@Second,⟧
        «@n4.. => @Kind::@Third,»«_ => @Kind::@Third,»«@n4.. => @Kind::@Third,
        _ => @Kind::@Second,»
    }
}

pub fn @show(@people: &[(&str, ⟦2:u8¦u32¦usize⟧)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, @count) in @people {
        lines.push(format!("{name}: {:?}", @kind_of(*@count)));
    }
    lines
}
""",
            test="""
assert_eq!(@show(&[("@name1", 0), ("@name2", @n2)]), ["@name1: @First", "@name2: @Second"]);
assert_eq!([@n2 + 1, @n3, @n4, @n5].map(@kind_of), [@Kind::@Third; 4]);
""",
            codes=("E0004",),
        ),
        Template(
            "two_questions_at_once",
            """
pub struct @Person {
    pub name: String,
    pub nick: Option<String>,
    pub @count: Option<@Int>,
    pub @flag: bool,
}

/// A line on the @person, with what is known.
pub fn @show(@person: &@Person) -> String {
    let name = &@person.name;
    match (⟦1:&@person.nick, @person.@count¦@person.@count, @person.@flag¦@person.nick.as_deref(), @person.@flag⟧) {
        ⟦1:(Some(nick), Some(@count)) => format!("{name}, called {nick}: {@count}"),
        (Some(nick), None) => format!("{name}, called {nick}"),
        «»«(None, Some(@count)) => format!("{name}: {@count}"),
        »(None, None) => name.clone(),¦(Some(@count), true) => format!("{name}: {@count}!"),
        (Some(@count), false) => format!("{name}: {@count}"),
        «(None, true) => name.to_uppercase(),»«(None, _) => name.to_uppercase(),»¦(Some(nick), true) => format!("{nick}!"),
        (None, true) => format!("{name}!"),
        «(None, false) => name.clone(),»«(_, false) => name.clone(),»⟧
    }
}

pub fn all(@people: &[@Person]) -> Vec<String> {
    ⟦@people.iter().map(@show).collect()¦let mut lines: Vec<_> = @people.iter().map(@show).collect();
    lines.sort();
    lines¦let shown = @people.iter().map(@show);
    shown.filter(|line| !line.is_empty()).collect()⟧
}
""",
            test="""
let @person = |nick: Option<&str>, @count, @flag| @Person { name: "Moe".into(), nick: nick.map(String::from), @count, @flag };
assert_eq!(@show(&@person(Some("M"), Some(@n1), true)), ⟦1:"Moe, called M: @n1"¦"Moe: @n1!"¦"M!"⟧);
assert_eq!(@show(&@person(Some("M"), None, false)), ⟦1:"Moe, called M"¦"MOE"¦"Moe"⟧);
assert_eq!(@show(&@person(None, Some(@n1), false)), ⟦1:"Moe: @n1"¦"Moe: @n1"¦"Moe"⟧);
assert_eq!(all(&[@person(None, None, true)]), [⟦1:"Moe"¦"MOE"¦"Moe!"⟧]);
""",
            codes=("E0004",),
        ),
        Template(
            "slices_of_some_lengths",
            """
/// A command line, split into words.
pub fn run(words: &[&str]) -> Result<@Int, String> {
    match ⟦1:words¦words.to_vec().as_slice()⟧ {
        [] => Err("no command".to_string()),
        ["@add", numbers @@ ..] => sum(numbers),
        ⟦2:["@find", number] => read(number).map(|number| number * 2),
        ["@find", ..] => Err("@find what?".to_string()),
        «»«[other, ..] => Err(format!("unknown: {other}")),
        »¦["@find", number] | [_, "as", number] => read(number).map(|number| number * 2),
        «[other] => Err(format!("unknown: {other}")),»«[other, ..] => Err(format!("unknown: {other}")),»¦[other, «rest @@ ..] if rest.is_empty()»«..]» => Err(format!("unknown: {other}⟦¦!⟧")),⟧
    }
}

fn read(word: &str) -> Result<@Int, String> {
    ⟦word.parse().map_err(|_| format!("{word} is no number"))¦let number: Result<@Int, _> = word.trim().parse();
    number.map_err(|_| format!("{word} is no number"))⟧
}

fn sum(words: &[&str]) -> Result<@Int, String> {
    words.iter().map(|word| read(word)).sum()
}
""",
            test="""
assert_eq!(run(&["@add", "@n1", "@n2"]), Ok(@n1 + @n2));
assert!(run(&["fly", "@n1"]).unwrap_err().starts_with("unknown: fly"));
assert!(run(&["fly"]).unwrap_err().starts_with("unknown: fly"));
assert!(run(&[]).is_err());
""",
            codes=("E0004",),
        ),
        Template(
            "nested_results_in_two_files",
            """
mod source;

pub use source::{Fault, Source};

/// Reads to the end; how many entries there were, or why it could not be ended.
pub fn drain(source: &mut Source) -> Result<@Int, String> {
    let mut number = 0;
    loop {
        match source.next_entry() {
            ⟦1:Ok(Some(entry)) if entry.is_empty() => {}
            ¦⟧Ok(Some(_)) => number += 1,
            ⟦2:«»«Ok(None) => return Ok(number),
            »Err(Fault::Broken) => return Err("broken".to_string()),
            Err(Fault::Late(by)) => return Err(format!("late by {by}")),¦Ok(None) => return Ok(number),
            «»«Err(Fault::Broken) => return Err("broken".to_string()),
            »Err(Fault::Late(by)) => return Err(format!("late by {by}")),¦Ok(None) => return Ok(number),
            Err(Fault::Broken) => return Err("broken".to_string()),
            Err(Fault::Late(by)) «if by > @n2»«» => return Err(format!("late by {by}")),⟧
        }
    }
}

//- src/source.rs
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    Broken,
    Late(@Int),
}

pub struct Source {
    pub entries: Vec<String>,
    pub ends_with: Option<Fault>,
}

impl Source {
    pub fn next_entry(&mut self) -> Result<Option<String>, Fault> {
        match (self.entries.pop(), self.ends_with) {
            (Some(entry), _) => Ok(Some(entry)),
            (None, Some(fault)) => Err(fault),
            (None, None) => Ok(None),
        }
    }
}
""",
            test="""
let mut source = Source { entries: vec!["@text1".into(), "@text2".into()], ends_with: None };
assert_eq!(drain(&mut source), Ok(2));
source.ends_with = Some(Fault::Broken);
assert_eq!(drain(&mut source), Err("broken".to_string()));
source.ends_with = Some(Fault::Late(@n1));
assert_eq!(drain(&mut source), Err("late by @n1".to_string()));
""",
            codes=("E0004",),
        ),
    ),
    frozen=(
        Template(
            "machine_with_a_stack_that_runs_dry",
            """
#[derive(Debug, Clone, Copy)]
pub enum Op {
    Push(i64),
    Add,
    Swap,
    Drop,
}

#[derive(Debug, PartialEq)]
pub struct Underflow {
    pub at: usize,
}

/// What lies on the stack after the program, or where it found too little on it.
pub fn run(program: &[Op]) -> Result<Vec<i64>, Underflow> {
    let mut stack: Vec<i64> = Vec::new();
    for (at, op) in program.iter().enumerate() {
        match (*op, stack.as_slice()) {
            (Op::Push(value), _) => stack.push(value),
            (Op::Add, [.., left, right]) => {
                let sum = left + right;
                stack.truncate(stack.len() - 2);
                stack.push(sum);
            }
            (Op::Swap, [.., _, _]) => {
                let top = stack.len() - 1;
                stack.swap(top - 1, top);
            }
            (Op::Drop, [.., _]) => {
                stack.pop();
            }
            «»«_ => return Err(Underflow { at }),»«_ => {}»
        }
    }
    Ok(stack)
}
""",
            test="""
assert_eq!(run(&[Op::Push(1), Op::Push(2), Op::Swap, Op::Drop, Op::Push(5), Op::Add]), Ok(vec![7]));
assert_eq!(run(&[Op::Push(1), Op::Add]), Err(Underflow { at: 1 }));
assert_eq!(run(&[Op::Drop]), Err(Underflow { at: 0 }));
""",
            codes=("E0004",),
        ),
        Template(
            "alternatives_that_bind_other_names",
            """
#[derive(Debug, Clone)]
pub enum Message {
    Text { from: String, body: String },
    Picture { from: String, caption: Option<String> },
    Joined(String),
    Left(String),
}

/// Who sent it; joining and leaving have no sender.
pub fn sender(message: &Message) -> Option<&str> {
    match message {
        «Message::Text { from, body } | Message::Picture { from, caption } => Some(from),»«Message::Text { from, .. } | Message::Picture { from, .. } => Some(from),»
        Message::Joined(_) | Message::Left(_) => None,
    }
}

/// Whom it is about: the sender, or who joined or left.
pub fn about(message: &Message) -> &str {
    match message {
        Message::Text { from: name, .. } | Message::Picture { from: name, .. } => name,
        «Message::Joined(name) | Message::Left(who) => name,»«Message::Joined(name) | Message::Left(name) => name,»
    }
}
""",
            test="""
let text = Message::Text { from: "@name1".into(), body: "hello".into() };
let picture = Message::Picture { from: "@name2".into(), caption: None };
assert_eq!((sender(&text), sender(&picture)), (Some("@name1"), Some("@name2")));
assert_eq!((sender(&Message::Joined("@name3".into())), about(&Message::Left("@name3".into()))), (None, "@name3"));
""",
            codes=("E0408", "E0381"),
        ),
        Template(
            "a_loop_over_what_may_be_something_else",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    Heading(String),
    Entry { @label: String, @price: u32 },
    Blank,
}

/// One heading with the sum of what stands below it.
pub fn sums(lines: &[Line]) -> Vec<(String, u32)> {
    let mut sums: Vec<(String, u32)> = Vec::new();
    for line in lines {
        if let Line::Heading(text) = line {
            sums.push((text.clone(), 0));
        }
        «let Line::Entry { @price, .. } = line;
        let Some((_, sum)) = sums.last_mut();
        *sum += @price;»«if let (Line::Entry { @price, .. }, Some((_, sum))) = (line, sums.last_mut()) {
            *sum += @price;
        }»«let (Line::Entry { @price, .. }, Some((_, sum))) = (line, sums.last_mut()) else {
            break;
        };
        *sum += @price;»
    }
    sums
}
""",
            test="""
let entry = |@price| Line::Entry { @label: "@text1".into(), @price };
let heading = |text: &str| Line::Heading(text.into());
let lines = [entry(9), heading("a"), entry(1), Line::Blank, entry(2), heading("b"), entry(4)];
assert_eq!(sums(&lines), [("a".to_string(), 3), ("b".to_string(), 4)]);
assert_eq!(sums(&[Line::Blank]), []);
""",
            codes=("E0005",),
        ),
        Template(
            "what_no_rule_speaks_of_stays_as_it_is",
            """
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Waiting,
    Working { done: u32 },
    Paused { done: u32 },
    Finished,
}

#[derive(Debug, Clone, Copy)]
pub enum Signal {
    Begin,
    Progress(u32),
    Pause,
    Cancel,
}

impl Phase {
    /// What comes after the signal. A signal that means nothing now changes nothing.
    pub fn after(self, signal: Signal) -> Phase {
        match (self, signal) {
            (Phase::Waiting, Signal::Begin) => Phase::Working { done: 0 },
            (Phase::Paused { done }, Signal::Begin) => Phase::Working { done },
            (Phase::Working { done }, Signal::Pause) => Phase::Paused { done },
            (Phase::Working { done }, Signal::Progress(by)) if done + by >= 100 => Phase::Finished,
            (Phase::Working { done }, Signal::Progress(by)) => Phase::Working { done: done + by },
            (Phase::Working { .. } | Phase::Paused { .. }, Signal::Cancel) => Phase::Waiting,
            «»«(phase, _) => phase,»«_ => Phase::Waiting,»
        }
    }
}

pub fn @show(signals: &[Signal]) -> Phase {
    let start = Phase::Waiting;
    signals.iter().fold(start, |phase, signal| phase.after(*signal))
}
""",
            test="""
use Signal::{Begin, Cancel, Pause, Progress};
assert_eq!(@show(&[Begin, Progress(40), Pause, Progress(70), Begin]), Phase::Working { done: 40 });
assert_eq!(@show(&[Begin, Progress(40), Progress(60), Cancel, Begin]), Phase::Finished);
assert_eq!(@show(&[Pause, Begin, Begin, Cancel]), Phase::Waiting);
""",
            codes=("E0004",),
        ),
        Template(
            "the_shape_of_a_record_changed",
            """
/// A place on the map; the height came later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place(pub f64, pub f64, pub f64);

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub place: Place,
}

/// The way between two places, up and down included.
pub fn distance(from: Place, to: Place) -> f64 {
    «let Place(x, y) = from;
    let Place(other_x, other_y) = to;
    (x - other_x).hypot(y - other_y)»«let Place(x, y, z) = from;
    let Place(other_x, other_y, other_z) = to;
    (x - other_x).hypot(y - other_y).hypot(z - other_z)»«let Place(x, y, _) = from;
    let Place(other_x, other_y, _) = to;
    (x - other_x).hypot(y - other_y)»
}

pub fn nearest(@items: &[@Item], from: Place) -> Option<&@Item> {
    let closer = |left: &&@Item, right: &&@Item| {
        distance(left.place, from).total_cmp(&distance(right.place, from))
    };
    @items.iter().min_by(closer)
}
""",
            test="""
assert_eq!(distance(Place(0.0, 0.0, 0.0), Place(2.0, 3.0, 6.0)), 7.0);
let @items = [Place(1.0, 0.0, 9.0), Place(3.0, 0.0, 0.0)].map(|place| @Item { @label: format!("{}", place.2), place });
assert_eq!(nearest(&@items, Place(0.0, 0.0, 0.0)), Some(&@items[1]));
""",
            codes=("E0023",),
        ),
    ),
)
