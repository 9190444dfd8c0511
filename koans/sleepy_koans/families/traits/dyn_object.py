"""Trait objects: a trait that cannot be one, a place that cannot hold one, a type that is not told to be one."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="dyn_object",
    title="A trait object of a trait that cannot be one, without a pointer around it, or without `dyn`",
    codes=("E0038", "E0277", "E0308", "E0599", "E0782"),
    templates=(
        Template(
            "a_trait_where_a_type_stands",
            """
pub trait @Able {
    fn @able(&self) -> @Int;

    fn name(&self) -> String {
        String::from("@item")
    }
}

pub struct @Item {
    pub @count: @Int,
}

pub struct Fixed;

impl @Able for @Item {
    fn @able(&self) -> @Int {
        self.@count
    }
}

impl @Able for Fixed {
    fn @able(&self) -> @Int {
        @n2
    }

    fn name(&self) -> String {
        String::from("fixed")
    }
}

⟦1:#[derive(Default)]
pub struct @Owner {
    all: Vec<Box<«@Able»«dyn @Able»>>,
}

impl @Owner {
    pub fn @add(&mut self, one: impl @Able + 'static) {
        self.all.push(Box::new(one));
    }

    pub fn most(&self) -> Option<String> {
        let most = self.all.iter().⟦max_by_key(|one| one.@able())¦reduce(|a, b| if b.@able() >= a.@able() { b } else { a })⟧?;
        Some(most.name())
    }
}¦pub fn most(all: &[&«@Able»«dyn @Able»]) -> Option<String> {
    ⟦all.iter().max_by_key(|one| one.@able()).map(|one| one.name())¦let most = all.iter().max_by_key(|one| one.@able())?;
    Some(most.name())⟧
}¦pub fn larger<'a>(left: &'a dyn @Able, right: &'a «@Able»«dyn @Able») -> &'a dyn @Able {
    if left.@able() > right.@able() { left } else { right }
}

pub fn most(all: &[&dyn @Able]) -> Option<String> {
    let most = all.iter().copied().reduce(larger)?;
    Some(most.name())
}⟧
""",
            test="""
⟦1:let mut @owner = @Owner::default();
@owner.@add(Fixed);
@owner.@add(@Item { @count: @n1 });
assert_eq!(@owner.most().as_deref(), Some("fixed"));
@owner.@add(@Item { @count: @n3 });
assert_eq!(@owner.most().as_deref(), Some("@item"));¦assert_eq!(most(&[&Fixed, &@Item { @count: @n1 }]).as_deref(), Some("fixed"));
assert_eq!(most(&[]), None);¦assert_eq!(most(&[&Fixed, &@Item { @count: @n1 }]).as_deref(), Some("fixed"));
assert_eq!(most(&[]), None);⟧
""",
            codes=("E0782",),
        ),
        Template(
            "values_without_a_box",
            """
pub trait Rule {
    fn allows(&self, @count: @Int) -> bool;
}

pub struct AtMost(pub @Int);

pub struct Between {
    pub low: @Int,
    pub high: @Int,
}

impl Rule for AtMost {
    fn allows(&self, @count: @Int) -> bool {
        @count <= self.0
    }
}

impl Rule for Between {
    fn allows(&self, @count: @Int) -> bool {
        (self.low..=self.high).contains(&@count)
    }
}

⟦1:#[derive(Default)]
pub struct Rules {
    all: Vec<«dyn Rule»«Box<dyn Rule>»>,
}

impl Rules {
    pub fn with(mut self, rule: «dyn Rule»«Box<dyn Rule>») -> Self {
        self.all.push(rule);
        self
    }

    pub fn allow(&self, @count: @Int) -> bool {
        self.all.iter().all(|rule| rule.allows(@count))
    }
}¦pub struct Rules {
    all: Vec<(String, «dyn Rule»«Box<dyn Rule>»)>,
}

impl Rules {
    pub fn new(all: Vec<(String, «dyn Rule»«Box<dyn Rule>»)>) -> Self {
        Self { all }
    }

    pub fn allow(&self, @count: @Int) -> bool {
        self.all.iter().all(|(_, rule)| rule.allows(@count))
    }
}⟧
""",
            test="""
