"""`copied`, `cloned`, and the difference between values and references to them."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="copied_cloned",
    title="References where values are wanted, or copied and cloned where that is not possible or not needed",
    codes=(
        "E0271",
        "E0277",
        "E0308",
        "E0599",
        "clippy::cloned_instead_of_copied",
        "clippy::map_clone",
    ),
    templates=(
        Template(
            "the_best_of_a_borrowed_list",
            """
#[derive(Debug, Default)]
pub struct @Item {
    pub @label: String,
    scores: Vec<@Int>,
}

impl @Item {
    pub fn new(@label: &str, scores: &[@Int]) -> Self {
        Self {
            @label: @label.to_string(),
            scores: scores.to_vec(),
        }
    }

    pub fn ⟦1:best¦last¦middle⟧(&self) -> Option<@Int> {
        self.scores.⟦1:iter().max()¦last()¦get(self.scores.len() / 2)⟧«»«.copied()»
    }

    pub fn @add(&mut self, score: @Int) -> usize {
        ⟦if score > 0 {
            self.scores.push(score);
        }
        self.scores.len()¦self.scores.push(score);
        self.scores.len()¦self.scores.extend((score > 0).then_some(score));
        self.scores.len()⟧
    }
}

pub fn @show(@item: &@Item) -> String {
    match @item.⟦1:best¦last¦middle⟧() {
        Some(score) => format!("{}: {score}", @item.@label),
        None => format!("{}: -", @item.@label),
    }
}
""",
            test="""
