"""`let … else`: patterns that may not match, and what is done then."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="let_else",
    title="A pattern that may not match is not provided for, or the other branch does not leave",
    codes=(
        "E0005",
        "E0308",
        "E0069",
        "E0267",
        "E0381",
        "E0408",
        "E0425",
        "E0499",
        "E0507",
        NO_CODE,
        "clippy::manual_let_else",
        "clippy::question_mark",
    ),
    templates=(
        Template(
            "lines_that_are_something_else",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub type Settings = ⟦1:HashMap¦BTreeMap⟧<String, ⟦2:String¦@Int⟧>;

/// Reads `key = value` lines. Others, like comments, are left out.
pub fn read(text: &str) -> Settings {
    let mut settings = Settings::new();
    for line in text.lines()⟦¦.map(str::trim)¦.filter(|line| !line.is_empty())⟧ {
        let Some((key, value)) = line.split_once('=')«»« else {
            continue;
        }»« else {
            break;
        }»;
        ⟦2:settings.insert(key.trim().to_string(), value.trim().to_string());¦if let Ok(value) = value.trim().parse() {
            settings.insert(key.trim().to_string(), value);
        }⟧
    }
    settings
}

pub fn number_of(settings: &Settings, prefix: &str) -> usize {
    let keys = settings.keys();
    keys.filter(|key| key.starts_with(prefix)).count()
}
""",
            test="""
let settings = read("@label = @n1\\n\\nnothing\\n@size = @n2");
assert_eq!(settings.len(), 2);
assert_eq!(settings["@label"].to_string(), "@n1");
assert_eq!(number_of(&settings, "@size"), 1);
""",
            codes=("E0005",),
        ),
        Template(
            "the_other_branch_goes_on",
            """
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

#[derive(Debug, Default, PartialEq)]
pub struct Outcome {
    pub done: @Int,
    pub unknown: ⟦1:Vec<String>¦usize⟧,
}

/// Takes one of each @item in the list, as far as there is one.
pub fn @remove(@items: &mut [@Item], list: &[&str]) -> Outcome {
    let mut outcome = Outcome::default();
    for @label in list {
        let Some(@item) = @items.iter_mut().find(|@item| @item.@label == *@label) else {
            outcome.unknown⟦1:.push(@label.to_string())¦ += 1⟧;«»«
            continue;»«
            break;»
        };
        ⟦if @item.@count > 0 {
            @item.@count -= 1;
            outcome.done += 1;
        }¦if @item.@count == 0 {
            continue;
        }
        @item.@count -= 1;
        outcome.done += 1;¦let taken = @item.@count.min(1);
        @item.@count -= taken;
        outcome.done += taken;⟧
    }
    outcome
}
""",
            test="""
let mut @items = [("@text1", @n1), ("@text2", 0)].map(|(@label, @count)| @Item { @label: @label.into(), @count });
let outcome = @remove(&mut @items, &["@text2", "@text3", "@text1"]);
assert_eq!(outcome, Outcome { done: 1, unknown: ⟦1:vec!["@text3".into()]¦1⟧ });
assert_eq!(@items[0].@count, @n1 - 1);
""",
            codes=("E0308",),
        ),
        Template(
            "leaves_with_nothing",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Person {
    pub name: String,
    pub @size: @Int,
    pub boss: Option<String>,
}

pub struct @Owner {
    pub @people: Vec<@Person>,
}

impl @Owner {
    fn @find(&self, name: &str) -> Option<&@Person> {
        self.@people.iter().find(|@person| @person.name == name)
    }

    /// Who is not there, or has no boss, has ⟦1:no distance¦an empty chain⟧.
    pub fn ⟦1:distance¦chain⟧(&self, name: &str) -> ⟦1:@Int¦Vec<&str>⟧ {
        let Some(@person) = self.@find(name) else {
            return«»« ⟦1:0¦Vec::new()⟧»« ⟦1:1¦vec![""]⟧»;
        };
        ⟦let Some(boss) = &@person.boss else {
            return ⟦1:0¦Vec::new()⟧;
        };¦let boss = match &@person.boss {
            Some(boss) if boss != name => boss,
            _ => return ⟦1:0¦Vec::new()⟧,
        };⟧
        ⟦1:1 + self.distance(boss)¦let mut chain = self.chain(boss);
        chain.push(boss);
        chain⟧
    }
}
""",
            test="""
let person = |name: &str, boss: Option<&str>| @Person { name: name.into(), @size: @n1, boss: boss.map(String::from) };
let @owner = @Owner { @people: vec![person("a", None), person("b", Some("a")), person("c", Some("b")), person("d", Some("x"))] };
⟦1:assert_eq!(["c", "a", "d", "y"].map(|name| @owner.distance(name)), [2, 0, 1, 0]);¦assert_eq!(@owner.chain("c"), ["a", "b"]);
assert_eq!((@owner.chain("d"), @owner.chain("y")), (vec!["x"], vec![]));⟧
""",
            codes=("E0069",),
        ),
        Template(
            "a_match_that_only_unpacks",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum @Kind {
    @First,
    @Second { @label: String, @size: @Int },
    @Third(@Int),
}

/// The @label, as far as there is one of that size.
pub fn @show(@kind: &@Kind, least: @Int) -> ⟦1:String¦Option<&str>⟧ {
    «let (@label, @size) = match @kind {
        @Kind::@Second { @label, @size } => (@label, @size),
        _ => return ⟦1:String::from("-")¦None⟧,
    };
»«let @Kind::@Second { @label, @size } = @kind else {
        return ⟦1:String::from("-")¦None⟧;
    };
»    if ⟦2:*@size < least¦*@size <= least⟧ {
        return ⟦1:format!("small {@label}")¦None⟧;
    }
    ⟦1:⟦@label.clone()¦@label.to_string()⟧¦Some(@label)⟧
}

pub fn sizes(kinds: &[@Kind]) -> Vec<@Int> {
    let sizes = kinds.iter().filter_map(|@kind| match @kind {
        @Kind::@First => None,
        @Kind::@Second { @size, .. } => Some(*@size),
        @Kind::@Third(@size) => Some(*@size),
    });
    sizes.collect()
}
""",
            test="""
let @kind = @Kind::@Second { @label: "ab".into(), @size: @n3 };
assert_eq!(@show(&@kind, @n1), ⟦1:"ab"¦Some("ab")⟧);
assert_eq!(@show(&@Kind::@First, @n1), ⟦1:"-"¦None⟧);
assert_eq!(sizes(&[@Kind::@Third(1), @kind.clone()]), [1, @n3]);
""",
            codes=("clippy::manual_let_else",),
        ),
        Template(
            "where_a_question_mark_is_enough",
            """
pub struct @Item {
    pub @label: String,
    pub parent: Option<usize>,
    pub @price: @Float,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// The @price of what the @item belongs to⟦1:¦, and what it is called⟧.
    pub fn parent_@price(&self, at: usize) -> Option<⟦1:@Float¦(&str, @Float)⟧> {
        «let Some(@item) = self.@items.get(at) else {
            return None;
        };»«let @item = self.@items.get(at)?;»
        ⟦let parent = self.@items.get(@item.parent?)?;¦let parent = @item.parent.and_then(|at| self.@items.get(at))?;¦let at = @item.parent?;
        let parent = self.@items.get(at)?;⟧
        Some(⟦1:parent.@price¦(parent.@label.as_str(), parent.@price)⟧)
    }

    pub fn roots(&self) -> usize {
        let mut roots = 0;
        for @item in &self.@items {
            if @item.parent.is_none() {
                roots += 1;
            }
        }
        roots
    }
}
""",
            test="""
let @items = [None, Some(0), Some(9)].map(|parent| @Item { @label: "@text1".into(), parent, @price: 2.5 });
let @owner = @Owner { @items: Vec::from(@items) };
assert_eq!(@owner.parent_@price(1), Some(⟦1:2.5¦("@text1", 2.5)⟧));
assert!([0, 2, 7].iter().all(|at| @owner.parent_@price(*at).is_none()));
assert_eq!(@owner.roots(), 1);
""",
            codes=("clippy::question_mark",),
        ),
        Template(
            "the_other_branch_wants_the_error",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Number { text: String, why: String },
    Negative(i64),
}

