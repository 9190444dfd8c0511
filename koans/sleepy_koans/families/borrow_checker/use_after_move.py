"""A value is used after it was moved away."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="use_after_move",
    title="A value is used after it was moved",
    codes=("E0382",),
    templates=(
        Template(
            "stores_then_describes",
            """
⟦#[derive(Debug, Clone)]¦#[derive(Clone, Debug, PartialEq)]⟧
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<@Item>,
}

impl @Owner {
    /// Keeps the @item and says what it was.
    pub fn @add(&mut self, @item: @Item) -> String {
        self.@items.push(«@item»«@item.clone()»);
        ⟦format!("{} ({})", @item.@label, @item.@count)¦let @label = &@item.@label;
        format!("{@label} ({})", @item.@count)⟧
    }

    pub fn total_@count(&self) -> @Int {
        self.@items.iter().map(|@item| @item.@count).sum()
    }
}
""",
            test="""
let mut @owner = @Owner::default();
let @item = @Item { @label: "@text1".to_string(), @count: @n1 };
assert_eq!(@owner.@add(@item), "@text1 (@n1)");
@owner.@add(@Item { @label: "@text2".to_string(), @count: @n2 });
assert_eq!(@owner.total_@count(), @n1 + @n2);
""",
        ),
        Template(
            "counts_after_the_loop",
            """
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub struct Summary {
    pub total: @Int,
    pub number: usize,
}

pub fn summary_of(@items: Vec<@Item>) -> Summary {
    let mut total = 0;
    for @item in «@items»«&@items» {
        ⟦if @item.@size > @n1 {
            total += @item.@size;
        }¦total += @item.@size;¦if @item.@label.is_empty() {
            continue;
        }
        total += @item.@size;⟧
    }
    Summary {
        total,
        number: @items.len(),
    }
}

pub fn @show(summary: &Summary) -> String {
    format!("{} in {} @items", summary.total, summary.number)
}
""",
            test="""
let @items = vec![
    @Item { @label: "@text1".into(), @size: @n3 },
    @Item { @label: "@text2".into(), @size: @n4 },
];
assert_eq!(@show(&summary_of(@items)), format!("{} in 2 @items", @n3 + @n4));
""",
        ),
        Template(
            "passes_to_a_function_twice",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub type Prices = ⟦1:HashMap¦BTreeMap⟧<String, @Float>;

pub fn cheapest(prices: «Prices»«&Prices») -> Option<@Float> {
    prices.values().copied().⟦2:min_by(|a, b| a.total_cmp(b))¦reduce(@Float::min)⟧
}

pub fn dearest(prices: &Prices) -> Option<@Float> {
    prices.values().copied().⟦2:max_by(|a, b| a.total_cmp(b))¦reduce(@Float::max)⟧
}

/// How far apart the @price values of all @items are.
pub fn spread(prices: Prices) -> @Float {
    let low = cheapest(«prices»«&prices»);
    let high = dearest(&prices);
    ⟦match (low, high) {
        (Some(low), Some(high)) => high - low,
        _ => 0.0,
    }¦high.unwrap_or(0.0) - low.unwrap_or(0.0)⟧
}
""",
            test="""
let prices = Prices::from([("@text1".to_string(), 2.5), ("@text2".to_string(), 10.0), ("@text3".to_string(), 4.0)]);
assert_eq!(spread(prices), 7.5);
assert_eq!(spread(Prices::new()), 0.0);
""",
        ),
        Template(
            "matches_an_option_by_value",
            """
pub struct @Person {
    pub name: String,
    pub nickname: Option<String>,
    pub @flag: bool,
}

impl @Person {
    pub fn greeting(self) -> String {
        let short = match «self.nickname»«&self.nickname» {
            Some(nickname) ⟦1:if nickname.len() > 1 ¦⟧=> nickname⟦.to_uppercase()¦.to_string()¦.trim().to_string()⟧,
            ⟦1:⟦_¦Some(_) | None⟧¦⟦_¦None⟧⟧ => String::from("friend"),
        };
        let full = self.full_name();
        format!("{short}: {full}")
    }

    fn full_name(&self) -> String {
        match &self.nickname {
            Some(nickname) => format!("{} ({nickname})", self.name),
            None => self.name.clone(),
        }
    }
}
""",
            test="""
let plain = @Person { name: "@name1".into(), nickname: None, @flag: true };
assert_eq!(plain.greeting(), "friend: @name1");
let other = @Person { name: "@name2".into(), nickname: Some("ZED".into()), @flag: false };
assert_eq!(other.greeting(), "ZED: @name2 (ZED)");
""",
        ),
        Template(
            "moves_in_every_round",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @flag: bool,
}