let mut @item = @Item::new("@text1", &[@n1, @n3]);
assert_eq!((@show(&@item), @item.@add(@n2)), ("@text1: @n3".to_string(), 3));
assert_eq!(@show(&@item), "@text1: ⟦1:@n3¦@n2¦@n3⟧");
assert_eq!(@show(&@Item::default()), ": -");
""",
            codes=("E0308",),
        ),
        Template(
            "some_of_them_in_a_list_of_their_own",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
    pub @flag: bool,
}

pub struct @Owner {
    @items: Vec<@Item>,
}

impl @Owner {
    pub fn new(@items: Vec<@Item>) -> Self {
        Self { @items }
    }

    pub fn @flag(&self) -> Vec<⟦1:@Item¦@Item¦String¦@Int⟧> {
        self.@items
            .iter()
            .filter(|@item| ⟦@item.@flag¦@item.@flag && @item.@size > 1⟧)
            ⟦1:«»«.cloned()
            »¦.take(@n5)
            «»«.cloned()
            »¦.map(|@item| &@item.@label)
            «»«.cloned()
            »¦.map(|@item| &@item.@size)
            «»«.copied()
            »⟧.collect()
    }

    pub fn largest(&self) -> Option<&@Item> {
        self.@items.iter().max_by_key(|@item| @item.@size)
    }
}
""",
            test="""
let item = |@label: &str, @size, @flag| @Item { @label: @label.into(), @size, @flag };
let @owner = @Owner::new(vec![item("@text1", @n1, true), item("@text2", @n2, false)]);
assert_eq!(@owner.@flag(), [⟦1:item("@text1", @n1, true)¦item("@text1", @n1, true)¦"@text1"¦@n1⟧]);
assert_eq!(@owner.largest().unwrap().@label, "@text2");
""",
            codes=("E0277",),
        ),
        Template(
            "copied_what_can_only_be_cloned",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct @Owner {
    @people: ⟦1:HashMap¦BTreeMap⟧<@Int, ⟦2:String¦Vec<String>¦Option<String>⟧>,
}

impl @Owner {
    pub fn new(@people: impl IntoIterator<Item = (@Int, ⟦2:String¦Vec<String>¦Option<String>⟧)>) -> Self {
        Self {
            @people: @people.into_iter().collect(),
        }
    }

    pub fn @find(&self, number: @Int) -> ⟦3:Option<⟦2:String¦Vec<String>¦Option<String>⟧>¦⟦2:String¦Vec<String>¦Option<String>⟧⟧ {
        ⟦self.@people.get(&number)¦let found = self.@people.get(&number);
        found⟧.«copied»«cloned»()⟦3:¦.unwrap_or_default()⟧
    }

    pub fn next_number(&self) -> @Int {
        self.@people.keys().max().map_or(1, |last| last + 1)
    }
}
""",
            test="""
let @owner = @Owner::new([(@n1, ⟦2:"@name1".to_string()¦vec!["@name1".to_string()]¦Some("@name1".to_string())⟧)]);
assert_eq!(@owner.@find(@n1), ⟦3:Some(⟦2:"@name1".to_string()¦vec!["@name1".to_string()]¦Some("@name1".to_string())⟧)¦⟦2:"@name1"¦["@name1"]¦Some("@name1".to_string())⟧⟧);
assert!(@owner.@find(@n2).⟦3:is_none()¦⟦2:is_empty()¦is_empty()¦is_none()⟧⟧);
assert_eq!(@owner.next_number(), @n1 + 1);
""",
            codes=("E0277",),
        ),
        Template(
            "a_closure_that_only_copies",
            """
#[derive(Debug, Clone⟦1:, Copy¦⟧, PartialEq)]
pub enum @Kind {
    @First⟦1:¦(String)⟧,
    @Second,
    @Third { @count: @Int },
}

pub struct @Person {
    pub name: String,
    pub wants: Vec<@Kind>,
}

/// All that somebody wants, in the order in which they were asked.
pub fn wanted(@people: &[@Person]) -> Vec<@Kind> {
    let mut all: Vec<@Kind> = Vec::new();
    for @person in @people {
        ⟦let new = @person.wants.iter()¦let wants = &@person.wants;
        let new = wants.iter()⟧⟦.filter(|@kind| !all.contains(@kind))¦.take(@n6)⟧«.map(|@kind| ⟦1:*@kind¦@kind.clone()⟧)»«.⟦1:copied()¦cloned()⟧»;
        let new: Vec<@Kind> = new.collect();
        all.extend(new);
    }
    all
}

pub fn total(kinds: &[@Kind]) -> @Int {
    let counts = kinds.iter().map(|@kind| match @kind {
        @Kind::@Third { @count } => *@count,
        _ => 1,
    });
    counts.sum()
}
""",
            test="""
let @person = |wants: &[@Kind]| @Person { name: "@name1".into(), wants: wants.to_vec() };
let all = wanted(&[@person(&[@Kind::@Second]), @person(&[@Kind::@Third { @count: @n2 }])]);
assert_eq!(all, [@Kind::@Second, @Kind::@Third { @count: @n2 }]);
assert_eq!(total(&all), 1 + @n2);
""",
            codes=("clippy::map_clone",),
        ),
        Template(
            "a_default_for_what_is_looked_up",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Default)]
pub struct @Owner {
    @price: ⟦1:HashMap¦BTreeMap⟧<String, @Float>,
    pub lines: Vec<(String, ⟦4:u8¦u16¦i16⟧)>,
}

impl @Owner {
    pub fn set(&mut self, @label: &str, @price: @Float) -> &mut Self {
        self.@price.insert(@label.to_string(), @price);
        self
    }

    /// What is not in the list costs nothing.
    fn @price(&self, @label: &str) -> @Float {
        self.@price.get(@label)«»«.copied()».⟦unwrap_or(0.0)¦filter(|@price| «**@price»«*@price» > 0.0).unwrap_or(0.0)¦unwrap_or(-1.0).max(0.0)⟧
    }

    pub fn total(&self) -> @Float {
        ⟦let lines = self.lines.iter();
        lines.map(|(@label, @count)| self.@price(@label) * @Float::from(*@count)).sum()¦let mut total = 0.0;
        for (@label, @count) in &self.lines {
            total += self.@price(@label) * @Float::from(*@count);
        }
        total⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.set("@text1", 2.5).set("@text2", 0.5);
@owner.lines = vec![("@text1".into(), 2), ("@text3".into(), 9), ("@text2".into(), 1)];
assert_eq!(@owner.total(), 5.5);
""",
            codes=("E0308",),
        ),
        Template(
            "cloned_what_is_already_owned",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub type Stock = ⟦1:HashMap¦BTreeMap⟧<String, @Item>;

/// All that is there, the largest @count first.
pub fn sorted(stock: Stock) -> Vec<@Item> {
    let mut @items: Vec<@Item> = stock.into_values()«.⟦2:cloned¦copied⟧()»«»⟦.filter(|@item| @item.@count > 0)¦⟧.collect();
    ⟦@items.sort_by(|a, b| (b.@count, &a.@label).cmp(&(a.@count, &b.@label)));¦@items.sort_by_key(|@item| std::cmp::Reverse(@item.@count));¦@items.sort_by_key(|@item| @item.@count);
    @items.reverse();⟧
    @items
}

pub fn @show(stock: &Stock) -> String {
    let @items = sorted(stock.clone());
    let lines = @items.iter().map(|@item| format!("{} {}", @item.@count, @item.@label));
    lines.collect::<Vec<_>>().join(", ")
}
""",
            test="""
let @items = [("@text1", @n1), ("@text2", @n3)].map(|(@label, @count)| @Item { @label: @label.into(), @count });
let stock: Stock = @items.into_iter().map(|@item| (@item.@label.clone(), @item)).collect();
assert_eq!(@show(&stock), "@n3 @text2, @n1 @text1");
""",
            codes=("E0271", "E0599"),
        ),
        Template(
            "a_list_that_grows_by_another_one",
            """
#[derive(Debug, Default, Clone, PartialEq)]
pub struct @Owner {
    pub names: Vec<String>,
    pub @size: Vec<@Int>,
}

impl @Owner {
    /// Takes over ⟦1:all names¦the long names¦some names¦the last names⟧ of the other.
    pub fn merge(&mut self, other: &@Owner, most: usize) -> &mut Self {
        self.@size.extend(other.@size.iter()⟦¦.copied()¦.filter(|@size| **@size > 0)⟧);
        ⟦2:let free = most.saturating_sub(self.names.len());
        ¦⟧self.names.extend(other.names.iter()⟦1:¦.filter(|name| name.len() > 1)¦.filter(|name| !name.starts_with('_'))¦.rev()⟧.take(⟦2:free¦most⟧)«»«.cloned()»);
        self
    }

    pub fn total_@size(&self) -> @Int {
        self.@size.iter().sum()
    }
}
""",
            test="""
let mut @owner = @Owner { names: vec!["@name1".into()], @size: vec![@n1] };
let other = @Owner { names: vec!["@name2".into()], @size: vec![@n2] };
@owner.merge(&other, 4);
assert_eq!((@owner.names.join(" "), @owner.total_@size()), ("@name1 @name2".to_string(), @n1 + @n2));
""",
            codes=("E0271",),
        ),
        Template(
            "numbers_that_are_cloned",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub @label: String,
    pub values: Vec<@Int>,
}

impl Series {
    pub fn largest(&self) -> @Int {
        self.values.iter()⟦1:.«cloned»«copied»().max()¦.max().«cloned»«copied»()⟧.unwrap_or(0)
    }

    /// The values that are larger than the one before.
    pub fn rises(&self) -> ⟦2:Vec<@Int>¦usize⟧ {
        let pairs = self.values.windows(2).filter(|pair| pair[1] > pair[0]);
        pairs.⟦2:map(|pair| pair[1]).collect()¦count()⟧
    }
}

pub fn @show(all: &[Series]) -> Vec<String> {
    ⟦all.iter()
        .map(|series| format!("{} up to {}", series.@label, series.largest()))
        .collect()¦let mut lines = Vec::new();
    for Series { @label, .. } in all {
        lines.push(@label.clone());
    }
    for (line, series) in lines.iter_mut().zip(all) {
        *line += &format!(" up to {}", series.largest());
    }
    lines⟧
}
""",
            test="""
let series = Series { @label: "@text1".into(), values: vec![@n2, @n1, @n4] };
assert_eq!(series.rises(), ⟦2:[@n4]¦1⟧);
assert_eq!(@show(&[series]), ["@text1 up to @n4"]);
""",
            codes=("clippy::cloned_instead_of_copied",),
        ),
    ),
    frozen=(
        Template(
            "an_entry_that_may_be_empty",
            """
use std::collections::HashMap;

/// Limits by name: `None` says that there is none on purpose.
#[derive(Default)]
pub struct Limits {
    by_name: HashMap<String, Option<u32>>,
    general: Option<u32>,
}

impl Limits {
    pub fn new(general: u32) -> Self {
        Limits {
            by_name: HashMap::new(),
            general: Some(general),
        }
    }

    pub fn set(&mut self, @label: &str, limit: Option<u32>) {
        self.by_name.insert(@label.to_string(), limit);
    }

    /// The limit on that @item; the general one where nothing is said about it.
    pub fn limit(&self, @label: &str) -> Option<u32> {
        self.by_name.get(@label).copied()«.or(self.general)»«.unwrap_or(self.general)»«.flatten().or(self.general)»
    }

    pub fn allows(&self, @label: &str, @size: u32) -> bool {
        self.limit(@label).is_none_or(|limit| @size <= limit)
    }
}
""",
            test="""
let mut limits = Limits::new(5);
limits.set("@text1", None);
limits.set("@text2", Some(2));
assert!(limits.allows("@text1", 99) && limits.allows("@text2", 2) && limits.allows("@text3", 5));
assert!(!limits.allows("@text2", 3) && !limits.allows("@text3", 6));
""",
            codes=("E0308",),
        ),
        Template(
            "what_cannot_be_cloned_is_lent",
            """
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Debug)]
pub struct Counter {
    pub @label: String,
    hits: AtomicU32,
}

impl Counter {
    pub fn hit(&self) -> u32 {
        self.hits.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[derive(Debug, Default)]
pub struct @Owner {
    counters: Vec<Counter>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str) {
        self.counters.push(Counter {
            @label: @label.to_string(),
            hits: AtomicU32::default(),
        });
    }

    fn counter(&self, @label: &str) -> Option<«Counter»«&Counter»> {
        let mut counters = self.counters.iter();
        counters.find(|counter| counter.@label == @label)«.cloned()»«»
    }

    /// One more; how many there were now.
    pub fn hit(&self, @label: &str) -> Option<u32> {
        self.counter(@label).map(|counter| counter.hit())
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("@text1");
assert_eq!((@owner.hit("@text1"), @owner.hit("@text1"), @owner.hit("@text2")), (Some(1), Some(2), None));
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "owned_text_of_lent_text",
            """
pub struct Index<'a> {
    pub words: Vec<&'a str>,
}

impl<'a> Index<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        Index { words }
    }

    /// What begins like that, to be kept longer than the text.
    pub fn complete(&self, start: &str) -> Vec<String> {
        let found = self.words.iter().filter(|word| word.starts_with(start));
        found«.cloned()»«.map(|word| word.to_string())»«.map(|word| word[start.len()..].to_string())».collect()
    }
}