fn amount(text: &str) -> Result<i64, @Error> {
    «let Ok(number) = text.parse::<i64>() else {
        return Err(@Error::Number {
            text: text.to_string(),
            why: error.to_string(),
        });
    };»«let number = match text.parse::<i64>() {
        Ok(number) => number,
        Err(error) => {
            return Err(@Error::Number {
                text: text.to_string(),
                why: error.to_string(),
            });
        }
    };»«let number = match text.parse::<i64>() {
        Ok(number) => number,
        Err(_) => {
            return Err(@Error::Number {
                text: text.to_string(),
                why: text.to_string(),
            });
        }
    };»
    ⟦if number < 0 {
        return Err(@Error::Negative(number));
    }
    Ok(number)¦if number.is_negative() {
        Err(@Error::Negative(number))
    } else {
        Ok(number)
    }¦match number {
        0.. => Ok(number),
        _ => Err(@Error::Negative(number)),
    }⟧
}

pub fn total(fields: &[&str]) -> Result<i64, @Error> {
    ⟦fields.iter().map(|field| amount(field)).sum()¦let mut total = 0;
    for field in fields {
        total += amount(field)?;
    }
    Ok(total)¦fields.iter().try_fold(0, |total, field| Ok(total + amount(field)?))⟧
}
""",
            test="""
