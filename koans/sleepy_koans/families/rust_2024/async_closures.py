"""Async closures and the futures around them, and what edition 2024 made unsafe, reserved or shorter-lived."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

# No runtime is needed where nothing waits for anything outside.
_BLOCK_ON = """
fn block_on<F: std::future::Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
"""

FAMILY = Family(
    name="async_closures",
    title="Async closures that do not fit their bound, futures taken for values, and what Rust 2024 does not let pass",
    codes=(
        NO_CODE,
        "E0133",
        "E0277",
        "E0308",
        "E0369",
        "E0525",
        "E0594",
        "E0596",
        "E0716",
        "E0733",
        "static_mut_refs",
    ),
    templates=(
        Template(
            "a_closure_that_gives_a_block_with_its_argument",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// The sum of what is asked of each @item.
pub async fn sum_of(@items: &[@Item], ask: impl AsyncFn(&@Item) -> @Int) -> @Int {
    let mut sum = 0;
    for @item in @items {
        sum += ask(@item).await;
    }
    sum
}

async fn checked(@item: &@Item, least: @Int) -> ⟦2:Option<@Int>¦@Int⟧ {
    ⟦2:(@item.@size >= least).then_some(@item.@size)¦if @item.@size < least { 0 } else { @item.@size }⟧
}

pub async fn total(@items: &[@Item], least: @Int) -> @Int {
    ⟦1:sum_of(@items, «|@item| async move»«async |@item|» { checked(@item, least).await⟦2:.unwrap_or(0)¦⟧ }).await¦let ask = «|@item: &@Item| async move»«async |@item: &@Item|» {
        checked(@item, least).await⟦2:.unwrap_or_default()¦⟧
    };
    sum_of(@items, ask).await⟧
}
""",
            test=_BLOCK_ON
            + """
let @items = [@n1, @n2, @n3].map(|@size| @Item { @label: "@text1".into(), @size });
assert_eq!(block_on(total(&@items, @n2)), @n2 + @n3);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_closure_that_changes_what_it_captured",
            """
pub struct @Owner {
    pub @items: Vec<(String, @Int)>,
}

impl @Owner {
    /// Hands over one @item after the other⟦1:¦, from the last one⟧.
    pub async fn visit«(&self, visitor: impl AsyncFn(&str, @Int))»«(&self, mut visitor: impl AsyncFnMut(&str, @Int))» {
        for (@label, @count) in ⟦1:&self.@items¦self.@items.iter().rev()⟧ {
            visitor(@label, *@count).await;
        }
    }

    pub async fn ⟦2:total¦names⟧(&self) -> ⟦2:@Int¦String⟧ {
        let mut ⟦2:total = 0¦names = String::new()⟧;
        ⟦let visitor = async |⟦2:_: &str¦@label: &str⟧, ⟦2:@count: @Int¦_: @Int⟧| {
            ⟦2:total += @count¦names += @label⟧;
        };
        self.visit(visitor).await;¦self.visit(async |⟦2:_, @count¦@label, _⟧| {
            ⟦2:total += @count¦names += @label⟧;
        })
        .await;⟧
        ⟦2:total¦names⟧
    }
}
""",
            test=_BLOCK_ON
            + """