pub fn @find(text: String, start: &str) -> Vec<String> {
    let index = Index::new(&text);
    let mut found = index.complete(start);
    found.truncate(@n1);
    found
}
""",
            test="""
assert_eq!(@find("apple pear apricot apple".to_string(), "ap").join(" "), "apple apricot");
assert!(@find(String::new(), "x").is_empty());
""",
            codes=("E0277",),
        ),
        Template(
            "two_lists_one_after_the_other",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

pub struct @Owner {
    kept: Vec<@Item>,
}

impl @Owner {
    pub fn new(kept: &[@Item]) -> Self {
        @Owner {
            kept: kept.to_vec(),
        }
    }

    /// How it would be with those as well; the @owner itself stays as it is.
    pub fn preview(&self, new: Vec<@Item>) -> Vec<@Item> {
        let mut all: Vec<@Item> = self.kept.iter()«»«.cloned()».chain(new).collect();
        all.sort_by_key(|@item| @item.@size);
        all
    }

    pub fn would_be(&self, new: Vec<@Item>) -> u32 {
        self.preview(new).iter().map(|@item| @item.@size).sum()
    }
}
""",
            test="""
let item = |@size| @Item { @label: "@text1".into(), @size };
let @owner = @Owner::new(&[item(5), item(1)]);
assert_eq!(@owner.preview(vec![item(3)]).iter().map(|@item| @item.@size).collect::<Vec<_>>(), [1, 3, 5]);
assert_eq!((@owner.would_be(vec![]), @owner.kept.len()), (6, 2));
""",
            codes=("E0271", "E0599"),
        ),
        Template(
            "pairs_of_references",
            """
use std::collections::BTreeMap;

pub type Stock = BTreeMap<String, u32>;

#[derive(Default)]
pub struct @Owner {
    stock: Stock,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @count: u32) {
        *self.stock.entry(@label.to_string()).or_default() += @count;
    }

    /// What there is less of than that, for an order.
    pub fn low(&self, least: u32) -> Stock {
        let low = self.stock.iter().filter(|(_, @count)| **@count < least);
        low«.cloned()»«.map(|(@label, @count)| (@label.clone(), *@count))»«.map(|(@label, @count)| (@label.clone(), least - @count))».collect()
    }

    pub fn order(&self, least: u32) -> String {
        let low = self.low(least);
        let lines = low.iter().map(|(@label, @count)| format!("{} {@label}", least - @count));
        lines.collect::<Vec<_>>().join(", ")
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("a", 1);
@owner.@add("b", 9);
@owner.@add("a", 1);
assert_eq!(@owner.order(5), "3 a");
assert_eq!(@owner.low(2), Stock::new());
""",
            codes=("E0271", "E0599"),
        ),
    ),
)
