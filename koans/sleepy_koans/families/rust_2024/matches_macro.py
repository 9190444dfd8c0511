"""`matches!`: what it replaces, and the patterns in it."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="matches_macro",
    title="Whether a value has a form: written the long way, by `==` that is not there, or with a pattern that does not fit",
    codes=(
        "clippy::match_like_matches_macro",
        "clippy::redundant_pattern_matching",
        "unused_variables",
        NO_CODE,
        "E0308",
        "E0369",
        "E0425",
        "E0507",
        "E0532",
        "E0533",
    ),
    templates=(
        Template(
            "a_match_that_says_true_or_false",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum @Kind {
    @First,
    @Second(@Int),
    @Third { @label: String },
}

pub struct @Item {
    pub @kind: @Kind,
    pub @count: @Int,
}

impl @Item {
    pub fn is_easy(&self) -> bool {
        ⟦1:«match self.@kind {
            @Kind::@First | @Kind::@Second(_) => true,
            _ => false,
        }»«matches!(self.@kind, @Kind::@First | @Kind::@Second(_))»«matches!(self.@kind, @Kind::@Third { .. })»¦«match &self.@kind {
            @Kind::@Second(number) if *number > 1 => true,
            _ => false,
        }»«matches!(&self.@kind, @Kind::@Second(number) if *number > 1)»«matches!(&self.@kind, @Kind::@First)»¦«match &self.@kind {
            @Kind::@Third { @label } if @label.is_empty() => false,
            _ => true,
        }»«!matches!(&self.@kind, @Kind::@Third { @label } if @label.is_empty())»«matches!(&self.@kind, @Kind::@Third { @label } if @label.is_empty())»⟧
    }
}

pub fn easy(@items: &[@Item]) -> ⟦2:@Int¦usize⟧ {
    let easy = @items.iter().filter(|@item| @item.is_easy());
    easy⟦2:.map(|@item| @item.@count).sum()¦.count()⟧
}
""",
            test="""
let item = |@kind| @Item { @kind, @count: 1 };
let @items = [item(@Kind::@Second(@n1)), item(@Kind::@Third { @label: String::new() })];
assert_eq!((easy(&@items), easy(&@items[..1])), (1, 1));
""",
            codes=("clippy::match_like_matches_macro",),
        ),
        Template(
            "compared_without_equality",
            """
⟦#[derive(Debug)]¦#[derive(Debug, Clone)]
#[non_exhaustive]¦⟧
pub enum State {
    Idle,
    Running(@Int),
    Failed { why: String },
}

pub struct Job {
    pub @label: String,
    pub state: State,
}

impl Job {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
            state: State::Idle,
        }
    }

    /// Starts it, or goes one round on.
    pub fn step(&mut self) -> bool {
        ⟦1:if «self.state == State::Idle»«matches!(self.state, State::Idle)» {
            self.state = State::Running(1);
            return true;
        }¦let idle = «self.state == State::Idle»«matches!(self.state, State::Idle)»;
        if idle {
            self.state = State::Running(1);
        }⟧
        if let State::Running(round) = &mut self.state {
            *round += 1;
        }
        «self.state != State::Idle»«!matches!(self.state, State::Idle)»
    }

    pub fn fail(&mut self, why: impl Into<String>) {
        self.state = State::Failed { why: why.into() };
    }
}
""",
            test="""
let mut job = Job::new("@text1");
assert!(job.step() && job.step());
assert!(matches!(job.state, State::Running(⟦1:2¦3⟧)));
job.fail("x");
assert!(job.step() && matches!(job.state, State::Failed { why } if why == "x"));
""",
            codes=("E0369",),
        ),
        Template(
            "a_variant_without_its_fields",
            """
#[derive(Debug, Clone)]
pub enum Event {
    Opened,
    Moved { from: @Int, to: @Int },
    Renamed(String),
}

#[derive(Debug, Default)]
pub struct Journal {
    events: Vec<Event>,
    pub limit: @Int,
}

impl Journal {
    pub fn push(&mut self, event: Event) -> bool {
        let counted = matches!(event, ⟦1:Event::Moved«»« { .. }»¦Event::Renamed«»«(_)»¦Event::Opened | Event::Moved«»« { .. }»⟧);
        self.events.push(event);
        counted
    }

    pub fn ⟦2:moved¦climbed⟧(&self) -> ⟦2:usize¦@Int⟧ {
        ⟦2:let moves = self.events.iter().filter(|event| matches!(event, Event::Moved { from, to } if from != to));
        moves.count()¦let mut total = 0;
        for event in &self.events {
            if let Event::Moved { from, to } = event
                && from < to
            {
                total += to - from;
            }
        }
        total⟧
    }
}
""",
            test="""
let mut journal = Journal::default();
assert_eq!(journal.push(Event::Moved { from: @n1, to: @n2 }), ⟦1:true¦false¦true⟧);
assert_eq!(journal.push(Event::Renamed("@text1".into())), ⟦1:false¦true¦false⟧);
assert_eq!(journal.push(Event::Opened), ⟦1:false¦false¦true⟧);
assert_eq!(journal.⟦2:moved(), 1¦climbed(), @n2 - @n1⟧);
""",
            codes=("E0532", "E0533", NO_CODE),
        ),
        Template(
            "a_guard_that_is_joined_by_and",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Version {
    pub major: @Int,
    pub minor: @Int,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        ⟦Some(Version {
            major: major.parse().ok()?,
            minor: minor.parse().ok()?,
        })¦let (major, minor) = (major.parse().ok()?, minor.parse().ok()?);
        Some(Self { major, minor })⟧
    }
}

