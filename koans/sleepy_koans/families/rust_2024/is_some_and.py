"""Asking an Option a question: `is_some_and`, `is_none_or`, and what stood there before them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="is_some_and",
    title="A condition on what is in an Option, written the old way or with a closure that does not fit",
    codes=("clippy::unnecessary_map_or", "clippy::manual_is_variant_and", "E0507", "E0308", "E0599", "E0631"),
    templates=(
        Template(
            "map_or_false_in_a_filter",
            """
pub struct @Item {
    pub @label: String,
    pub @size: Option<@Int>,
}

pub struct @Owner {
    @items: Vec<@Item>,
}

impl @Owner {
    pub fn new(@items: Vec<@Item>) -> Self {
        Self { @items }
    }

    /// Those whose @size is known, and more than that.
    pub fn @find(&self, least: @Int) -> ⟦1:Vec<&str>¦usize⟧ {
        self.@items
            .iter()
            .filter(|@item| @item.@size.«map_or(false, |@size| @size ⟦2:>¦>=⟧ least)»«is_some_and(|@size| @size ⟦2:>¦>=⟧ least)»«is_none_or(|@size| @size ⟦2:>¦>=⟧ least)»)
            ⟦1:.map(|@item| @item.@label.as_str())
            .collect()¦.count()⟧
    }
}
""",
            test="""
let @items = [Some(@n1), None, Some(@n4)].map(|@size| @Item { @label: format!("{@size:?}"), @size });
let @owner = @Owner::new(Vec::from(@items));
assert_eq!(@owner.@find(@n2), ⟦1:vec![format!("Some({})", @n4)]¦1⟧);
""",
            codes=("clippy::unnecessary_map_or",),
        ),
        Template(
            "map_then_unwrap_or",
            """
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

pub struct @Person {
    pub name: String,
    pub @kind: Option<@Kind>,
}

impl @Person {
    pub fn is_not_@kind(&self, wanted: @Kind) -> bool {
        self.@kind«.map(|@kind| @kind != wanted).unwrap_or_default()»«.is_some_and(|@kind| @kind != wanted)»
    }
}

pub fn names(@people: &[@Person], wanted: @Kind) -> Vec<String> {
    ⟦let mut names = Vec::new();
    for @person in @people {
        if @person.is_not_@kind(wanted) {
            names.push(@person.name.clone());
        }
    }
    names¦@people
        .iter()
        .filter(|@person| @person.is_not_@kind(wanted))
        .map(|@person| @person.name.clone())
        .collect()⟧
}
""",
            test="""
let @people = [Some(@Kind::@First), None, Some(@Kind::@Third)].map(|@kind| @Person { name: format!("{@kind:?}"), @kind });
assert_eq!(names(&@people, @Kind::@First), ["Some(@Third)"]);
""",
            codes=("clippy::manual_is_variant_and",),
        ),
        Template(
            "moves_out_of_a_borrowed_field",
            """
#[derive(Default)]
pub struct @Item {
    pub @label: Option<String>,
    pub @count: @Int,
}

impl @Item {
    pub fn is_called(&self, wanted: &str) -> bool {
        self.@label
            «»«.as_ref()
            ».is_some_and(|@label| ⟦@label == wanted¦@label.starts_with(wanted)¦@label.eq_ignore_ascii_case(wanted)⟧)
    }
}

pub fn total(@items: &[@Item], name: &str) -> @Int {
    ⟦@items
        .iter()
        .filter(|@item| @item.is_called(name))
        .map(|@item| @item.@count)
        .sum()¦let mut total = 0;
    for @item in @items {
        if @item.is_called(name) {
            total += @item.@count;
        }
    }
    total⟧
}
""",
            test="""
