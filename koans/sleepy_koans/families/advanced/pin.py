"""Pin: futures that are polled by hand, and what may not be moved."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="pin",
    title="A future is polled, kept or changed without the Pin that it needs",
    codes=("E0599", "E0277", "E0308", "E0382", "E0053", "E0594", "E0596", "E0716", "E0733", "E0507"),
    templates=(
        Template(
            "polled_without_a_pin",
            """
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What a future gives, and how often it had to be asked.
pub fn finished<F: Future>(future: F) -> (F::Output, @Int) {
    ⟦1:let mut future = «future»«pin!(future)»;¦let «»«mut »pinned = «future»«pin!(future)»;⟧
    let mut context = Context::from_waker(Waker::noop());
    let mut asked = 0;
    ⟦2:loop {
        asked += 1;
        if let Poll::Ready(value) = ⟦1:future¦pinned⟧«»«.as_mut()».poll(&mut context) {
            return (value, asked);
        }
    }¦loop {
        asked += 1;
        match ⟦1:future¦pinned⟧«»«.as_mut()».poll(&mut context) {
            Poll::Ready(value) => break (value, asked),
            Poll::Pending => continue,
        }
    }⟧
}

async fn @count_of(@items: Vec<@Int>) -> @Int {
    ⟦@items.iter().sum()¦@items.into_iter().sum()¦let mut sum = 0;
    for @count in @items {
        sum += @count;
    }
    sum⟧
}

pub fn @show(@items: Vec<@Int>) -> String {
    let (total, asked) = finished(@count_of(@items));
    format!("{total} after {asked}")
}
""",
            test="""
assert_eq!(@show(vec![2, 3]), "5 after 1");
""",
            codes=("E0599",),
        ),
        Template(
            "a_pin_is_used_up",
            """
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub type Job = Pin<Box<dyn Future<Output = @Int>>>;

/// Asks up to so many times.
pub fn within<F>(«job»«mut job»: Pin<&mut F>, limit: usize) -> Option<@Int>
where
    F: Future<Output = @Int> + ?Sized,
{
    let mut context = Context::from_waker(Waker::noop());
    let mut slot = None;
    ⟦1:for _ in 0..limit {
        if let Poll::Ready(value) = «job»«job.as_mut()»«waiting().as_mut()».poll(&mut context) {
            slot = Some(value);
            break;
        }
    }¦let mut left = limit;
    while left > 0 && slot.is_none() {
        left -= 1;
        slot = match «job»«job.as_mut()»«waiting().as_mut()».poll(&mut context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        };
    }⟧
    slot
}

pub fn waiting() -> Job {
    Box::pin(std::future::pending())
}

pub fn @count(@count: @Int⟦2:¦, @size: @Int⟧) -> Job {
    Box::pin(async move { @count ⟦2:+ 1¦* @size⟧ })
}
""",
            test="""
assert_eq!(within(waiting().as_mut(), 3), None);
assert_eq!(within(@count(2⟦2:¦, 7⟧).as_mut(), 1), Some(⟦2:3¦14⟧));
""",
            codes=("E0382",),
        ),
        Template(
            "only_what_can_be_moved_again",
            """
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A future and what it gave, once it has been asked.
pub struct Cached<F: Future> {
    future: ⟦1:«F»«Pin<Box<F>>»¦F⟧,
    value: Option<F::Output>,
}

impl<F: Future⟦1:¦«»« + Unpin»⟧> Cached<F> {
    pub fn new(future: F) -> Self {
        Cached {
            future⟦1:«»«: Box::pin(future)»¦⟧,
            value: None,
        }
    }

    pub fn value(&mut self) -> Option<&F::Output> {
        if self.value.is_none() {
            let mut context = Context::from_waker(Waker::noop());
            let future = ⟦1:«Pin::new(&mut self.future)»«self.future.as_mut()»¦Pin::new(&mut self.future)⟧;
            ⟦2:if let Poll::Ready(value) = future.poll(&mut context) {
                self.value = Some(value);
            }¦match future.poll(&mut context) {
                Poll::Ready(value) => self.value = Some(value),
                Poll::Pending => return None,
            }⟧
        }
        self.value.as_ref()
    }
}