pub fn copies(template: @Item, number: usize) -> Vec<@Item> {
    let mut made = Vec::new();
    ⟦for _ in 0..number {¦while made.len() < number {⟧
        let @item = «template»«template.clone()»;
        made.push(@item);
    }
    made
}

pub fn @show(@items: &[@Item]) -> Vec<⟦1:&str¦String⟧> {
    @items
        .iter()
        .filter(|@item| ⟦!¦⟧@item.@flag)
        .map(|@item| @item.@label.⟦1:as_str()¦clone()⟧)
        .collect()
}
""",
            test="""
let @items = copies(@Item { @label: "@text1".into(), @flag: true }, 3);
assert_eq!(@items.len(), 3);
assert!(@items.iter().all(|@item| @item.@label == "@text1" && @item.@flag));
assert_eq!(copies(@items[0].clone(), 0).len(), 0);
""",
        ),
        Template(
            "moves_into_a_struct_before_reading",
            """
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub struct Entry {
    pub @item: @Item,
    pub heading: String,
}

/// An entry whose heading tells the @item.
pub fn entry(@item: @Item⟦1:¦, prefix: &str⟧) -> Entry {
    «let kept = @item;
    let heading = heading_of(&@item);»«let heading = heading_of(&@item);
    let kept = @item;»
    Entry {
        @item: kept,
        heading⟦1:¦: format!("{prefix}{heading}")⟧,
    }
}

fn heading_of(@item: &@Item) -> String {
    ⟦format!("{} x {}", @item.@count, @item.@label)¦[@item.@count.to_string(), @item.@label.clone()].join(" x ")⟧
}
""",
            test="""
let made = entry(@Item { @label: "@text1".into(), @count: @n1 }⟦1:¦, ""⟧);
assert_eq!(made.heading, "@n1 x @text1");
assert_eq!(made.@item.@count, @n1);
""",
        ),
        Template(
            "generic_pair_used_again",
            """
use std::fmt::⟦1:Display¦Debug⟧;

pub struct Pair<T> {
    pub left: T,
    pub right: T,
}

impl<T: PartialOrd + Clone + ⟦1:Display¦Debug⟧> Pair<T> {
    pub fn larger(self) -> (T, String) {
        let winner = if self.left ⟦>¦>=⟧ self.right {
            «self.left»«self.left.clone()»«self.right.clone()»
        } else {
            «self.right»«self.right.clone()»«self.left.clone()»
        };
        let told = format!("{⟦1:¦:?⟧} against {⟦1:¦:?⟧}", self.left, self.right);
        (winner, told)
    }
}

pub fn @find(@count: @Int, other: @Int) -> String {
    let (winner, told) = Pair {
        left: @count,
        right: other,
    }
    .larger();
    format!("{winner} of {told}")
}
""",
            test="""
assert_eq!(@find(@n1, @n3), "@n3 of @n1 against @n3");
assert_eq!(Pair { left: 'z', right: 'b' }.larger().0, 'z');
""",
        ),
        Template(
            "consuming_method_then_another",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    @items: Vec<String>,
    limit: usize,
}

impl @Owner {
    pub fn new(limit: usize) -> Self {
        Self {
            @items: Vec::new(),
            limit,
        }
    }

    pub fn @add(mut self, @item: &str) -> Self {
        if self.@items.len() < self.limit {
            self.@items.push(@item.⟦to_string()¦to_owned()¦into()⟧);
        }
        self
    }

    pub fn @items(&self) -> &[String] {
        &self.@items
    }
}

pub fn filled(limit: usize) -> @Owner {
    let «@owner»«mut @owner» = @Owner::new(limit);
    for @item in [⟦"@text1", "@text2", "@text3"¦"@text1", "@text2"¦"@text1", "@text2", "@text3", "@text4"⟧] {
        «@owner.@add(@item);»«@owner = @owner.@add(@item);»
    }
    @owner
}
""",
            test="""
assert_eq!(filled(1).@items(), ["@text1"]);
assert_eq!(filled(2).@items(), ["@text1", "@text2"]);
""",
        ),
    ),
    frozen=(
        Template(
            "thread_takes_what_is_read_later",
            """
use std::sync::mpsc;
use std::thread;

pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

/// What a worker is asked for.
pub enum Order {
    @First(@Item),
    Stop,
}

pub fn run(@items: Vec<@Item>) -> (u32, Vec<String>) {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        let mut total = 0;
        while let Ok(Order::@First(@item)) = receiver.recv() {
            total += @item.@count;
        }
        total
    });
    let mut sent = Vec::new();
    for @item in @items {
        «if sender.send(Order::@First(@item)).is_ok() {
            sent.push(@item.@label);
        }»«let @label = @item.@label.clone();
        if sender.send(Order::@First(@item)).is_ok() {
            sent.push(@label);
        }»
    }
    let stopped = sender.send(Order::Stop).is_ok();
    (if stopped { worker.join().unwrap_or(0) } else { 0 }, sent)
}
""",
            test="""
let @items = vec![
    @Item { @label: "@text1".into(), @count: @n1 },
    @Item { @label: "@text2".into(), @count: @n2 },
];
assert_eq!(run(@items), (@n1 + @n2, vec!["@text1".to_string(), "@text2".to_string()]));
""",
        ),
        Template(
            "list_that_is_walked_by_value",
            """
pub struct Node {
    @label: String,
    next: Option<Box<Node>>,
}

pub struct Chain {
    head: Option<Box<Node>>,
}

impl Chain {
    pub fn of(labels: &[&str]) -> Self {
        let mut head = None;
        for @label in labels.iter().rev() {
            head = Some(Box::new(Node {
                @label: @label.to_string(),
                next: head,
            }));
        }
        Self { head }
    }

    /// All labels, and the chain again for whoever goes on with it.
    pub fn @show(self) -> (Vec<String>, Self) {
        let mut found = Vec::new();
        let mut at = «self.head»«self.head.as_deref()»;
        while let Some(node) = at {
            found.push(node.@label.clone());
            at = «node.next»«node.next.as_deref()»;
        }
        (found, self)
    }
}
""",
            test="""
let (found, chain) = Chain::of(&["@text1", "@text2", "@text3"]).@show();
assert_eq!(found, ["@text1", "@text2", "@text3"]);
assert_eq!(chain.@show().0, found);
""",
        ),
        Template(
            "handle_that_must_stay_the_same",
            """
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Clone, Default)]
pub struct Tally {
    seen: Vec<String>,
}

#[derive(Clone)]
pub struct @Owner {
    tally: Rc<RefCell<Tally>>,
}

impl @Owner {
    pub fn with(tally: Rc<RefCell<Tally>>) -> Self {
        Self { tally }
    }

    pub fn @add(&self, @item: &str) {
        self.tally.borrow_mut().seen.push(@item.to_string());
    }
}

/// Two @owners that count into one tally; what they have counted together.
pub fn shared(@items: &[&str]) -> usize {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let first = @Owner::with(«tally»«Rc::clone(&tally)»«Rc::new(RefCell::new(tally.borrow().clone()))»);
    let second = @Owner::with(«tally»«Rc::clone(&tally)»);
    for (number, @item) in @items.iter().enumerate() {
        let @owner = if number % 2 == 0 { &first } else { &second };
        @owner.@add(@item);
    }
    tally.borrow().seen.len()
}
""",
            test="""
assert_eq!(shared(&["@text1", "@text2", "@text3"]), 3);
""",
        ),
        Template(
            "closure_that_keeps_a_counter",
            """
pub struct Permit {
    number: u32,
}

impl Permit {
    pub fn spend(self) -> u32 {
        self.number
    }
}

pub struct @Owner {
    permits: Vec<Permit>,
    log: Vec<String>,
}

impl @Owner {
    pub fn new(count: u32) -> Self {
        let permits = (1..=count).map(|number| Permit { number }).collect();
        Self {
            permits,
            log: Vec::new(),
        }
    }

    /// Spends one permit for the @person and writes down which it was.
    pub fn @add(&mut self, @person: &str) -> Option<u32> {
        let permit = self.permits.pop()?;
        let number = permit.spend();
        self.log.push(format!("@person {@person} spent {}", «permit.number»«number»«self.permits.len()»));
        Some(number)
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }
}
""",
            test="""
let mut @owner = @Owner::new(2);
assert_eq!(@owner.@add("@name1"), Some(2));
assert_eq!(@owner.@add("@name2"), Some(1));
assert_eq!(@owner.@add("@name3"), None);
assert_eq!(@owner.log(), ["@person @name1 spent 2", "@person @name2 spent 1"]);
""",
        ),
    ),
)
