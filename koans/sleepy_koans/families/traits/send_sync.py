"""What is sent to a thread, or shared with one, cannot be."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="send_sync",
    title="What a thread is given is not Send, or what threads share is not Sync",
    codes=("E0277", NO_CODE),
    templates=(
        Template(
            "counted_for_one_thread",
            """
use std::«rc::Rc»«sync::Arc»;
use std::thread;

#[derive(Debug)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

/// Works out the sum of each part on a thread of its own.
pub fn total(@items: Vec<@Item>, parts: usize) -> @Int {
    let @items = «Rc»«Arc»::new(@items);
    let size = @items.len().div_ceil(parts.max(1)).max(1);
    let threads: Vec<_> = (0..parts)
        .map(|part| {
            let @items = ⟦«Rc»«Arc»::clone(&@items)¦@items.clone()⟧;
            thread::spawn(move || {
                ⟦let mine = @items.iter().skip(part * size).take(size);
                mine.map(|@item| @item.@count).sum::<@Int>()¦let mut sum = 0;
                for @item in @items.iter().skip(part * size).take(size) {
                    sum += @item.@count;
                }
                sum⟧
            })
        })
        .collect();
    threads.into_iter().filter_map(|thread| thread.join().ok()).sum()
}
""",
            test="""
let @items: Vec<@Item> = (1..=5).map(|@count| @Item { @label: "@text1".into(), @count }).collect();
assert_eq!(total(@items, 2), 15);
assert_eq!(total(Vec::new(), 3), 0);
""",
            codes=("E0277",),
        ),
        Template(
            "changed_by_several_threads",
            """
«use std::cell::RefCell;
use std::sync::Arc;»«use std::sync::{Arc, Mutex};»
use std::thread;

#[derive(Default)]
pub struct Tally {
    pub seen: Vec<String>,
    pub total: @Int,
}

impl Tally {
    fn note(&mut self, name: &str, value: @Int) {
        ⟦self.seen.push(name.to_string());
        self.total += value;¦self.total += value;
        if value > 0 {
            self.seen.push(name.to_string());
        }⟧
    }
}

/// Every @person adds at the same time; the names come back in order.
pub fn gathered(@people: Vec<(String, @Int)>) -> (Vec<String>, @Int) {
    let tally = Arc::new(«RefCell»«Mutex»::new(Tally::default()));
    let threads: Vec<_> = @people
        .into_iter()
        .map(|(name, value)| {
            let tally = Arc::clone(&tally);
            thread::spawn(move || tally.«borrow_mut()»«lock().unwrap()».note(&name, value))
        })
        .collect();
    for thread in threads {
        thread.join().⟦unwrap()¦expect("no thread panics")⟧;
    }
    let mut tally = tally.«borrow_mut()»«lock().unwrap()»;
    tally.seen.sort();
    ⟦(tally.seen.clone(), tally.total)¦let total = tally.total;
    (std::mem::take(&mut tally.seen), total)⟧
}
""",
            test="""
let @people = vec![("@name2".to_string(), @n1), ("@name1".to_string(), @n2)];
let mut names = vec!["@name1".to_string(), "@name2".to_string()];
names.sort();
assert_eq!(gathered(@people), (names, @n1 + @n2));
""",
            codes=("E0277",),
        ),
        Template(
            "boxed_work_for_a_worker",
            """
use std::thread;

⟦2:/// Something to be done, some time.
¦⟧pub type Job = Box<dyn ⟦1:FnOnce() -> @Int¦Fn(@Int) -> @Int⟧«»« + Send»>;

#[derive(Default)]
pub struct Queue {
    jobs: Vec<Job>,
}

impl Queue {
    pub fn @add(&mut self, job: ⟦1:impl FnOnce() -> @Int¦impl Fn(@Int) -> @Int⟧ + Send + 'static) {
        self.jobs.push(Box::new(job));
    }