pub fn twice(@count: @Int) -> Vec<@Int> {
    let mut cached = Cached::new(⟦1:async move { @count + 1 }¦std::future::ready(@count + 1)⟧);
    ⟦let first = cached.value().copied();
    let second = cached.value().copied();
    first.into_iter().chain(second).collect()¦(0..2).filter_map(|_| cached.value().copied()).collect()⟧
}
""",
            test="""
assert_eq!(twice(@n1), [@n1 + 1, @n1 + 1]);
assert_eq!(Cached::new(std::future::pending::<@Int>()).value(), None);
""",
            codes=("E0277",),
        ),
        Template(
            "a_box_is_not_a_pinned_box",
            """
use std::future::Future;
⟦1:«»«use std::pin::Pin;
»¦use std::pin::Pin;
⟧use std::task::{Context, Poll, Waker};

type Step = ⟦1:«Box<dyn Future<Output = String>>»«Pin<Box<dyn Future<Output = String>>>»¦Pin<Box<dyn Future<Output = String>>>⟧;

#[derive(Default)]
pub struct Plan {
    steps: Vec<Step>,
}

impl Plan {
    pub fn @add(&mut self, step: impl Future<Output = String> + 'static) -> &mut Self {
        self.steps.push(Box::⟦1:pin¦«new»«pin»⟧(step));
        self
    }

    /// What those steps say that are through at once.
    pub fn run(&mut self) -> Vec<String> {
        let mut context = Context::from_waker(Waker::noop());
        ⟦2:let mut said = Vec::new();
        for step in &mut self.steps {
            if let Poll::Ready(text) = step.as_mut().poll(&mut context) {
                said.push(text);
            }
        }
        self.steps.clear();
        said¦let steps = self.steps.drain(..);
        steps
            .filter_map(|mut step| match step.as_mut().poll(&mut context) {
                Poll::Ready(text) => Some(text),
                Poll::Pending => None,
            })
            .collect()⟧
    }
}

pub fn @show(@label: &'static str) -> Vec<String> {
    let mut plan = Plan::default();
    plan.@add(async move { ⟦@label.to_string()¦String::from(@label)¦@label.to_owned()⟧ });
    plan.@add(std::future::pending()).run()
}
""",
            test="""
assert_eq!(@show("@text1"), ["@text1"]);
""",
            codes=("E0308", "E0277", "E0599"),
        ),
        Template(
            "the_receiver_of_poll",
            """
use std::future::Future;
use std::pin::⟦1:Pin¦{Pin, pin}⟧;
use std::task::{Context, Poll, Waker};

/// Gives its value after it was asked so many times.
pub struct Delayed<T> {
    left: @Int,
    value: Option<T>,
}

impl<T> Delayed<T> {
    pub fn new(left: @Int, value: T) -> Self {
        Delayed {
            left,
            value: Some(value),
        }
    }
}

impl<T: Unpin> Future for Delayed<T> {
    type Output = T;

