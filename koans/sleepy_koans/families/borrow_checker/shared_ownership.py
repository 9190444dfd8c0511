"""Rc and Arc are moved, changed or opened as if they were what they share."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="shared_ownership",
    title="An Rc or an Arc is moved where it is to be shared, or its content is changed as if nobody else had it",
    codes=("E0382", "E0507", "E0594", "E0596"),
    templates=(
        Template(
            "two_owners_of_one_value",
            """
use std::rc::Rc;

#[derive(Debug, Clone)]
pub struct Settings {
    pub limit: @Int,
    pub ⟦1:names: Vec<String>¦name: String⟧,
}

pub struct @Owner {
    pub @label: String,
    settings: Rc<Settings>,
}

impl @Owner {
    pub fn new(@label: &str, settings: Rc<Settings>) -> Self {
        Self {
            @label: @label.to_string(),
            settings,
        }
    }

    pub fn allows(&self, @count: @Int) -> bool {
        @count ⟦<=¦<⟧ self.settings.limit
    }
}

/// Two @owners that go by the same settings.
pub fn pair(settings: Settings) -> ⟦2:(@Owner, @Owner)¦[@Owner; 2]⟧ {
    let settings = Rc::new(settings);
    ⟦let first = @Owner::new("@text1", «settings»«Rc::clone(&settings)»«Rc::new(Settings::clone(&settings))»);
    let second = @Owner::new("@text2", settings);¦let first = @Owner {
        @label: "@text1".to_string(),
        settings: «settings»«Rc::clone(&settings)»«Rc::new(Settings::clone(&settings))»,
    };
    let second = @Owner::new("@text2", settings);⟧
    ⟦2:(first, second)¦[first, second]⟧
}
""",
            test="""
let ⟦2:(first, second)¦[first, second]⟧ = pair(Settings { limit: @n3, ⟦1:names: Vec::new()¦name: "@name1".into()⟧ });
assert!(first.allows(@n2) && !second.allows(@n4));
assert!(Rc::ptr_eq(&first.settings, &second.settings));
assert_eq!((first.@label.as_str(), second.@label.as_str()), ("@text1", "@text2"));
""",
            codes=("E0382",),
        ),
        Template(
            "each_thread_takes_the_only_handle",
            """
use std::sync::{Arc, ⟦1:Mutex¦RwLock⟧};
use std::thread;

#[derive(Debug, Default)]
pub struct Tally {
    pub number: usize,
    pub names: Vec<String>,
}

/// Counts the @items, each in a thread of its own; the names in order.
pub fn counted(@items: &[&str]) -> (usize, Vec<String>) {
    let tally = Arc::new(⟦1:Mutex¦RwLock⟧::new(Tally::default()));
    let mut handles = Vec::new();
    for @item in @items {
        let name = @item.to_string();
        «»«let shared = Arc::clone(&tally);
        »handles.push(thread::spawn(move || {
            let mut tally = «tally»«shared».⟦1:lock¦write⟧().unwrap();
            tally.number += 1;
            tally.names.push(name);
        }));
    }
    ⟦for handle in handles {
        handle.join().unwrap();
    }¦handles.into_iter().for_each(|handle| handle.join().unwrap());⟧
    let ⟦mut tally = tally.⟦1:lock¦write⟧().unwrap();
    tally.names.sort();
    (tally.number, tally.names.clone())¦tally = tally.⟦1:lock¦read⟧().unwrap();
    let mut names = tally.names.clone();
    names.sort();
    (tally.number, names)⟧
}
""",
            test="""
assert_eq!(counted(&["b", "a", "c"]), (3, ["a", "b", "c"].map(String::from).to_vec()));
assert_eq!(counted(&[]), (0, Vec::new()));
""",
            codes=("E0382",),
        ),
        Template(
            "field_of_a_shared_value_is_assigned",
            """
use std::⟦1:rc::Rc¦sync::Arc⟧;

#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    pub name: String,
    pub width: @Int,
    pub bold: bool,
}

/// A @item whose style may be that of others, too.
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub style: ⟦1:Rc¦Arc⟧<Style>,
}

impl @Item {
    /// From now on this @item, and no other, is that wide.
    pub fn widen(&mut self, by: @Int) {
        ⟦2:«self.style»«⟦1:Rc¦Arc⟧::make_mut(&mut self.style)».width += by;
        «self.style»«⟦1:Rc¦Arc⟧::make_mut(&mut self.style)».bold = true;¦let style = «&mut self.style»«⟦1:Rc¦Arc⟧::make_mut(&mut self.style)»;
        style.width += by;
        style.bold = true;¦if by > 0 {
            «self.style»«⟦1:Rc¦Arc⟧::make_mut(&mut self.style)».width += by;
        }⟧
    }
}