    /// Does everything on another thread, in the order in which it came.
    pub fn run(self) -> Vec<@Int> {
        let worker = thread::spawn(move || {
            ⟦let mut results = Vec::with_capacity(self.jobs.len());
            for job in self.jobs {
                results.push(job(⟦1:¦@n1⟧));
            }
            results¦let results = self.jobs.into_iter().map(|job| job(⟦1:¦@n1⟧));
            results.collect::<Vec<_>>()⟧
        });
        ⟦worker.join().unwrap_or_default()¦worker.join().expect("no job panics")⟧
    }
}
""",
            test="""
let mut queue = Queue::default();
queue.@add(|⟦1:¦number⟧| ⟦1:@n1¦number⟧);
queue.@add(|⟦1:¦number⟧| ⟦1:@n1¦number⟧ + 1);
assert_eq!(queue.run(), [@n1, @n1 + 1]);
assert_eq!(Queue::default().run(), []);
""",
            codes=("E0277",),
        ),
        Template(
            "a_generic_value_for_a_thread",
            """
use std::thread::{self, JoinHandle};

/// A value that is worked out in the background.
pub struct Pending<T> {
    handle: JoinHandle<T>,
}

impl<T> Pending<T>
where
    T: «'static»«Send + 'static»,
{
    pub fn start<F>(work: F) -> Self
    where
        F: FnOnce() -> T + Send + 'static,
    {
        ⟦let handle = thread::spawn(work);
        Self { handle }¦Self {
            handle: thread::spawn(work),
        }¦let handle = thread::spawn(move || {
            thread::yield_now();
            work()
        });
        Self { handle }⟧
    }

    /// The value, or another one where the work came to no end.
    pub fn or(self, other: T) -> T {
        self.handle.join().unwrap_or(other)
    }
}

pub fn @show(@items: Vec<(String, @Int)>) -> String {
    let longest = Pending::start(move || {
        let names = @items.into_iter().map(|(name, _)| name);
        names.max_by_key(⟦|name| name.len()¦String::len⟧)
    });
    longest.or(None).⟦unwrap_or_default()¦unwrap_or_else(|| "none".into())⟧
}
""",
            test="""
assert_eq!(@show(vec![("ab".into(), @n1), ("abc".into(), @n2)]), "abc");
assert_eq!(Pending::start(|| panic!("no")).or(@n3), @n3);
""",
            codes=("E0277",),
        ),
        Template(
            "a_counter_in_a_scope",
            """
«use std::cell::Cell;»«use std::sync::atomic::{Atomic⟦1:U32¦U64¦Usize⟧, Ordering};»
use std::thread;

pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// How many @items are larger than the limit; every slice is looked at by a thread.
pub fn count_above(@items: &[@Item], limit: @Int) -> ⟦1:u32¦u64¦usize⟧ {
    let found = «Cell::new(0)»«Atomic⟦1:U32¦U64¦Usize⟧::new(0)»;
    thread::scope(|scope| {
        for slice in @items.chunks(⟦2:2¦3¦8⟧) {
            ⟦let found = &found;
            scope.spawn(move || {
                for @item in slice {
                    if @item.@size > limit {
                        «found.set(found.get() + 1)»«found.fetch_add(1, Ordering::Relaxed)»;
                    }
                }
            });¦let found = &found;
            scope.spawn(move || {
                for _ in slice.iter().filter(|@item| @item.@size > limit) {
                    «found.set(found.get() + 1)»«found.fetch_add(1, Ordering::Relaxed)»;
                }
            });⟧
        }
    });
    «found.get()»«found.into_inner()»
}
""",
            test="""
let @items: Vec<@Item> = (0..20).map(|@size| @Item { @label: "@text1".into(), @size }).collect();
assert_eq!(count_above(&@items, 14), 5);
assert_eq!(count_above(&[], 0), 0);
""",
            codes=("E0277",),
        ),
        Template(
            "a_static_that_is_changed",
            """