let @owner = @Owner { @items: vec![("a".to_string(), @n1), ("b".to_string(), @n2)] };
assert_eq!(block_on(@owner.⟦2:total¦names⟧()), ⟦2:@n1 + @n2¦⟦1:"ab"¦"ba"⟧⟧);
""",
            codes=("E0525", "E0594", "E0596"),
        ),
        Template(
            "a_future_taken_for_its_value",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    pub @price: Vec<(String, @Float)>,
    pub open: bool,
}

impl @Owner {
    async fn @price(&self, @label: &str) -> @Float {
        let found = self.@price.iter().find(|(name, _)| name == @label);
        ⟦found.map_or(0.0, |(_, @price)| *@price)¦match found {
            Some((_, @price)) => *@price,
            None => 0.0,
        }⟧
    }

    pub async fn total(&self, @items: &[&str]) -> @Float {
        let mut total = 0.0;
        for @label in @items {
            ⟦1:total += self.@price(@label)«»«.await»;¦let @price = self.@price(@label)«»«.await»;
            if @price > 0.0 {
                total += @price;
            }¦total += 2.0 * self.@price(@label)«»«.await» - self.@price(@label).await;⟧
        }
        total
    }

    pub async fn is_free(&self, @label: &str) -> bool {
        let @price = self.@price(@label).await;
        ⟦@price == 0.0¦self.open && @price <= 0.0⟧
    }
}
""",
            test=_BLOCK_ON
            + """
let @owner = @Owner { @price: vec![("a".to_string(), 1.5), ("b".to_string(), 2.0)], open: true };
assert_eq!(block_on(@owner.total(&["a", "b", "c", "a"])), 5.0);
assert!(block_on(@owner.is_free("c")) && !block_on(@owner.is_free("a")));
""",
            codes=("E0277", "E0308", "E0369"),
        ),
        Template(
            "functions_of_another_language",
            """
use std::ffi::⟦1:c_int¦c_long⟧;

// What the C library has for this.
«extern»«unsafe extern» "C" {
    «»«safe »fn ⟦1:abs¦labs⟧(number: ⟦1:c_int¦c_long⟧) -> ⟦1:c_int¦c_long⟧;
}

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub offset: ⟦1:c_int¦c_long⟧,
}

impl @Item {
    pub fn distance(&self) -> ⟦1:c_int¦c_long⟧ {
        «unsafe { ⟦1:abs¦labs⟧(self.offset) }»«⟦1:abs¦labs⟧(self.offset)»
    }
}

pub fn nearest(@items: &[@Item]) -> Option<⟦2:&@Item¦&str⟧> {
    ⟦@items.iter().min_by_key(|@item| @item.distance())¦@items
        .iter()
        .reduce(|a, b| if b.distance() < a.distance() { b } else { a })⟧⟦2:¦.map(|@item| @item.@label.as_str())⟧
}
""",
            test="""
let @items = [("a", -9), ("b", 7), ("c", -8)].map(|(@label, offset)| @Item { @label: @label.into(), offset });
assert_eq!(nearest(&@items), Some(⟦2:&@items[1]¦"b"⟧));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_name_for_the_linker",
            """
⟦#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq)]¦#[repr(C)]
#[derive(Debug, Default, Clone, Copy, PartialEq)]⟧
pub struct Totals {
    pub @count: @Small,
    pub @size: @Small,
}

/// Called by programs in other languages.
⟦1:#[«no_mangle»«unsafe(no_mangle)»]¦#[«export_name = "koan_totals"»«unsafe(export_name = "koan_totals")»]⟧
pub extern "C" fn koan_⟦1:totals¦sum⟧(left: Totals, right: Totals) -> Totals {
    ⟦Totals {
        @count: left.@count.saturating_add(right.@count),
        @size: left.@size.saturating_add(right.@size),
    }¦let @count = left.@count.saturating_add(right.@count);
    let @size = left.@size.saturating_add(right.@size);
    Totals { @count, @size }⟧
}

pub fn total(all: &[Totals]) -> ⟦2:Option<Totals>¦@Small⟧ {
    ⟦2:all.iter().copied().reduce(|a, b| koan_⟦1:totals¦sum⟧(a, b))¦let total = all.iter().copied().reduce(|a, b| koan_⟦1:totals¦sum⟧(a, b));
    total.map_or(0, |total| total.@size)⟧
}
""",
            test="""
let totals = |@count, @size| Totals { @count, @size };
assert_eq!(total(&[totals(1, 2), totals(3, 4)]), ⟦2:Some(totals(4, 6))¦6⟧);
assert_eq!(total(&[]), ⟦2:None¦0⟧);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_name_that_is_reserved_now",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub «gen»«generation»: @Int,
}

pub struct Pool {
    free: Vec<@Item>,
    next: @Int,
}

impl Pool {
    pub fn new(size: usize) -> Self {
        let next = 0;
        let @item = |number| @Item {
            @label: format!("@item {number}"),
            «gen»«generation»: next,
        };
        Self {
            free: (0..size).map(@item).collect(),
            next,
        }
    }