let @items = [Some("@text1"), None, Some("@text2"), Some("@text1")].map(|@label| @Item {
    @label: @label.map(String::from),
    @count: @n1,
});
assert_eq!(total(&@items, "@text1"), 2 * @n1);
""",
            codes=("E0507",),
        ),
        Template(
            "closure_takes_a_value_not_a_reference",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct @Owner {
    @size: ⟦1:HashMap¦BTreeMap⟧<&'static str, @Int>,
    limit: Option<@Int>,
}

impl @Owner {
    pub fn new(limit: Option<@Int>) -> Self {
        let @size = [("@text1", @n1), ("@text2", @n4)].into_iter().collect();
        Self { @size, limit }
    }

    /// Whether the @item is there and has more than that.
    pub fn has_more(&self, @item: &str, than: @Int) -> bool {
        self.@size.get(@item)⟦2:.copied()¦⟧.is_some_and(|«⟦2:&@size¦@size⟧»«⟦2:@size¦&@size⟧»| @size > than)
    }

    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.@size.values().sum::<@Int>() ⟦>=¦>⟧ limit)
    }
}
""",
            test="""
let @owner = @Owner::new(Some(1));
assert!(@owner.has_more("@text2", @n2) && !@owner.has_more("@text1", @n2) && !@owner.has_more("@text3", 0));
assert!(@owner.is_full() && !@Owner::new(None).is_full());
""",
            codes=("E0308",),
        ),
        Template(
            "asked_of_a_result",
            """
#[derive(Debug, PartialEq)]
pub enum @Error {
    Unknown,
    Closed,
}

pub struct @Owner {
    pub @count: [Option<@Int>; ⟦3¦4⟧],
    pub open: bool,
}

impl @Owner {
    pub fn @find(&self, at: usize) -> Result<@Int, @Error> {
        if !self.open {
            return Err(@Error::Closed);
        }
        ⟦self.@count.get(at).copied().flatten().ok_or(@Error::Unknown)¦match self.@count.get(at) {
            Some(Some(@count)) => Ok(*@count),
            _ => Err(@Error::Unknown),
        }⟧
    }

    pub fn enough(&self, at: usize, number: @Int) -> bool {
        self.@find(at).«is_some_and»«is_ok_and»(|@count| @count >= number)
    }

    pub fn is_closed(&self) -> bool {
        self.@find(0).«is_none_or»«is_err_and»(|error| error == @Error::Closed)
    }
}
""",
            test="""
let mut @owner = @Owner { @count: Default::default(), open: true };
@owner.@count[1] = Some(@n2);
assert!(@owner.enough(1, @n1) && !@owner.enough(1, @n3) && !@owner.enough(0, 0) && !@owner.is_closed());
@owner.open = false;
assert!(!@owner.enough(1, @n1) && @owner.is_closed());
""",
            codes=("E0599",),
        ),
        Template(
            "an_option_of_a_bool_in_a_condition",
            """
pub struct @Item {
    pub @label: String,
    pub due: Option<@Int>,
    pub @flag: bool,
}

pub fn is_late(@item: &@Item, today: @Int) -> bool {
    ⟦1:if @item.@flag {
        return false;
    }
    ¦!@item.@flag && ⟧@item.due.«map»«is_some_and»(|due| due < today)
}

pub fn @show(@items: &[@Item], today: @Int) -> Vec<String> {
    let mut lines = Vec::new();
    for @item in @items {
        let mark = if is_late(@item, today) { ⟦"late"¦"!"⟧ } else { "" };
        lines.push(⟦format!("{mark}:{}", @item.@label)¦[mark, @item.@label.as_str()].join(":")⟧);
    }
    lines
}
""",
            test="""
let @item = |due, @flag| @Item { @label: "@text1".into(), due, @flag };
assert!(is_late(&@item(Some(@n1), false), @n2));
assert!(!is_late(&@item(Some(@n2), false), @n1) && !is_late(&@item(None, false), @n1) && !is_late(&@item(Some(@n1), true), @n2));
assert_eq!(@show(&[@item(None, false)], @n1), [":@text1"]);
""",
            codes=("E0308",),
        ),
    ),
    frozen=(
        Template(
            "absent_limit_allows_everything",
            """
#[derive(Clone, Copy)]
pub struct Limits {
    pub least: Option<u32>,
    pub most: Option<u32>,
}

impl Limits {
    /// A limit that is not set allows everything.
    pub fn allow(&self, @size: u32) -> bool {
        let small = self.most.«map»«is_none_or»«is_some_and»(|most| @size <= most);
        let large = self.least.is_none_or(|least| @size >= least);
        small && large
    }
}

pub struct @Owner {
    limits: Limits,
    pub @size: Vec<u32>,
}

impl @Owner {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            @size: Vec::new(),
        }
    }

    pub fn @add(&mut self, @size: u32) -> bool {
        let allowed = self.limits.allow(@size);
        if allowed {
            self.@size.push(@size);
        }
        allowed
    }
}
""",
            test="""
let mut free = @Owner::new(Limits { least: None, most: None });
assert!(free.@add(5));
let mut bound = @Owner::new(Limits { least: Some(3), most: Some(9) });
assert!(!bound.@add(2) && bound.@add(3) && bound.@add(9) && !bound.@add(10));
""",
            codes=("E0308",),
        ),
        Template(
            "nested_options",
            """
pub struct Contact {
    pub phone: Option<String>,
}

pub struct @Person {
    pub name: String,
    pub contact: Option<Contact>,
}

/// Whether the @person can be called in that country.
pub fn reachable(@person: &@Person, prefix: &str) -> bool {
    let contact = @person.contact.as_ref();
    contact.is_some_and(|contact| «contact.phone.as_ref().map(|phone| phone.starts_with(prefix))»«{
        let phone = contact.phone.as_ref();
        phone.is_some_and(|phone| phone.starts_with(prefix))
    }»«contact.phone.is_some()»)
}

pub fn all_reachable<'a>(@people: &'a [@Person], prefix: &str) -> Vec<&'a str> {
    let found = @people.iter().filter(|@person| reachable(@person, prefix));
    found.map(|@person| @person.name.as_str()).collect()
}
""",
            test="""
let person = |name: &str, phone: Option<&str>| @Person {
    name: name.into(),
    contact: Some(Contact { phone: phone.map(String::from) }),
};
let mut @people = vec![person("@name1", Some("+49 1")), person("@name2", Some("+33 2")), person("@name3", None)];
@people.push(@Person { name: "Zoe".into(), contact: None });
assert_eq!(all_reachable(&@people, "+49"), ["@name1"]);
""",
            codes=("E0308",),
        ),
        Template(
            "locked_value_is_only_lent",
            """
use std::sync::Mutex;

pub struct Job {
    pub @label: String,
    pub @count: u32,
}

#[derive(Default)]
pub struct @Owner {
    current: Mutex<Option<Job>>,
}

impl @Owner {
    pub fn start(&self, @label: &str, @count: u32) {
        let job = Job {
            @label: @label.to_string(),
            @count,
        };
        *self.current.lock().unwrap() = Some(job);
    }

    /// Whether that is what is worked on now. Asking changes nothing.
    pub fn works_on(&self, @label: &str) -> bool {
        let «»«»«mut »current = self.current.lock().unwrap();
        current.«is_some_and»«as_ref().is_some_and»«take().is_some_and»(|job| job.@label == @label)
    }

    pub fn left(&self) -> u32 {
        self.current.lock().unwrap().as_ref().map_or(0, |job| job.@count)
    }
}
""",
            test="""
let @owner = @Owner::default();
assert!(!@owner.works_on("@text1"));
@owner.start("@text1", 5);
assert!(@owner.works_on("@text1") && @owner.works_on("@text1") && !@owner.works_on("@text2"));
assert_eq!(@owner.left(), 5);
""",
            codes=("E0507",),
        ),
        Template(
            "the_predicate_is_a_function",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Version(pub u32, pub u32);

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Version(major.parse().ok()?, minor.parse().ok()?))
    }
}

fn is_stable(version: &Version) -> bool {
    version.0 > 0
}

pub struct @Item {
    pub @label: String,
    pub version: Option<Version>,
}

pub fn stable(@items: &[@Item]) -> Vec<&@Item> {
    let known = @items.iter().filter(|@item| @item.version.«is_some_and(is_stable)»«as_ref().is_some_and(is_stable)»«is_some()»);
    known.collect()
}

pub fn is_release(text: &str) -> bool {
    Version::parse(text).«is_some_and(is_stable)»«is_some_and(|version| is_stable(&version))»
}
""",
            test="""
let @items = ["0.3", "1.2", "x"].map(|text| @Item { @label: text.into(), version: Version::parse(text) });
assert_eq!(stable(&@items).iter().map(|@item| @item.@label.as_str()).collect::<Vec<_>>(), ["1.2"]);
assert!(is_release("2.0") && !is_release("0.9") && !is_release("2"));
""",
            codes=("E0631", "E0507"),
        ),
    ),
)
