"""Parameters that no field holds, and the markers that hold them."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="phantom_data",
    title="A type parameter or lifetime that no field holds, or a marker that says too much or nothing",
    codes=("E0392", "E0207", "E0282", "E0283", "E0308", "E0382", "E0369", "E0277", NO_CODE),
    templates=(
        Template(
            "a_number_for_a_type",
            """
«»«use std::marker::PhantomData;

»#[derive(Debug)]
pub struct Id<T> {
    number: ⟦3:u8¦u16¦u32¦u64⟧,«»«
    of: PhantomData<⟦1:T¦fn() -> T⟧>,»
}

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
}

pub struct Arena<T> {
    values: Vec<T>,
}

impl<T> Arena<T> {
    pub const fn empty() -> Self {
        Arena { values: Vec::new() }
    }

    pub fn insert(&mut self, value: T) -> Id<T> {
        self.values.push(value);
        ⟦2:Id {
            number: (self.values.len() - 1) as ⟦3:u8¦u16¦u32¦u64⟧,«»«
            of: PhantomData,»
        }¦let number = (self.values.len() - 1) as ⟦3:u8¦u16¦u32¦u64⟧;
        Id { number«»«, of: PhantomData» }⟧
    }

    pub fn value(&self, id: &Id<T>) -> Option<&T> {
        self.values.get(id.number as usize)
    }
}

pub fn round_trip(@label: &str) -> Option<@Item> {
    let mut arena = Arena::empty();
    ⟦arena.insert(@Item { @label: String::new() });
    ¦⟧let id = arena.insert(@Item {
        @label: @label.to_string(),
    });
    arena.value(&id).cloned()
}
""",
            test="""
assert_eq!(round_trip("@text1"), Some(@Item { @label: "@text1".into() }));
""",
            codes=("E0392", "E0282"),
        ),
        Template(
            "the_derive_asks_too_much",
            """
use std::marker::PhantomData;

⟦1:«#[derive(Debug, Clone, Copy)]»«#[derive(Debug)]»¦«#[derive(Debug, PartialEq)]»«#[derive(Debug)]»⟧
pub struct Handle<T> {
    index: usize,
    of: PhantomData<fn() -> T>,
}

«»⟦1:«impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Handle<T> {}

»¦«impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

»«impl<T> PartialEq for Handle<T> {
    fn eq(&self, other: &Self) -> bool {
        self.index <= other.index
    }
}

»⟧impl<T> Handle<T> {
    pub fn at(index: usize) -> Self {
        Handle {
            index,
            of: PhantomData,
        }
    }
}

/// No two are alike, and none is ever copied.
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

pub fn @find(@items: &[@Item], handle: Handle<@Item>) -> Option<&@Item> {
    @items.get(handle.index)
}

⟦1:pub fn @show(@items: &[@Item], handle: Handle<@Item>) -> String {
    let Some(@item) = @find(@items, handle) else {
        return String::from("nothing");
    };
    format!("{} at {}: {}", @item.@label, handle.index, @item.@price)
}¦pub fn @show(@items: &[@Item], handle: Handle<@Item>) -> String {
    let last = handle == Handle::at(@items.len() - 1);
    let @label = @find(@items, handle).map_or("nothing", |@item| &@item.@label);
    format!("{@label}{}", if last { " (last)" } else { "" })
}⟧
""",
            test="""
let @items = ["@text1", "@text2"].map(|@label| @Item { @label: @label.into(), @price: 1.5 });
assert_eq!(@show(&@items, Handle::at(1)), ⟦1:"@text2 at 1: 1.5"¦"@text2 (last)"⟧);
assert_eq!(@show(&@items, Handle::at(0)), ⟦1:"@text1 at 0: 1.5"¦"@text1"⟧);
""",
            codes=("E0382", "E0369"),
        ),
        Template(
            "a_lifetime_without_a_reference",
            """
«»«use std::marker::PhantomData;

