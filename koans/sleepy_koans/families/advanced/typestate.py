"""States as types: what is done in the wrong state, or with the state that was left."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="typestate",
    title="A method is called in a state whose type does not have it, or a state's type is not told",
    codes=("E0599", "E0308", "E0382", "E0282", "E0283", "E0392"),
    templates=(
        Template(
            "steps_in_the_wrong_order",
            """
pub struct Draft {
    @label: String,
}

pub struct Checked {
    @label: String,
    @size: @Int,
}

pub struct Ready(String);

impl Draft {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
        }
    }

    pub fn check(self, @size: @Int) -> Checked {
        Checked {
            @label: self.@label,
            @size,
        }
    }
}

impl Checked {
    pub fn finish(self) -> Ready {
        Ready(format!("{} of {}", self.@label, self.@size))
    }
}

pub fn @show(@label: &str, @size: @Int) -> String {
    ⟦1:let draft = Draft::new(@label);
    let Ready(text) = draft«.finish()»«.check(@size).finish()»;
    ⟦text¦text.trim().to_string()⟧¦Draft::new(@label)«»«.check(@size)».finish().0⟧
}
""",
            test="""
assert_eq!(@show("@text1", @n1), "@text1 of @n1");
""",
            codes=("E0599",),
        ),
        Template(
            "a_transition_whose_result_is_dropped",
            """
use std::marker::PhantomData;

pub struct Open;
pub struct Closed;

pub struct @Owner<State> {
    @items: Vec<⟦1:String¦@Int⟧>,
    state: PhantomData<State>,
}

impl @Owner<Open> {
    pub fn new() -> Self {
        Self {
            @items: Vec::new(),
            state: PhantomData,
        }
    }

    pub fn @add(mut self, @item: ⟦1:&str¦@Int⟧) -> Self {
        self.@items.push(@item⟦1:.to_string()¦⟧);
        self
    }

    pub fn close(self) -> @Owner<Closed> {
        @Owner {
            @items: self.@items,
            state: PhantomData,
        }
    }
}

impl Default for @Owner<Open> {
    fn default() -> Self {
        Self::new()
    }
}

impl @Owner<Closed> {
    pub fn report(&self) -> String {
        format!("{:?}", self.@items)
    }
}

pub fn @show() -> String {
    let @owner = @Owner::new().@add(⟦1:"@text1"¦@n1⟧)⟦2:.@add(⟦1:"@text2"¦@n2⟧)¦⟧;
    «@owner.close();
    @owner.report()»«let @owner = @owner.close();
    @owner.report()»
}
""",
            test="""
assert_eq!(@show(), format!("{:?}", [⟦1:"@text1"¦@n1⟧⟦2:, ⟦1:"@text2"¦@n2⟧¦⟧]));
""",
            codes=("E0599",),
        ),
        Template(
            "the_wrong_state_is_promised",
            """
pub struct Idle;

pub struct Running {
    since: @Int,
}

pub struct @Owner<S> {
    pub @label: String,
    state: S,
}

impl @Owner<Idle> {
    pub fn named(@label: &str) -> Self {
        Self {
            @label: @label.⟦to_string()¦to_owned()¦into()⟧,
            state: Idle,
        }
    }

    pub fn start(self, now: @Int) -> @Owner<«Idle»«Running»> {
        @Owner {
            @label: self.@label,
            state: Running { since: now },
        }
    }
}

impl @Owner<Running> {
    pub fn age(&self, now: @Int) -> @Int {
        ⟦now - self.state.since¦let since = self.state.since;
        now - since⟧
    }
}

pub fn age_of(started: @Int, now: @Int) -> @Int {
    @Owner::named("@text1").start(started).age(now)
}
""",
            test="""
assert_eq!(age_of(@n1, @n3), @n3 - @n1);
""",
            codes=("E0308", "E0599"),
        ),
        Template(
            "the_marker_has_no_field",
            """
«»«use std::marker::PhantomData;

»pub struct ⟦1:Meters¦Seconds⟧;
pub struct ⟦1:Feet¦Hours⟧;

#[derive(Debug)]
pub struct Measured<Unit> {
    value: @Float,«»«
    unit: PhantomData<Unit>,»
}