pub fn widths(@items: &[@Item]) -> Vec<@Int> {
    @items.iter().map(|@item| @item.style.width).collect()
}
""",
            test="""
let style = ⟦1:Rc¦Arc⟧::new(Style { name: "plain".into(), width: @n1, bold: false });
let mut @items = ["@text1", "@text2"].map(|@label| @Item { @label: @label.into(), style: ⟦1:Rc¦Arc⟧::clone(&style) });
@items[1].widen(@n2);
assert_eq!(widths(&@items), [@n1, @n1 + @n2]);
assert!(⟦1:Rc¦Arc⟧::ptr_eq(&@items[0].style, &style));
""",
            codes=("E0594",),
        ),
        Template(
            "list_that_several_write_to",
            """
«»«use std::cell::RefCell;
»use std::rc::Rc;

/// What several write to, and one reads.
pub type Log = Rc<«Vec<⟦1:String¦(String, @Int)⟧>»«RefCell<Vec<⟦1:String¦(String, @Int)⟧>>»>;

pub struct Writer {
    name: String,
    log: Log,
}

impl Writer {
    pub fn new(name: &str, log: &Log) -> Self {
        Self {
            name: name.to_string(),
            log: Rc::clone(log),
        }
    }

    pub fn write(&self, @count: @Int) {
        ⟦2:self.log«»«.borrow_mut()».push(⟦1:format!("{}: {@count}", self.name)¦(self.name.clone(), @count)⟧);¦let entry = ⟦1:format!("{}: {@count}", self.name)¦(self.name.clone(), @count)⟧;
        self.log«»«.borrow_mut()».push(entry);⟧
    }
}

pub fn written(names: &[&str]) -> Vec<⟦1:String¦(String, @Int)⟧> {
    let log = Log::default();
    let writers: Vec<Writer> = names.iter().map(|name| Writer::new(name, &log)).collect();
    ⟦for writer in &writers¦for writer in writers.iter().rev()⟧ {
        writer.write(@n1);
    }
    log«»«.borrow()».to_vec()
}
""",
            test="""
assert_eq!(written(&["@name1"]), [⟦1:"@name1: @n1"¦("@name1".to_string(), @n1)⟧]);
assert_eq!(written(&["@name1", "@name2"]).len(), 2);
""",
            codes=("E0596",),
        ),
        Template(
            "counter_behind_an_arc",
            """
⟦1:use std::sync::«Arc»«{Arc, Mutex}»;
use std::thread;¦use std::sync::Arc;
«»«use std::sync::atomic::{AtomicU32, Ordering};
»use std::thread;⟧

#[derive(Debug, Default)]
pub struct Progress {
    done: «u32»«⟦1:Mutex<u32>¦AtomicU32⟧»,
    pub @label: String,
}

impl Progress {
    pub fn done(&self) -> u32 {
        «self.done»«⟦1:*self.done.lock().unwrap()¦self.done.load(Ordering::SeqCst)⟧»
    }
}

/// Works on all sizes at once, and writes down how much of it is done.
pub fn work(@label: &str, sizes: Vec<u32>) -> Arc<Progress> {
    let progress = Arc::new(Progress {
        @label: @label.to_string(),
        ..Default::default()
    });
    let handles = sizes.into_iter().map(|size| {
        let progress = Arc::clone(&progress);
        thread::spawn(move || {
            ⟦«progress.done += size;»«⟦1:*progress.done.lock().unwrap() += size¦progress.done.fetch_add(size, Ordering::SeqCst)⟧;»¦if size > @n1 {
                «progress.done += size;»«⟦1:*progress.done.lock().unwrap() += size¦progress.done.fetch_add(size, Ordering::SeqCst)⟧;»
            }⟧
        })
    });
    let handles: Vec<_> = handles.collect();
    for handle in handles {
        ⟦handle.join().unwrap();¦if handle.join().is_err() {
            break;
        }⟧
    }
    progress
}
""",
            test="""
let progress = work("@text1", vec![50, 60, 70]);
assert_eq!((progress.done(), progress.@label.as_str()), (180, "@text1"));
""",
            codes=("E0594",),
        ),
        Template(
            "closure_takes_what_is_read_later",
            """
