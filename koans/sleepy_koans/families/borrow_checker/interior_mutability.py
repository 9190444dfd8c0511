"""What is shared is to change: Cell, RefCell, OnceCell, Mutex and atomics behind `&self`."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="interior_mutability",
    title="Something is changed behind a shared reference, or a cell or a lock is opened for reading only",
    codes=("E0594", "E0596"),
    templates=(
        Template(
            "reading_is_counted",
            """
«»«use std::cell::Cell;

»pub struct @Item {
    pub @label: String,
    @price: @Float,
    asked: «@Int»«Cell<@Int>»,
}

impl @Item {
    pub fn new(@label: &str, @price: @Float) -> Self {
        Self {
            @label: @label.to_string(),
            @price,
            asked: «0»«Cell::new(0)»,
        }
    }

    /// What it costs. It becomes dearer ⟦1:when many ask¦every time that it is asked⟧.
    pub fn @price(&self) -> @Float {
        «self.asked += 1»«self.asked.set(self.asked.get() + 1)»;
        ⟦1:if «self.asked»«self.asked.get()» > 2 {
            return 2.0 * self.@price;
        }
        self.@price¦self.@price * «self.asked»«self.asked.get()» as @Float⟧
    }

    pub fn asked(&self) -> @Int {
        self.asked«»«.get()»
    }
}

/// The cheapest one, for which the @price of each is asked once.
pub fn ⟦2:cheapest<'a>(@items: &[&'a @Item]) -> Option<&'a @Item>¦cheapest(@items: &[@Item]) -> Option<&@Item>⟧ {
    let mut best: Option<(&@Item, @Float)> = None;
    for @item in @items {
        let @price = @item.@price();
        if best.is_none_or(|(_, lowest)| @price < lowest) {
            best = Some((@item, @price));
        }
    }
    best.map(|(@item, _)| @item)
}
""",
            test="""
let @items = [@Item::new("@text1", 8.0), @Item::new("@text2", 2.0)];
let found = cheapest(⟦2:&[&@items[0], &@items[1]]¦&@items⟧).unwrap();
assert_eq!((found.@label.as_str(), found.asked()), ("@text2", 1));
assert_eq!((found.@price(), found.@price()), ⟦1:(2.0, 4.0)¦(4.0, 6.0)⟧);
""",
            codes=("E0594",),
        ),
        Template(
            "cache_of_what_was_worked_out",
            """
«»«use std::cell::RefCell;
»use std::collections::⟦1:HashMap¦BTreeMap⟧;

/// Finds @items in a text, and remembers what it found.
pub struct Finder {
    text: String,
    known: «⟦1:HashMap¦BTreeMap⟧<String, ⟦2:usize¦Option<usize>⟧>»«RefCell<⟦1:HashMap¦BTreeMap⟧<String, ⟦2:usize¦Option<usize>⟧>>»,
}

impl Finder {
    pub fn new(text: &str) -> Self {
        Self {
            text: text.to_string(),
            known: «⟦1:HashMap¦BTreeMap⟧::new()»«RefCell::default()»,
        }
    }

    /// ⟦2:How often the word is there¦Where the word is for the first time⟧.
    pub fn @find(&self, word: &str) -> ⟦2:usize¦Option<usize>⟧ {
        if let Some(found) = self.known«»«.borrow()».get(word) {
            return *found;
        }
        let ⟦2:words¦mut words⟧ = self.text.⟦split_whitespace()¦split([' ', '\\n'])⟧;
        let found = words.⟦2:filter(|other| *other == word).count()¦position(|other| other == word)⟧;
        self.known«»«.borrow_mut()».insert(word.to_string(), found);
        found
    }

    pub fn remembered(&self) -> usize {
        self.known«»«.borrow()».len()
    }
}
""",
            test="""
let finder = Finder::new("one two three two");
let (one, two) = (finder.@find("one"), finder.@find("two"));
assert_eq!((one, two), ⟦2:(1, 2)¦(Some(0), Some(1))⟧);
assert_eq!((finder.@find("two"), finder.@find("ten")), (two, ⟦2:0¦None⟧));
assert_eq!(finder.remembered(), 3);
""",
            codes=("E0596",),
        ),
        Template(
            "static_that_gives_numbers",
            """
⟦1:«»«use std::sync::Mutex;

»static NEXT: «@Int»«Mutex<@Int>» = «@n1»«Mutex::new(@n1)»;¦«»«use std::sync::atomic::{AtomicU32, Ordering};

»static NEXT: «u32»«AtomicU32» = «@n1»«AtomicU32::new(@n1)»;⟧

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub number: ⟦1:@Int¦u32⟧,
    pub @label: String,
}