    fn poll(«&mut self»«mut self: Pin<&mut Self>», context: &mut Context<'_>) -> Poll<T> {
        if self.left == 0 {
            ⟦2:return match self.value.take() {
                Some(value) => Poll::Ready(value),
                None => Poll::Pending,
            };¦if let Some(value) = self.value.take() {
                return Poll::Ready(value);
            }⟧
        ⟦2:}
        self.left -= 1;¦} else {
            self.left -= 1;
        }⟧
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

pub fn asked(@label: &str, left: @Int) -> (String, u32) {
    let ⟦1:mut delayed = Delayed::new(left, @label.to_string())¦mut delayed = pin!(Delayed::new(left, @label.to_string()))⟧;
    let mut context = Context::from_waker(Waker::noop());
    for times in 1.. {
        if let Poll::Ready(@label) = ⟦1:Pin::new(&mut delayed)¦delayed.as_mut()⟧.poll(&mut context) {
            return (@label, times);
        }
    }
    (String::new(), 0)
}
""",
            test="""
assert_eq!(asked("@text1", 2), ("@text1".to_string(), 3));
""",
            codes=("E0053", "E0308"),
        ),
        Template(
            "a_function_that_waits_for_itself",
            """
use std::task::{Context, Poll, Waker};

pub struct @Item {
    pub @label: String,
    pub parts: Vec<@Item>,
}

⟦1:/// How many @items it is made of, itself included.
async fn @count(@item: &@Item) -> @Int {
    let mut total = 1;
    for part in &@item.parts {
        total += «@count(part).await»«Box::pin(@count(part)).await»«Box::pin(@count(part)).await - 1»;
    }
    total
}¦/// How deep its parts go.
async fn @count(@item: &@Item) -> @Int {
    let mut deepest = 0;
    for part in &@item.parts {
        deepest = deepest.max(«@count(part).await»«Box::pin(@count(part)).await»«Box::pin(@count(part)).await - 1»);
    }
    deepest + 1
}¦/// How many @items have no parts.
async fn @count(@item: &@Item) -> @Int {
    let Some((first, more)) = @item.parts.split_first() else {
        return 1;
    };
    let mut total = «@count(first).await»«Box::pin(@count(first)).await»«1»;
    for part in more {
        total += «@count(part).await»«Box::pin(@count(part)).await»«1»;
    }
    total
}⟧

pub fn @size(@item: &@Item) -> Option<@Int> {
    let mut context = Context::from_waker(Waker::noop());
    let mut counting = ⟦2:std::pin::pin!(@count(@item))¦Box::pin(@count(@item))⟧;
    ⟦match counting.as_mut().poll(&mut context) {
        Poll::Ready(@count) => Some(@count),
        Poll::Pending => None,
    }¦if let Poll::Ready(@count) = counting.as_mut().poll(&mut context) {
        return Some(@count);
    }
    None⟧
}
""",
            test="""
let @item = |@label: &str, parts| @Item { @label: @label.into(), parts };
let whole = @item("@text1", vec![@item("@text2", vec![]), @item("@text3", vec![@item("@text4", vec![]), @item("x", vec![])])]);
assert_eq!(@size(&whole), Some(⟦1:5¦3¦3⟧));
""",
            codes=("E0733",),
        ),
        Template(
            "what_says_that_it_must_not_move",
            """
use std::marker::PhantomPinned;
use std::pin::Pin;

/// Knows where it lies, and may not be moved from there.
pub struct Node {
    @count: @Int,
    home: usize,
    _pinned: PhantomPinned,
}

impl Node {
    pub fn settled(@count: @Int) -> Pin<Box<Self>> {
        let mut node = Box::pin(Node {
            @count,
            home: 0,
            _pinned: PhantomPinned,
        });
        let home = (&raw const *node).addr();
        «node.home = home;»«// SAFETY: a field is written; nothing is moved.
        unsafe { node.as_mut().get_unchecked_mut() }.home = home;»«// SAFETY: a field is written; nothing is moved.
        unsafe { node.as_mut().get_unchecked_mut() }.home = home + 1;»
        node
    }

    ⟦1:pub fn is_at_home(self: Pin<&Self>) -> bool {
        (&raw const *self).addr() == self.home
    }¦pub fn is_at_home(&self) -> bool {
        std::ptr::from_ref(self).addr() == self.home
    }⟧

