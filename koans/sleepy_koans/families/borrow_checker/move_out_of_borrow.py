"""What is only lent is moved away: out of a reference, an index, a guard, a value that drops."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="move_out_of_borrow",
    title="A value is moved out of what is only lent: it is to be copied, taken, replaced or matched by reference",
    codes=("E0507", "E0508", "E0509", "E0515", "E0597"),
    templates=(
        Template(
            "getter_gives_the_field_away",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    @label: String,
    note: Option<⟦1:String¦Vec<String>⟧>,
    @count: @Int,
}

impl @Item {
    pub fn new(@label: &str, note: Option<&str>) -> Self {
        Self {
            @label: @label.to_string(),
            note: note.map(⟦1:String::from¦|note| note.lines().map(String::from).collect()⟧),
            @count: @n1,
        }
    }

    ⟦2:pub fn @label(&self) -> String {
        «self.@label»«self.@label.clone()»«String::from("@label")»
    }¦pub fn @label(&self) -> Option<String> {
        (!self.@label.is_empty()).then_some(«self.@label»«self.@label.clone()»«String::from("@label")»)
    }⟧

    /// The note, or what is written where there is none.
    pub fn note(&self) -> ⟦1:String¦Vec<String>⟧ {
        self.note«»«.clone()»⟦1:.unwrap_or_else(|| "none".to_string())¦.unwrap_or_default()⟧
    }

    pub fn @count(&self) -> @Int {
        self.@count
    }
}
""",
            test="""
let @item = @Item::new("@text1", Some("dry"));
assert_eq!(@item.@label(), ⟦2:"@text1"¦Some("@text1".to_string())⟧);
assert_eq!((@item.note(), @item.@count()), (⟦1:"dry".to_string()¦vec!["dry".to_string()]⟧, @n1));
assert_eq!(@Item::new("", None).note(), ⟦1:"none"¦[""; 0]⟧);
""",
            codes=("E0507",),
        ),
        Template(
            "element_of_a_collection_by_index",
            """
⟦1:¦use std::collections::BTreeMap;

⟧#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub struct @Owner {
    @items: ⟦1:Vec<@Item>¦BTreeMap<usize, @Item>⟧,
}

impl @Owner {
    pub fn new(@items: Vec<@Item>) -> Self {
        ⟦1:Self { @items }¦Self {
            @items: @items.into_iter().enumerate().collect(),
        }⟧
    }

    /// The larger one of two, where both are there.
    pub fn larger(&self, one: usize, two: usize) -> Option<&@Item> {
        if one.max(two) >= self.@items.len() {
            return None;
        }
        let first = «»«&»self.@items[⟦1:¦&⟧one];
        let second = «»«&»self.@items[⟦1:¦&⟧two];
        ⟦Some(if second.@size > first.@size { «&second»«second» } else { «&first»«first» })¦if second.@size > first.@size {
            Some(«&»«»second)
        } else {
            Some(«&»«»first)
        }⟧
    }
}
""",
            test="""
let item = |@label: &str, @size| @Item { @label: @label.into(), @size };
let @owner = @Owner::new(vec![item("@text1", @n1), item("@text2", @n2), item("@text3", @n2)]);
assert_eq!(@owner.larger(0, 1), Some(&item("@text2", @n2)));
assert_eq!(@owner.larger(2, 1), Some(&item("@text3", @n2)));
assert_eq!(@owner.larger(0, 3), None);
""",
            codes=("E0507", "E0515"),
        ),
        Template(
            "buffer_that_is_flushed",
            """
pub struct Line(pub String);

#[derive(Default)]
pub struct @Owner {
    buffer: Vec<Line>,
    heading: ⟦1:Option<String>¦String⟧,
    flushed: usize,
}

impl @Owner {
    pub fn @add(&mut self, line: &str) {
        self.buffer.push(Line(line.to_string()));
    }

    pub fn rename(&mut self, heading: &str) {
        self.heading = ⟦1:Some(heading.to_string())¦heading.to_string()⟧;
    }

    /// What was written since the last time, below a heading that is used once.
    pub fn flush(&mut self) -> String {
        let lines = «self.buffer»«std::mem::take(&mut self.buffer)»;
        let heading = «self.heading»«⟦1:self.heading.take()¦std::mem::take(&mut self.heading)⟧»«self.heading.clone()»⟦1:.unwrap_or_default()¦⟧;
        self.flushed += lines.len();
        ⟦let mut text = heading;
        for Line(line) in lines {
            text.push_str(&line);
            text.push('\\n');
        }
        text¦let lines: Vec<String> = lines.into_iter().map(|Line(line)| line + "\\n").collect();
        heading + &lines.concat()⟧
    }

    ⟦3:pub fn flushed(&self) -> usize {
        self.flushed
    }¦pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.flushed == 0
    }⟧
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.rename("log: ");
@owner.@add("@text1");
assert_eq!(@owner.flush(), "log: @text1\\n");
@owner.@add("@text2");
assert_eq!(@owner.flush(), "@text2\\n");
assert_eq!(@owner.⟦3:flushed(), 2¦is_empty(), false⟧);
""",
            codes=("E0507",),
        ),
        Template(
            "match_on_what_a_reference_points_to",
            """
#[derive(Debug, PartialEq)]
pub enum @Kind {
    @First { @label: String, @count: @Int },
    @Second(String),
    @Third,
}

impl @Kind {
    pub fn @show(&self) -> String {
        match «*self»«self» {
            ⟦@Kind::@First { @label, @count } => format!("{@label} x {@count}")¦@Kind::@First { @label, .. } if @label.is_empty() => "nothing".to_string(),
            @Kind::@First { @label, @count } => format!("{@label} x {@count}")⟧,
            ⟦2:@Kind::@Second(name) => format!("for {name}")¦@Kind::@Second(name) => ["for", name«.as_str()»«»].join(" ")⟧,
            @Kind::@Third => String::from("none"),
        }
    }
}

⟦1:pub fn names(kinds: &[@Kind]) -> Vec<&str> {
    let mut names = Vec::new();
    for kind in kinds {
        if let @Kind::@Second(name) = «*kind»«kind» {
            names.push(«&name[..]»«name.as_str()»);
        }
    }
    names
}¦pub fn total(kinds: &[@Kind]) -> @Int {
    let counts = kinds.iter().map(|kind| match kind {
        @Kind::@First { @count, .. } => *@count,
        @Kind::@Second(_) | @Kind::@Third => 0,
    });
    counts.sum()
}¦pub fn all(kinds: &[@Kind]) -> String {
    let shown: Vec<String> = kinds.iter().map(@Kind::@show).collect();
    shown.join(", ")
}⟧
""",
            test="""
let kinds = [@Kind::@First { @label: "@text1".into(), @count: @n1 }, @Kind::@Second("@name1".into()), @Kind::@Third];
assert_eq!(kinds.iter().map(@Kind::@show).collect::<Vec<_>>(), ["@text1 x @n1", "for @name1", "none"]);
⟦1:assert_eq!(names(&kinds), ["@name1"]);¦assert_eq!(total(&kinds), @n1);¦assert_eq!(all(&kinds[1..]), "for @name1, none");⟧
""",
            codes=("E0507", "E0515"),
        ),
        Template(
            "array_or_slice_taken_apart",
            """
#[derive(Debug, PartialEq)]
pub struct @Person {
    pub name: String,
    pub @flag: bool,
}

pub struct Podium {
    places: [@Person; 3],
}

impl Podium {
    pub fn new(names: [&str; 3]) -> Self {
        Self {
            places: names.map(|name| @Person {
                name: name.to_string(),
                @flag: name.len() > 3,
            }),
        }
    }

    /// Who stands at that place, from 1 on.
    pub fn at(&self, place: usize) -> ⟦1:Option<&@Person>¦&str⟧ {
        ⟦1:if !(1..=3).contains(&place) {
            return None;
        }
        let @person = «»«&»self.places[place - 1];
        Some(«&»«»@person)¦let place = place.clamp(1, 3);
        let @person = «»«&»self.places[place - 1];
        &@person.name⟧
    }
}

⟦2:/// The names of the first and the last one.
pub fn ends(@people: &[@Person]) -> Option<String> {
    match «*@people»«@people» {
        [] => None,
        [@person] => Some(@person.name.clone()),
        [first, .., last] => Some(format!("{} to {}", first.name, last.name)),
    }
}¦/// The names of the first one and of how many stand behind.
pub fn ends(@people: &[@Person]) -> Option<String> {
    if let [first, _, ..] = «*@people»«@people» {
        return Some(format!("{} and {}", first.name, @people.len() - 1));
    }
    @people.first().map(|@person| @person.name.clone())
}⟧
""",
            test="""
let podium = Podium::new(["@name1", "@name2", "@name3"]);
assert_eq!(podium.at(2)⟦1:.map(|@person| @person.name.as_str())¦⟧, ⟦1:Some("@name2")¦"@name2"⟧);
assert_eq!(podium.at(9)⟦1:.is_none()¦⟧, ⟦1:true¦"@name3"⟧);
assert_eq!(ends(&podium.places).unwrap(), ⟦2:"@name1 to @name3"¦"@name1 and 2"⟧);
assert_eq!(ends(&[]), None);
""",
            codes=("E0507", "E0508", "E0515"),
        ),
        Template(
            "loop_over_a_field_of_self",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct @Item {
    pub @label: String,
    pub @person: Option<String>,
    pub @count: @Int,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
    pub limit: @Int,
}

impl @Owner {
    /// How much everybody has, as far as it is known who has it.
    pub fn by_@person(&self) -> ⟦1:HashMap¦BTreeMap⟧<String, @Int> {
        let mut totals = ⟦1:HashMap¦BTreeMap⟧::new();
        ⟦2:for @item in «self.@items»«&self.@items» {
            let name = «@item.@person.unwrap_or("nobody".to_string())»«@item.@person.clone().unwrap_or("nobody".to_string())»;
            *totals.entry(name).or_insert(0) += @item.@count;
        }¦for @item in self.@items.iter() {
            let Some(name) = «@item.@person»«&@item.@person» else {
                continue;
            };
            *totals.entry(name.to_string()).or_insert(0) += @item.@count;
        }¦for @item in «self.@items.into_iter()»«self.@items.iter()» {
            if let Some(name) = «@item.@person»«&@item.@person» {
                *totals.entry(name.clone()).or_insert(0) += @item.@count;
            }
        }⟧
        totals
    }

    pub fn is_full(&self) -> bool {
        self.@items.iter().map(|@item| @item.@count).sum::<@Int>() >= self.limit
    }
}
""",
            test="""
let item = |name: Option<&str>, @count| @Item { @label: "@text1".into(), @person: name.map(String::from), @count };
let @owner = @Owner { @items: vec![item(Some("@name1"), 2), item(None, 5), item(Some("@name1"), 3)], limit: 10 };
assert_eq!(@owner.by_@person()["@name1"], 5);
assert!(@owner.is_full());
assert_eq!(@owner.by_@person().len(), ⟦2:2¦1¦1⟧);
""",
            codes=("E0507",),
        ),
        Template(
            "stack_of_linked_nodes",
            """
pub struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
}