⟦2:fn next_number() -> ⟦1:@Int¦u32⟧ {
    ⟦1:«let number = NEXT;
    NEXT += 1;
    number»«let mut next = NEXT.lock().unwrap();
    let number = *next;
    *next += 1;
    number»¦«let number = NEXT;
    NEXT += 1;
    number»«NEXT.fetch_add(1, Ordering::Relaxed)»«NEXT.load(Ordering::Relaxed)»⟧
}

impl @Item {
    /// A @item with a number that no other one has.
    pub fn new(@label: &str) -> Self {
        Self {
            number: next_number(),
            @label: @label.to_string(),
        }
    }
}¦impl @Item {
    /// A @item with a number that no other one has.
    pub fn new(@label: &str) -> Self {
        ⟦1:«let number = NEXT;
        NEXT += 1;»«let mut next = NEXT.lock().unwrap();
        let number = *next;
        *next += 1;»¦«let number = NEXT;
        NEXT += 1;»«let number = NEXT.fetch_add(1, Ordering::Relaxed);»«let number = NEXT.load(Ordering::Relaxed);»⟧
        let @label = @label.to_string();
        Self { number, @label }
    }
}⟧

pub fn several(labels: &[&str]) -> Vec<@Item> {
    labels.iter()⟦¦.rev()¦.take(@n6)⟧.map(|@label| @Item::new(@label)).collect()
}
""",
            test="""
let made = several(&["@text1", "@text2"]);
assert_eq!((made[0].number, made[1].number), (@n1, @n1 + 1));
assert_eq!(@Item::new("@text3").number, @n1 + 2);
""",
            codes=("E0594",),
        ),
        Template(
            "opened_for_reading_only",
            """
use std::⟦1:cell::RefCell¦sync::RwLock⟧;

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub @label: String,
    pub @count: @Int,
}

#[derive(Default)]
pub struct @Owner {
    entries: ⟦1:RefCell¦RwLock⟧<Vec<Entry>>,
}

impl @Owner {
    pub fn @add(&self, @label: &str, @count: @Int) {
        ⟦2:self.entries.«⟦1:borrow()¦read().unwrap()⟧»«⟦1:borrow_mut()¦write().unwrap()⟧».push(Entry {
            @label: @label.to_string(),
            @count,
        });¦let @label = @label.to_string();
        let «»«mut »entries = self.entries.«⟦1:borrow()¦read().unwrap()⟧»«⟦1:borrow_mut()¦write().unwrap()⟧»;
        entries.push(Entry { @label, @count });⟧
    }

    pub fn total(&self) -> @Int {
        let entries = self.entries.⟦1:borrow()¦read().unwrap()⟧;
        entries.iter().map(|entry| entry.@count).sum()
    }

    /// Takes the entries of that @label away; how many there were.
    pub fn @remove(&self, @label: &str) -> usize {
        ⟦let mut entries = self.entries.⟦1:borrow_mut()¦write().unwrap()⟧;
        let before = entries.len();
        entries.retain(|entry| entry.@label != @label);
        before - entries.len()¦let mut entries = self.entries.⟦1:borrow_mut()¦write().unwrap()⟧;
        entries.extract_if(.., |entry| entry.@label == @label).count()⟧
    }
}
""",
            test="""
let @owner = @Owner::default();
@owner.@add("@text1", @n1);
@owner.@add("@text2", @n2);
assert_eq!(@owner.total(), @n1 + @n2);
assert_eq!((@owner.@remove("@text1"), @owner.total()), (1, @n2));
""",
            codes=("E0596",),
        ),
        Template(
            "guard_that_is_not_mutable",
            """
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Debug, Default, Clone, PartialEq)]
pub struct Totals {
    pub sum: u64,
    pub names: Vec<String>,
}

fn add(totals: &Mutex<Totals>, name: &str, value: u64) {
    let «totals»«mut totals» = totals.lock().unwrap();
    totals.sum += value;
    totals.names.push(name.to_string());
}

/// Adds all values, each ⟦1:in a thread of its own¦two in a thread⟧.
pub fn totals(values: &[(&str, u64)]) -> Totals {
    let totals = Arc::new(Mutex::new(Totals::default()));
    ⟦1:thread::scope(|scope| {
        for (name, value) in values {
            let totals = Arc::clone(&totals);
            scope.spawn(move || add(&totals, name, *value));
        }
    });¦thread::scope(|scope| {
        for some in values.chunks(2) {
            let totals = Arc::clone(&totals);
            scope.spawn(move || some.iter().for_each(|(name, value)| add(&totals, name, *value)));
        }
    });⟧
    ⟦2:let «totals»«mut totals» = totals.lock().unwrap();
    totals.names.sort();
    totals.clone()¦let «totals»«mut totals» = totals.lock().unwrap();
    ⟦totals.names.sort_by_key(|name| name.to_lowercase());¦totals.names.sort_unstable();¦totals.names.sort();
    totals.names.dedup();⟧
    Totals {
        sum: totals.sum,
        names: totals.names.split_off(0),
    }⟧
}
""",
            test="""
