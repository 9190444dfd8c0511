"""An operator, a container or a format asks for a trait that a type does not have."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="missing_derive",
    title="A type lacks a derived trait that an operator, a container or a format asks for",
    codes=("E0277", "E0369", "E0599"),
    templates=(
        Template(
            "compared_with_an_operator",
            """
#[derive(⟦Debug, Clone, Copy¦Clone, Copy, Debug¦Debug, Clone⟧«»«, PartialEq»)]
pub enum @Kind {
    @First,
    @Second,
    @Third⟦1:(@Small)¦ { @size: @Small }¦⟧,
}

pub struct @Item {
    pub @label: String,
    pub @kind: @Kind,
}

impl @Item {
    pub fn is_@kind(&self, @kind: &@Kind) -> bool {
        ⟦&self.@kind == @kind¦self.@kind == *@kind⟧
    }
}

pub fn @find<'a>(@items: &'a [@Item], @kind: &@Kind) -> Vec<&'a str> {
    @items
        .iter()
        .filter(|@item| @item.is_@kind(@kind))
        .map(|@item| @item.@label.as_str())
        .collect()
}
""",
            test="""
let third = @Kind::@Third⟦1:(1)¦ { @size: 1 }¦⟧;
let @items = [
    @Item { @label: "@text1".into(), @kind: @Kind::@First },
    @Item { @label: "@text2".into(), @kind: third },
];
assert_eq!(@find(&@items, &@Kind::@Third⟦1:(1)¦ { @size: 1 }¦⟧), ["@text2"]);
assert!(@find(&@items, &@Kind::@Second).is_empty());
""",
            codes=("E0369",),
        ),
        Template(
            "key_of_a_map",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Clone, Copy, PartialEq⟦1:, Eq«»«, Hash»¦, Eq«»«, PartialOrd, Ord»⟧)]
pub struct Place {
    pub row: @Small,
    pub column: @Small,
}

#[derive(Default)]
pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<Place, String>,
}

impl @Owner {
    pub fn @add(&mut self, place: Place, @label: &str) -> bool {
        ⟦let free = !self.@items.contains_key(&place);
        if free {
            self.@items.insert(place, @label.to_string());
        }
        free¦if self.@items.contains_key(&place) {
            return false;
        }
        self.@items.insert(place, @label.to_string()).is_none()⟧
    }

    pub fn @remove(&mut self, place: Place) -> Option<String> {
        self.@items.remove(&place)
    }
}
""",
            test="""
let mut @owner = @Owner::default();
let place = Place { row: 1, column: 2 };
assert!(@owner.@add(place, "@text1"));
assert!(!@owner.@add(place, "@text2"));
assert_eq!(@owner.@remove(place).as_deref(), Some("@text1"));
assert_eq!(@owner.@remove(Place { row: 2, column: 1 }), None);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "field_of_a_type_that_derives",
            """
«»«#[derive(⟦1:Debug, Clone¦Clone, Debug¦Debug, Clone¦Clone⟧)]
»pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

#[derive(⟦1:Clone¦Clone¦Debug, Clone¦Clone⟧)]
pub struct @Owner {
    pub name: String,
    pub @items: ⟦2:Vec<@Item>¦Box<[@Item]>¦[@Item; 1]⟧,
}

impl @Owner {
    /// The same @items under another name and at another price.
    pub fn @change(&self, name: &str, factor: @Float) -> Self {
        let mut changed = ⟦self.clone()¦Self::clone(self)⟧;
        changed.name = name.to_string();
        for @item in changed.@items.iter_mut() {
            @item.@price *= factor;
        }
        changed
    }

    pub fn total(&self) -> @Float {
        self.@items.iter().map(|@item| @item.@price).sum()
    }
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @price: 1.5 };
let @owner = @Owner { name: "@name1".into(), @items: ⟦2:vec![@item]¦Box::new([@item])¦[@item]⟧ };
let changed = @owner.@change("@name2", 2.0);
assert_eq!((changed.name.as_str(), changed.total()), ("@name2", 3.0));
assert_eq!((@owner.name.as_str(), @owner.total()), ("@name1", 1.5));
""",
            codes=("E0277",),
        ),
        Template(
            "rest_from_the_defaults",
            """
#[derive(Debug, Clone«»«, Default»)]
pub struct Settings {
    pub @label: String,
    pub @count: @Int,
    pub @flag: bool,
    pub ratio: Option<@Float>,
}