pub struct Stack<T> {
    top: Option<Box<Node<T>>>,
    size: usize,
}

impl<T> Stack<T> {
    pub fn new() -> Self {
        Self { top: None, size: 0 }
    }

    pub fn push(&mut self, value: T) {
        self.top = Some(Box::new(Node {
            value,
            next: «self.top»«self.top.take()»,
        }));
        self.size += 1;
    }

    pub fn pop(&mut self) -> Option<T> {
        ⟦let node = «self.top?»«self.top.take()?»;
        self.top = node.next;
        self.size -= 1;
        Some(node.value)¦«self.top»«self.top.take()».map(|node| {
            self.top = node.next;
            self.size -= 1;
            node.value
        })¦match «self.top»«self.top.take()» {
            Some(node) => {
                let node = *node;
                self.top = node.next;
                self.size -= 1;
                Some(node.value)
            }
            None => None,
        }⟧
    }

    ⟦pub fn len(&self) -> usize {
        self.size
    }

    pub fn is_empty(&self) -> bool {
        self.top.is_none()
    }¦pub fn peek(&self) -> Option<&T> {
        self.top.as_ref().map(|node| &node.value)
    }⟧
}

impl<T> Default for Stack<T> {
    fn default() -> Self {
        Self::new()
    }
}
""",
            test="""