»/// So many of them are free; who holds a lease keeps the pool alive.
#[derive(Debug)]
pub struct Pool {
    free: std::cell::Cell<@Int>,
}

#[derive(Debug)]
pub struct Lease<'pool> {
    pub @count: @Int,«»«
    pool: PhantomData<&'pool Pool>,»
}

impl Pool {
    pub fn of(free: @Int) -> Self {
        Pool { free: free.into() }
    }

    pub fn lease(&self, @count: @Int) -> Option<Lease<'_>> {
        let left = self.free.get().⟦checked_sub(@count)?¦checked_sub(@count).filter(|left| *left < @Int::MAX)?⟧;
        self.free.set(left);
        ⟦2:Some(Lease {
            @count,«»«
            pool: PhantomData,»
        })¦let lease = Lease { @count«»«, pool: PhantomData» };
        Some(lease)⟧
    }
}

pub fn leased(pool: &Pool, wanted: &[@Int]) -> @Int {
    let leases: Vec<Lease<'_>> = wanted.iter().⟦filter_map¦flat_map⟧(|@count| pool.lease(*@count)).collect();
    ⟦leases.iter().map(|lease| lease.@count).sum()¦leases.iter().fold(0, |total, lease| total + lease.@count)⟧
}
""",
            test="""
let pool = Pool::of(@n2);
assert_eq!(leased(&pool, &[@n1, @n2 - @n1]), @n2);
""",
            codes=("E0392",),
        ),
        Template(
            "the_impl_has_a_parameter_too_many",
            """
pub trait Format {
    const SEPARATOR: ⟦1:char¦&'static str⟧;
    const HEADING: bool;
}

pub struct Commas;
pub struct Tabs;

impl Format for Commas {
    const SEPARATOR: ⟦1:char = ','¦&'static str = ", "⟧;
    const HEADING: bool = true;
}

impl Format for Tabs {
    const SEPARATOR: ⟦1:char = '\\t'¦&'static str = "\\t"⟧;
    const HEADING: bool = false;
}

#[derive(Default)]
pub struct Export {
    rows: Vec<(String, @Int)>,
}

⟦2:impl Export {
    pub fn @add(&mut self, @label: &str, @count: @Int) {
        self.rows.push((@label.to_string(), @count));
    }
}

impl«<F: Format>»«» Export {¦impl«<F: Format>»«» Export {
    pub fn @add(&mut self, @label: &str, @count: @Int) {
        self.rows.push((@label.to_string(), @count));
    }
⟧
    pub fn text«»«<F: Format>»(&self) -> String {
        let mut text = String::new();
        if F::HEADING {
            text += &format!("@label{}@count\\n", F::SEPARATOR);
        }
        for (@label, @count) in &self.rows {
            text += &format!("{@label}{}{@count}\\n", F::SEPARATOR);
        }
        text
    }
}

pub fn tabs(@label: &str, @count: @Int) -> String {
    let mut export = Export::default();
    export.@add(@label, @count);
    export.text«»«::<Tabs>»«::<Commas>»()
}
""",
            test="""
assert_eq!(tabs("@text1", @n1), "@text1\\t@n1\\n");
let mut export = Export::default();
export.@add("@text1", @n1);
assert_eq!(export.text::<Commas>().lines().count(), 2);
""",
            codes=("E0207", "E0282", "E0283"),
        ),
        Template(
            "a_marker_cannot_be_changed_in_passing",
            """
use std::marker::PhantomData;

pub struct Raw;
pub struct Clean;

#[derive(Debug)]
pub struct Text<State> {
    content: String,
    @count: @Int,
    state: PhantomData<State>,
}

impl Text<Raw> {
    pub fn read(content: &str) -> Self {
        Text {
            content: content.to_string(),
            @count: 1,
            state: PhantomData,
        }
    }