impl Settings {
    pub fn named(@label: &str) -> Self {
        ⟦Self {
            @label: @label.to_string(),
            ..Default::default()
        }¦Settings {
            @label: @label.to_string(),
            @flag: true,
            ..Settings::default()
        }¦let mut made = Self::default();
        made.@label.push_str(@label);
        made⟧
    }

    /// What is told for every `@count` in the text.
    pub fn with_@count(mut self, text: &str) -> Self {
        if let Ok(@count) = text.parse() {
            self.@count = @count;
        }
        self
    }
}
""",
            test="""
let settings = Settings::named("@text1");
assert_eq!((settings.@label.as_str(), settings.@count, settings.ratio), ("@text1", 0, None));
assert_eq!(settings.with_@count("@n1").@count, @n1);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "sorted_by_what_it_is",
            """
use std::cmp::Reverse;

/// Later ones matter more.
#[derive(Debug, Clone, Copy, PartialEq, Eq«»«, PartialOrd, Ord»)]
pub enum @Kind {
    @Third,
    @First,
    @Second,
}

#[derive(Debug)]
pub struct @Item {
    pub @label: String,
    pub @kind: @Kind,
}

/// The names of the @items, what matters most first.
pub fn ordered(mut @items: Vec<@Item>) -> Vec<String> {
    ⟦@items.sort_by_key(|@item| Reverse(@item.@kind));¦@items.sort_by_key(|@item| (Reverse(@item.@kind), Reverse(@item.@label.len())));¦let rank = |@item: &@Item| Reverse(@item.@kind);
    @items.sort_by_key(rank);⟧
    @items⟦.into_iter().map(|@item| @item.@label)¦.iter().map(|@item| @item.@label.clone())⟧.collect()
}

pub fn highest(@items: &[@Item]) -> Option<@Kind> {
    @items.iter().map(|@item| @item.@kind).max()
}
""",
            test="""
let @items = vec![
    @Item { @label: "@text1".into(), @kind: @Kind::@First },
    @Item { @label: "@text2".into(), @kind: @Kind::@Second },
    @Item { @label: "@text3".into(), @kind: @Kind::@Third },
];
assert_eq!(highest(&@items), Some(@Kind::@Second));
assert_eq!(ordered(@items), ["@text2", "@text1", "@text3"]);
""",
            codes=("E0277",),
        ),
        Template(
            "an_array_is_filled_with_it",
            """
#[derive(Debug, PartialEq«»«, Clone, Copy»)]
pub enum Slot {
    Free,
    Taken⟦1:(@Int)¦ { by: @Int }⟧,
}

pub struct @Owner {
    slots: [Slot; ⟦2:4¦6¦8⟧],
}

impl @Owner {
    pub fn empty() -> Self {
        ⟦Self {
            slots: [Slot::Free; ⟦2:4¦6¦8⟧],
        }¦let slots = [Slot::Free; ⟦2:4¦6¦8⟧];
        Self { slots }⟧
    }

    /// Takes the first slot that is free, and says which.
    pub fn @add(&mut self, number: @Int) -> Option<usize> {
        let at = self.slots.iter().position(|slot| *slot == Slot::Free)?;
        self.slots[at] = Slot::Taken⟦1:(number)¦ { by: number }⟧;
        Some(at)
    }

    pub fn taken(&self) -> usize {
        ⟦self.slots.iter().filter(|slot| **slot != Slot::Free).count()¦let free = |slot: &&Slot| **slot == Slot::Free;
        self.slots.len() - self.slots.iter().filter(free).count()⟧
    }
}
""",
            test="""
let mut @owner = @Owner::empty();
assert_eq!((@owner.@add(@n1), @owner.@add(@n2)), (Some(0), Some(1)));
assert_eq!(@owner.taken(), 2);
""",
            codes=("E0277",),
        ),
        Template(
            "in_another_module",
            """
mod ⟦1:@kind¦model¦types⟧;

use ⟦1:@kind¦model¦types⟧::@Kind;
use std::collections::⟦2:HashSet¦BTreeSet⟧;

pub struct @Item {
    pub @label: &'static str,
    pub @kind: @Kind,
}

/// How many sorts of @items there are.
pub fn sorts(@items: &[@Item]) -> usize {
    ⟦let mut seen = ⟦2:HashSet¦BTreeSet⟧::new();
    for @item in @items {
        seen.insert(@item.@kind.clone());
    }
    seen.len()¦let seen: ⟦2:HashSet¦BTreeSet⟧<@Kind> = @items.iter().map(|@item| @item.@kind.clone()).collect();
    seen.len()⟧
}

//- src/⟦1:@kind¦model¦types⟧.rs
⟦/// What sorts of @items there are.
¦⟧#[derive(Debug, Clone, PartialEq, Eq⟦2:«»«, Hash»¦«»«, PartialOrd, Ord»⟧)]
pub enum @Kind {
    @First,
    @Second,
    Other(String),
}

impl @Kind {
    pub fn parsed(text: &str) -> Self {
        match text {
            "@First" => Self::@First,
            "@Second" => Self::@Second,
            other => Self::Other(other.to_string()),
        }
    }
}
""",
            test="""
let @items = ["@First", "x", "@Second", "x"].map(|text| @Item { @label: "@text1", @kind: @Kind::parsed(text) });
assert_eq!(sorts(&@items), 3);
assert_eq!(sorts(&@items[..1]), 1);
""",
            codes=("E0277",),
        ),
        Template(
            "written_to_a_log",
            """
use std::fmt::Debug;

«»«#[derive(Debug)]
»pub struct @Person {
    pub name: String,
    pub @items: Vec<@Int>,
}

⟦#[derive(Default)]
¦⟧pub struct Journal {
    lines: Vec<String>,
}

impl Journal {
    pub fn note⟦1:<T: Debug>(&mut self, what: &str, value: &T)¦(&mut self, what: &str, value: &dyn Debug)¦(&mut self, what: &str, value: impl Debug)⟧ {
        self.lines.push(format!("{what}: {value:?}"));
    }
}

/// Gives the @person one more, and tells the journal before and after.
pub fn @change(@person: &mut @Person, number: @Int, journal: &mut Journal) {
    journal.note("before", &@person.@items);
    @person.@items.push(number);
    journal.note("after", ⟦1:@person¦@person¦&@person⟧);
}
""",
            test="""
let mut journal = Journal { lines: Vec::new() };
let mut @person = @Person { name: "@name1".into(), @items: vec![@n1] };
@change(&mut @person, @n2, &mut journal);
assert_eq!(journal.lines[0], "before: [@n1]");
assert!(journal.lines[1].contains("name: \\"@name1\\""));
""",
            codes=("E0277",),
        ),
    ),
    frozen=(
        Template(
            "default_of_an_enum",
            """
/// How urgent a @item is. What nobody has looked at yet is normal.
#[derive(Debug, Clone, Copy, PartialEq«»«, Default»«, Default»)]
pub enum Urgency {
    Low,
    «»«#[default]
    »«»Normal,
    «»«»«#[default]
    »High,
}

pub struct @Item {
    pub @label: String,
    pub urgency: Urgency,
}

fn urgency_of(mark: &str) -> Option<Urgency> {
    match mark {
        "!" => Some(Urgency::High),
        "-" => Some(Urgency::Low),
        _ => None,
    }
}

/// Reads a @label with an optional mark at its end.
pub fn parsed(line: &str) -> @Item {
    let (@label, mark) = line.rsplit_once(' ').unwrap_or((line, ""));
    @Item {
        @label: @label.to_string(),
        urgency: urgency_of(mark).unwrap_or_default(),
    }
}
""",
            test="""
assert_eq!(parsed("@text1 !").urgency, Urgency::High);
assert_eq!(parsed("@text1").urgency, Urgency::Normal);
""",
            codes=("E0277",),
        ),
        Template(
            "what_cannot_be_derived_for_a_float",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub @person: String,
    pub @price: f64,
}

#[derive(Default)]
pub struct Auction {
    offers: Vec<Offer>,
}

impl Auction {
    /// Takes an offer that is a real amount.
    pub fn @add(&mut self, @person: &str, @price: f64) -> bool {
        let real = @price.is_finite() && @price > 0.0;
        if real {
            self.offers.push(Offer {
                @person: @person.to_string(),
                @price,
            });
        }
        real
    }

    /// The offer of the highest @price.
    pub fn winner(&self) -> Option<&Offer> {
        self.offers.iter().«max()»«max_by(|left, right| left.@price.total_cmp(&right.@price))»«max_by(|left, right| left.@person.cmp(&right.@person))»
    }
}
""",
            test="""
let mut auction = Auction::default();
assert!(auction.@add("Ada", 2.0) && auction.@add("Ben", 12.5) && auction.@add("Chloe", 3.0));
assert!(!auction.@add("Dmitri", f64::NAN));
assert_eq!(auction.winner().map(|offer| offer.@person.as_str()), Some("Ben"));
""",
            codes=("E0277",),
        ),
        Template(
            "hash_that_must_agree_with_equality",
            """
use std::collections::HashMap;
«»«use std::hash::{Hash, Hasher};
»
/// A name in which capitals do not matter.
«#[derive(Debug, Clone)]»«#[derive(Debug, Clone)]»«#[derive(Debug, Clone)]
#[allow(clippy::derived_hash_with_manual_eq)]
#[derive(Hash)]»
pub struct Name(String);

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Name {}

«»«impl Hash for Name {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.to_ascii_lowercase().hash(hasher);
    }
}