let mut stack = Stack::default();
for @label in ["@text1", "@text2"] {
    stack.push(@label.to_string());
}
assert_eq!(stack.pop().as_deref(), Some("@text2"));
assert_eq!((stack.pop().as_deref(), stack.pop(), stack.size), (Some("@text1"), None, 0));
""",
            codes=("E0507",),
        ),
        Template(
            "pattern_of_a_closure_moves",
            """
pub type Entry = (String, @Int);

pub struct Report {
    entries: Vec<Entry>,
}

impl Report {
    pub fn of(entries: &[(&str, @Int)]) -> Self {
        let entries = entries.iter().map(|(name, @count)| (name.to_string(), *@count));
        Self {
            entries: entries.collect(),
        }
    }

    /// The lines of all entries that count for something.
    pub fn lines(&self) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| entry.1 > ⟦0¦1⟧)
            ⟦1:.map(|«&(name, @count)»«(name, @count)»| format!("{name}: {@count}"))¦.rev()
            .map(|«&(name, @count)»«(name, @count)»| [name.as_str(), &@count.to_string()].join(": "))¦.map(|«&(name, @count)»«(name, @count)»| {
                let line = format!("{name}: {@count}");
                line.trim().to_string()
            })⟧
            .collect()
    }

    pub fn longest(&self) -> ⟦2:Option<&str>¦usize⟧ {
        let mut longest⟦2:: Option<&str> = None¦ = 0⟧;
        for «&(name, _)»«(name, _)» in «&self.entries»«&self.entries» {
            ⟦2:if longest.is_none_or(|longest| name.len() > longest.len()) {
                longest = Some(name«.as_str()»«»);
            }¦longest = name.len().max(longest);⟧
        }
        longest
    }
}
""",
            test="""
