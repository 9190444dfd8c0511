"""Futures hold what they captured until they are done: it has to live, and to be free, for that long."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

# What tests run a future with.
_RUN = """
fn run<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(made) = future.as_mut().poll(&mut context) {
            return made;
        }
    }
}
"""

# A file with as much of a runtime as spawning takes.
_RUNTIME = """
//- src/runtime.rs
use std::pin::Pin;
use std::task::{Context, Waker};

type Job = Pin<Box<dyn Future<Output = ()>>>;

/// Runs what was spawned, in turn.
#[derive(Default)]
pub struct Runtime {
    waiting: Vec<Job>,
}

impl Runtime {
    pub fn spawn(&mut self, job: impl Future<Output = ()> + 'static) {
        self.waiting.push(Box::pin(job));
    }

    pub fn run(&mut self) {
        let mut context = Context::from_waker(Waker::noop());
        while !self.waiting.is_empty() {
            self.waiting.retain_mut(|job| job.as_mut().poll(&mut context).is_pending());
        }
    }
}
"""

FAMILY = Family(
    name="async_capture",
    title="An async block or a call of an async function holds what is gone, given away or changed before it is done",
    codes=("E0373", "E0382", "E0499", "E0502", "E0505", "E0506", "E0507", "E0515", "E0521", "E0597", NO_CODE),
    templates=(
        Template(
            "returned_block_borrows_its_locals",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

async fn weigh(@item: &@Item) -> @Int {
    @item.@size ⟦+¦*⟧ 2
}

⟦1:/// What the first of the @items weighs, once somebody waits for it.
pub fn first_weight(@items: &[@Item]) -> impl Future<Output = Option<@Int>> {
    let first = @items.first().cloned();
    async «»«move »{
        match &first {
            Some(@item) => Some(weigh(@item).await),
            None => None,
        }
    }
}¦/// What the first of the @items that weighs anything weighs.
pub fn first_weight(@items: &[@Item]) -> impl Future<Output = Option<@Int>> {
    let mut heavy = @items.iter().filter(|@item| @item.@size > 0);
    async «»«move »{
        let @item = heavy.next()?;
        Some(weigh(@item).await)
    }
}¦/// What the first of the @items weighs, and at least something.
pub fn first_weight(@items: &[@Item]) -> impl Future<Output = Option<@Int>> {
    let least = @Int::from(@items.is_empty());
    async «»«move »{
        let @item = @items.first()?;
        Some(weigh(@item).await.max(least))
    }
}⟧

pub async fn total(@items: &[@Item]) -> @Int {
    let mut total = 0;
    for @item in @items {
        ⟦total += weigh(@item).await;¦let weight = weigh(@item).await;
        total += weight;¦if @item.@size > 0 {
            total += weigh(@item).await;
        }⟧
    }
    total
}
""",
            test=_RUN
            + """
let @items = [@Item { @label: "@text1".into(), @size: @n1 }, @Item { @label: "@text2".into(), @size: @n2 }];
assert_eq!(run(first_weight(&@items)), Some(run(total(&@items[..1]))));
assert_eq!(run(first_weight(&[])), None);
assert!(run(total(&@items)) > @n1 + @n2);
""",
            codes=("E0373",),
        ),
        Template(
            "futures_collected_in_a_loop",
            """
use std::pin::Pin;

pub type Job = Pin<Box<dyn Future<Output = ⟦1:String¦(String, usize)⟧>>>;

async fn fetch(@label: &str, number: usize) -> ⟦1:String¦(String, usize)⟧ {
    ⟦1:format!("{number}: {@label}")¦(@label.to_string(), number)⟧
}

/// A job for each of the labels, not yet begun.
pub fn jobs(labels: Vec<String>) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    ⟦2:for (number, @label) in labels.into_iter().enumerate() {
        jobs.push(Box::pin(async «»«move »{ fetch(&@label, number).await }));
    }¦for @label in labels {
        let number = jobs.len();
        jobs.push(Box::pin(async «»«move »{ fetch(&@label, number).await }));
    }¦for (number, @label) in labels.into_iter().enumerate() {
        let job = async «»«move »{
            let fetched = fetch(&@label, number);
            fetched.await
        };
        jobs.push(Box::pin(job));
    }⟧
    jobs
}

pub async fn all(jobs: Vec<Job>) -> Vec<⟦1:String¦(String, usize)⟧> {
    let mut made = Vec::with_capacity(jobs.len());
    for job in jobs {
        ⟦made.push(job.await);¦let one = job.await;
        made.push(one);⟧
    }
    made
}
""",
            test=_RUN
            + """
let made = run(all(jobs(vec!["@text1".to_string(), "@text2".to_string()])));
assert_eq!(made, [⟦1:"0: @text1", "1: @text2"¦("@text1".to_string(), 0), ("@text2".to_string(), 1)⟧]);
""",
            codes=("E0373", "E0597"),
        ),
        Template(
            "moved_into_a_block_and_read_later",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

async fn charge(@item: &@Item, @person: &str) -> Result<@Float, String> {
    if @item.@price > 50.0 {
        return Err(format!("{@person} cannot pay for {}", @item.@label));
    }
    Ok(@item.@price)
}

/// Charges the @person, and tells what came of it.
pub async fn receipt(@item: @Item, @person: String) -> String {
    «»«let (bought, payer) = (@item.clone(), @person.clone());
    »let charged = async move { ⟦1:charge(«&@item, &@person»«&bought, &payer»).await¦charge(«&@item, &@person»«&bought, &payer»).await.map(|@price| @price + 1.0)⟧ };
    ⟦2:match charged.await {
        Ok(@price) => format!("{@person}: {} for {@price}", @item.@label),
        Err(error) => ⟦error¦error.to_string()¦error.trim().to_string()⟧,
    }¦let @label = ⟦@item.@label.as_str()¦@item.@label.trim()⟧;
    let made = charged.await.map(|@price| format!("{@person}: {@label} for {@price}"));
    made.unwrap_or_else(|error| error)¦let @price = match charged.await {
        Ok(@price) => @price,
        Err(error) => return error,
    };
    [@person«.as_str()»«.as_str()», &format!("{} for {@price}", @item.@label)].join(": ")⟧
}
""",
            test=_RUN
            + """
let item = |@price| @Item { @label: "@text1".into(), @price };
assert_eq!(run(receipt(item(2.5), "@name1".into())), "@name1: @text1 for ⟦1:2.5¦3.5⟧");
assert_eq!(run(receipt(item(99.0), "@name2".into())), "@name2 cannot pay for @text1");
""",
            codes=("E0382",),
        ),
        Template(
            "spawned_with_a_borrowed_self",
            """
mod runtime;

use std::cell::RefCell;
use std::rc::Rc;

pub use runtime::Runtime;

pub type Log = Rc<RefCell<Vec<String>>>;

pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl @Item {
    /// Writes a line to the log when the runtime runs⟦1:¦, and another one after that⟧.
    pub fn start(&self, runtime: &mut Runtime, log: &Log) {
        ⟦2:let log = Rc::clone(log);
        «»«let (@label, @count) = (self.@label.clone(), self.@count);
        »runtime.spawn(async move {
            let line = format!("{} x {}", «self.@count, self.@label»«@count, @label»);
            log.borrow_mut().push(line);⟦1:¦
            log.borrow_mut().push(«self.@label.clone()»«@label»);⟧
        });¦«»«let @label = self.@label.clone();
        »let (log, @count) = (Rc::clone(log), self.@count);
        runtime.spawn(async move {
            let line = format!("{@count} x {}", «self.@label»«@label»);
            log.borrow_mut().push(line);⟦1:¦
            log.borrow_mut().push(«self.@label.to_string()»«@label»);⟧
        });⟧
    }
}

pub fn run_all(@items: Vec<@Item>) -> Vec<String> {
    let (mut runtime, log) = (Runtime::default(), Log::default());
    ⟦for @item in &@items {
        @item.start(&mut runtime, &log);
    }
    drop(@items);¦for @item in @items {
        @item.start(&mut runtime, &log);
    }¦@items.iter().for_each(|@item| @item.start(&mut runtime, &log));
    drop(@items);⟧
    runtime.run();
    log.take()
}
"""
            + _RUNTIME,
            test="""
let item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let log = run_all(vec![item("a", @n1), item("b", @n2)]);
assert_eq!(log, ["@n1 x a", ⟦1:¦"a", ⟧"@n2 x b"⟦1:¦, "b"⟧]);
""",
            codes=("E0521",),
            bare=True,
        ),
        Template(
            "two_calls_hold_the_same_list",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub @label: String,
    pub number: usize,
}

/// Appends an entry; ⟦1:its number¦whether it was a new one⟧.
async fn append(entries: &mut Vec<Entry>, @label: &str) -> ⟦1:usize¦bool⟧ {
    let number = entries.len() + 1;
    ⟦1:¦let known = entries.iter().any(|entry| entry.@label == @label);
    ⟧entries.push(Entry {
        @label: @label.to_string(),
        number,
    });
    ⟦1:number¦!known⟧
}

/// Appends two entries, the second one first ⟦1:if it is shorter¦if its label comes earlier⟧.
pub async fn append_both(entries: &mut Vec<Entry>, one: &str, other: &str) -> (⟦1:usize, usize¦bool, bool⟧) {
    «let first = append(entries, one);
    let second = append(entries, other);
    »«»⟦2:if ⟦1:other.len() < one.len()¦other < one⟧ {
        let second = «second»«append(entries, other)».await;
        return («first»«append(entries, one)».await, second);
    }
    let first = «first»«append(entries, one)».await;
    (first, «second»«append(entries, other)».await)¦if ⟦1:other.len() >= one.len()¦other >= one⟧ {
        let first = «first»«append(entries, one)».await;
        let second = «second»«append(entries, other)».await;
        (first, second)
    } else {
        let second = «second»«append(entries, other)».await;
        let first = «first»«append(entries, one)».await;
        (first, second)
    }¦let turned = ⟦1:other.len() < one.len()¦other < one⟧;
    if turned {
        let second = «second»«append(entries, other)».await;
        let first = «first»«append(entries, one)».await;
        return (first, second);
    }
    let first = «first»«append(entries, one)».await;
    let second = «second»«append(entries, other)».await;
    (first, second)⟧
}
""",
            test=_RUN
            + """
let mut entries = Vec::new();
assert_eq!(run(append_both(&mut entries, "bb", "a")), ⟦1:(2, 1)¦(true, true)⟧);
assert_eq!(run(append_both(&mut entries, "a", "cc")), ⟦1:(3, 4)¦(false, true)⟧);
assert_eq!(entries.iter().map(|entry| entry.@label.as_str()).collect::<Vec<_>>(), ["a", "bb", "a", "cc"]);
""",
            codes=("E0499",),
        ),
        Template(
            "changed_before_it_was_awaited",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

async fn described(@item: &@Item) -> String {
    ⟦1:format!("{} {}", @item.@count, @item.@label)¦[@item.@count.to_string(), @item.@label.clone()].join(" ")⟧
}

/// Adds to the @item; how it was described before, and how it is described then.
pub async fn raised(@item: &mut @Item, by: @Int) -> ⟦2:(String, String)¦String⟧ {
    let before = described(@item)«»«.await»;
    @item.@count += by;
    ⟦let after = described(@item).await;¦let after = if by == 0 {
        String::from("the same")
    } else {
        described(@item).await
    };⟧
    ⟦2:(before«.await»«», after)¦⟦let before = before«.await»«».to_uppercase();
    format!("{before}, then {after}")¦format!("{}, then {after}", before«.await»«».to_uppercase())⟧⟧
}

pub async fn raise_all(@items: &mut [@Item], by: @Int) -> usize {
    let mut told = 0;
    for @item in @items.iter_mut() {
        let made = raised(@item, by).await;
        told += made⟦2:.1¦⟧.len();
    }
    told
}
""",
            test=_RUN
            + """
let mut @items = [@Item { @label: "KM".into(), @count: @n1 }];
assert!(run(raise_all(&mut @items, @n2)) > 3);
@items[0].@count = @n1;
assert_eq!(run(raised(&mut @items[0], 1)), ⟦2:("@n1 KM".to_string(), format!("{} KM", @n1 + 1))¦format!("@n1 KM, then {} KM", @n1 + 1)⟧);
""",
            codes=("E0506",),
        ),
        Template(
            "borrows_from_a_scope_that_ends",
            """
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub attempts: usize,
}