/// Whether the text is a version that is new enough.
pub fn is_recent(text: &str, least: Version) -> bool {
    ⟦1:matches!(Version::parse(text), Some(version) «&&»«if» version.major > least.major)
        || matches!(Version::parse(text), Some(version) if version.major == least.major && version.minor >= least.minor)¦let version = Version::parse(text);
    matches!(version, Some(Version { major, minor }) «&&»«if» (major, minor) >= (least.major, least.minor))¦match Version::parse(text) {
        Some(version) if version == least => true,
        version => matches!(version, Some(Version { major, minor }) «when»«if» (major, minor) >= (least.major, least.minor)),
    }⟧
}
""",
            test="""
let least = Version { major: 2, minor: 5 };
assert!(["2.5", "2.6", "3.0"].iter().all(|text| is_recent(text, least)));
assert!(["2.4", "1.9", "3", ""].iter().all(|text| !is_recent(text, least)));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "owned_text_in_a_pattern",
            """
#[derive(Debug, Clone)]
pub struct Command {
    pub name: String,
    pub arguments: Vec<String>,
    pub @flag: bool,
}

impl Command {
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(String::from);
        let name = words.next()?;
        ⟦let arguments = words.collect();
        Some(Command {
            name,
            arguments,
            @flag: false,
        })¦let command = Command {
            name,
            arguments: words.collect(),
            @flag: line.ends_with('!'),
        };
        Some(command)⟧
    }

    /// Whether it changes something.
    pub fn changes(&self) -> bool {
        ⟦1:matches!(«self.name»«self.name.as_str()», "@add" | "@remove")¦!self.arguments.is_empty() && matches!(«self.name»«self.name.as_str()», "@add" | "@remove" | "@change")¦matches!((«&self.name»«self.name.as_str()», self.arguments.len()), ("@add" | "@remove", 1..))⟧
    }
}

pub fn changes(script: &str) -> ⟦2:usize¦bool⟧ {
    let mut commands = script.lines().filter_map(Command::parse);
    commands.⟦2:by_ref().filter(Command::changes).count()¦any(|command| command.changes())⟧
}
""",
            test="""
assert_eq!(changes("@show a\\n@add b\\n\\n@remove c"), ⟦2:2¦true⟧);
assert_eq!(changes("@show @add"), ⟦2:0¦false⟧);
""",
            codes=("E0308",),
        ),
        Template(
            "a_pattern_that_only_asks_whether_there_is_one",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Default)]