let report = Report::of(&[("ab", 5), ("abc", 7), ("c", 0)]);
assert_eq!(report.lines(), [⟦1:"ab: 5", "abc: 7"¦"abc: 7", "ab: 5"¦"ab: 5", "abc: 7"⟧]);
assert_eq!(report.longest(), ⟦2:Some("abc")¦3⟧);
""",
            codes=("E0507", "E0515", "E0597"),
        ),
    ),
    frozen=(
        Template(
            "state_that_becomes_the_next_one",
            """
#[derive(Debug, PartialEq)]
pub struct Load {
    pub @label: String,
}

#[derive(Debug, PartialEq)]
pub enum State {
    Waiting(Vec<Load>),
    Working { load: Load, rest: Vec<Load> },
    Finished,
}

pub struct @Owner {
    pub state: State,
    pub done: Vec<Load>,
}

impl @Owner {
    pub fn new(labels: &[&str]) -> Self {
        let loads = labels.iter().rev().map(|@label| Load {
            @label: @label.to_string(),
        });
        Self {
            state: State::Waiting(loads.collect()),
            done: Vec::new(),
        }
    }

    /// One step: takes up a load, or lays down the one that is worked on.
    pub fn step(&mut self) {
        self.state = match «self.state»«std::mem::replace(&mut self.state, State::Finished)»«std::mem::replace(&mut self.state, State::Waiting(Vec::new()))» {
            State::Waiting(mut rest) => match rest.pop() {
                Some(load) => State::Working { load, rest },
                None => State::Finished,
            },
            State::Working { load, rest } => {
                self.done.push(load);
                State::Waiting(rest)
            }
            State::Finished => «State::Finished»«State::Finished»«State::Waiting(Vec::new())»,
        };
    }
}
""",
            test="""
let mut @owner = @Owner::new(&["@text1", "@text2"]);
@owner.step();
assert!(matches!(&@owner.state, State::Working { load, rest } if load.@label == "@text1" && rest.len() == 1));
for _ in 0..5 {
    @owner.step();
}
assert_eq!(@owner.state, State::Finished);
assert_eq!(@owner.done.iter().map(|load| load.@label.as_str()).collect::<Vec<_>>(), ["@text1", "@text2"]);
""",
            codes=("E0507",),
        ),
        Template(
            "value_that_does_something_when_dropped",
            """
use std::cell::RefCell;
use std::rc::Rc;

pub type Lost = Rc<RefCell<Vec<String>>>;

/// A text that is being written. What is not finished is told to be lost.
pub struct Writing {
    text: String,
    lost: Lost,
}

impl Writing {
    pub fn begin(lost: &Lost) -> Self {
        Self {
            text: String::new(),
            lost: Rc::clone(lost),
        }
    }

    pub fn line(mut self, line: &str) -> Self {
        self.text.push_str(line);
        self.text.push(';');
        self
    }

    /// The whole text, which is not lost then.
    pub fn finish(«self»«mut self») -> String {
        «self.text»«std::mem::take(&mut self.text)»«self.text.push('.');
        self.text.clone()»
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.text.is_empty() {
            self.lost.borrow_mut().push(self.text.clone());
        }
    }
}
""",
            test="""
let lost = Lost::default();
assert_eq!(Writing::begin(&lost).line("@text1").line("@text2").finish(), "@text1;@text2;");
assert!(lost.borrow().is_empty());
drop(Writing::begin(&lost).line("@text3"));
assert_eq!(*lost.borrow(), ["@text3;"]);
""",
            codes=("E0509",),
        ),
        Template(
            "handles_are_joined_through_a_reference",
            """
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