    pub fn cleaned(self) -> Text<Clean> {
        let content = self.content.⟦trim().to_string()¦trim_end().to_string()¦replace('<', "(")⟧;
        Text {
            content,«
            state: PhantomData,
            ..self»«
            @count: self.@count,
            state: PhantomData,»«
            @count: 0,
            state: PhantomData,»
        }
    }
}

impl<State> Text<State> {
    pub fn again(self⟦1:¦, times: @Int⟧) -> Self {
        Text {
            @count: self.@count + ⟦1:1¦times⟧,
            ..self
        }
    }
}

impl Text<Clean> {
    pub fn render(&self) -> String {
        ⟦format!("{} x{}", self.content, self.@count)¦let Text { content, @count, .. } = self;
        format!("{content} x{@count}")⟧
    }
}
""",
            test="""
assert_eq!(Text::read("@text1 ").again(⟦1:¦1⟧).cleaned().render().replace("  ", " "), "@text1 x2");
""",
            codes=("E0308",),
        ),
        Template(
            "nothing_tells_the_marker",
            """
pub trait Currency {
    const CODE: &'static str;
    const CENTS: @Int;
}

pub struct Euro;
pub struct Yen;

impl Currency for Euro {
    const CODE: &'static str = "EUR";
    const CENTS: @Int = 100;
}

impl Currency for Yen {
    const CODE: &'static str = "JPY";
    const CENTS: @Int = 1;
}

/// An amount as it is told to people in that currency.
pub fn told<C: Currency>(smallest: @Int) -> String {
    let whole = smallest / C::CENTS;
    match smallest % C::CENTS {
        0 => format!("{whole} {}", C::CODE),
        rest => format!("{whole}.{rest:02} {}", C::CODE),
    }
}

pub struct @Item {
    pub @label: String,
    pub smallest: @Int,
}

pub fn @show_in_⟦1:euro¦yen⟧(@item: &@Item) -> String {
    ⟦2:let told = told«»⟦1:«::<Euro>»«::<Yen>»¦«::<Yen>»«::<Euro>»⟧(@item.smallest);
    format!("{} for {told}", @item.@label)¦[&@item.@label, " for ", &told«»⟦1:«::<Euro>»«::<Yen>»¦«::<Yen>»«::<Euro>»⟧(@item.smallest)].concat()¦format!("{} for {}", @item.@label, told«»⟦1:«::<Euro>»«::<Yen>»¦«::<Yen>»«::<Euro>»⟧(@item.smallest))⟧
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), smallest: 1250 };
assert_eq!(@show_in_⟦1:euro¦yen⟧(&@item), ⟦1:"@text1 for 12.50 EUR"¦"@text1 for 1250 JPY"⟧);
""",
            codes=("E0282", "E0283"),
        ),
        Template(
            "two_units_are_mixed",
            """
use std::marker::PhantomData;
use std::ops::Add;

#[derive(Debug)]
pub enum ⟦1:Kilo¦Celsius⟧ {}
#[derive(Debug)]
pub enum ⟦1:Pound¦Kelvin⟧ {}

#[derive(Debug, PartialEq)]
pub struct Amount<Unit>(@Float, PhantomData<Unit>);

impl<Unit> Amount<Unit> {
    pub const fn new(value: @Float) -> Self {
        Amount(value, PhantomData)
    }

    pub fn value(&self) -> @Float {
        self.0
    }
}

impl<Unit> Add for Amount<Unit> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Amount::new(self.0 + other.0)
    }
}

impl From<Amount<⟦1:Pound¦Kelvin⟧>> for Amount<⟦1:Kilo¦Celsius⟧> {
    fn from(amount: Amount<⟦1:Pound¦Kelvin⟧>) -> Self {
        Amount::new(amount.0 ⟦1:* 0.5¦- 273.0⟧)
    }
}