async fn send(request: &Request) -> Result<usize, String> {
    if request.attempts > 3 {
        return Err(format!("gave up on {}", request.path));
    }
    Ok(request.path.len())
}

fn request(@label: &str, attempts: usize) -> Request {
    Request {
        path: format!("/@items/{@label}"),
        attempts,
    }
}

/// How long the answer is, or what went wrong.
pub async fn length(@label: Option<&str>, attempts: usize) -> Result<usize, String> {
    «»«let request;
    »let pending;
    ⟦match @label {
        Some(@label) => {
            «let request = self::request»«request = self::request»(@label, attempts);
            pending = send(&request);
        }
        None => return Ok(0),
    }¦if let Some(@label) = @label {
        «let request = self::request»«request = self::request»(@label, attempts);
        pending = send(&request);
    } else {
        return Ok(0);
    }¦{
        let Some(@label) = @label else {
            return Ok(0);
        };
        «let request = self::request»«request = self::request»(@label, attempts);
        pending = send(&request);
    }⟧
    ⟦pending.await¦let answer = pending.await?;
    Ok(answer)¦pending.await.map_err(|error| error.trim().to_string())⟧
}
""",
            test=_RUN
            + """
assert_eq!(run(length(Some("ab"), 1)), Ok("/@items/ab".len()));
assert_eq!(run(length(None, 9)), Ok(0));
assert_eq!(run(length(Some("ab"), 9)), Err("gave up on /@items/ab".to_string()));
""",
            codes=("E0597",),
        ),
    ),
    frozen=(
        Template(
            "each_attempt_needs_the_request",
            """