let made = totals(&[("b", 3), ("a", 4), ("c", 5)]);
assert_eq!((made.sum, made.names), (12, ["a", "b", "c"].map(String::from).to_vec()));
""",
            codes=("E0596",),
        ),
        Template(
            "worked_out_at_the_first_question",
            """
«»«use std::cell::OnceCell;

»/// A text, and its words once somebody asked for them.
pub struct Text {
    content: String,
    words: «Option<Vec<String>>»«OnceCell<Vec<String>>»,
}

impl Text {
    pub fn new(content: &str) -> Self {
        Self {
            content: content.to_string(),
            words: «None»«OnceCell::new()»,
        }
    }

    pub fn words(&self) -> &[String] {
        «if self.words.is_none() {
            let words = self.content.⟦1:split(' ').map(str::to_lowercase)¦split_whitespace().map(String::from)¦lines().map(str::trim).map(String::from)⟧;
            self.words = Some(words.collect());
        }
        self.words.as_deref().unwrap_or(&[])»«self.words.get_or_init(|| {
            let words = self.content.⟦1:split(' ').map(str::to_lowercase)¦split_whitespace().map(String::from)¦lines().map(str::trim).map(String::from)⟧;
            words.collect()
        })»
    }

    ⟦pub fn longest(&self) -> Option<&String> {
        self.words().iter().max_by_key(|word| word.len())
    }¦pub fn contains(&self, word: &str) -> bool {
        self.words().iter().any(|other| other == word)
    }¦pub fn number(&self) -> usize {
        self.words().len()
    }⟧
}

pub fn in_common(one: &Text, other: &Text) -> usize {
    one.words().iter().filter(|word| other.words().contains(word)).count()
}
""",
            test="""
let (one, other) = (Text::new("a⟦1: ¦ ¦\\n⟧b⟦1: ¦ ¦\\n⟧c"), Text::new("b⟦1: ¦ ¦\\n⟧c"));
assert_eq!(one.words(), ["a", "b", "c"]);
assert_eq!(in_common(&one, &other), 2);
assert!(std::ptr::eq(one.words(), one.words()));
""",
            codes=("E0594",),
        ),
        Template(
            "closure_that_is_called_through_fn",
            """
«»«use std::cell::Cell;

»/// Hands a number to whoever asks for one.
pub type Numbers = Box<dyn Fn() -> @Int>;

⟦1:/// Numbers from `first` on.
pub fn counting(first: @Int) -> Numbers {
    let «mut next = first»«next = Cell::new(first)»;
    Box::new(move || {
        let number = next«»«.get()»;
        «next += 1»«next.set(number + 1)»;
        number
    })
}¦/// Doubles a number each time.
pub fn counting(first: @Int) -> Numbers {
    let «mut next = first»«next = Cell::new(first)»;
    Box::new(move || {
        let number = next«»«.get()»;
        «next = 2 * number»«next.set(2 * number)»;
        number
    })
}¦/// The numbers up to `first`, and then again from 1 on.
pub fn counting(first: @Int) -> Numbers {
    let «mut next = first»«next = Cell::new(first)»;
    Box::new(move || {
        let number = next«»«.get()»;
        «next = number % first + 1»«next.set(number % first + 1)»;
        number
    })
}⟧

pub fn labelled(@items: &[&str], numbers: &Numbers) -> Vec<String> {
    let lines = @items.iter()⟦¦.filter(|@item| !@item.is_empty())⟧;
    lines.map(|@item| format!("{@item} {}", numbers())).collect()
}
""",
            test="""
let numbers = counting(@n1);
assert_eq!(labelled(&["@text1"], &numbers), ["@text1 @n1"]);
assert_eq!(labelled(&["@text2"], &numbers), [format!("@text2 {}", ⟦1:@n1 + 1¦2 * @n1¦1⟧)]);
""",
            codes=("E0594",),
        ),
        Template(
            "trait_that_lends_self_only",
            """
«»«use std::cell::RefCell;

»pub trait @Able {
    fn @able(&self, name: &str) -> Option<@Int>;
}