⟦1:let rules = Rules::default().with(Box::new(AtMost(@n3))).with(Box::new(Between { low: @n1, high: @n4 }));¦let rules = Rules::new(vec![
    ("a".into(), Box::new(AtMost(@n3))),
    ("b".into(), Box::new(Between { low: @n1, high: @n4 })),
]);⟧
assert!(rules.allow(@n2));
assert!(!rules.allow(@n4) && !rules.allow(@n1 - 1));
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "a_generic_method_in_the_trait",
            """
pub trait Store {
    fn all(&self) -> Vec<@Int>;

    ⟦1:/// The values that are wanted.
    fn wanted<F: Fn(@Int) -> bool>(&self, wanted: F) -> Vec<@Int>« {»«
    where
        Self: Sized,
    {»
        self.all().into_iter().filter(|value| wanted(*value)).collect()
    }¦/// How often the value, in whatever type it is told, is there.
    fn wanted<T: Into<@Int>>(&self, value: T) -> usize« {»«
    where
        Self: Sized,
    {»
        let value = value.into();
        self.all().into_iter().filter(|one| *one == value).count()
    }⟧
}

pub struct @Owner {
    pub counts: Vec<@Int>,
}

pub struct UpTo(pub @Int);

impl Store for @Owner {
    fn all(&self) -> Vec<@Int> {
        self.counts.⟦clone()¦to_vec()⟧
    }
}

impl Store for UpTo {
    fn all(&self) -> Vec<@Int> {
        (0..self.0).⟦collect()¦rev().collect()⟧
    }
}

pub fn total(stores: &[Box<dyn Store>]) -> @Int {
    stores.iter().flat_map(|store| store.all()).sum()
}
""",
            test="""
let @owner = @Owner { counts: vec![@n1, @n2] };
⟦1:assert_eq!(@owner.wanted(|@count| @count > @n1), [@n2]);¦assert_eq!(@owner.wanted(@n2 as @Int), 1);⟧
assert_eq!(total(&[Box::new(@owner), Box::new(UpTo(4))]), @n1 + @n2 + 6);
""",
            codes=("E0038",),
        ),
        Template(
            "a_method_that_returns_its_type",
            """
pub trait Shape {
    fn area(&self) -> @Float;
    fn scaled(&self, factor: @Float) -> «Self»«Box<dyn Shape>»;
}

⟦#[derive(Debug, Clone)]
¦#[derive(Debug)]
¦⟧pub struct Square {
    pub side: @Float,
}

pub struct Strip {
    pub length: @Float,
    pub width: @Float,
}

impl Shape for Square {
    fn area(&self) -> @Float {
        self.side * self.side
    }

    fn scaled(&self, factor: @Float) -> «Self»«Box<dyn Shape>» {
        ⟦«Self {
            side: self.side * factor,
        }»«Box::new(Self {
            side: self.side * factor,
        })»¦let side = self.side * factor;
        «Square { side }»«Box::new(Square { side })»⟧
    }
}

impl Shape for Strip {
    fn area(&self) -> @Float {
        self.length * self.width
    }

    fn scaled(&self, factor: @Float) -> «Self»«Box<dyn Shape>» {
        «Self {
            length: self.length * factor,
            ..*self
        }»«Box::new(Self {
            length: self.length * factor,
            ..*self
        })»«Box::new(Self {
            width: self.width * factor,
            length: self.length * factor,
        })»
    }
}

/// The area of all shapes when they are that much longer.
pub fn total(shapes: &[⟦1:&dyn Shape¦Box<dyn Shape>⟧], factor: @Float) -> @Float {
    shapes.iter().map(|shape| shape.scaled(factor).area()).sum()
}
""",
            test="""
let shapes: [⟦1:&dyn Shape; 2] = [&Square { side: 2.0 }, &Strip { length: 3.0, width: 1.0 }];¦Box<dyn Shape>; 2] = [Box::new(Square { side: 2.0 }), Box::new(Strip { length: 3.0, width: 1.0 })];⟧
assert_eq!(total(&shapes, 2.0), 22.0);
assert_eq!(shapes[1].area(), 3.0);
""",
            codes=("E0038",),
        ),
        Template(
            "one_of_two_types_is_returned",
            """
use std::fmt::⟦1:Display¦Debug¦{self, Display}⟧;

⟦1:#[derive(Debug)]
pub struct Nothing;

impl Display for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nothing")
    }
}¦#[derive(Debug)]
pub struct Nothing;¦pub struct Nothing;

impl Display for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nothing")
    }
}⟧

pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

/// The number of a @item, or that there is none.
fn amount(@items: &[@Item], @label: &str) -> «impl ⟦1:Display¦Debug¦Display⟧»«Box<dyn ⟦1:Display¦Debug¦Display⟧>» {
    ⟦match @items.iter().find(|@item| @item.@label == @label) {
        Some(@item) => «@item.@count»«Box::new(@item.@count)»,
        None => «Nothing»«Box::new(Nothing)»,
    }¦let found = @items.iter().find(|@item| @item.@label == @label);
    if let Some(@item) = found {
        «@item.@count»«Box::new(@item.@count)»
    } else {
        «Nothing»«Box::new(Nothing)»
    }¦let Some(found) = @items.iter().find(|@item| @item.@label == @label) else {
        return «Nothing»«Box::new(Nothing)»;
    };
    «found.@count»«Box::new(found.@count)»⟧
}

pub fn @show(@items: &[@Item], @label: &str) -> String {
    format!("{@label}: {⟦1:¦:?¦⟧}", amount(@items, @label))
}
""",
            test="""
let @items = [@Item { @label: "@text1".into(), @count: @n1 }];
assert_eq!(@show(&@items, "@text1"), "@text1: @n1");
assert_eq!(@show(&@items, "@text2").to_lowercase(), "@text2: nothing".to_lowercase());
""",
            codes=("E0308",),
        ),
        Template(
            "a_box_where_a_reference_is_taken",
            """
mod ⟦1:steps¦actions⟧;

use ⟦1:steps¦actions⟧::{Push, Step, Trim};

pub fn standard(@label: &str) -> Vec<Box<dyn Step>> {
    vec![Box::new(Trim), Box::new(Push(@label.to_string()))]
}

fn applied⟦2:(step: &dyn Step, text: &str)¦<S: Step + ?Sized>(step: &S, text: &str)¦(step: &(impl Step + ?Sized), text: &str)⟧ -> String {
    let text = step.run(text);
    format!("{text}{}", step.mark())
}

/// What becomes of a text when all steps are taken.
pub fn run(text: &str, steps: &[Box<dyn Step>]) -> String {
    ⟦let mut text = text.to_string();
    for step in steps {
        text = applied(«step»«step.as_ref()», &text);
    }
    text¦steps
        .iter()
        .fold(text.to_string(), |text, step| applied(«step»«step.as_ref()», &text))⟧
}

//- src/⟦1:steps¦actions⟧.rs
pub trait Step {
    fn run(&self, text: &str) -> String;

    fn mark(&self) -> char {
        '.'
    }
}

pub struct Trim;

pub struct Push(pub String);

impl Step for Trim {
    fn run(&self, text: &str) -> String {
        text.trim().to_string()
    }
}

impl Step for Push {
    fn run(&self, text: &str) -> String {
        ⟦format!("{text} {}", self.0)¦[text, &self.0].join(" ")⟧
    }

    fn mark(&self) -> char {
        '!'
    }
}
""",
            test="""
assert_eq!(run("  @text1 ", &standard("@text2")), "@text1. @text2!");
assert_eq!(run("@text1", &[]), "@text1");
""",
            codes=("E0277",),
        ),
        Template(
            "a_function_of_the_type",
            """
use std::collections::⟦1:BTreeMap¦HashMap⟧;

pub trait Command {
    fn name(«»«&self») -> &'static str;
    fn run(&self, value: @Int) -> @Int;
}

pub struct ⟦2:Double¦Square⟧;

pub struct Plus(pub @Int);

impl Command for ⟦2:Double¦Square⟧ {
    fn name(«»«&self») -> &'static str {
        "⟦2:double¦square⟧"
    }

    fn run(&self, value: @Int) -> @Int {
        value * ⟦2:2¦value⟧
    }
}

impl Command for Plus {
    fn name(«»«&self») -> &'static str {
        "plus"
    }

    fn run(&self, value: @Int) -> @Int {
        value + self.0
    }
}

#[derive(Default)]
pub struct Commands {
    all: ⟦1:BTreeMap¦HashMap⟧<&'static str, Box<dyn Command>>,
}

impl Commands {
    pub fn with<C: Command + 'static>(mut self, command: C) -> Self {
        self.all.insert(«C::name()»«command.name()», Box::new(command));
        self
    }

    pub fn run(&self, line: &str, value: @Int) -> @Int {
        let words = line.split_whitespace();
        ⟦words
            .filter_map(|word| self.all.get(word))
            .fold(value, |value, command| command.run(value))¦let mut value = value;
        for command in words.filter_map(|word| self.all.get(word)) {
            value = command.run(value);
        }
        value⟧
    }
}
""",
            test="""
let commands = Commands::default().with(⟦2:Double¦Square⟧).with(Plus(@n2));
assert_eq!(commands.run("⟦2:double¦square⟧ plus what", 3), ⟦2:6¦9⟧ + @n2);
assert_eq!(commands.run("plus plus", 0), 2 * @n2);
""",
            codes=("E0038",),
        ),
    ),
    frozen=(
        Template(
            "copies_of_what_is_boxed",
            """
pub trait Filter«: Clone»«» {
    fn passes(&self, text: &str) -> bool;«»«
    fn boxed(&self) -> Box<dyn Filter>;»
}

#[derive(Clone)]
pub struct Contains(pub String);

#[derive(Clone)]
pub struct Longer {
    pub than: usize,
}

impl Filter for Contains {
    fn passes(&self, text: &str) -> bool {
        text.contains(&self.0)
    }«»«

    fn boxed(&self) -> Box<dyn Filter> {
        Box::new(self.clone())
    }»
}

impl Filter for Longer {
    fn passes(&self, text: &str) -> bool {
        text.len() > self.than
    }«»«

    fn boxed(&self) -> Box<dyn Filter> {
        Box::new(self.clone())
    }»
}

«»«impl Clone for Box<dyn Filter> {
    fn clone(&self) -> Self {
        self.as_ref().boxed()
    }
}

»#[derive(Clone, Default)]
pub struct Query {
    filters: Vec<Box<dyn Filter>>,
}

impl Query {
    /// The same query, narrowed; this one stays as it is.
    pub fn with<F: Filter + 'static>(&self, filter: F) -> Self {
        let mut narrowed = self.clone();
        narrowed.filters.push(Box::new(filter));
        narrowed
    }

    pub fn count(&self, labels: &[&str]) -> usize {
        let passes = |text: &&&str| self.filters.iter().all(|filter| filter.passes(text));
        labels.iter().filter(passes).count()
    }
}
""",
            test="""
let all = ["ridge", "brook", "meadow", "orchard"];
let wide = Query::default().with(Contains("o".into()));
let narrow = wide.with(Longer { than: 5 });
assert_eq!((wide.count(&all), narrow.count(&all), Query::default().count(&all)), (3, 2, 4));
""",
            codes=("E0038", "E0277"),
        ),
        Template(
            "equality_across_types",
            """
pub trait Part«: PartialEq»«» {
    fn name(&self) -> &str;
    fn size(&self) -> u32;«»«

    fn same(&self, other: &dyn Part) -> bool {
        self.name() == other.name() && self.size() == other.size()
    }»
}

#[derive(PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

#[derive(PartialEq)]
pub struct Spacer(pub u32);

impl Part for @Item {
    fn name(&self) -> &str {
        &self.@label
    }

    fn size(&self) -> u32 {
        self.@size
    }
}

impl Part for Spacer {
    fn name(&self) -> &str {
        "-"
    }

    fn size(&self) -> u32 {
        self.0
    }
}

/// Whether two rows look alike: parts of the same name and size, whatever they are.
pub fn alike(left: &[Box<dyn Part>], right: &[Box<dyn Part>]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(left, right)| «left == right»«left.same(right.as_ref())»«left.size() == right.size()»)
}
""",
            test="""
let row = |@label: &str, @size| -> Vec<Box<dyn Part>> {
    vec![Box::new(Spacer(2)), Box::new(@Item { @label: @label.into(), @size })]
};
assert!(alike(&row("@text1", 3), &row("@text1", 3)));
assert!(!alike(&row("@text1", 3), &row("@text2", 3)));
assert!(!alike(&row("@text1", 3), &row("@text1", 4)));
assert!(!alike(&row("@text1", 3), &[]));
let spacers: Vec<Box<dyn Part>> = vec![Box::new(@Item { @label: "-".into(), @size: 2 }), Box::new(Spacer(9))];
assert!(alike(&spacers[..1], &row("@text1", 9)[..1]));
""",
            codes=("E0038",),
        ),
        Template(
            "a_visitor_of_any_type",
            """
pub trait Tree {
    fn visit«<F: FnMut(&str)>»«»(&self, visit: «&mut F»«&mut dyn FnMut(&str)»);
}

pub struct Leaf(pub String);

pub struct Branch {
    pub @label: String,
    pub below: Vec<Box<dyn Tree>>,
}

impl Tree for Leaf {
    fn visit«<F: FnMut(&str)>»«»(&self, visit: «&mut F»«&mut dyn FnMut(&str)») {
        visit(&self.0);
    }
}

impl Tree for Branch {
    fn visit«<F: FnMut(&str)>»«»(&self, visit: «&mut F»«&mut dyn FnMut(&str)») {
        visit(&self.@label);
        for tree in &self.below {
            tree.visit(visit);
        }
    }
}

/// How many names there are, and the longest one.
pub fn summary_of(tree: &dyn Tree) -> (usize, String) {
    let mut number = 0;
    let mut longest = String::new();
    tree.visit(&mut |name: &str| {
        number += 1;
        if name.len() > longest.len() {
            longest = name.to_string();
        }
    });
    (number, longest)
}
""",
            test="""
let below: Vec<Box<dyn Tree>> = vec![Box::new(Leaf("b".into())), Box::new(Leaf("ccc".into()))];
let inner = Branch { @label: "dd".into(), below };
let tree = Branch { @label: "a".into(), below: vec![Box::new(inner)] };
assert_eq!(summary_of(&tree), (4, "ccc".to_string()));
""",
            codes=("E0038",),
        ),
        Template(
            "an_iterator_from_a_trait_object",
            """
pub trait Source {
    fn entries(&self) -> «impl Iterator<Item = u32>»«Box<dyn Iterator<Item = u32> + '_>»;
}

pub struct Stored {
    pub counts: Vec<u32>,
}

pub struct Steps {
    pub by: u32,
    pub number: u32,
}

impl Source for Stored {
    fn entries(&self) -> «impl Iterator<Item = u32>»«Box<dyn Iterator<Item = u32> + '_>» {
        «self.counts.iter().copied()»«Box::new(self.counts.iter().copied())»
    }
}

impl Source for Steps {
    fn entries(&self) -> «impl Iterator<Item = u32>»«Box<dyn Iterator<Item = u32> + '_>» {
        «(0..self.number).map(|step| step * self.by)»«Box::new((0..self.number).map(|step| step * self.by))»
    }
}

#[derive(Default)]
pub struct Collected {
    sources: Vec<Box<dyn Source>>,
}

impl Collected {
    pub fn with(mut self, source: impl Source + 'static) -> Self {
        self.sources.push(Box::new(source));
        self
    }

    /// The largest entries of all sources, largest first.
    pub fn largest(&self, number: usize) -> Vec<u32> {
        let mut all: Vec<u32> = self.sources.iter().flat_map(|source| source.entries()).collect();
        all.sort_unstable_by(|left, right| right.cmp(left));
        all.truncate(number);
        all
    }
}
""",
            test="""
let all = Collected::default().with(Stored { counts: vec![7, 1] }).with(Steps { by: 3, number: 4 });
assert_eq!(all.largest(3), [9, 7, 6]);
assert_eq!(Collected::default().largest(2), []);
""",
            codes=("E0038",),
        ),
        Template(
            "functions_with_something_to_remember",
            """
use std::collections::BTreeMap;

pub type Change = «fn(u32) -> u32»«Box<dyn Fn(u32) -> u32>»;

/// What is done to a number of @items, by name.
pub struct Changes {
    known: BTreeMap<String, Change>,
}

fn halved(@count: u32) -> u32 {
    @count / 2
}

impl Changes {
    pub fn standard() -> Self {
        let mut known = BTreeMap::new();
        let half: Change = «halved»«Box::new(halved)»;
        known.insert("halve".to_string(), half);
        Self { known }
    }

    pub fn learn_limit(&mut self, name: &str, limit: u32) {
        let limited = move |@count: u32| @count.min(limit);
        self.known.insert(name.to_string(), «limited»«Box::new(limited)»);
    }

    pub fn apply(&self, names: &[&str], @count: u32) -> Option<u32> {
        names.iter().try_fold(@count, |@count, name| {
            let change = self.known.get(*name)?;
            Some(change(@count))
        })
    }
}
""",
            test="""
let mut changes = Changes::standard();
changes.learn_limit("few", 3);
changes.learn_limit("some", 10);
assert_eq!(changes.apply(&["halve", "some"], 50), Some(10));
assert_eq!(changes.apply(&["halve", "few"], 4), Some(2));
assert_eq!(changes.apply(&["double"], 4), None);
""",
            codes=("E0308",),
        ),
    ),
)