use std::cell::Cell;

#[derive(Debug, PartialEq)]
pub struct Request {
    pub path: String,
    pub body: Vec<u8>,
}

/// A server that fails for the first few times.
pub struct Server {
    pub failures: Cell<u32>,
}

impl Server {
    async fn answer(&self, request: &Request) -> Option<String> {
        let left = self.failures.get();
        self.failures.set(left.saturating_sub(1));
        (left == 0).then(|| format!("{} {}", request.path, request.body.len()))
    }
}

/// Tries it that often at most.
async fn retry<T, F: Future<Output = Option<T>>>(most: u32, attempt: impl Fn() -> F) -> Option<T> {
    for _ in 0..most {
        if let Some(made) = attempt().await {
            return Some(made);
        }
    }
    None
}

pub async fn @find(server: &Server, @label: &str, most: u32) -> Option<String> {
    let request = Request {
        path: format!("/{@label}"),
        body: @label.as_bytes().to_vec(),
    };
    retry(most, «|| async move { server.answer(&request).await }»«|| server.answer(&request)»).await
}
""",
            test=_RUN
            + """
let server = Server { failures: Cell::new(2) };
assert_eq!(run(@find(&server, "@text1", 2)), None);
server.failures.set(2);
assert_eq!(run(@find(&server, "ab", 3)), Some("/ab 2".to_string()));
assert_eq!(server.failures.get(), 0);
""",
            codes=("E0507",),
        ),
        Template(
            "a_guard_is_held_while_waiting",
            """
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// What may be run on any thread.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Debug, Default)]
pub struct Totals {
    pub sum: u32,
    pub log: Vec<String>,
}