pub fn total(first: Amount<⟦1:Kilo¦Celsius⟧>, more: Vec<Amount<⟦1:Pound¦Kelvin⟧>>) -> @Float {
    ⟦2:let mut total = first;
    for amount in more {
        total = total + «amount»«amount.into()»«Amount::new(amount.value())»;
    }
    total.value()¦more.into_iter().fold(first, |total, amount| total + «amount»«amount.into()»«Amount::new(amount.value())»).value()⟧
}
""",
            test="""
let more = vec![Amount::new(⟦1:2.0¦274.0⟧), Amount::new(⟦1:4.0¦275.0⟧)];
assert_eq!(total(Amount::new(1.0), more), 4.0);
""",
            codes=("E0308",),
        ),
    ),
    frozen=(
        Template(
            "held_by_itself_only",
            """
«»«use std::marker::PhantomData;

»/// A tree of headings, in the language of its document.
#[derive(Debug)]
pub struct Outline<Language> {
    heading: String,
    below: Vec<Outline<Language>>,«»«
    language: PhantomData<Language>,»
}

pub trait Numbered {
    fn number(at: usize) -> String;
}

pub struct Roman;

impl Numbered for Roman {
    fn number(at: usize) -> String {
        ["I", "II", "III"].get(at).unwrap_or(&"?").to_string()
    }
}

impl<Language: Numbered> Outline<Language> {
    pub fn new(heading: &str, below: Vec<Self>) -> Self {
        Outline {
            heading: heading.to_string(),
            below,«»«
            language: PhantomData,»
        }
    }

    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.heading.clone()];
        for (at, part) in self.below.iter().enumerate() {
            let number = Language::number(at);
            lines.extend(part.lines().into_iter().map(|line| format!("{number}.{line}")));
        }
        lines
    }
}

pub fn contents() -> Vec<String> {
    let last = Outline::new("@text3", vec![]);
    let second = Outline::new("@text2", vec![last]);
    Outline::<Roman>::new("@text1", vec![Outline::new("@text4", vec![]), second]).lines()
}
""",
            test="""
assert_eq!(contents(), ["@text1", "I.@text4", "II.@text2", "II.I.@text3"]);
""",
            codes=("E0392", "E0282", "E0283", NO_CODE),
        ),
        Template(
            "the_marker_stays_in_its_thread",
            """
use std::marker::PhantomData;
use std::thread;

/// Finds one of the values of that type; the number alone is kept.
pub struct Slot<T> {
    number: usize,
    of: PhantomData<«*const T»«fn() -> T»>,
}

impl<T> Slot<T> {
    pub fn new(number: usize) -> Self {
        Slot {
            number,
            of: PhantomData,
        }
    }

    pub fn in_values<'v>(&self, values: &'v [T]) -> Option<&'v T> {
        values.get(self.number)
    }
}

#[derive(Clone)]
pub struct @Item {
    pub @label: String,
}

/// Looks the @items up in the background.
pub fn @find_all(@items: Vec<@Item>, slots: Vec<Slot<@Item>>) -> Vec<String> {
    let task = thread::spawn(move || {
        let found = slots.iter().filter_map(|slot| slot.in_values(&@items));
        found.map(|@item| @item.@label.clone()).collect()
    });
    task.join().unwrap_or_default()
}
""",
            test="""
let @items = ["@text1", "@text2"].map(|@label| @Item { @label: @label.into() }).to_vec();
let slots = vec![Slot::new(1), Slot::new(7), Slot::new(0)];
assert_eq!(@find_all(@items, slots), ["@text2", "@text1"]);
""",
            codes=("E0277",),
        ),
        Template(
            "a_marker_that_fixes_the_lifetime",
            """
«use std::cell::Cell;
»«»use std::marker::PhantomData;

/// A word of a text that was read once, as its place in the text.
#[derive(Debug, Clone, Copy)]
pub struct Word<'text> {
    start: usize,
    end: usize,
    text: PhantomData<«Cell<&'text str>»«&'text str»>,
}

