"""What a closure captures, for how long, and how often it can be called then."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="closure_capture",
    title="A closure borrows what is gone or used otherwise, or gives away what it needs for the next call",
    codes=(
        "E0373",
        "E0382",
        "E0499",
        "E0502",
        "E0505",
        "E0506",
        "E0507",
        "E0521",
        "E0525",
        "E0597",
        NO_CODE,
        "E0503",
        "E0500",
        "E0501",
    ),
    templates=(
        Template(
            "returned_closure_borrows_its_parameter",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

⟦1:/// Those that are that large at least.
pub fn at_least(limit: @Int) -> impl Fn(&@Item) -> bool {
    «»«move »|@item| @item.@size >= limit
}¦/// Those that are that large at least.
pub fn at_least(limit: @Int) -> Box<dyn Fn(&@Item) -> bool> {
    Box::new(«»«move »|@item| @item.@size >= limit)
}¦/// Those between the limit and twice as much.
pub fn at_least(limit: @Int) -> impl Fn(&@Item) -> bool {
    let range = limit..=2 * limit;
    «»«move »|@item| range.contains(&@item.@size)
}⟧

⟦2:pub fn chosen(@items: &[@Item], wanted: impl Fn(&@Item) -> bool) -> Vec<&str> {
    let mut labels = Vec::new();
    for @item in @items {
        if wanted(@item) {
            labels.push(@item.@label.as_str());
        }
    }
    labels
}¦pub fn chosen(@items: &[@Item], wanted: impl Fn(&@Item) -> bool) -> Vec<&str> {
    let found = @items.iter().filter(|@item| wanted(@item));
    found.map(|@item| @item.@label.as_str()).collect()
}⟧
""",
            test="""
let @items = [("a", @n1), ("b", @n3)].map(|(@label, @size)| @Item { @label: @label.into(), @size });
assert_eq!(chosen(&@items, at_least(@n3)), ["b"]);
assert_eq!(chosen(&@items[..1], at_least(@n1)), ["a"]);
""",
            codes=("E0373",),
        ),
        Template(
            "thread_borrows_what_is_read_later",
            """
use std::thread;

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub struct Summary {
    pub total: @Int,
    pub labels: Vec<String>,
}

fn total(@items: &[@Item]) -> @Int {
    @items.iter().map(|@item| @item.@count).⟦sum()¦sum::<@Int>()¦reduce(|total, @count| total + @count).unwrap_or(0)⟧
}

/// Adds up in a thread, while the labels are put in order in this one.
pub fn summary(@items: Vec<@Item>) -> Summary {
    ⟦1:«»«let copied = @items.clone();
    »let worker = thread::spawn(«|| total(&@items)»«move || total(&copied)»);
    let mut labels: Vec<String> = @items.iter().map(|@item| @item.@label.clone()).collect();
    ⟦labels.sort();¦labels.sort_unstable();¦labels.sort_by_key(|@label| @label.to_lowercase());⟧
    Summary {
        total: worker.join().unwrap_or(0),
        labels,
    }¦let counts: Vec<@Int> = @items.iter().map(|@item| @item.@count).collect();
    «»«let copied = counts.clone();
    »let worker = thread::spawn(«|| counts»«move || copied».iter().sum::<@Int>());
    let mut labels = Vec::new();
    for (@item, @count) in @items.into_iter().zip(&counts) {
        if *@count > 0 {
            labels.push(@item.@label);
        }
    }
    labels.sort();
    Summary {
        total: worker.join().unwrap_or_else(|_| total(&[])),
        labels,
    }⟧
}
""",
            test="""
let item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let made = summary(vec![item("b", @n2), item("a", @n1)]);
assert_eq!((made.total, made.labels), (@n1 + @n2, vec!["a".to_string(), "b".to_string()]));
""",
            codes=("E0373",),
        ),
        Template(
            "closure_can_be_called_only_once",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

/// What that makes of each number from 1 to the last one.
pub fn table<T>(last: u32, entry: impl Fn(u32) -> T) -> Vec<T> {
    ⟦1:(1..=last).map(entry).collect()¦let mut entries = Vec::new();
    for number in 1..=last {
        entries.push(entry(number));
    }
    entries⟧
}

/// A line for each number of @items.
pub fn @show(@item: @Item, last: u32) -> Vec<String> {
    ⟦2:let line = |number: u32| {
        let mut line = @item.@label«»«.clone()»;
        line.push_str(&format!(": {number}"));
        line
    };¦let line = move |number: u32| {
        let @label = @item.@label«»«.clone()»;
        @label + ": " + &number.to_string()
    };¦let parts = vec![@item.@label.clone(), ": ".to_string()];
    let line = |number: u32| {
        let mut parts = parts«»«.clone()»;
        parts.push(number.to_string());
        parts.concat()
    };⟧
    table(last, line)
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @price: 1.5 };
assert_eq!(@show(@item.clone(), 2), ["@text1: 1", "@text1: 2"]);
assert!(@show(@item, 0).is_empty());
""",
            codes=("E0525",),
        ),
        Template(
            "count_is_read_while_the_closure_lives",
            """
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// Puts the @items on pages; how many pages there are, and all lines.
pub fn pages(@items: &[@Item], ⟦1:on_a_page: usize¦lines_a_page: usize, heading: &str⟧) -> (usize, Vec<String>) {
    let mut written = 0;
    let mut lines = Vec::new();
    let mut write = |«»«written: &mut usize, »line: String| {
        lines.push(line);
        «»«*»written += 1;
    };
    let mut pages = 1;
    for @item in @items {
        if written ⟦1:== on_a_page¦>= lines_a_page⟧ {
            pages += 1;
            written = 0;⟦1:
            write(«»«&mut written, »"--".to_string());¦
            write(«»«&mut written, »heading.to_string());⟧
        }
        ⟦write(«»«&mut written, »format!("{} {}", @item.@label, @item.@size));¦let size = @item.@size.to_string();
        write(«»«&mut written, »[@item.@label.as_str(), &size].join(" "));¦if !@item.@label.is_empty() {
            write(«»«&mut written, »format!("{} {}", @item.@label, @item.@size));
        }⟧
    }
    (pages, lines)
}
""",
            test="""
let @items = ["a", "b", "c", "d"].map(|@label| @Item { @label: @label.into(), @size: 1 });
let (pages, lines) = pages(&@items, 2⟦1:¦, "--"⟧);
assert_eq!((pages, lines.join("|")), (3, "a 1|b 1|--|c 1|--|d 1".to_string()));
""",
            codes=("E0502", "E0506", "E0503"),
        ),
        Template(
            "two_closures_change_the_same_list",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    pub names: Vec<String>,
    pub @count: @Int,
}

/// Carries out a script: `+name` lets somebody in, `-` lets the last one out.
pub fn run(script: &str) -> @Owner {
    let mut @owner = @Owner::default();
    ⟦1:«let mut enter = |name: &str| {»«let enter = |@owner: &mut @Owner, name: &str| {»
        @owner.names.push(name.to_string());
        @owner.@count += 1;
    };
    «let mut leave = || {»«let leave = |@owner: &mut @Owner| {»
        if @owner.names.pop().is_some() {
            @owner.@count += @n1;
        }
    };¦«let mut enter = |name: &str| @owner.names.push(name.to_string());»«let enter = |@owner: &mut @Owner, name: &str| @owner.names.push(name.to_string());»
    «let mut leave = || {»«let leave = |@owner: &mut @Owner| {»
        let left = @owner.names.pop();
        @owner.@count += if left.is_some() { @n1 } else { 0 };
    };⟧
    for step in script.⟦split_whitespace()¦split(' ')¦lines().flat_map(str::split_whitespace)⟧ {
        ⟦match step.strip_prefix('+') {
            Some(name) => enter(«»«&mut @owner, »name),
            None => leave(«»«&mut @owner»),
        }¦if let Some(name) = step.strip_prefix('+') {
            enter(«»«&mut @owner, »name);
        } else {
            leave(«»«&mut @owner»);
        }⟧
    }
    @owner
}
""",
            test="""
let @owner = run("+@name1 +@name2 - +@name3");
assert_eq!(@owner.names, ["@name1", "@name3"]);
assert_eq!(@owner.@count, @n1⟦1: + 3¦⟧);
assert!(run("- -").names.is_empty());
""",
            codes=("E0499",),
        ),
        Template(
            "gives_its_capture_to_every_element",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub @label: String,
    pub by: ⟦1:String¦Option<String>¦Vec<String>⟧,
}