async fn price_of(@label: &str, known: u32) -> u32 {
    @label.len() as u32 + known
}

/// Adds the price of a @item, which depends on the sum so far, to the totals.
pub fn adding(totals: &Arc<Mutex<Totals>>, @label: &str) -> Task {
    let (totals, @label) = (Arc::clone(totals), @label.to_string());
    Box::pin(async move {
        «let mut totals = totals.lock().unwrap();
        let price = price_of(&@label, totals.sum).await;»«let sum = totals.lock().unwrap().sum;
        let price = price_of(&@label, sum).await;
        let mut totals = totals.lock().unwrap();»«let price = price_of(&@label, 0).await;
        let mut totals = totals.lock().unwrap();»
        totals.sum += price;
        totals.log.push(format!("{@label}: {price}"));
    })
}

pub async fn add_all(totals: &Arc<Mutex<Totals>>, labels: &[&str]) -> u32 {
    for @label in labels {
        adding(totals, @label).await;
    }
    totals.lock().unwrap().sum
}
""",
            test=_RUN
            + """
let totals = Arc::default();
assert_eq!(run(add_all(&totals, &["ab", "abc", "a"])), 2 + 5 + 8);
assert_eq!(totals.lock().unwrap().log, ["ab: 2", "abc: 5", "a: 8"]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "call_on_a_local_is_returned",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

/// A page of labels, made when somebody waits for it.
async fn page(labels: &[String], length: usize) -> String {
    let mut page = String::new();
    for @label in labels.iter().take(length) {
        page.push_str(@label);
        page.push(';');
    }
    page
}

/// A page of the @items of which there are the most. The @items may be gone when it is made.
pub fn most(@items: &[@Item], length: usize) -> impl Future<Output = String> + use<> {
    let mut sorted = @items.to_vec();
    sorted.sort_by_key(|@item| std::cmp::Reverse(@item.@count));
    let labels: Vec<String> = sorted.into_iter().map(|@item| @item.@label).collect();
    «page(&labels, length)»«async move { page(&labels, length).await }»«async move { page(&labels, labels.len()).await }»
}

pub async fn report(@items: Vec<@Item>) -> String {
    let (short, long) = (most(&@items, 1), most(&@items, 3));
    drop(@items);
    format!("{} of {}", short.await, long.await)
}
""",
            test=_RUN
            + """
let item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let @items = vec![item("a", 2), item("b", 9), item("c", 1), item("d", 5)];
assert_eq!(run(report(@items)), "b; of b;d;a;");
""",
            codes=("E0515", "E0597"),
        ),
        Template(
            "closed_before_the_answers_came",
            """
use std::cell::RefCell;

#[derive(Default)]
pub struct Client {
    asked: RefCell<Vec<String>>,
}

pub struct Closed {
    pub requests: usize,
    pub last: Option<String>,
}

impl Client {
    pub async fn ask(&self, @label: &str) -> u32 {
        self.asked.borrow_mut().push(@label.to_string());
        @label.len() as u32
    }

    pub fn close(self) -> Closed {
        let mut asked = self.asked.into_inner();
        Closed {
            requests: asked.len(),
            last: asked.pop(),
        }
    }
}

/// Asks for all labels, the last one first, and closes the client; the sum, and what the client tells.
pub async fn sum(client: Client, labels: &[&str]) -> (u32, Closed) {
    let mut pending: Vec<_> = labels.iter().map(|@label| client.ask(@label)).collect();
    «let closed = client.close();
    »«»let mut sum = 0;
    while let Some(answer) = pending.pop() {
        sum += answer.await;
    }
    «(sum, closed)»«drop(pending);
    (sum, client.close())»«drop(pending);
    (sum, Client::default().close())»
}
""",
            test=_RUN
            + """
let (sum, closed) = run(sum(Client::default(), &["a", "bc", "def"]));
assert_eq!((sum, closed.requests), (6, 3));
assert_eq!(closed.last.as_deref(), Some("a"));
""",
            codes=("E0505",),
        ),
        Template(
            "futures_made_too_early_share_a_buffer",
            """
use std::pin::Pin;

pub type Step<'a> = Pin<Box<dyn Future<Output = usize> + 'a>>;

/// Reads a label to the end of the buffer, which is that long then.
async fn read(@label: &str, buffer: &mut String) -> usize {
    if !buffer.is_empty() {
        buffer.push('/');
    }
    buffer.push_str(@label);
    buffer.len()
}

/// Reads all labels into one buffer, the last one first; how long it was after each, and what is in it.
pub async fn read_all(labels: &[&str]) -> (Vec<usize>, String) {
    let mut buffer = String::new();
    «let mut steps: Vec<Step> = Vec::new();
    for @label in labels {
        steps.push(Box::pin(read(@label, &mut buffer)));
    }
    let mut lengths = Vec::new();
    for step in steps.into_iter().rev() {
        lengths.push(step.await);
    }»«let mut lengths = Vec::new();
    for @label in labels.iter().rev() {
        let step: Step = Box::pin(read(@label, &mut buffer));
        lengths.push(step.await);
    }»«let mut lengths = Vec::new();
    for @label in labels {
        let step: Step = Box::pin(read(@label, &mut buffer));
        lengths.push(step.await);
    }»
    (lengths, buffer)
}

pub async fn @show(labels: &[&str]) -> String {
    let (lengths, text) = read_all(labels).await;
    format!("{text} {}", lengths.iter().sum::<usize>())
}
""",
            test=_RUN
            + """
assert_eq!(run(read_all(&["ab", "cde", "f"])), (vec![1, 5, 8], "f/cde/ab".to_string()));
assert_eq!(run(@show(&["ab", "c"])), "c/ab 5");
""",
            codes=("E0499",),
        ),
    ),
)