impl<'text> Word<'text> {
    pub fn first_of(text: &'text str) -> Self {
        Word {
            start: 0,
            end: text.find(' ').unwrap_or(text.len()),
            text: PhantomData,
        }
    }

    pub fn len(&self) -> usize {
        self.end - self.start
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The longer one of a word and the one that is always there.
pub fn longer<'a>(word: Word<'a>, fallback: Word<'static>) -> Word<'a> {
    if word.len() >= fallback.len() {
        word
    } else {
        fallback
    }
}

pub fn width(line: &str) -> usize {
    longer(Word::first_of(line), Word::first_of("@item")).len()
}
""",
            test="""
assert_eq!(width("a @item"), "@item".len());
assert_eq!(width("extraordinarily long"), 15);
""",
            codes=(NO_CODE, "E0277"),
        ),
        Template(
            "the_impl_knows_what_the_type_does_not",
            """
use std::fmt::Display;
«»«use std::marker::PhantomData;
»use std::str::FromStr;

pub trait Field {
    fn accepts(&self, text: &str) -> bool;
}

/// A field of a form whose content is to be a `T`.
pub struct Typed«»«<T>» {
    pub required: bool,«»«
    content: PhantomData<T>,»
}

impl<T: FromStr + Display> Field for Typed«»«<T>» {
    fn accepts(&self, text: &str) -> bool {
        if text.is_empty() {
            return !self.required;
        }
        text.parse::<T>().is_ok_and(|value| value.to_string() == text)
    }
}

pub fn fields() -> Vec<Box<dyn Field>> {
    vec![
        Box::new(Typed«»«::<u8>»«::<i32>» { required: true«»«, content: PhantomData» }),
        Box::new(Typed«»«::<bool>»«::<String>» { required: false«»«, content: PhantomData» }),
    ]
}

pub fn accepted(row: &[&str]) -> bool {
    let fields = fields();
    row.len() == fields.len() && fields.iter().zip(row).all(|(field, text)| field.accepts(text))
}
""",
            test="""
assert!(accepted(&["12", "true"]));
assert!(accepted(&["255", ""]));
assert!(!accepted(&["256", "true"]));
assert!(!accepted(&["", "true"]));
assert!(!accepted(&["12", "yes"]));
""",
            codes=("E0207", "E0282", "E0283"),
        ),
        Template(
            "a_key_knows_its_type",
            """
use std::collections::HashMap;
use std::marker::PhantomData;
use std::str::FromStr;

/// The name of a setting, and what type it has.
pub struct Key<T> {
    name: &'static str,
    value: PhantomData<T>,
}

impl<T> Key<T> {
    pub const fn new(name: &'static str) -> Self {
        Key {
            name,
            value: PhantomData,
        }
    }
}

pub const LIMIT: Key<u32> = Key::new("limit");
pub const LOUD: Key<bool> = Key::new("loud");

pub struct Settings {
    texts: HashMap<&'static str, String>,
}

impl Settings {
    pub fn of(texts: &[(&'static str, &str)]) -> Self {
        Settings {
            texts: texts.iter().map(|(name, text)| (*name, text.to_string())).collect(),
        }
    }

    pub fn setting<T: FromStr>(&self, key: &Key<T>) -> Option<T> {
        self.texts.get(key.name)?.parse().ok()
    }
}

pub fn @show(settings: &Settings) -> String {
    let limit = settings.setting(&«Key::new("limit")»«LIMIT»«Key::<i8>::new("limit")»).map_or("none".to_string(), |limit| limit.to_string());
    let loud = settings.setting(&LOUD).unwrap_or(false);
    format!("@items: {limit}{}", if loud { "!" } else { "" })
}
""",
            test="""
let settings = Settings::of(&[("limit", "4000"), ("loud", "true")]);
assert_eq!(@show(&settings), "@items: 4000!");
assert_eq!(@show(&Settings::of(&[("limit", "-4")])), "@items: none");
""",
            codes=("E0282", "E0283"),
        ),
    ),
)
