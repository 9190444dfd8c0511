"""An Option and its content, taken for one another."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="option_handling",
    title="An Option is used as its content, or a content where an Option is wanted",
    codes=("E0308", "E0599", "E0369", "E0609"),
    templates=(
        Template(
            "compares_what_may_be_absent",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Default)]
pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<String, @Int>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, number: @Int) {
        *self.@items.entry(@label.to_string()).or_default() += number;
    }

    /// Whether so many can be taken; of what is not there, none can.
    pub fn has(&self, @label: &str, number: @Int) -> bool {
        let @count = self.@items.get(@label).copied()«»«.unwrap_or(0)»«.unwrap_or(@Int::MAX)»;
        ⟦@count >= number¦number <= @count⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("@text1", @n2);
assert!(@owner.has("@text1", @n1) && @owner.has("@text1", @n2) && !@owner.has("@text1", @n3));
assert!(!@owner.has("@text2", 1));
""",
            codes=("E0308",),
        ),
        Template(
            "found_in_a_loop",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
    pub @flag: bool,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// Takes the first one that is large enough and not @flag.
    pub fn @find(&mut self, least: @Int) -> Option<&⟦1:¦mut ⟧@Item> {
        for @item in ⟦&mut self.@items¦self.@items.iter_mut()⟧ {
            if ⟦!@item.@flag && @item.@size >= least {
                @item.@flag = true;¦@item.@size >= least && !@item.@flag {
                @item.@flag = !@item.@label.is_empty();⟧
                return «@item»«Some(@item)»;
            }
        }
        None
    }
}
""",
            test="""
let make = |@size, @flag| @Item { @label: "@text1".into(), @size, @flag };
let mut @owner = @Owner { @items: vec![make(@n1, false), make(@n4, true), make(@n3, false)] };
assert_eq!(@owner.@find(@n2).map(|@item| @item.@size), Some(@n3));
assert!(@owner.@find(@n2).is_none());
""",
            codes=("E0308",),
        ),
        Template(
            "method_of_the_content",
            """
#[derive(Clone, Default)]
pub struct @Person {
    pub name: String,
    pub nick: Option<String>,
}

impl @Person {
    /// How the @person is greeted: by the nick, where there is one.
    pub fn called(&self) -> String {
        ⟦1:self.nick
            «»«.as_deref()
            .unwrap_or(&self.name)
            ».to_uppercase()¦let nick = self.nick.as_deref()«»«.unwrap_or(&self.name)»«.unwrap_or_default()»;
        nick.to_uppercase()¦format!("{} ({})", self.nick.as_deref()«»«.unwrap_or(&self.name)».to_uppercase(), self.name)⟧
    }
}

pub fn invited(@people: &[@Person]) -> String {
    let called: Vec<String> = @people.iter().map(@Person::called).collect();
    called.join(⟦", "¦" and "⟧)
}
""",
            test="""
let with_nick = @Person { name: "@name1".into(), nick: Some("Zed".into()) };
let without = @Person { name: "@name2".into(), nick: None };
assert_eq!(with_nick.called(), ⟦1:"ZED"¦"ZED"¦"ZED (@name1)"⟧);
assert!(without.called().starts_with(&"@name2".to_uppercase()));
assert!(invited(&[with_nick, without]).contains("ZED"));
""",
            codes=("E0599",),
        ),
        Template(
            "arms_for_the_content",
            """
pub struct @Owner {
    pub @count: @Int,
    pub log: Vec<String>,
}

impl @Owner {
    /// Follows one line of commands, and says whether it was understood.
    pub fn follow(&mut self, line: &str) -> bool {
        let mut words = line.split_whitespace();
        match words.next()⟦¦.map(str::trim)⟧ {
            «"@add"»«Some("@add")» => self.@count += 1,
            «"@remove"»«Some("@remove")» ⟦2:if self.@count > 0 ¦⟧=> self.@count ⟦-= 1¦= self.@count.saturating_sub(1)⟧,
            other => {
                self.log.push(format!("what is {other:?}?"));
                return false;
            }
        }
        ⟦3:let rest: Vec<&str> = words.collect();
        rest.is_empty()¦words.next().is_none()¦words.count() == 0⟧
    }
}
""",
            test="""
let mut @owner = @Owner { @count: @n1, log: Vec::new() };
assert!(@owner.follow("@add") && @owner.follow("@add") && @owner.follow("@remove"));
assert!(!@owner.follow("fly") && !@owner.follow("") && !@owner.follow("@add twice"));
assert_eq!((@owner.@count, @owner.log.len()), (@n1 + 2, 2));
""",
            codes=("E0308",),
        ),
        Template(
            "field_that_is_optional",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: Option<@Int>,
    pub holder: Option<String>,
}

impl @Item {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
            @size: None,
            holder: None,
        }
    }

    pub fn @size(⟦1:mut self, @size: @Int) -> Self¦&mut self, @size: @Int) -> &mut Self⟧ {
        self.@size = «@size»«Some(@size)»;
        self
    }

    pub fn held_by(⟦1:mut self, @person: &str) -> Self¦&mut self, @person: &str) -> &mut Self⟧ {
        ⟦self.holder = «@person.to_string()»«Some(@person.to_string())»;¦let holder = @person.trim().to_string();
        self.holder = «holder»«Some(holder)»;¦if self.holder.is_none() {
            self.holder = «@person.to_string()»«Some(@person.to_string())»;
        }⟧
        self
    }
}
""",
            test="""
let ⟦1:¦mut ⟧plain = @Item::new("@text1");
assert_eq!(plain.holder, None);
let full = plain⟦1:.clone()¦⟧.@size(@n1).held_by("@name1");
assert_eq!((full.@size, full.holder.as_deref()), (Some(@n1), Some("@name1")));
""",
            codes=("E0308",),
        ),
        Template(
            "an_element_taken_for_an_option",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

pub struct Row {
    cells: Vec<@Kind>,
}

impl Row {
    pub fn new(cells: ⟦1:&[@Kind]¦Vec<@Kind>⟧) -> Self {
        Self {
            cells⟦1:: cells.to_vec()¦⟧,
        }
    }

    /// How many of that @kind stand next to the position.
    pub fn next_to(&self, at: usize, @kind: @Kind) -> usize {
        let mut found = 0;
        for place in [at.wrapping_sub(1), at + 1] {
            ⟦if let Some(cell) = «self.cells[place]»«self.cells.get(place)»
                && «cell»«*cell» == @kind
            {
                found += 1;
            }¦let Some(cell) = «self.cells[place]»«self.cells.get(place).copied()» else {
                continue;
            };
            found += usize::from(cell == @kind);¦match «self.cells[place]»«self.cells.get(place)» {
                Some(cell) if «cell»«*cell» == @kind => found += 1,
                _ => {}
            }⟧
        }
        found
    }
}
""",
            test="""
let row = Row::new(⟦1:&¦vec!⟧[@Kind::@First, @Kind::@Second, @Kind::@First, @Kind::@Third]);
assert_eq!([0, 1, 2, 3].map(|at| row.next_to(at, @Kind::@First)), [0, 2, 0, 1]);
""",
            codes=("E0308",),
        ),
        Template(
            "field_of_an_option_in_two_files",
            """
mod register;

pub use register::{@Person, Register};

/// One line for each number that was asked for.
pub fn @show(register: &Register, numbers: &[@Int]) -> Vec<String> {
    let mut lines = Vec::new();
    for number in numbers {
        ⟦1:let «@person»«Some(@person)» = register.@find(*number)«»« else {
            lines.push(format!("{number}: nobody"));
            continue;
        }»;
        ⟦lines.push(format!("{number}: {}", @person.name));¦let name = &@person.name;
        lines.push(format!("{number}: {name}"));⟧¦«let @person = register.@find(*number);
        lines.push(format!("{number}: {}", @person.name));»«lines.push(match register.@find(*number) {
            Some(@person) => format!("{number}: {}", @person.name),
            None => format!("{number}: nobody"),
        });»«if let Some(@person) = register.@find(*number) {
            lines.push(format!("{number}: {}", @person.name));
        }»⟧
    }
    lines
}

//- src/register.rs
pub struct @Person {
    pub name: String,
    pub number: @Int,
}

#[derive(Default)]
pub struct Register {
    @people: Vec<@Person>,
}

impl Register {
    pub fn enter(&mut self, name: &str) -> @Int {
        let number = self.@people.last().map_or(1, |@person| @person.number + 1);
        let name = name.to_string();
        self.@people.push(@Person { name, number });
        number
    }

    pub fn @find(&self, number: @Int) -> Option<&@Person> {
        self.@people.iter().find(|@person| @person.number == number)
    }
}
""",
            test="""
let mut register = Register::default();
assert_eq!((register.enter("@name1"), register.enter("@name2")), (1, 2));
assert_eq!(@show(&register, &[2, 9, 1]), ["2: @name2", "9: nobody", "1: @name1"]);
""",
            codes=("E0609",),
        ),
        Template(
            "argument_that_may_be_absent",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

fn @show(@item: &@Item) -> String {
    format!("{} at {}", @item.@label, @item.@price)
}

/// The @item with the highest @price, in words.
pub fn dearest(@items: &[@Item]) -> Option<String> {
    ⟦1:let best = @items⟦
        .iter()
        .max_by(|a, b| a.@price.total_cmp(&b.@price))¦
        .iter()
        .reduce(|a, b| if b.@price > a.@price { b } else { a })⟧;
    «Some(@show(best))»«best.map(@show)»¦let mut sorted: Vec<&@Item> = @items.iter().collect();
    sorted.sort_by(|a, b| a.@price.total_cmp(&b.@price));
    «Some(@show(sorted.pop()))»«sorted.pop().map(@show)»¦let mut best = @items.first();
    for @item in @items {
        if best.is_some_and(|best| @item.@price > best.@price) {
            best = «@item»«Some(@item)»;
        }
    }
    «Some(@show(best))»«best.map(@show)»⟧
}
""",
            test="""
let @items = [1.5, 4.0, 2.5].map(|@price| @Item { @label: format!("@text1 {@price}"), @price });
assert_eq!(dearest(&@items).as_deref(), Some("@text1 4 at 4"));
assert_eq!(dearest(&[]), None);
""",
            codes=("E0308",),
        ),
    ),
    frozen=(
        Template(
            "peeks_behind_the_end",
            """
use std::iter::Peekable;
use std::str::Chars;

/// Reads words and numbers off a line, like `12 @items 7`.
pub struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
}

impl<'a> Scanner<'a> {
    pub fn new(line: &'a str) -> Self {
        Self {
            rest: line.chars().peekable(),
        }
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }

    /// The number that comes next, and nothing where something else does.
    pub fn number(&mut self) -> Option<u32> {
        self.skip_spaces();
        let mut value: Option<u32> = None;
        «while self.rest.peek().is_ascii_digit() {
            let digit = self.rest.next()?.to_digit(10)?;»«while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(10)) {
            self.rest.next();»«while let Some(digit) = self.rest.next().and_then(|c| c.to_digit(10)) {»
            value = Some(value.unwrap_or(0) * 10 + digit);
        }
        value
    }

    pub fn word(&mut self) -> String {
        self.skip_spaces();
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_alphabetic()) {
            word.push(c);
        }
        word
    }
}
""",
            test="""
let mut scanner = Scanner::new("12 @items 7");
assert_eq!(scanner.number(), Some(12));
assert_eq!(scanner.number(), None);
assert_eq!(scanner.word(), "@items");
assert_eq!(scanner.number(), Some(7));
assert_eq!(scanner.number(), None);
assert_eq!(Scanner::new("3x").number(), Some(3));
let mut close = Scanner::new("31x");
assert_eq!((close.number(), close.word().as_str()), (Some(31), "x"));
""",
            codes=("E0599",),
        ),
        Template(
            "smallest_so_far_begins_as_nothing",
            """
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub x: i32,
    pub y: i32,
}

impl Place {
    fn distance(self, other: Place) -> u32 {
        self.x.abs_diff(other.x) + self.y.abs_diff(other.y)
    }
}

pub struct @Owner {
    pub name: &'static str,
    pub place: Place,
    pub open: bool,
}

/// The open @owner that is closest, and how far it is.
pub fn closest(@owners: &[@Owner], from: Place) -> Option<(&'static str, u32)> {
    let mut name = "";
    let mut best: Option<u32> = None;
    for @owner in @owners.iter().filter(|@owner| @owner.open) {
        let distance = @owner.place.distance(from);
        if «distance < best»«best.is_none_or(|best| distance < best)»«best.is_some_and(|best| distance < best)» {
            best = Some(distance);
            name = @owner.name;
        }
    }
    best.map(|distance| (name, distance))
}
""",
            test="""
let at = |x, y| Place { x, y };
let @owner = |name, place, open| @Owner { name, place, open };
let @owners = [@owner("@name1", at(9, 9), true), @owner("@name2", at(1, -1), true), @owner("@name3", at(0, 0), false)];
assert_eq!(closest(&@owners, at(0, 0)), Some(("@name2", 2)));
assert_eq!(closest(&@owners[..1], at(8, 8)), Some(("@name1", 2)));
assert_eq!(closest(&[], at(0, 0)), None);
""",
            codes=("E0308",),
        ),
        Template(
            "order_that_floats_lack",
            """
use std::cmp::Ordering;

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: f64,
}

fn by_@price(left: &@Item, right: &@Item) -> Ordering {
    right
        .@price
        .«partial_cmp(&left.@price)»«partial_cmp(&left.@price)
        .unwrap_or(Ordering::Equal)»«partial_cmp(&left.@price)
        .unwrap_or(Ordering::Less)»
        .then_with(|| left.@label.cmp(&right.@label))
}

/// The best @items first; those without a @price are in the order of their names.
pub fn ranked(mut @items: Vec<@Item>) -> Vec<String> {
    @items.sort_by(by_@price);
    @items.into_iter().map(|@item| @item.@label).collect()
}

/// Whether the left one is to be shown before the right one.
pub fn comes_first(left: &@Item, right: &@Item) -> bool {
    by_@price(left, right) == Ordering::Less
}
""",
            test="""
let @item = |@label: &str, @price| @Item { @label: @label.into(), @price };
assert_eq!(ranked(vec![@item("b", 1.0), @item("a", 1.0), @item("c", 2.5)]), ["c", "a", "b"]);
let unknown = [@item("b", f64::NAN), @item("a", f64::NAN)];
assert!(comes_first(&unknown[1], &unknown[0]) && !comes_first(&unknown[0], &unknown[1]));
""",
            codes=("E0599",),
        ),
        Template(
            "both_known_or_nothing",
            """
/// What was measured at one time; a sensor that failed has measured nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    pub inside: Option<i32>,
    pub outside: Option<i32>,
}

impl Sample {
    /// How much warmer it is inside, where both are known.
    pub fn difference(self) -> Option<i32> {
        «self.inside - self.outside»«Some(self.inside? - self.outside?)»«Some(self.inside.unwrap_or(0) - self.outside.unwrap_or(0))»
    }
}

/// The largest difference of all samples for which there is one.
pub fn largest(samples: &[Sample]) -> Option<i32> {
    samples.iter().filter_map(|sample| sample.difference()).max()
}

pub fn @show(samples: &[Sample]) -> String {
    match largest(samples) {
        Some(degrees) => format!("up to {degrees} degrees"),
        None => "unknown".to_string(),
    }
}
""",
            test="""
let sample = |inside, outside| Sample { inside, outside };
assert_eq!(sample(Some(@n3), Some(@n1)).difference(), Some(@n3 - @n1));
assert_eq!(@show(&[sample(Some(100), None), sample(None, Some(-100)), Sample::default()]), "unknown");
assert_eq!(@show(&[sample(Some(5), None), sample(Some(5), Some(3))]), "up to 2 degrees");
""",
            codes=("E0369",),
        ),
        Template(
            "a_slot_that_gives_back_what_it_held",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
}

/// One @item under work, and those that wait.
#[derive(Default)]
pub struct Bench {
    current: Option<@Item>,
    waiting: Vec<@Item>,
}

impl Bench {
    pub fn @add(&mut self, @item: @Item) {
        self.waiting.push(@item);
    }

    /// Ends the work on the current @item and begins the one that waits longest, if any does.
    pub fn advance(&mut self) -> Option<@Item> {
        let finished = self.current.take();
        «if !self.waiting.is_empty() {
            self.current = self.waiting.remove(0);
        }
        self.current.@label = self.current.@label.trim().to_string();»«if !self.waiting.is_empty() {
            self.current = Some(self.waiting.remove(0));
        }
        if let Some(@item) = &mut self.current {
            @item.@label = @item.@label.trim().to_string();
        }»«if !self.waiting.is_empty() {
            self.current = self.waiting.pop();
        }»
        finished
    }
}
""",
            test="""
let @item = |@label: &str| @Item { @label: @label.to_string() };
let mut bench = Bench::default();
assert_eq!(bench.advance(), None);
bench.@add(@item(" @text1 "));
bench.@add(@item("@text2"));
assert_eq!(bench.advance(), None);
assert_eq!(bench.advance(), Some(@item("@text1")));
assert_eq!(bench.advance(), Some(@item("@text2")));
assert_eq!(bench.advance(), None);
""",
            codes=("E0308", "E0609"),
        ),
    ),
)