»«»pub fn tally(names: &[&str]) -> HashMap<Name, usize> {
    let mut counts = HashMap::new();
    for name in names {
        *counts.entry(Name(name.to_string())).or_insert(0) += 1;
    }
    counts
}

pub fn count_of(counts: &HashMap<Name, usize>, name: &str) -> usize {
    counts.get(&Name(name.to_string())).copied().unwrap_or(0)
}
""",
            test="""
let counts = tally(&["@name1", "@name2", &"@name1".to_uppercase()]);
assert_eq!(count_of(&counts, &"@name1".to_lowercase()), 2);
assert_eq!(counts.len(), 2);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "a_chain_of_types",
            """
/// What an order is made of.
pub mod parts {
    «»«#[derive(Debug, Clone, PartialEq)]
    »pub enum Unit {
        Piece,
        Box { holds: u32 },
    }

    «»«#[derive(Debug, Clone, PartialEq)]
    »pub struct Line {
        pub @label: String,
        pub number: u32,
        pub unit: Unit,
    }

    impl Line {
        pub fn pieces(&self) -> u32 {
            match self.unit {
                Unit::Piece => self.number,
                Unit::Box { holds } => self.number * holds,
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    pub @person: String,
    pub lines: Vec<parts::Line>,
}

/// Whether two people ordered the same.
pub fn alike(one: &Order, other: &Order) -> bool {
    let mut same = one.clone();
    same.@person.clone_from(&other.@person);
    same == *other
}
""",
            test="""
let order = |person: &str, holds| Order {
    @person: person.into(),
    lines: vec![parts::Line { @label: "@text1".into(), number: 2, unit: parts::Unit::Box { holds } }],
};
assert!(alike(&order("@name1", 6), &order("@name2", 6)));
assert!(!alike(&order("@name1", 6), &order("@name1", 7)));
assert_eq!(order("@name3", 4).lines[0].pieces(), 8);
""",
            codes=("E0277", "E0369"),
        ),
        Template(
            "derive_on_a_holder_of_trait_objects",
            """
«»«use std::fmt::Debug;

»pub trait Rule«»«: Debug» {
    fn allows(&self, @count: u32) -> bool;
}

#[derive(Debug)]
pub struct AtMost(pub u32);

#[derive(Debug)]
pub struct Even;

impl Rule for AtMost {
    fn allows(&self, @count: u32) -> bool {
        @count <= self.0
    }
}

impl Rule for Even {
    fn allows(&self, @count: u32) -> bool {
        @count.is_multiple_of(2)
    }
}

#[derive(Debug, Default)]
pub struct Rules {
    all: Vec<Box<dyn Rule>>,
}

impl Rules {
    pub fn with(mut self, rule: impl Rule + 'static) -> Self {
        self.all.push(Box::new(rule));
        self
    }

    /// The rules that are broken, as the log tells them.
    pub fn broken(&self, @count: u32) -> Vec<String> {
        let broken = self.all.iter().filter(|rule| !rule.allows(@count));
        broken.map(|rule| format!("{rule:?}")).collect()
    }
}
""",
            test="""
let rules = Rules::default().with(AtMost(10)).with(Even);
assert_eq!(rules.broken(13), ["AtMost(10)", "Even"]);
assert_eq!(rules.broken(12), ["AtMost(10)"]);
""",
            codes=("E0277",),
        ),
    ),
)