use std::cell::RefCell;
use std::rc::Rc;

pub struct Button {
    on_press: Box<dyn Fn(@Int)>,
}

impl Button {
    pub fn new(on_press: impl Fn(@Int) + 'static) -> Self {
        Self {
            on_press: Box::new(on_press),
        }
    }

    pub fn press(&self, times: @Int) {
        for number in 1..=times {
            (self.on_press)(number);
        }
    }
}

/// What was written when two buttons were pressed.
pub fn pressed(plus: @Int, minus: @Int) -> Vec<String> {
    let log = Rc::new(RefCell::new(Vec::new()));
    «»«let shared = Rc::clone(&log);
    »let add = Button::new(move |number| «log»«shared».borrow_mut().push(format!("+{number}")));
    ⟦2:«»«let shared = Rc::clone(&log);
    »let remove = Button::new(move |number| «log»«shared».borrow_mut().push(format!("-{number}")));
    ¦«»«let shared = Rc::clone(&log);
    »let remove = Button::new(move |number| {
        let line = format!("-{number}");
        «log»«shared».borrow_mut().push(line);
    });
    ⟧⟦1:add.press(plus);
    remove.press(minus);¦remove.press(minus);
    add.press(plus);⟧
    ⟦log.take()¦let lines = log.borrow();
    lines.clone()¦log.borrow().to_vec()⟧
}
""",
            test="""
assert_eq!(pressed(2, 1), [⟦1:"+1", "+2", "-1"¦"-1", "+1", "+2"⟧]);
""",
            codes=("E0382",),
        ),
        Template(
            "child_is_given_away_and_returned",
            """
mod tree;

pub use tree::Node;

/// How deep the tree of that path goes.
pub fn depth(path: &str) -> usize {
    let root = Node::new("root");
    let mut at = std::rc::Rc::clone(&root);
    for name in path.split('/') {
        at = Node::add(&at, name);
    }
    ⟦1:root.depth()¦root.depth() - 1⟧
}

//- src/tree.rs
use std::cell::RefCell;
use std::rc::Rc;

pub struct Node {
    pub name: String,
    pub parts: RefCell<Vec<Rc<Node>>>,
}

impl Node {
    pub fn new(name: &str) -> Rc<Self> {
        Rc::new(Self {
            name: name.⟦to_string()¦to_owned()¦into()⟧,
            parts: RefCell::default(),
        })
    }

    /// The part of that name, which is added where it is not there.
    pub fn add(node: &Rc<Self>, name: &str) -> Rc<Self> {
        ⟦let known = node.parts.borrow().iter().find(|part| part.name == name).cloned();
        if let Some(part) = known {
            return part;
        }
        ¦if let Some(part) = node.parts.borrow().iter().find(|part| part.name == name) {
            return Rc::clone(part);
        }
        ¦for part in node.parts.borrow().iter() {
            if part.name == name {
                return Rc::clone(part);
            }
        }
        ⟧let part = Node::new(name);
        node.parts.borrow_mut().push(«part»«Rc::clone(&part)»«Node::new(name)»);
        part
    }

    pub fn depth(&self) -> usize {
        let parts = self.parts.borrow();
        1 + parts.iter().map(|part| part.depth()).max().unwrap_or(0)
    }
}
""",
            test="""
assert_eq!(depth("a/b/c"), ⟦1:4¦3⟧);
let root = Node::new("@text1");
let part = Node::add(&root, "a");
assert!(std::rc::Rc::ptr_eq(&part, &Node::add(&root, "a")));
assert_eq!(root.parts.borrow().len(), 1);
""",
            codes=("E0382",),
        ),
        Template(
            "function_that_only_reads_takes_the_handle",
            """
use std::⟦1:rc::Rc¦sync::Arc⟧;

#[derive(Debug)]
pub struct Prices {
    pub base: @Float,
    pub per_@count: @Float,
}

pub struct @Item {
    pub @label: String,
    pub @count: u16,
    prices: ⟦1:Rc¦Arc⟧<Prices>,
}

fn price_of(prices: «⟦1:Rc¦Arc⟧<Prices>»«&Prices», @count: u16) -> @Float {
    prices.base + prices.per_@count * @Float::from(@count)
}