    /// Every time that one is handed out it counts as a new one.
    pub fn @find(&mut self) -> Option<@Item> {
        let mut @item = self.free.pop()?;
        ⟦self.next += 1;
        @item.«gen»«generation» = self.next;¦@item.«gen»«generation» = self.next + 1;
        self.next = @item.«gen»«generation»;¦@item.«gen»«generation» = self.next + 1;
        self.next += 1;⟧
        Some(@item)
    }

    pub fn @add(&mut self, @item: @Item) -> ⟦1:bool¦Result<(), @Item>⟧ {
        ⟦1:let known = @item.«gen»«generation» <= self.next;
        if known {
            self.free.push(@item);
        }
        known¦if @item.«gen»«generation» > self.next {
            return Err(@item);
        }
        self.free.push(@item);
        Ok(())⟧
    }
}
""",
            test="""
let mut pool = Pool::new(2);
let first = pool.@find().unwrap();
assert_eq!(pool.@find().unwrap().@label, "@item 0");
assert!(pool.@find().is_none() && pool.@add(first.clone())⟦1:¦.is_ok()⟧);
assert_ne!(pool.@find(), Some(first));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_log_that_everybody_writes_into",
            """
«»«use std::sync::Mutex;

»static «mut LOG: Vec<⟦1:String¦@Int⟧> = Vec::new();»«LOG: Mutex<Vec<⟦1:String¦@Int⟧>> = Mutex::new(Vec::new());»

#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl @Item {
    /// Takes some, as far as there are some, and notes it.
    pub fn @remove(&mut self, number: @Int) -> @Int {
        let taken = ⟦number.min(self.@count)¦if number < self.@count { number } else { self.@count }⟧;
        self.@count -= taken;
        let entry = ⟦1:format!("{taken} {}", self.@label)¦taken⟧;
        «unsafe { LOG.push(entry) };»«LOG.lock().unwrap().push(entry);»
        taken
    }
}

/// All that was noted, which is then forgotten.
pub fn noted() -> Vec<⟦1:String¦@Int⟧> {
    ⟦«unsafe { std::mem::take(&mut LOG) }»«std::mem::take(&mut LOG.lock().unwrap())»¦«unsafe { LOG.drain(..).collect() }»«LOG.lock().unwrap().drain(..).collect()»⟧
}
""",
            test="""
let mut @item = @Item { @label: "@text1".into(), @count: @n2 };
assert_eq!((@item.@remove(@n1), @item.@remove(@n2)), (@n1, @n2 - @n1));
assert_eq!(noted().len(), 2);
assert!(noted().is_empty());
""",
            codes=("static_mut_refs",),
        ),
        Template(
            "set_for_the_whole_process",
            """
use std::env;

const NAME: &str = "KOAN_@count";

/// Sets a variable as long as it lives.
pub struct Guard {
    before: Option<String>,
}

impl Guard {
    pub fn new(value: @Int) -> Self {
        let before = env::var(NAME).ok();
        «env::set_var(NAME, value.to_string());»«// SAFETY: nothing else reads or writes variables while a guard is made.
        unsafe { env::set_var(NAME, value.to_string()) };»
        Self { before }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        ⟦1:// SAFETY: as above.
        match self.before.take() {
            Some(value) => unsafe { env::set_var(NAME, value) },
            None => unsafe { env::remove_var(NAME) },
        }¦if let Some(value) = self.before.take() {
            «env::set_var(NAME, value);»«// SAFETY: as above.
            unsafe { env::set_var(NAME, value) };»
        } else {
            «env::remove_var(NAME);»«// SAFETY: as above.
            unsafe { env::remove_var(NAME) };»
        }⟧
    }
}

pub fn limit() -> ⟦2:@Int¦Option<@Int>⟧ {
    let value = env::var(NAME).ok();
    value.and_then(|value| value.parse().ok())⟦2:.unwrap_or(@n1)¦⟧
}
""",
            test="""
let none = limit();
let guard = Guard::new(@n2);
assert_eq!(limit(), ⟦2:@n2¦Some(@n2)⟧);
drop(guard);
assert_eq!((limit(), none), ⟦2:(@n1, @n1)¦(None, None)⟧);
""",
            codes=("E0133",),
        ),
        Template(
            "mut_in_a_pattern_that_borrows",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub type Pair = (@Item, @Int);

/// Those that are wanted more often than that, with how much more often.
pub fn wanted(pairs: &[Pair], least: @Int) -> Vec<(⟦1:&str¦&@Item⟧, @Int)> {
    let mut found = Vec::new();
    for pair in pairs {
        «let (@item, mut number) = pair;»«let &(ref @item, mut number) = pair;»
        ⟦number = number.saturating_sub(least);¦number -= least.min(number);⟧
        if number > 0 {
            found.push((⟦1:@item.@label.as_str()¦@item⟧, number));
        }
    }
    found
}

pub fn total(pairs: &[Pair]) -> @Int {
    ⟦pairs.iter().map(|(@item, number)| @item.@size * number).sum()¦let mut total = 0;
    for (@item, number) in pairs {
        total += @item.@size * number;
    }
    total¦pairs.iter().fold(0, |total, (@item, number)| total + @item.@size * number)⟧
}
""",
            test="""
let item = |@label: &str| @Item { @label: @label.into(), @size: 2 };
let pairs = [(item("a"), 1), (item("b"), 9)];
assert_eq!(wanted(&pairs, 5), [(⟦1:"b"¦&item("b")⟧, 4)]);
assert_eq!(total(&pairs), 20);
""",
            codes=(NO_CODE,),
        ),
    ),
    frozen=(
        Template(
            "a_bound_for_futures_that_borrow",
            """
use std::future::Future;

#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub path: String,
    pub attempt: u32,
}