pub struct @Owner {
    @count: ⟦1:HashMap¦BTreeMap⟧<String, Result<@Int, String>>,
    pub last: Option<@Int>,
}

impl @Owner {
    pub fn record(&mut self, @label: &str, text: &str) -> bool {
        let @count = text.parse::<@Int>().map_err(|error| error.to_string());
        ⟦2:let good = «matches!(@count, Ok(_))»«@count.is_ok()»«@count.is_err()»;¦let good = «!matches!(@count, Err(_))»«@count.is_ok()»«@count.is_err()»;¦let good = @count.is_ok();⟧
        self.@count.insert(@label.to_string(), @count);
        ⟦self.last = self.last.max(self.total());
        good¦good⟧
    }

    pub fn total(&self) -> Option<@Int> {
        self.@count.values().flatten().copied().reduce(|a, b| a + b)
    }

    pub fn is_new(&self, @label: &str) -> bool {
        ⟦2:self.@count.get(@label).is_none_or(|@count| @count.is_err())¦!self.@count.contains_key(@label)¦«matches!(self.@count.get(@label), None)»«!self.@count.contains_key(@label)»«self.@count.contains_key(@label)»⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
assert!(@owner.is_new("@text1") && @owner.record("@text1", "@n1") && !@owner.record("@text2", "x"));
assert!(!@owner.is_new("@text1") && @owner.total() == Some(@n1));
""",
            codes=("clippy::redundant_pattern_matching",),
        ),
        Template(
            "letters_that_are_looked_for_in_bytes",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub code: String,
    pub @size: @Int,
}

/// Codes are made of small letters⟦1:, digits¦, dashes¦⟧ and dots.
pub fn is_code(text: &str) -> bool {
    ⟦1:!text.is_empty() && text.bytes().all(|byte| matches!(byte, «'a'..='z' | '0'..='9' | '.'»«b'a'..=b'z' | b'0'..=b'9' | b'.'»))¦let bytes = text.as_bytes();
    !bytes.is_empty() && !bytes.iter().any(|byte| !matches!(*byte, «'a'..='z' | '-' | '.'»«b'a'..=b'z' | b'-' | b'.'»))¦let mut letters = text.chars();
    letters.clone().next().is_some() && letters.all(|letter| matches!(letter, «b'a'..=b'z' | b'.'»«'a'..='z' | '.'»))⟧
}

pub fn total(@items: &[@Item]) -> ⟦2:@Int¦Option<@Int>⟧ {
    ⟦2:let good = @items.iter().filter(|@item| is_code(&@item.code));
    good.map(|@item| @item.@size).sum()¦let mut total = 0;
    for @item in @items {
        if !is_code(&@item.code) {
            return None;
        }
        total += @item.@size;
    }
    Some(total)⟧
}
""",
            test="""
let item = |code: &str| @Item { code: code.into(), @size: @n1 };
assert!(is_code("ab.z") && !is_code("") && !is_code("a b") && !is_code("A"));
assert_eq!((is_code("a1"), is_code("a-")), ⟦1:(true, false)¦(false, true)¦(false, false)⟧);
assert_eq!(total(&[item("ab"), item("a_")]), ⟦2:@n1¦None⟧);
""",
            codes=("E0308",),
        ),
        Template(
            "a_name_that_is_gone_after_the_macro",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Number(@Int),
    Word(String),
    End,
}

pub struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    pub fn new(mut tokens: Vec<Token>) -> Self {
        tokens.push(Token::End);
        Self { tokens, at: 0 }
    }

    pub fn take(&mut self) -> &Token {
        let last = self.tokens.len() - 1;
        let at = self.at.min(last);
        self.at += 1;
        &self.tokens[at]
    }

    pub fn expects_large(&self, limit: @Int) -> bool {
        let token = &self.tokens[self.at.min(self.tokens.len() - 1)];
        ⟦1:matches!(token, Token::Number(number)«) && *number > limit»« if *number > limit)»¦matches!(token, Token::Word(word)«) && word.len() > usize::from(limit > 0)»« if word.len() > usize::from(limit > 0))»¦«!matches!(token, Token::Number(number)) || *number <= limit»«!matches!(token, Token::Number(number) if *number > limit)»⟧
    }
}
""",
            test="""