/// A @item, and what it costs.
pub fn priced(@label: &str, @count: u16, prices: ⟦1:Rc¦Arc⟧<Prices>) -> ⟦2:Option<(@Item, @Float)>¦(@Item, @Float)⟧ {
    let @price = price_of(«prices»«&prices», @count);
    let @item = @Item {
        @label: @label.to_string(),
        @count,
        prices,
    };
    ⟦2:(@price > 0.0).then_some((@item, @price))¦(@item, @price)⟧
}

impl @Item {
    /// How much more it costs when there is one more.
    pub fn step(&self) -> @Float {
        price_of(«⟦1:Rc¦Arc⟧::clone(&self.prices)»«&self.prices», self.@count + 1) - price_of(«⟦1:Rc¦Arc⟧::clone(&self.prices)»«&self.prices», self.@count)
    }
}
""",
            test="""
let prices = ⟦1:Rc¦Arc⟧::new(Prices { base: 1.0, per_@count: 0.5 });
let (@item, @price) = priced("@text1", 4, ⟦1:Rc¦Arc⟧::clone(&prices))⟦2:.unwrap()¦⟧;
assert_eq!((@price, @item.step()), (3.0, 0.5));
assert_eq!(⟦1:Rc¦Arc⟧::strong_count(&prices), 2);
""",
            codes=("E0382",),
        ),
    ),
    frozen=(
        Template(
            "the_last_owner_need_not_copy",
            """
use std::rc::Rc;

/// A long list. Copying it is slow, so the copies are counted.
#[derive(Debug, Default, PartialEq)]
pub struct Entries {
    pub values: Vec<u32>,
    pub copied: u32,
}

impl Clone for Entries {
    fn clone(&self) -> Self {
        Self {
            values: self.values.clone(),
            copied: self.copied + 1,
        }
    }
}

/// The entries themselves where nobody else has them, and otherwise a copy.
fn owned(shared: Rc<Entries>) -> Entries {
    match Rc::try_unwrap(shared«»«»«.clone()») {
        Ok(entries) => entries,
        «Err(_) => Entries::clone(&shared),»«Err(shared) => Entries::clone(&shared),»«Err(_) => Entries::clone(&shared),»
    }
}

pub struct @Owner {
    pub entries: Rc<Entries>,
}

impl @Owner {
    /// Closes the @owner; its entries in order.
    pub fn @find(self) -> Entries {
        let mut entries = owned(self.entries);
        entries.values.sort_unstable();
        entries
    }
}
""",
            test="""
let entries = Rc::new(Entries { values: vec![3, 1, 2], copied: 0 });
let @owner = @Owner { entries: Rc::clone(&entries) };
assert_eq!(@owner.@find(), Entries { values: vec![1, 2, 3], copied: 1 });
assert_eq!(entries.values, [3, 1, 2]);
assert_eq!(@Owner { entries }.@find(), Entries { values: vec![1, 2, 3], copied: 0 });
""",
            codes=("E0382",),
        ),
        Template(
            "edges_are_drawn_when_the_nodes_are_there",
            """
«»«use std::cell::RefCell;
»use std::rc::{Rc, Weak};

pub struct @Owner {
    pub @label: String,
    neighbours: «Vec<Weak<@Owner>>»«RefCell<Vec<Weak<@Owner>>>»,
}

impl @Owner {
    pub fn new(@label: &str) -> Rc<Self> {
        Rc::new(Self {
            @label: @label.to_string(),
            neighbours: «Vec::new()»«RefCell::default()»,
        })
    }

    pub fn neighbours(&self) -> Vec<String> {
        let neighbours = «&self.neighbours»«self.neighbours.borrow()»;
        let there = neighbours.iter().filter_map(Weak::upgrade);
        there.map(|@owner| @owner.@label.clone()).collect()
    }
}

/// Draws a way in both directions.
pub fn connect(one: &Rc<@Owner>, other: &Rc<@Owner>) {
    one.neighbours.«»«borrow_mut().»push(Rc::downgrade(other));
    other.neighbours.«»«borrow_mut().»push(Rc::downgrade(one));
}

pub fn ring(labels: &[&str]) -> Vec<Rc<@Owner>> {
    let @owners: Vec<Rc<@Owner>> = labels.iter().map(|@label| @Owner::new(@label)).collect();
    for (at, @owner) in @owners.iter().enumerate() {
        connect(@owner, &@owners[(at + 1) % @owners.len()]);
    }
    @owners
}
""",
            test="""
let mut ring = ring(&["a", "b", "c"]);
assert_eq!(ring[1].neighbours(), ["a", "c"]);
assert_eq!(ring[0].neighbours(), ["b", "c"]);
ring.pop();
assert_eq!(ring[1].neighbours(), ["a"]);
""",
            codes=("E0596",),
        ),
        Template(
            "observers_are_shared_and_remember",
            """