#[derive(Debug, PartialEq)]
pub struct Refused;

/// Sends the request until it is answered, and says how often that was.
pub async fn patient«<F, Fut>»«<F>»(request: &mut Request, most: u32, send: F) -> Result<(u32, u32), Refused>
where
    F: «Fn(&Request) -> Fut,
    Fut: Future<Output = Option<u32>>,»«AsyncFn(&Request) -> Option<u32>,»
{
    while request.attempt < most {
        request.attempt += 1;
        if let Some(answer) = send(request).await {
            return Ok((answer, request.attempt));
        }
    }
    Err(Refused)
}

pub fn @find(@items: &[&str], path: &str) -> impl Future<Output = Result<(u32, u32), Refused>> {
    let mut request = Request {
        path: path.to_string(),
        attempt: 0,
    };
    async move {
        let send = async |request: &Request| {
            let at = @items.iter().position(|@item| *@item == request.path)?;
            (request.attempt > 1).then_some(at as u32)
        };
        patient(&mut request, 3, send).await
    }
}
""",
            test=_BLOCK_ON
            + """
assert_eq!(block_on(@find(&["@text1", "@text2"], "@text2")), Ok((1, 2)));
assert_eq!(block_on(@find(&["@text1"], "@text2")), Err(Refused));
""",
            codes=(NO_CODE, "E0308"),
        ),
        Template(
            "branches_with_different_futures",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
}

pub struct @Owner {
    pub kept: Vec<(@Kind, u32)>,
}

impl @Owner {
    async fn kept(&self, @kind: @Kind) -> u32 {
        let kept = self.kept.iter().filter(|(found, _)| *found == @kind);
        kept.map(|(_, @count)| @count).sum()
    }

    async fn ordered(&self, @kind: @Kind, most: u32) -> u32 {
        most.saturating_sub(self.kept(@kind).await)
    }

    /// How many there will be: what is kept, filled up where it is of the first @kind.
    pub async fn expected(&self, @kind: @Kind, most: u32) -> u32 {
        «let more = match @kind {
            @Kind::@First => self.ordered(@kind, most),
            @Kind::@Second => async { 0 },
        };
        self.kept(@kind).await + more.await»«let more = match @kind {
            @Kind::@First => self.ordered(@kind, most).await,
            @Kind::@Second => 0,
        };
        self.kept(@kind).await + more»«let more = match @kind {
            @Kind::@First => self.kept(@kind).await,
            @Kind::@Second => most,
        };
        self.kept(@kind).await + more»
    }
}
""",
            test=_BLOCK_ON
            + """
let @owner = @Owner { kept: vec![(@Kind::@First, 2), (@Kind::@Second, 3), (@Kind::@First, 1)] };
assert_eq!(block_on(@owner.expected(@Kind::@First, 9)), 9);
assert_eq!(block_on(@owner.expected(@Kind::@Second, 9)), 3);
""",
            codes=("E0308",),
        ),
        Template(
            "an_async_walk_that_calls_itself",
            """
pub struct @Item {
    pub @label: String,
    pub @size: u32,
    pub parts: Vec<@Item>,
}

impl @Item {
    pub fn new(@label: &str, @size: u32, parts: Vec<@Item>) -> Self {
        @Item {
            @label: @label.to_string(),
            @size,
            parts,
        }
    }

    /// The @size of all that is in it and passes the question, with its own.
    pub async fn total(&self, passes: &impl AsyncFn(&str) -> bool) -> u32 {
        if !passes(&self.@label).await {
            return 0;
        }
        let mut total = self.@size;
        for part in &self.parts {
            total += «part.total(passes).await»«Box::pin(part.total(passes)).await»«part.@size»;
        }
        total
    }
}

pub async fn total_without(@item: &@Item, unwanted: &str) -> u32 {
    @item.total(&async |@label: &str| @label != unwanted).await
}
""",
            test=_BLOCK_ON
            + """
let leaf = |@label, @size| @Item::new(@label, @size, vec![]);
let inner = @Item::new("b", 10, vec![leaf("c", 100), leaf("d", 1000)]);
let @item = @Item::new("a", 1, vec![inner, leaf("c", 10000)]);
assert_eq!(block_on(total_without(&@item, "c")), 1011);
assert_eq!(block_on(total_without(&@item, "b")), 10001);
""",
            codes=("E0733",),
        ),
        Template(
            "an_answer_that_nobody_wants",
            """
#[derive(Debug, PartialEq)]
pub struct Lost;

/// What an answer can be read as.
pub trait Answer: Sized {
    fn read(text: &str) -> Option<Self>;
}

impl Answer for () {
    fn read(text: &str) -> Option<Self> {
        (text == "ok").then_some(())
    }
}

impl Answer for u32 {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

#[derive(Default)]
pub struct Connection {
    pub sent: Vec<String>,
    pub @count: u32,
}

impl Connection {
    fn ask<A: Answer>(&mut self, text: &str) -> Result<A, Lost> {
        self.sent.push(text.to_string());
        let answer = match text {
            "@count" => self.@count.to_string(),
            _ => "ok".to_string(),
        };
        A::read(&answer).ok_or(Lost)
    }

    /// Says hello, and then asks how many there are.
    pub fn open(&mut self) -> Result<u32, Lost> {
        self.ask«»«::<()>»«::<u32>»("hello")?;
        self.ask("@count")
    }
}
""",
            test="""
let mut connection = Connection { @count: 7, ..Connection::default() };
assert_eq!(connection.open(), Ok(7));
assert_eq!(connection.sent, ["hello", "@count"]);
""",
            codes=("E0277",),
        ),
        Template(
            "a_block_that_ends_with_something_passing",
            """
use std::collections::HashMap;

#[derive(Default)]
pub struct Index {
    by_key: HashMap<String, u32>,
    pub strict: bool,
}

fn normal(text: &str) -> String {
    text.trim().to_lowercase()
}

impl Index {
    pub fn @add(&mut self, @label: &str, @count: u32) {
        let key = if self.strict { @label.to_string() } else { normal(@label) };
        *self.by_key.entry(key).or_insert(0) += @count;
    }

    /// How many there are of it, and under which key it was looked for.
    pub fn @find(&self, @label: &str) -> (Option<u32>, usize) {
        let key = «if self.strict { @label } else { normal(@label).as_str() };»«if self.strict { @label.to_string() } else { normal(@label) };»«if self.strict { @label } else { @label.trim() };»
        let found = self.by_key.get(«key»«&key»«key»).copied();
        (found, key.len())
    }
}
""",
            test="""
let mut index = Index::default();
index.@add(" Ab", 2);
index.@add("aB ", 3);
assert_eq!(index.@find("AB  "), (Some(5), 2));
index.strict = true;
index.@add(" Ab", 4);
assert_eq!((index.@find(" Ab"), index.@find("AB")), ((Some(4), 3), (None, 2)));
""",
            codes=("E0716",),
        ),
    ),
)