mod registry;

/// Takes the names of some @items and says how many there are now.
pub fn @add(labels: &[&str]) -> usize {
    for @label in labels {
        registry::remember(@label);
    }
    registry::number()
}

pub fn is_known(@label: &str) -> bool {
    registry::knows(@label)
}

//- src/registry.rs
«use std::cell::RefCell;
use std::collections::BTreeSet;»«use std::collections::BTreeSet;
use std::sync::⟦1:Mutex¦RwLock⟧;»

⟦/// Everything that was ever met.
¦⟧static KNOWN: «RefCell»«⟦1:Mutex¦RwLock⟧»<BTreeSet<String>> = «RefCell»«⟦1:Mutex¦RwLock⟧»::new(BTreeSet::new());

pub fn remember(@label: &str) ⟦2:{
    KNOWN.«borrow_mut()»«⟦1:lock()¦write()⟧.unwrap()».insert(@label.to_lowercase());
}¦-> bool {
    KNOWN.«borrow_mut()»«⟦1:lock()¦write()⟧.unwrap()».insert(@label.to_lowercase())
}⟧

pub fn number() -> usize {
    KNOWN.«borrow()»«⟦1:lock()¦read()⟧.unwrap()».len()
}

pub fn knows(@label: &str) -> bool {
    ⟦KNOWN.«borrow()»«⟦1:lock()¦read()⟧.unwrap()».contains(&@label.to_lowercase())¦let known = KNOWN.«borrow()»«⟦1:lock()¦read()⟧.unwrap()»;
    known.iter().any(|one| one.eq_ignore_ascii_case(@label))⟧
}
""",
            test="""
assert_eq!(@add(&["@text1", "@text2", "@text1"]), 2);
assert_eq!(std::thread::spawn(|| @add(&["@text3"])).join().unwrap(), 3);
assert!(is_known("@text3") && !is_known("@text4"));
""",
            codes=("E0277",),
        ),
        Template(
            "one_receiver_for_all",
            """
«use std::sync::Arc;
use std::sync::mpsc;»«use std::sync::mpsc;
use std::sync::{Arc, Mutex};»
use std::thread;

/// Hands the values to some workers, and gathers what they make of them.
pub fn worked_out(values: Vec<@Int>, workers: usize) -> Vec<@Int> {
    let (work, waiting) = mpsc::channel();
    let (done, results) = mpsc::channel();
    let waiting = Arc::new(«waiting»«Mutex::new(waiting)»);
    for _ in 0..workers {
        let waiting = Arc::clone(&waiting);
        let done = done.clone();
        thread::spawn(move || {
            loop {
                let next = waiting.«recv()»«lock().unwrap().recv()»;
                let Ok(value) = next else {
                    break;
                };
                let made: @Int = ⟦value * 2¦value + @n1¦value * value⟧;
                ⟦if done.send(made).is_err() {
                    break;
                }¦done.send(made).unwrap();⟧
            }
        });
    }
    drop(done);
    for value in values {
        work.send(value).⟦unwrap()¦expect("a worker waits")⟧;
    }
    drop(work);
    let mut made: Vec<@Int> = results.⟦iter()¦into_iter()⟧.collect();
    made.sort_unstable();
    made
}
""",
            test="""
let made = worked_out(vec![3, 1, 2], 2);
assert_eq!(made.len(), 3);
assert!(made.is_sorted() && made[0] < made[2]);
""",
            codes=("E0277",),
        ),
    ),
    frozen=(
        Template(
            "a_trait_that_does_not_promise_it",
            """
use std::thread;

/// What can be looked at by several threads at once.
pub trait Check«»«: Send + Sync» {
    fn name(&self) -> String;
    fn passes(&self, @count: u32) -> bool;
}

pub struct Even;

pub struct Below {
    pub limit: u32,
}