«»«use std::cell::RefCell;
»use std::rc::Rc;

pub trait Observer {
    fn notice(«&mut self»«&self», @label: &str, @count: u32);
    fn report(&self) -> String;
}

#[derive(Default)]
pub struct Latest {
    seen: «String»«RefCell<String>»,
}

impl Observer for Latest {
    fn notice(«&mut self»«&self», @label: &str, @count: u32) {
        «self.seen»«*self.seen.borrow_mut()» = format!("{@label} {@count}");
    }

    fn report(&self) -> String {
        self.seen.«»«borrow().»clone()
    }
}

#[derive(Default)]
pub struct @Owner {
    observers: Vec<Rc<dyn Observer>>,
}

impl @Owner {
    pub fn attach(&mut self, observer: &Rc<dyn Observer>) {
        self.observers.push(Rc::clone(observer));
    }

    pub fn @change(&self, @label: &str, @count: u32) {
        for observer in &self.observers {
            observer.notice(@label, @count);
        }
    }
}

/// What the only observer says after two changes.
pub fn last(@label: &str) -> String {
    let observer: Rc<dyn Observer> = Rc::new(Latest::default());
    let mut @owner = @Owner::default();
    @owner.attach(&observer);
    @owner.@change(@label, @n1);
    @owner.@change(@label, @n2);
    observer.report()
}
""",
            test="""
assert_eq!(last("@text1"), "@text1 @n2");
""",
            codes=("E0596",),
        ),
        Template(
            "snapshot_that_must_not_change",
            """
use std::sync::Arc;

/// Readings that are cheap to hand out, because they are shared until somebody changes them.
#[derive(Debug, Clone)]
pub struct Readings {
    values: Arc<[i32]>,
}

impl Readings {
    pub fn new(values: &[i32]) -> Self {
        Self {
            values: values.into(),
        }
    }

    pub fn snapshot(&self) -> Self {
        self.clone()
    }

    /// Corrects one reading; the old one, where there is such a place.
    pub fn correct(&mut self, at: usize, value: i32) -> Option<i32> {
        let old = *self.values.get(at)?;
        if old != value {
            «self.values[at] = value;»«Arc::make_mut(&mut self.values)[at] = value;»«if let Some(values) = Arc::get_mut(&mut self.values) {
                values[at] = value;
            }»
        }
        Some(old)
    }

    pub fn mean(&self) -> f64 {
        let sum: i32 = self.values.iter().sum();
        f64::from(sum) / self.values.len() as f64
    }
}
""",
            test="""
let mut readings = Readings::new(&[2, 4, 6]);
let before = readings.snapshot();
assert_eq!(readings.correct(1, 10), Some(4));
assert_eq!(readings.correct(3, 1), None);
assert_eq!((readings.mean(), before.mean()), (6.0, 4.0));
""",
            codes=("E0594",),
        ),
        Template(
            "results_are_taken_out_of_the_arc",
            """
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub @label: String,
    pub @count: usize,
}

fn examine(@label: String) -> Outcome {
    Outcome {
        @count: @label.len(),
        @label,
    }
}

/// Examines all labels at once; the outcomes, the largest first.
pub fn outcomes(labels: Vec<String>) -> Vec<Outcome> {
    let outcomes = Arc::new(Mutex::new(Vec::new()));
    let handles: Vec<_> = labels
        .into_iter()
        .map(|@label| {
            let outcomes = Arc::clone(&outcomes);
            thread::spawn(move || outcomes.lock().unwrap().push(examine(@label)))
        })
        .collect();
    for handle in handles {
        handle.join().unwrap();
    }
    «let mut found = outcomes.into_inner().unwrap();»«let mut found = std::mem::take(&mut *outcomes.lock().unwrap());»«let mut found = Arc::try_unwrap(Arc::clone(&outcomes)).map_or(Vec::new(), |all| all.into_inner().unwrap());»
    found.sort_by_key(|outcome| std::cmp::Reverse(outcome.@count));
    found
}
""",
            test="""
let labels = ["ab", "abcd", "abc"].map(String::from).to_vec();
let found: Vec<usize> = outcomes(labels).iter().map(|outcome| outcome.@count).collect();
assert_eq!(found, [4, 3, 2]);
""",
            codes=("E0507",),
        ),
    ),
)