assert_eq!((total(&["1", "@n2"]), total(&["-3"])), (Ok(1 + @n2), Err(@Error::Negative(-3))));
let why = "x".parse::<i64>().unwrap_err().to_string();
assert_eq!(total(&["1", "x"]), Err(@Error::Number { text: "x".into(), why }));
""",
            codes=("E0425",),
        ),
        Template(
            "from_a_loop_into_a_closure",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// What can be read of the lines, in their order, and how many lines there were.
pub fn read(lines: &⟦1:str¦[&str]⟧) -> (Vec<@Item>, usize) {
    let mut @items = Vec::new();
    let mut seen = 0;
    lines.⟦1:lines()¦iter()⟧⟦.filter(|line| !line.is_empty())¦⟧.for_each(|line| {
        seen += 1;
        let Some((@label, @size)) = line.split_once(⟦2:';'¦": "⟧) else {
            «continue»«return»;
        };
        ⟦3:let Ok(@size) = @size.trim().parse() else {
            «continue»«return»;
        };
        let @label = @label.trim().to_string();
        @items.push(@Item { @label, @size });¦if let Ok(@size) = @size.trim().parse() {
            let @label = @label.to_string();
            @items.push(@Item { @label, @size });
        }⟧
    });
    (@items, seen)
}

pub fn largest(@items: &[@Item]) -> Option<&@Item> {
    @items.iter().max_by_key(|@item| @item.@size)
}
""",
            test="""
let text = ⟦2:["@text1;@n1", "nothing", "@text2;x", "@text4; @n2"]¦["@text1: @n1", "nothing", "@text2: x", "@text4: @n2"]⟧;
let (@items, seen) = read(⟦1:&text.join("\\n")¦&text⟧);
assert_eq!(seen, 4);
assert_eq!(@items.iter().map(|@item| @item.@size).collect::<Vec<_>>(), [@n1, @n2]);
assert_eq!(largest(&@items).unwrap().@label, "@text4");
""",
            codes=("E0267", "E0308"),
        ),
        Template(
            "a_condition_in_the_initializer",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    pub @items: Vec<String>,
    pub @count: Vec<@Int>,
    pub @flag: bool,
}

impl @Owner {
    /// The first @item, if it may be taken.
    pub fn first(&self) -> Result<⟦1:&str¦String⟧, &'static str> {
        «let Some(@item) = self.@items.first() && !self.@flag else {
            return Err("nothing");
        };»«let Some(@item) = self.@items.first().filter(|_| !self.@flag) else {
            return Err("nothing");
        };»«let Some(@item) = self.@items.first() else {
            return Err("nothing");
        };»
        Ok(@item⟦1:¦.clone()⟧)
    }

    pub fn ⟦2:total¦most⟧(&self) -> ⟦2:@Int¦Option<@Int>⟧ {
        ⟦2:self.@count.iter().sum()¦self.@count.iter().max().copied()⟧
    }

    pub fn @show(&self) -> String {
        ⟦match self.first() {
            Ok(@item) => format!("{@item} first"),
            Err(why) => why.to_string(),
        }¦let Ok(@item) = self.first() else {
            return "nothing".to_string();
        };
        format!("{@item} first")⟧
    }
}
""",
            test="""