impl Check for Even {
    fn name(&self) -> String {
        "even".to_string()
    }

    fn passes(&self, @count: u32) -> bool {
        @count.is_multiple_of(2)
    }
}

impl Check for Below {
    fn name(&self) -> String {
        format!("below {}", self.limit)
    }

    fn passes(&self, @count: u32) -> bool {
        @count < self.limit
    }
}

#[derive(Default)]
pub struct Checks {
    all: Vec<Box<dyn Check>>,
}

impl Checks {
    pub fn with(mut self, check: impl Check + 'static) -> Self {
        self.all.push(Box::new(check));
        self
    }

    /// Which checks fail for each @count; every @count has its own thread.
    pub fn failing(&self, counts: &[u32]) -> Vec<Vec<String>> {
        thread::scope(|scope| {
            let started: Vec<_> = counts
                .iter()
                .map(|@count| {
                    scope.spawn(|| {
                        let failing = self.all.iter().filter(|check| !check.passes(*@count));
                        failing.map(|check| check.name()).collect()
                    })
                })
                .collect();
            started.into_iter().map(|one| one.join().unwrap_or_default()).collect()
        })
    }
}
""",
            test="""
let checks = Checks::default().with(Even).with(Below { limit: 10 });
assert_eq!(checks.failing(&[4, 13]), [vec![], vec!["even".to_string(), "below 10".to_string()]]);
""",
            codes=("E0277",),
        ),
        Template(
            "held_while_it_waits",
            """
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

pub type Task<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What an executor of several threads takes.
pub fn spawned<T>(task: impl Future<Output = T> + Send + 'static) -> Task<T> {
    Box::pin(task)
}

async fn saved(@label: String) -> usize {
    @label.len()
}

fn prepared(@label: &str, log: &Rc<RefCell<Vec<String>>>) -> String {
    log.borrow_mut().push(format!("saving {@label}"));
    @label.trim().to_lowercase()
}

/// Saves the @label, and tells its length and how many lines were logged.
pub fn @add(@label: String) -> Task<(usize, usize)> {
    spawned(async move {
        «let log = Rc::new(RefCell::new(Vec::new()));
        let @label = prepared(&@label, &log);
        let length = saved(@label).await;
        let lines = log.borrow().len();»«let (@label, lines) = {
            let log = Rc::new(RefCell::new(Vec::new()));
            let @label = prepared(&@label, &log);
            let lines = log.borrow().len();
            (@label, lines)
        };
        let length = saved(@label).await;»«let lines = 0;
        let length = saved(@label).await;»
        (length, lines)
    })
}

pub fn logged(@label: &str) -> Vec<String> {
    let log = Rc::default();
    prepared(@label, &log);
    log.take()
}
""",
            test="""