impl<Unit> Measured<Unit> {
    pub fn new(value: @Float) -> Self {
        ⟦Self¦Measured⟧ {
            value,«»«
            unit: PhantomData,»
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self::new(self.value + other.value)
    }
}

impl Measured<⟦1:Feet¦Hours⟧> {
    pub fn converted(self) -> Measured<⟦1:Meters¦Seconds⟧> {
        Measured::new(self.value * ⟦1:0.25¦3600.0⟧)
    }
}

pub fn @size(left: @Float, right: @Float) -> @Float {
    let sum = Measured::<⟦1:Feet¦Hours⟧>::new(left).converted().plus(Measured::new(right));
    sum.value
}
""",
            test="""
assert_eq!(@size(4.0, 1.0), ⟦1:2.0¦14401.0⟧);
""",
            codes=("E0392", "E0282"),
        ),
        Template(
            "the_state_that_was_left_is_used",
            """
#[derive(Debug)]
pub struct Pending {
    @label: String,
    @count: @Int,
}

#[derive(Debug)]
pub struct Sent {
    receipt: String,
}

impl Pending {
    pub fn new(@label: &str, @count: @Int) -> Self {
        Self {
            @label: @label.to_string(),
            @count,
        }
    }

    pub fn cost(&self) -> @Int {
        self.@count * ⟦2¦3¦self.@count⟧
    }

    pub fn send(self) -> Sent {
        Sent {
            receipt: format!("{} x {}", self.@count, self.@label),
        }
    }
}

impl Sent {
    pub fn receipt(&self) -> &str {
        &self.receipt
    }
}

pub fn @change(@label: &str, @count: @Int) -> ⟦1:String¦(String, @Int)⟧ {
    let pending = Pending::new(@label, @count);
    «let sent = pending.send();
    let cost = pending.cost();»«let cost = pending.cost();
    let sent = pending.send();»
    ⟦1:format!("{} for {cost}", sent.receipt())¦(sent.receipt().to_string(), cost)⟧
}
""",
            test="""
let cost = Pending::new("", @n1).cost();
assert_eq!(@change("@text1", @n1), ⟦1:format!("@n1 x @text1 for {cost}")¦("@n1 x @text1".to_string(), cost)⟧);
""",
            codes=("E0382",),
        ),
        Template(
            "nobody_says_which_state",
            """
use std::marker::PhantomData;

#[derive(Debug)]
pub struct @First;
#[derive(Debug)]
pub struct @Second;

pub trait @Kind {
    const NAME: &'static str;
    const START: @Int;
}

impl @Kind for @First {
    const NAME: &'static str = "⟦@First¦first⟧";
    const START: @Int = @n1;
}

impl @Kind for @Second {
    const NAME: &'static str = "second";
    const START: @Int = @n2;
}

pub struct @Item<K: @Kind> {
    pub @count: @Int,
    kind: PhantomData<K>,
}

impl<K: @Kind> @Item<K> {
    pub fn new() -> Self {
        Self {
            @count: K::START,
            kind: PhantomData,
        }
    }

    pub fn @show(&self) -> String {
        format!("{} {}", K::NAME, self.@count)
    }
}

impl<K: @Kind> Default for @Item<K> {
    fn default() -> Self {
        Self::new()
    }
}

pub fn second() -> String {
    let ⟦1:¦mut ⟧@item = @Item::«new()»«<@Second>::new()»«<@First>::new()»;
    ⟦1:¦@item.@count += @n1;
    ⟧@item.@show()
}
""",
            test="""
assert_eq!(second(), format!("second {}", ⟦1:@n2¦@n2 + @n1⟧));
""",
            codes=("E0282", "E0283"),
        ),
    ),
    frozen=(
        Template(
            "one_method_for_two_states",
            """
pub struct Anchored;
pub struct Moving {
    knots: u32,
}

pub struct @Item<S> {
    @label: String,
    state: S,
}

«impl @Item<Anchored> {
    pub fn @label(&self) -> &str {
        &self.@label
    }
}

»«impl<S> @Item<S> {
    pub fn @label(&self) -> &str {
        &self.@label
    }
}

»impl @Item<Anchored> {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),
            state: Anchored,
        }
    }

    pub fn depart(self, knots: u32) -> @Item<Moving> {
        @Item {
            @label: self.@label,
            state: Moving { knots },
        }
    }
}