/// Knows all answers beforehand, and writes down what it was asked.
#[derive(Default)]
pub struct Recorded {
    pub answers: Vec<(String, @Int)>,
    asked: «Vec<String>»«RefCell<Vec<String>>»,
}

impl @Able for Recorded {
    fn @able(&self, name: &str) -> Option<@Int> {
        ⟦1:self.asked«»«.borrow_mut()».push(name.to_string());¦self.asked«»«.borrow_mut()».insert(0, name.to_string());¦let name = name.trim();
        self.asked«»«.borrow_mut()».push(name.to_lowercase());⟧
        let answer = self.answers.iter().find(|(known, _)| known == name);
        answer.map(|(_, @count)| *@count)
    }
}

impl Recorded {
    pub fn asked(&self) -> String {
        self.asked«»«.borrow()».join(" ")
    }
}

/// What all names come to, asked one by one.
pub fn sum(⟦2:source: &dyn @Able, names: &[&str]¦names: &[&str], source: &impl @Able⟧) -> @Int {
    ⟦names.iter().filter_map(|name| source.@able(name)).sum()¦let mut sum = 0;
    for name in names {
        sum += source.@able(name).unwrap_or(0);
    }
    sum⟧
}
""",
            test="""
let answers = vec![("a".to_string(), @n1), ("b".to_string(), @n2)];
let source = Recorded { answers, ..Default::default() };
let sum = sum(⟦2:&source, &["a", "b", "c"]¦&["a", "b", "c"], &source⟧);
assert_eq!((sum, source.asked().as_str()), (@n1 + @n2, "⟦1:a b c¦c b a¦a b c⟧"));
""",
            codes=("E0596",),
        ),
    ),
    frozen=(
        Template(
            "an_operator_that_counts_its_uses",
            """
«»«use std::cell::Cell;
»use std::ops::Index;

/// A table whose rows tell how often they were read.
pub struct Table {
    rows: Vec<Row>,
}

struct Row {
    @label: String,
    reads: «u32»«Cell<u32>»,
}

impl Table {
    pub fn of(labels: &[&str]) -> Self {
        let rows = labels.iter().map(|@label| Row {
            @label: @label.to_string(),
            reads: «0»«Cell::new(0)»,
        });
        Self {
            rows: rows.collect(),
        }
    }

    /// The label that was read most often.
    pub fn favourite(&self) -> Option<&str> {
        let row = self.rows.iter().max_by_key(|row| row.reads«»«.get()»)?;
        (row.reads«»«.get()» > 0).then_some(row.@label.as_str())
    }
}

impl Index<usize> for Table {
    type Output = str;

    fn index(&self, at: usize) -> &str {
        let row = &self.rows[at];
        «row.reads += 1»«row.reads.set(row.reads.get() + 1)»;
        &row.@label
    }
}
""",
            test="""
let table = Table::of(&["@text1", "@text2", "@text3"]);
assert_eq!(table.favourite(), None);
assert_eq!((&table[1], &table[0], &table[1]), ("@text2", "@text1", "@text2"));
assert_eq!(table.favourite(), Some("@text2"));
""",
            codes=("E0594",),
        ),
        Template(
            "guards_that_give_back_what_they_took",
            """
«»«use std::cell::Cell;

»/// A @owner with a number of places, which guards take and give back.
pub struct @Owner {
    free: «u32»«Cell<u32>»,
}

pub struct Place<'a> {
    @owner: &'a @Owner,
    pub @person: String,
}

impl @Owner {
    pub fn new(places: u32) -> Self {
        Self { free: «places»«Cell::new(places)» }
    }

    pub fn enter(&self, @person: &str) -> Option<Place<'_>> {
        let left = self.free.«checked_sub(1)»«get().checked_sub(1)»?;
        «self.free = left;»«self.free.set(left);»
        Some(Place {
            @owner: self,
            @person: @person.to_string(),
        })
    }

    pub fn free(&self) -> u32 {
        self.free«»«.get()»
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        «self.@owner.free += 1;»«self.@owner.free.set(self.@owner.free() + 1);»«self.@owner.free.set(self.@owner.free().max(1));»
    }
}
""",
            test="""
let @owner = @Owner::new(2);
let first = @owner.enter("@name1");
let second = @owner.enter("@name2");
assert!(@owner.enter("@name3").is_none());
assert_eq!(second.as_ref().map(|place| place.@person.as_str()), Some("@name2"));
drop(first);
assert_eq!(@owner.free(), 1);
drop(second);
assert_eq!(@owner.free(), 2);
""",
            codes=("E0594",),
        ),
        Template(
            "shared_between_threads_by_its_trait",
            """
«»«use std::sync::Mutex;
»use std::thread;