let mut reader = Reader::new(vec![Token::Number(@n3), Token::Word("@text1".into()), Token::Number(@n1)]);
let mut seen = Vec::new();
for _ in 0..4 {
    seen.push(reader.expects_large(@n2));
    reader.take();
}
assert_eq!(seen, [⟦1:true, false, false, false¦false, true, false, false¦false, true, true, true⟧]);
""",
            codes=("E0425",),
        ),
        Template(
            "a_guard_that_takes_the_content",
            """
#[derive(Debug, Default)]
pub struct @Person {
    pub name: String,
    pub nickname: Option<String>,
    pub @count: @Int,
}

impl @Person {
    pub fn is_called(&self, wanted: &str) -> bool {
        ⟦1:self.name == wanted || ¦¦!wanted.is_empty() && ⟧matches!(«self.nickname»«&self.nickname», Some(nickname) if nickname == wanted)
    }
}

pub fn @find⟦2:<'a>¦¦<'a>⟧(@people: &⟦2:'a ¦¦'a ⟧[@Person], wanted: &str) -> Option<⟦2:&'a @Person¦@Int¦&'a str⟧> {
    @people.iter().find(|@person| @person.is_called(wanted))⟦2:¦.map(|@person| @person.@count)¦.map(|@person| @person.name.as_str())⟧
}
""",
            test="""