use std::task::{Context, Poll, Waker};
let mut task = @add(" @text1 ".to_string());
let polled = task.as_mut().poll(&mut Context::from_waker(Waker::noop()));
assert_eq!(polled, Poll::Ready(("@text1".len(), 1)));
assert_eq!(logged("x"), ["saving x"]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "shared_deep_inside",
            """
/// What things are called.
pub mod names {
    «use std::cell::OnceCell;
    use std::rc::Rc;»«use std::sync::{Arc, OnceLock};»

    /// A text that is shared by all that have it, with its key, worked out when it is asked for.
    #[derive(Debug, Clone)]
    pub struct Name {
        text: «Rc<str>»«Arc<str>»,
        key: «OnceCell»«OnceLock»<String>,
    }

    impl Name {
        pub fn new(text: &str) -> Self {
            Self {
                text: text.into(),
                key: «OnceCell»«OnceLock»::new(),
            }
        }

        pub fn key(&self) -> &str {
            self.key.get_or_init(|| self.text.to_lowercase())
        }
    }
}

pub struct @Item {
    pub name: names::Name,
    pub @count: u32,
}

/// The @count of everything of that name; two threads look at a half each.
pub fn total(@items: &[@Item], key: &str) -> u32 {
    let (left, right) = @items.split_at(@items.len() / 2);
    let sum = |half: &[@Item]| -> u32 {
        let of_key = half.iter().filter(|@item| @item.name.key() == key);
        of_key.map(|@item| @item.@count).sum()
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| sum(right));
        sum(left) + other.join().unwrap_or(0)
    })
}
""",
            test="""
let name = names::Name::new("@text1");
let @items: Vec<@Item> = (1..=4).map(|@count| @Item { name: name.clone(), @count }).collect();
assert_eq!(total(&@items, &"@text1".to_lowercase()), 10);
assert_eq!(total(&@items, "?"), 0);
""",
            codes=("E0277",),
        ),
        Template(
            "a_guard_that_is_sent_along",
            """
use std::sync::{Arc, Mutex};
use std::thread;

#[derive(Debug, Default)]
pub struct @Owner {
    pub labels: Vec<String>,
    pub changes: u32,
}

/// Adds every @label on a thread of its own, and counts the ones that are new.
pub fn @add(@owner: &Arc<Mutex<@Owner>>, labels: &[&str]) -> u32 {
    let mut threads = Vec::new();
    for @label in labels {
        let @label = @label.to_string();
        «let mut @owner = @owner.lock().unwrap();
        threads.push(thread::spawn(move || {»«let @owner = Arc::clone(@owner);
        threads.push(thread::spawn(move || {
            let mut @owner = @owner.lock().unwrap();»«let @owner = Arc::new(Mutex::new(@Owner::default()));
        threads.push(thread::spawn(move || {
            let mut @owner = @owner.lock().unwrap();»
            let is_new = !@owner.labels.contains(&@label);
            if is_new {
                @owner.labels.push(@label);
                @owner.changes += 1;
            }
            is_new
        }));
    }
    let new = threads.into_iter().filter_map(|thread| thread.join().ok());
    new.map(u32::from).sum()
}

pub fn changes(@owner: &Mutex<@Owner>) -> u32 {
    @owner.lock().map_or(0, |@owner| @owner.changes)
}
""",
            test="""
let @owner = Arc::new(Mutex::new(@Owner::default()));
assert_eq!(@add(&@owner, &["@text1", "@text2", "@text1"]), 2);
assert_eq!(@add(&@owner, &["@text1"]), 0);
assert_eq!(changes(&@owner), 2);
""",
            codes=("E0277",),
        ),
        Template(
            "a_marker_that_takes_it_away",
            """
use std::marker::PhantomData;
use std::thread;

#[derive(Debug)]
pub enum Meters {}

#[derive(Debug)]
pub enum Feet {}

/// A length in some unit, of which there is no value; it may go to other threads like a number.
#[derive(Debug)]
pub struct Length<Unit> {
    value: f64,
    unit: PhantomData<«*const Unit»«fn() -> Unit»>,
}

impl<Unit> Length<Unit> {
    pub const fn new(value: f64) -> Self {
        Self {
            value,
            unit: PhantomData,
        }
    }
}

impl Length<Feet> {
    pub fn converted(&self) -> Length<Meters> {
        Length::new(self.value * 0.25)
    }
}

/// The lengths in the other unit, each worked out by a thread.
pub fn converted(lengths: Vec<Length<Feet>>) -> Vec<f64> {
    let threads: Vec<_> = lengths
        .into_iter()
        .map(|length| thread::spawn(move || length.converted()))
        .collect();
    let made = threads.into_iter().filter_map(|thread| thread.join().ok());
    made.map(|length| length.value).collect()
}
""",
            test="""
assert_eq!(converted(vec![Length::new(4.0), Length::new(1.0)]), [1.0, 0.25]);
assert_eq!(Length::<Meters>::new(2.0).value, 2.0);
""",
            codes=("E0277",),
        ),
    ),
)