#[derive(Default)]
pub struct Workers {
    handles: Vec<JoinHandle<u32>>,
    log: Arc<Mutex<Vec<u32>>>,
}

impl Workers {
    pub fn start(&mut self, number: u32) {
        let log = Arc::clone(&self.log);
        self.handles.push(thread::spawn(move || {
            log.lock().unwrap().push(number);
            number * number
        }));
    }

    /// Waits for all that were started; the sum of what they say.
    pub fn finish(&mut self) -> u32 {
        let mut sum = 0;
        for handle in «&self.handles»«self.handles.drain(..)»«self.handles.pop()» {
            sum += handle.join().unwrap_or(0);
        }
        sum
    }

    pub fn seen(&self) -> Vec<u32> {
        let mut seen = self.log.lock().unwrap().clone();
        seen.sort_unstable();
        seen
    }
}
""",
            test="""
let mut workers = Workers::default();
for number in [3, 1, 2] {
    workers.start(number);
}
assert_eq!(workers.finish(), 14);
assert_eq!(workers.seen(), [1, 2, 3]);
workers.start(5);
assert_eq!(workers.finish(), 25);
""",
            codes=("E0507",),
        ),
        Template(
            "queue_behind_a_lock_is_emptied",
            """
use std::sync::Mutex;

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub to: String,
    pub text: String,
}

#[derive(Default)]
pub struct @Owner {
    waiting: Mutex<Vec<Message>>,
}

impl @Owner {
    pub fn send(&self, to: &str, text: &str) {
        self.waiting.lock().unwrap().push(Message {
            to: to.to_string(),
            text: text.to_string(),
        });
    }

    /// All messages that wait for that @person. Those for others go on waiting.
    pub fn delivered(&self, @person: &str) -> Vec<Message> {
        let «»«mut »«»waiting = self.waiting.lock().unwrap();
        let (ours, others): (Vec<Message>, Vec<Message>) =
            «waiting»«std::mem::take(&mut *waiting)»«waiting.clone()».into_iter().partition(|message| message.to == @person);
        «drop(others);»«*waiting = others;»«drop(others);»
        ours
    }

    pub fn number(&self) -> usize {
        self.waiting.lock().unwrap().len()
    }
}
""",
            test="""
let @owner = @Owner::default();
@owner.send("@name1", "@text1");
@owner.send("@name2", "@text2");
@owner.send("@name1", "@text3");
let texts: Vec<String> = @owner.delivered("@name1").into_iter().map(|message| message.text).collect();
assert_eq!(texts, ["@text1", "@text3"]);
assert_eq!((@owner.number(), @owner.delivered("@name1").len()), (1, 0));
""",
            codes=("E0507",),
        ),
        Template(
            "what_is_ready_leaves_the_list",
            """
pub struct Job {
    pub @label: String,
    pub left: u32,
    work: Box<dyn FnOnce() -> u32>,
}

impl Job {
    pub fn new(@label: &str, left: u32, work: impl FnOnce() -> u32 + 'static) -> Self {
        Self {
            @label: @label.to_string(),
            left,
            work: Box::new(work),
        }
    }
}

#[derive(Default)]
pub struct Schedule {
    pub jobs: Vec<Job>,
}

impl Schedule {
    /// One round: what is ready is done and gone. Labels and results, in the order of the jobs.
    pub fn tick(&mut self) -> Vec<(String, u32)> {
        let mut results = Vec::new();
        «for job in self.jobs.iter_mut()»«let mut later = Vec::new();
        for mut job in std::mem::take(&mut self.jobs)»«for mut job in self.jobs.drain(..)» {
            if job.left > 0 {
                job.left -= 1;«»«
                later.push(job);»«»
                continue;
            }
            results.push((job.@label«.clone()»«»«», (job.work)()));
        }
        «self.jobs.retain(|job| job.left > 0);
        »«self.jobs = later;
        »«»results
    }
}
""",
            test="""
let mut schedule = Schedule::default();
schedule.jobs.push(Job::new("@text1", 1, || 7));
schedule.jobs.push(Job::new("@text2", 0, || 8));
schedule.jobs.push(Job::new("@text3", 1, || 9));
assert_eq!(schedule.tick(), [("@text2".to_string(), 8)]);
assert_eq!(schedule.jobs.len(), 2);
assert_eq!(schedule.tick(), [("@text1".to_string(), 7), ("@text3".to_string(), 9)]);
assert!(schedule.tick().is_empty());
""",
            codes=("E0507",),
        ),
    ),
)