let person = |name: &str, nickname: Option<&str>| @Person { name: name.into(), nickname: nickname.map(String::from), @count: @n1 };
let @people = [person("@name1", None), person("@name2", Some("Z")), person("@name3", Some("Y"))];
assert_eq!(@find(&@people, "Y")⟦2:.map(|@person| @person.@count), Some(@n1)¦, Some(@n1)¦, Some("@name3")⟧);
assert!(@find(&@people, "X").is_none());
""",
            codes=("E0507",),
        ),
    ),
    frozen=(
        Template(
            "a_name_that_matches_everything",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @kind: @Kind,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// How many there are of that @kind.
    pub fn number(&self, «wanted»«wanted»«_wanted»: @Kind) -> usize {
        let mut number = 0;
        for @item in &self.@items {
            if «matches!(@item.@kind, wanted)»«@item.@kind == wanted»«matches!(@item.@kind, _wanted)» {
                number += 1;
            }
        }
        number
    }

    /// How many there are of each @kind.
    pub fn numbers(&self) -> [usize; 3] {
        [@Kind::@First, @Kind::@Second, @Kind::@Third].map(|@kind| self.number(@kind))
    }
}
""",
            test="""
let @items = [@Kind::@Second, @Kind::@First, @Kind::@Second].map(|@kind| @Item { @label: "@text1".into(), @kind });
assert_eq!(@Owner { @items: Vec::from(@items) }.numbers(), [1, 2, 0]);
""",
            codes=("unused_variables",),
        ),
        Template(
            "what_has_no_equality_and_can_have_none",
            """
pub type Work = Box<dyn Fn(u32) -> u32>;

pub enum Step {
    Change(Work),
    Check { least: u32 },
    Stop,
}

#[derive(Default)]
pub struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    pub fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// How many steps stand before the first stop.
    pub fn length(&self) -> usize {
        let stop = self.steps.iter().position(|step| «*step == Step::Stop»«matches!(step, Step::Stop)»«!matches!(step, Step::Change(_))»);
        stop.unwrap_or(self.steps.len())
    }

    pub fn run(&self, mut value: u32) -> Option<u32> {
        for step in self.steps.iter().take(self.length()) {
            match step {
                Step::Change(work) => value = work(value),
                Step::Check { least } if value < *least => return None,
                Step::Check { .. } | Step::Stop => {}
            }
        }
        Some(value)
    }
}
""",
            test="""
let plan = || Plan::default().then(Step::Change(Box::new(|n| n + 1))).then(Step::Check { least: 3 });
let longer = plan().then(Step::Stop).then(Step::Change(Box::new(|n| n * 9)));
assert_eq!((plan().length(), longer.length()), (2, 2));
assert_eq!((longer.run(5), longer.run(1)), (Some(6), None));
""",
            codes=("E0369",),
        ),
        Template(
            "a_constant_with_an_equality_of_its_own",
            """
/// A unit's name, for which upper and lower case are the same.
#[derive(Debug, Clone, Copy, Eq)]
pub struct Unit(pub &'static str);

impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(other.0)
    }
}

pub const GRAM: Unit = Unit("g");
pub const KILO: Unit = Unit("kg");

pub struct Amount {
    pub value: u32,
    pub unit: Unit,
}

impl Amount {
    pub fn is_weight(&self) -> bool {
        «matches!(self.unit, GRAM | KILO)»«self.unit == GRAM || self.unit == KILO»«matches!(self.unit.0, "g" | "kg")»
    }

    pub fn grams(&self) -> Option<u32> {
        if !self.is_weight() {
            return None;
        }
        let factor = if self.unit == KILO { 1000 } else { 1 };
        Some(self.value * factor)
    }
}
""",
            test="""
let grams = |value, unit| Amount { value, unit: Unit(unit) }.grams();
assert_eq!((grams(2, "kg"), grams(2, "KG"), grams(7, "G"), grams(7, "ml")), (Some(2000), Some(2000), Some(7), None));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "words_that_are_owned_in_a_slice",
            """
#[derive(Debug, Default)]
pub struct Shell {
    history: Vec<Vec<String>>,
}

impl Shell {
    pub fn run(&mut self, line: &str) -> usize {
        let words = line.split(' ').filter(|word| !word.is_empty());
        self.history.push(words.map(String::from).collect());
        self.history.len()
    }

    /// How often something was to be changed by force: `@change --force`, with names behind it.
    pub fn forced(&self) -> usize {
        let forced = self.history.iter().filter(|words| {
            «matches!(words.as_slice(), ["@change", "--force", _, ..])»«let words: Vec<&str> = words.iter().map(String::as_str).collect();
            matches!(words.as_slice(), ["@change", "--force", _, ..])»«matches!(words.as_slice(), [name, _, _, ..] if name == "@change")»
        });
        forced.count()
    }
}
""",
            test="""
let mut shell = Shell::default();
for line in ["@change --force a", "@change a --force", "@change --force", "@show --force a", "@change  --force a b"] {
    shell.run(line);
}
assert_eq!((shell.forced(), shell.history.len()), (2, 5));
""",
            codes=("E0308",),
        ),
        Template(
            "what_lies_in_a_box",
            """
pub struct Node {
    pub @label: String,
    pub open: bool,
    pub next: Option<Box<Node>>,
}

impl Node {
    pub fn new(@label: &str, open: bool, next: Option<Node>) -> Self {
        Node {
            @label: @label.to_string(),
            open,
            next: next.map(Box::new),
        }
    }

    /// Whether it is the last one that is open: no open one follows next.
    pub fn ends(&self) -> bool {
        self.open && «!matches!(self.next, Some(Node { open: true, .. }))»«!matches!(&self.next, Some(next) if next.open)»«!matches!(&self.next, Some(_))»
    }
}

/// The name of the first after which no open one follows.
pub fn @find(mut node: &Node) -> Option<&str> {
    loop {
        if node.ends() {
            return Some(&node.@label);
        }
        node = node.next.as_deref()?;
    }
}
""",
            test="""
let list = |open: [bool; 3]| Node::new("a", open[0], Some(Node::new("b", open[1], Some(Node::new("c", open[2], None)))));
assert_eq!(@find(&list([true, true, false])), Some("b"));
assert_eq!(@find(&list([false, true, true])), Some("c"));
assert_eq!(@find(&list([false, false, false])), None);
""",
            codes=("E0308",),
        ),
    ),
)