let mut @owner = @Owner { @items: vec!["@text1".into()], ..Default::default() };
assert_eq!(@owner.@show(), "@text1 first");
@owner.@flag = true;
assert_eq!(@owner.@show(), "nothing");
assert_eq!(@Owner::default().first(), Err("nothing"));
""",
            codes=(NO_CODE, "E0308"),
        ),
    ),
    frozen=(
        Template(
            "a_parser_that_expects_one_token",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Number(u32),
    Plus,
    Word(String),
}

#[derive(Debug, PartialEq)]
pub enum @Error {
    Unexpected(usize),
    End,
}

pub struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    pub fn new(tokens: &'a [Token]) -> Self {
        Parser { tokens, at: 0 }
    }

    fn number(&mut self) -> Result<u32, @Error> {
        let token = self.tokens.get(self.at).ok_or(@Error::End)?;
        let Token::Number(number) = token«»« else {
            return Err(@Error::Unexpected(self.at));
        }»« else {
            return Err(@Error::End);
        }»;
        self.at += 1;
        Ok(*number)
    }

    /// Numbers with a plus between them.
    pub fn sum(&mut self) -> Result<u32, @Error> {
        let mut total = self.number()?;
        while self.tokens.get(self.at) == Some(&Token::Plus) {
            self.at += 1;
            total += self.number()?;
        }
        Ok(total)
    }
}
""",
            test="""
let tokens = [Token::Number(3), Token::Plus, Token::Number(4), Token::Plus, Token::Word("@text1".into())];
assert_eq!(Parser::new(&tokens[..3]).sum(), Ok(7));
assert_eq!(Parser::new(&tokens[..4]).sum(), Err(@Error::End));
assert_eq!(Parser::new(&tokens).sum(), Err(@Error::Unexpected(4)));
""",
            codes=("E0005",),
        ),
        Template(
            "the_ends_of_a_slice",
            """
pub struct Reading {
    pub @label: String,
    pub at: u32,
    pub value: f64,
}

/// How fast the value changes between the first reading and the last; one alone does not change.
pub fn rate(readings: &[Reading]) -> Option<f64> {
    «let [first, .., last] = readings;»«let [first, .., last] = readings else {
        return readings.first().map(|_| 0.0);
    };»«let [first, .., last] = readings else {
        return None;
    };»
    if first.at == last.at {
        return None;
    }
    let time = f64::from(last.at) - f64::from(first.at);
    Some((last.value - first.value) / time)
}

pub fn @show(readings: &[Reading]) -> String {
    match rate(readings) {
        Some(rate) => format!("{rate:+.1}"),
        None => "unknown".to_string(),
    }
}
""",
            test="""
let readings = [(0, 1.0), (1, 9.0), (4, 3.0)].map(|(at, value)| Reading { @label: "@text1".into(), at, value });
assert_eq!(@show(&readings), "+0.5");
assert_eq!(@show(&readings[..1]), "+0.0");
assert_eq!(@show(&[]), "unknown");
""",
            codes=("E0005",),
        ),
        Template(
            "a_helper_that_never_comes_back",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Number(u32),
    Text(String),
}

pub struct Record {
    pub fields: Vec<(String, Value)>,
}

#[track_caller]
#[cold]
fn corrupt(field: &str, what: &str)«»« -> !» {
    panic!("field {field}: {what}");
}

impl Record {
    fn get(&self, name: &str) -> Option<&Value> {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value)
    }

    /// Records are checked when they are stored, so that no number is a bug.
    pub fn number(&self, name: &str) -> u32 {
        let Some(value) = self.get(name) else {
            corrupt(name, "missing")
        };
        let Value::Number(number) = value else {
            corrupt(name, "no number")
        };
        *number
    }
}
""",
            test="""
let fields = vec![("@count".to_string(), Value::Number(7)), ("@label".to_string(), Value::Text("@text1".into()))];
let record = Record { fields };
assert_eq!(record.number("@count"), 7);
for name in ["@label", "@size"] {
    let why = std::panic::catch_unwind(|| record.number(name)).unwrap_err();
    assert!(why.downcast_ref::<String>().unwrap().starts_with(&format!("field {name}: ")));
}
""",
            codes=("E0308",),
        ),
        Template(
            "found_or_made",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<@Item>,
}

impl @Owner {
    /// The @item of that name, which is made where there is none.
    pub fn entry(&mut self, @label: &str) -> &mut @Item {
        «let Some(@item) = self.@items.iter_mut().find(|@item| @item.@label == @label) else {»«let Some(at) = self.@items.iter().position(|@item| @item.@label == @label) else {»
            let @label = @label.to_string();
            self.@items.push(@Item { @label, @count: 1 });
            return self.@items.last_mut().unwrap();
        };
        «@item»«&mut self.@items[at]»
    }

    pub fn total(&self) -> u32 {
        self.@items.iter().map(|@item| @item.@count).sum()
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.entry("@text1").@count += 1;
@owner.entry("@text2").@count += 4;
@owner.entry("@text2").@count += 1;
assert_eq!((@owner.total(), @owner.entry("@text1").@count), (8, 2));
""",
            codes=("E0499",),
        ),
        Template(
            "two_shapes_in_one_pattern",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Payment {
    Cash { given: u32 },
    Card { number: String, charged: u32 },
    Voucher(String),
}

/// What was paid with money, in cents.
pub fn paid(payment: &Payment) -> Option<u32> {
    let («Payment::Cash { given } | Payment::Card { charged, .. }»«Payment::Cash { given: amount } | Payment::Card { charged: amount, .. }») = payment else {
        return None;
    };
    Some(«given + charged»«*amount»)
}

pub fn totals(payments: &[Payment]) -> (u32, usize) {
    let mut total = 0;
    let mut others = 0;
    for payment in payments {
        match paid(payment) {
            Some(amount) => total += amount,
            None => others += 1,
        }
    }
    (total, others)
}
""",
            test="""
let card = Payment::Card { number: "4711".into(), charged: 30 };
assert_eq!(totals(&[Payment::Cash { given: 5 }, card, Payment::Voucher("x".into())]), (35, 1));
""",
            codes=("E0408", "E0381"),
        ),
    ),
)