pub fn log(@label: &str, knots: u32) -> Vec<String> {
    let waiting = @Item::new(@label);
    let mut lines = vec![format!("{} waits", waiting.@label())];
    let moving = waiting.depart(knots);
    lines.push(format!("{} makes {}", moving.@label(), moving.state.knots));
    lines
}
""",
            test="""
assert_eq!(log("@text1", 7), ["@text1 waits", "@text1 makes 7"]);
""",
            codes=("E0599",),
        ),
        Template(
            "branches_end_in_different_states",
            """
use std::marker::PhantomData;

pub struct Fresh;
pub struct Sealed;

pub struct @Item<State> {
    @count: u32,
    state: PhantomData<State>,
}

impl @Item<Fresh> {
    pub fn new(@count: u32) -> Self {
        @Item {
            @count,
            state: PhantomData,
        }
    }

    pub fn grown(self) -> Self {
        Self::new(self.@count + 1)
    }

    pub fn seal(self) -> @Item<Sealed> {
        @Item {
            @count: self.@count,
            state: PhantomData,
        }
    }
}

impl @Item<Sealed> {
    pub fn @count(&self) -> u32 {
        self.@count
    }
}

/// What is below the limit grows once before it is sealed.
pub fn finish(@count: u32, limit: u32) -> u32 {
    let @item = @Item::new(@count);
    let sealed = if @item.@count < limit {
        «@item.grown()»«@item.grown().seal()»«@item.seal()»
    } else {
        @item.seal()
    };
    sealed.@count()
}
""",
            test="""
assert_eq!((finish(1, 5), finish(5, 5)), (2, 5));
""",
            codes=("E0308",),
        ),
        Template(
            "the_loop_changes_the_type",
            """
pub struct Locked {
    tries: u32,
}

pub struct Opened {
    pub tries: u32,
}

pub enum Outcome {
    Opened(Opened),
    Locked(Locked),
}

impl Locked {
    pub fn new() -> Self {
        Self { tries: 0 }
    }

    pub fn attempt(self, code: u32) -> Outcome {
        let tries = self.tries + 1;
        if code == @n3 {
            Outcome::Opened(Opened { tries })
        } else {
            Outcome::Locked(Locked { tries })
        }
    }
}

impl Default for Locked {
    fn default() -> Self {
        Self::new()
    }
}

/// Tries the codes one by one; how many it took.
pub fn @find(codes: &[u32]) -> Option<u32> {
    let mut lock = Locked::new();
    for &code in codes {
        «lock = lock.attempt(code);
        if let Outcome::Opened(opened) = lock {
            return Some(opened.tries);
        }»«lock = match lock.attempt(code) {
            Outcome::Opened(opened) => return Some(opened.tries),
            Outcome::Locked(lock) => lock,
        };»«lock = match lock.attempt(code) {
            Outcome::Opened(opened) => return Some(opened.tries),
            Outcome::Locked(_) => Locked::new(),
        };»
    }
    None
}
""",
            test="""
assert_eq!(@find(&[0, 1, @n3, 0]), Some(3));
assert_eq!(@find(&[0, 1]), None);
""",
            codes=("E0308",),
        ),
        Template(
            "a_required_part_is_missing",
            """
pub struct Missing;
pub struct Given<T>(T);

/// An order can be sent once it has an address.
pub struct Order<Address> {
    address: Address,
    @items: Vec<String>,
}

impl Order<Missing> {
    pub fn new() -> Self {
        Self {
            address: Missing,
            @items: Vec::new(),
        }
    }

    pub fn to(self, address: &str) -> Order<Given<String>> {
        Order {
            address: Given(address.to_string()),
            @items: self.@items,
        }
    }
}

impl Default for Order<Missing> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Address> Order<Address> {
    pub fn @add(mut self, @item: &str) -> «Order<Missing>»«Self» {
        self.@items.push(@item.to_string());
        self
    }
}

impl Order<Given<String>> {
    pub fn send(self) -> String {
        format!("{} to {}", self.@items.join(", "), self.address.0)
    }
}

pub fn sent(address: &str) -> String {
    Order::new().@add("@text1").to(address).@add("@text2").send()
}
""",
            test="""
assert_eq!(sent("@name1"), "@text1, @text2 to @name1");
""",
            codes=("E0308", "E0599"),
        ),
    ),
)