    pub fn @count(&self) -> @Int {
        self.@count ⟦2:* 2¦+ 1⟧
    }
}

pub fn moved(counts: &[@Int]) -> Vec<(bool, @Int)> {
    let mut nodes: Vec<_> = counts.iter().copied().map(Node::settled).collect();
    ⟦nodes.reverse();¦nodes.rotate_left(1);¦nodes.sort_by_key(|node| node.@count);⟧
    nodes.iter().map(|node| (node⟦1:.as_ref()¦⟧.is_at_home(), node.@count())).collect()
}
""",
            test="""
let nodes = moved(&[@n1, @n2]);
assert!(nodes.iter().all(|(at_home, _)| *at_home));
assert!(nodes.contains(&(true, @n1 ⟦2:* 2¦+ 1⟧)));
""",
            codes=("E0594",),
        ),
    ),
    frozen=(
        Template(
            "a_queue_of_pinned_tasks",
            """
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

«»«type Task<'a> = Pin<Box<dyn Future<Output = u32> + 'a>>;

»async fn step(value: u32, waits: u32) -> u32 {
    let mut left = waits;
    std::future::poll_fn(move |context| {
        context.waker().wake_by_ref();
        match left.checked_sub(1) {
            Some(less) => {
                left = less;
                Poll::Pending
            }
            None => Poll::Ready(value),
        }
    })
    .await
}

/// The values in the order in which their tasks end.
pub fn in_turn(values: &[(u32, u32)]) -> Vec<u32> {
    let mut tasks«»«: Vec<Task<'_>>» = Vec::new();
    for &(value, waits) in values {
        tasks.push(«pin!»«Box::pin»(step(value, waits)));
    }
    let mut context = Context::from_waker(Waker::noop());
    let mut ended = Vec::new();
    while !tasks.is_empty() {
        tasks.retain_mut(|task| match task.as_mut().poll(&mut context) {
            Poll::Ready(value) => {
                ended.push(value);
                false
            }
            Poll::Pending => true,
        });
    }
    ended
}

/// One of them alone.
pub fn alone(value: u32) -> Option<u32> {
    let task = pin!(step(value, 0));
    match task.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
""",
            test="""
assert_eq!(in_turn(&[(7, 2), (8, 0), (9, 1)]), [8, 9, 7]);
assert_eq!(alone(4), Some(4));
""",
            codes=("E0716",),
        ),
        Template(
            "two_fields_through_one_pin",
            """
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// A future that gives up after it was asked so many times.
pub struct Patient<F> {
    inner: F,
    left: u32,
}

impl<F: Future«»« + Unpin»> Future for Patient<F> {
    type Output = Option<F::Output>;

    fn poll(«mut »«»self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        «let inner = Pin::new(&mut self.inner);
        if let Poll::Ready(value) = inner.poll(context) {
            return Poll::Ready(Some(value));
        }
        self.left -= 1;
        if self.left == 0 {»«let this = self.get_mut();
        if let Poll::Ready(value) = Pin::new(&mut this.inner).poll(context) {
            return Poll::Ready(Some(value));
        }
        this.left -= 1;
        if this.left == 0 {»«let this = self.get_mut();
        this.left -= 1;
        if this.left > 0 && let Poll::Ready(value) = Pin::new(&mut this.inner).poll(context) {
            return Poll::Ready(Some(value));
        }
        if this.left == 0 {»
            return Poll::Ready(None);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

pub fn asked<F: Future + Unpin>(inner: F, left: u32) -> Option<F::Output> {
    let mut patient = pin!(Patient { inner, left });
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = patient.as_mut().poll(&mut context) {
            return value;
        }
    }
}
""",
            test="""
assert_eq!(asked(std::future::ready("@text1"), 1), Some("@text1"));
assert_eq!(asked(std::future::pending::<u32>(), 3), None);
assert_eq!(asked(Box::pin(async { 4 }), 2), Some(4));
""",
            codes=("E0277", "E0594", "E0596"),
        ),
        Template(
            "another_one_in_the_same_place",
            """
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Asks the future in the slot; one that fails is replaced by the next attempt.
fn attempt<F, T, E>(mut slot: Pin<&mut F>, again: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Result<T, E>>,
{
    let mut context = Context::from_waker(Waker::noop());
    match slot.as_mut().poll(&mut context) {
        Poll::Ready(Ok(value)) => Some(value),
        Poll::Ready(Err(_)) => {
            «*slot = again();»«slot.set(again());»«drop(again());»
            None
        }
        Poll::Pending => None,
    }
}

async fn @find(@items: &[&str], tries: &std::cell::Cell<usize>) -> Result<String, usize> {
    let at = tries.get();
    tries.set(at + 1);
    match @items.get(at) {
        Some(@item) if !@item.is_empty() => Ok(@item.to_string()),
        _ => Err(at),
    }
}

/// The first @item that has a name, if so many tries find it.
pub fn first_named(@items: &[&str], limit: usize) -> Option<String> {
    let tries = std::cell::Cell::new(0);
    let again = || @find(@items, &tries);
    let mut slot = Box::pin(again());
    (0..limit).find_map(|_| attempt(slot.as_mut(), again))
}
""",
            test="""
assert_eq!(first_named(&["", "", "@text1"], 3), Some("@text1".to_string()));
assert_eq!(first_named(&["", "", "@text1"], 2), None);
""",
            codes=("E0594",),
        ),
        Template(
            "taken_out_of_its_box",
            """
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub type Query<'a> = Pin<Box<dyn Future<Output = u32> + 'a>>;

pub enum State<'a> {
    Waiting(Query<'a>),
    Known(u32),
}

pub struct Lazy<'a> {
    state: State<'a>,
}

impl<'a> Lazy<'a> {
    pub fn new(query: impl Future<Output = u32> + 'a) -> Self {
        Lazy {
            state: State::Waiting(Box::pin(query)),
        }
    }

    /// The value, if it is there by now.
    pub fn value(&mut self) -> Option<u32> {
        let mut context = Context::from_waker(Waker::noop());
        «let polled = match self.state {
            State::Waiting(query) => query.poll(&mut context),»«let polled = match &mut self.state {
            State::Waiting(query) => query.as_mut().poll(&mut context),»
            State::Known(value) => «Poll::Ready(value)»«Poll::Ready(*value)»«Poll::Ready(*value + 1)»,
        };
        match polled {
            Poll::Ready(value) => {
                self.state = State::Known(value);
                Some(value)
            }
            Poll::Pending => None,
        }
    }
}

pub fn sum<'a>(counts: &'a [u32]) -> Lazy<'a> {
    Lazy::new(async move { counts.iter().sum() })
}
""",
            test="""
let mut lazy = sum(&[1, 2, 3]);
assert_eq!((lazy.value(), lazy.value()), (Some(6), Some(6)));
assert_eq!(Lazy::new(std::future::pending()).value(), None);
""",
            codes=("E0507", "E0599", "E0308"),
        ),
        Template(
            "futures_of_two_types_in_one_array",
            """
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

async fn @size(@label: &str) -> usize {
    @label.len()
}

async fn total(sizes: &[usize], limit: usize) -> usize {
    sizes.iter().sum::<usize>().min(limit)
}

/// What each of the tasks gives; nothing for one that is not through at once.
fn ask(tasks: &mut [Pin<&mut dyn Future<Output = usize>>]) -> Vec<Option<usize>> {
    let mut context = Context::from_waker(Waker::noop());
    let asked = tasks.iter_mut().map(|task| match task.as_mut().poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    });
    asked.collect()
}

pub fn @show(@label: &str, sizes: &[usize]) -> Vec<Option<usize>> {
    let «mut tasks»«mut tasks: [Pin<&mut dyn Future<Output = usize>>; 3]»«mut tasks: [Pin<&mut dyn Future<Output = usize>>; 2]» = [
        pin!(@size(@label)),
        «pin!(total(sizes, 100)),»«pin!(total(sizes, 100)),»«»
        pin!(std::future::pending()),
    ];
    ask(&mut tasks)
}
""",
            test="""
assert_eq!(@show("abc", &[60, 20]), [Some(3), Some(80), None]);
assert_eq!(@show("", &[60, 60]), [Some(0), Some(100), None]);
""",
            codes=("E0308",),
        ),
    ),
)