#[derive(Default)]
pub struct @Owner {
    entries: Vec<Entry>,
}

impl @Owner {
    /// Adds all labels under one name.
    pub fn @add(&mut self, labels: &[&str], name: &str) -> usize {
        let by = ⟦1:name.to_string()¦Some(name.to_string())¦vec![name.to_string()]⟧;
        ⟦2:let added = labels.iter().map(|@label| Entry {
            @label: @label.to_string(),
            by«»«: by.clone()»,
        });
        self.entries.extend(added);¦labels.iter().for_each(|@label| {
            let @label = @label.to_string();
            self.entries.push(Entry { @label, by«»«: by.clone()» });
        });⟧
        self.entries.len()
    }

    pub fn labels_by(&self, name: &str) -> Vec<&str> {
        let theirs = self.entries.iter().filter(|entry| entry.by⟦1: == name¦.as_deref() == Some(name)¦.iter().any(|by| by == name)⟧);
        theirs.map(|entry| entry.@label.as_str()).collect()
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add(&["@text1"], "@name1");
assert_eq!(@owner.@add(&["@text2", "@text3"], "@name2"), 3);
assert_eq!(@owner.labels_by("@name2"), ["@text2", "@text3"]);
assert!(@owner.labels_by("@name3").is_empty());
""",
            codes=("E0507",),
        ),
        Template(
            "inner_closure_of_a_flat_map",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub row: @Int,
    pub column: @Int,
}

pub struct Field {
    pub height: @Int,
    pub width: @Int,
}

impl Field {
    ⟦1:/// All cells, row by row.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let width = self.width;
        (0..self.height).flat_map(move |row| (0..width).map(«»«move »|column| Cell { row, column }))
    }¦/// All cells on or below the diagonal.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let width = self.width;
        (0..self.height).flat_map(move |row| (0..width).map(«»«move »|column| Cell { row, column }).filter(«»«move »|cell| cell.column <= row))
    }¦/// All cells with an even column.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        let width = self.width;
        (0..self.height).flat_map(move |row| {
            let columns = (0..width).step_by(2);
            columns.map(«»«move »|column| Cell { row, column })
        })
    }⟧

    pub fn number(&self) -> usize {
        self.cells().count()
    }
}

pub fn @find(field: &Field, wanted: impl Fn(&Cell) -> bool) -> ⟦Option<Cell> {
    field.cells().find(wanted)¦Option<Cell> {
    field.cells().filter(wanted).last()¦Option<Cell> {
    let mut cells = field.cells();
    cells.find(|cell| wanted(cell))⟧
}
""",
            test="""
let field = Field { height: 2, width: 3 };
assert_eq!(field.number(), ⟦1:6¦3¦4⟧);
assert_eq!(@find(&field, |cell| cell.row == 1 && cell.column == 0), Some(Cell { row: 1, column: 0 }));
""",
            codes=("E0373",),
        ),
        Template(
            "called_again_after_it_was_used_up",
            """
#[derive(Debug, PartialEq)]
pub enum Answer {
    Done(⟦1:String¦usize⟧),
    Failed { attempts: u32 },
}

/// Tries it that often at most, until it says something.
pub fn attempt<F>(work: F, most: u32) -> Answer
where
    F: «FnOnce»«Fn»(u32) -> Option<⟦1:String¦usize⟧>,
{
    ⟦for number in 1..=most {
        if let Some(made) = work(number) {
            return Answer::Done(made);
        }
    }
    Answer::Failed { attempts: most }¦let mut number = 0;
    while number < most {
        number += 1;
        if let Some(made) = work(number) {
            return Answer::Done(made);
        }
    }
    Answer::Failed { attempts: number }¦let mut attempts = 0;
    loop {
        attempts += 1;
        match work(attempts) {
            Some(made) => return Answer::Done(made),
            None if attempts >= most => return Answer::Failed { attempts },
            None => {}
        }
    }⟧
}

/// Finds the first of the @items that is long enough.
pub fn @find(@items: &[&str], length: usize) -> Answer {
    let most = @items.len() as u32;
    attempt(|number| {
        let @item = @items⟦2:.get(number as usize - 1)?¦[number as usize - 1]⟧;
        (@item.len() >= length).then_some(@item.⟦1:to_string()¦len()⟧)
    }, most)
}
""",
            test="""
assert_eq!(@find(&["a", "abc", "abcd"], 3), Answer::Done(⟦1:"abc".to_string()¦3⟧));
assert_eq!(@find(&["a", "b"], 3), Answer::Failed { attempts: 2 });
""",
            codes=("E0382",),
        ),
    ),
    frozen=(
        Template(
            "handlers_that_are_made_in_a_loop",
            """
use std::collections::BTreeMap;

pub type Handler = Box<dyn Fn(u32) -> String>;

/// Commands by their names. They outlive what they were made from.
pub struct Commands {
    handlers: BTreeMap<String, Handler>,
}

impl Commands {
    /// One command for each name, which counts what it is given in units of its own.
    pub fn for_units(units: &[(&str, u32)]) -> Self {
        let mut handlers = BTreeMap::new();
        for (name, size) in units {
            «let handler: Handler = Box::new(|@count| format!("{} {name}", @count / size));»«let (unit, size) = (name.to_string(), *size);
            let handler: Handler = Box::new(move |@count| format!("{} {unit}", @count / size));»
            handlers.insert(name.to_string(), handler);
        }
        Self { handlers }
    }

    pub fn run(&self, line: &str) -> Option<String> {
        let (name, @count) = line.split_once(' ')?;
        let handler = self.handlers.get(name)?;
        Some(handler(@count.parse().ok()?))
    }
}

pub fn standard() -> Commands {
    let dozen = String::from("dozen");
    Commands::for_units(&[(&dozen, 12), ("pair", 2)])
}
""",
            test="""
let commands = standard();
assert_eq!(commands.run("dozen 30"), Some("2 dozen".to_string()));
assert_eq!(commands.run("pair 30"), Some("15 pair".to_string()));
assert_eq!((commands.run("score 40"), commands.run("pair many")), (None, None));
""",
            codes=("E0373", "E0521", "E0597", NO_CODE),
        ),
        Template(
            "callback_that_fires_once",
            """
pub type OnFinish = Box<dyn FnOnce(&str) -> usize>;

pub struct Download {
    pub name: String,
    left: u32,
    on_finish: «OnFinish»«Option<OnFinish>»,
}

impl Download {
    pub fn new(name: &str, size: u32, on_finish: impl FnOnce(&str) -> usize + 'static) -> Self {
        Self {
            name: name.to_string(),
            left: size,
            on_finish: «Box::new(on_finish)»«Some(Box::new(on_finish))»,
        }
    }

    /// A part has come. With the last one, and never again, it is told that it is finished.
    pub fn receive(&mut self, size: u32) -> Option<usize> {
        self.left = self.left.saturating_sub(size);
        if self.left > 0 {
            return None;
        }
        «Some((self.on_finish)(&self.name))»«let on_finish = self.on_finish.take()?;
        Some(on_finish(&self.name))»«let on_finish = std::mem::replace(&mut self.on_finish, Some(Box::new(|_| 0)))?;
        Some(on_finish(&self.name))»
    }
}

/// How many were finished by those parts, and the sum of what they said.
pub fn receive_all(downloads: &mut [Download], size: u32) -> (usize, usize) {
    let told: Vec<usize> = downloads.iter_mut().filter_map(|download| download.receive(size)).collect();
    (told.len(), told.iter().sum())
}
""",
            test="""
let greeting = vec!['h', 'i'];
let mut downloads = [
    Download::new("ab", 5, move |name| greeting.into_iter().count() + name.len()),
    Download::new("cd", 9, |name| name.len()),
];
assert_eq!(receive_all(&mut downloads, 5), (1, 4));
assert_eq!(receive_all(&mut downloads, 5), (1, 2));
assert_eq!(receive_all(&mut downloads, 5), (0, 0));
""",
            codes=("E0507",),
        ),
        Template(
            "a_method_calls_back_into_the_same_value",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

#[derive(Default)]
pub struct @Owner {
    pub @items: Vec<@Item>,
    pub log: Vec<String>,
}

impl @Owner {
    /// Calls back with each @item, and drops those for which it says no.
    fn sift(&mut self, mut keep: impl FnMut(&@Item) -> bool) {
        let mut at = 0;
        while let Some(@item) = self.@items.get(at) {
            if keep(@item) {
                at += 1;
            } else {
                self.@items.remove(at);
            }
        }
    }

    /// Drops what is below the limit, and writes down what that was.
    pub fn @remove(&mut self, limit: u32) -> usize {
        let before = self.@items.len();
        «»«let mut log = std::mem::take(&mut self.log);
        »«let mut log = self.log.clone();
        »self.sift(|@item| {
            let kept = @item.@count >= limit;
            if !kept {
                «self.log»«log».push(format!("dropped {}", @item.@label));
            }
            kept
        });
        «»«self.log = log;
        »«»before - self.@items.len()
    }
}
""",
            test="""
let item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let mut @owner = @Owner::default();
@owner.log.push("begun".to_string());
@owner.@items.extend([item("a", 1), item("b", 9), item("c", 2), item("d", 8)]);
assert_eq!((@owner.@remove(5), @owner.@remove(5)), (2, 0));
assert_eq!(@owner.@items, [item("b", 9), item("d", 8)]);
assert_eq!(@owner.log, ["begun", "dropped a", "dropped c"]);
""",
            codes=("E0499", "E0500", "E0501", "E0502"),
        ),
        Template(
            "self_in_another_thread",
            """
use std::sync::mpsc::{self, Receiver};
use std::thread;

pub struct @Owner {
    pub @label: String,
    pub sizes: Vec<u64>,
    pub factor: u64,
}

fn scaled(sizes: &[u64], factor: u64) -> impl Iterator<Item = u64> + '_ {
    sizes.iter().map(move |size| size * factor)
}

impl @Owner {
    /// Sends all sizes from a thread, which goes on when the @owner is gone.
    pub fn stream(&self) -> Receiver<String> {
        let (sender, receiver) = mpsc::channel();
        «thread::spawn(move || {
            for size in scaled(&self.sizes, self.factor) {
                let line = format!("{} {size}", self.@label);»«let (@label, sizes, factor) = (self.@label.clone(), self.sizes.clone(), self.factor);
        thread::spawn(move || {
            for size in scaled(&sizes, factor) {
                let line = format!("{@label} {size}");»
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        receiver
    }
}

pub fn all(@owners: Vec<@Owner>) -> Vec<String> {
    let receivers: Vec<Receiver<String>> = @owners.iter().map(@Owner::stream).collect();
    drop(@owners);
    receivers.into_iter().flatten().collect()
}
""",
            test="""
let @owner = |@label: &str, sizes: &[u64]| @Owner { @label: @label.into(), sizes: sizes.to_vec(), factor: 3 };
assert_eq!(all(vec![@owner("a", &[1, 2]), @owner("b", &[4])]), ["a 3", "a 6", "b 12"]);
""",
            codes=("E0521",),
        ),
        Template(
            "captured_as_a_whole_while_a_field_changes",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    pub @person: String,
    pub balance: i64,
    pub rate: i64,
}

impl Account {
    /// What a number of days costs, by the rate and the balance of now.
    pub fn fee(&self, days: i64) -> i64 {
        let rate = if self.balance < 0 { 2 * self.rate } else { self.rate };
        rate * days
    }
}

/// Takes the fees for all stays, each by the balance that the one before has left.
pub fn settle_stays(account: &mut Account, stays: &[i64]) -> Vec<i64> {
    let mut fees = Vec::new();
    let fee = «|days: i64| account.fee(days)»«|account: &Account, days: i64| account.fee(days)»«{
        let before = account.clone();
        move |days: i64| before.fee(days)
    }»;
    for days in stays {
        let due = fee(«»«account, »«»*days);
        account.balance -= due;
        fees.push(due);
    }
    fees
}
""",
            test="""
let mut account = Account { @person: "@name1".into(), balance: 5, rate: 2 };
assert_eq!(settle_stays(&mut account, &[1, 2, 3]), [2, 4, 12]);
assert_eq!(account.balance, -13);
""",
            codes=("E0506",),
        ),
    ),
)