/// Asked from several threads at once.
pub trait @Able: Send + Sync {
    fn @able(&self, size: u32) -> u32;
}

/// Adds up what it was asked for, and says the sum so far.
#[derive(Default)]
pub struct Summing {
    sum: «u32»«Mutex<u32>»,
}

impl @Able for Summing {
    fn @able(&self, size: u32) -> u32 {
        «self.sum += size;
        self.sum»«let mut sum = self.sum.lock().unwrap();
        *sum += size;
        *sum»«size»
    }
}

pub struct Fixed(pub u32);

impl @Able for Fixed {
    fn @able(&self, _size: u32) -> u32 {
        self.0
    }
}

/// The largest answer of all, each question being asked in a thread of its own.
pub fn largest(source: &dyn @Able, sizes: &[u32]) -> u32 {
    thread::scope(|scope| {
        let handles: Vec<_> = sizes.iter().map(|size| scope.spawn(|| source.@able(*size))).collect();
        let answers = handles.into_iter().map(|handle| handle.join().unwrap());
        answers.max().unwrap_or(0)
    })
}
""",
            test="""
let summing = Summing::default();
assert_eq!(largest(&summing, &[5, 2, 9]), 16);
assert_eq!(largest(&summing, &[1]), 17);
assert_eq!(largest(&Fixed(3), &[5, 2]), 3);
""",
            codes=("E0594",),
        ),
        Template(
            "depth_that_each_thread_has",
            """
use std::cell::«RefCell»«{Cell, RefCell}»;

thread_local! {
    static DEPTH: «usize = 0»«Cell<usize> = const { Cell::new(0) }»;
    static TRACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn write(text: &str) {
    let depth = «DEPTH.with(|depth| *depth)»«DEPTH.get()»;
    TRACE.with_borrow_mut(|trace| trace.push(format!("{}{text}", "-".repeat(depth))));
}

/// Does the work one level deeper than what is around it.
pub fn nested<T>(name: &str, work: impl FnOnce() -> T) -> T {
    write(name);
    «DEPTH.with(|depth| *depth += 1);»«DEPTH.set(DEPTH.get() + 1);»
    let result = work();
    «DEPTH.with(|depth| *depth -= 1);»«DEPTH.set(DEPTH.get() - 1);»«DEPTH.set(0);»
    result
}

/// What was done in this thread since the last time that it was asked.
pub fn trace() -> Vec<String> {
    TRACE.take()
}

pub fn @show(@count: u32) -> u32 {
    nested("@show", || nested("double", || 2 * @count) + nested("half", || @count / 2))
}
""",
            test="""
assert_eq!(nested("all", || @show(10) + @show(2)), 30);
assert_eq!(trace(), ["all", "-@show", "--double", "--half", "-@show", "--double", "--half"]);
assert!(trace().is_empty());
""",
            codes=("E0594",),
        ),
        Template(
            "memory_of_a_recursion",
            """
«»«use std::cell::RefCell;
»use std::collections::HashMap;

pub struct Part {
    pub @label: String,
    pub @count: u64,
}

/// What every @item is made of, and how much all of it weighs, worked out once for each.
#[derive(Default)]
pub struct @Owner {
    parts: HashMap<String, Vec<Part>>,
    weights: «HashMap<String, u64>»«RefCell<HashMap<String, u64>>»,
}

impl @Owner {
    pub fn @add(&mut self, @item: &str, part: &str, @count: u64) {
        let parts = self.parts.entry(@item.to_string()).or_default();
        parts.push(Part {
            @label: part.to_string(),
            @count,
        });
    }

    /// The weight of all its parts; what has no parts weighs 1.
    pub fn weight(&self, @item: &str) -> u64 {
        «»«»«let mut weights = self.weights.borrow_mut();
        »if let Some(weight) = «self.weights»«self.weights.borrow()»«weights».get(@item) {
            return *weight;
        }
        let Some(parts) = self.parts.get(@item) else {
            return 1;
        };
        let weight = parts.iter().map(|part| part.@count * self.weight(&part.@label)).sum();
        «self.weights»«self.weights.borrow_mut()»«weights».insert(@item.to_string(), weight);
        weight
    }
}
""",
            test="""
let mut @owner = @Owner::default();
for (@item, part, @count) in [("a", "b", 2), ("a", "c", 3), ("b", "c", 4), ("c", "d", 5)] {
    @owner.@add(@item, part, @count);
}
assert_eq!(@owner.weight("a"), 2 * 20 + 15);
assert_eq!((@owner.weight("c"), @owner.weight("x")), (5, 1));
""",
            codes=("E0596",),
        ),
    ),
)
