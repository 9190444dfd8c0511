"""A reference to something that is gone when it is used: a local, a temporary, a loop's own value."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="reference_to_local",
    title="A reference to a local or a temporary is returned, or kept for longer than what it refers to",
    codes=("E0515", "E0597", "E0716"),
    templates=(
        Template(
            "slice_of_a_formatted_string",
            """
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl @Item {
    fn heading(&self) -> «&str»«String» {
        ⟦let text = format!("{} ({})", self.@label, self.@count);¦let mut text = self.@label.clone();
        text.push_str(&format!(" ({})", self.@count));¦let mut text = format!(" ({})", self.@count);
        text.insert_str(0, &self.@label);⟧
        «⟦&text¦text.as_str()¦text.trim()⟧»«text»
    }
}

/// All headings, one a line.
pub fn @show(@items: &[@Item]) -> String {
    let mut report = String::new();
    for @item in @items {
        report.push_str(«»«&»@item.heading());
        report.push('\\n');
    }
    report
}
""",
            test="""
let @items = [@Item { @label: "@text1".into(), @count: @n1 }, @Item { @label: "@text2".into(), @count: @n2 }];
assert_eq!(@show(&@items), "@text1 (@n1)\\n@text2 (@n2)\\n");
""",
            codes=("E0515",),
        ),
        Template(
            "loop_keeps_a_reference_to_its_own_value",
            """
pub struct @Item {
    pub @label: String,
    pub @flag: bool,
}

/// The longest label, in ⟦1:lower¦upper⟧ case and without what stands after a slash.
pub fn longest(@items: &[@Item]) -> String {
    let mut longest = «⟦3:""¦"-"⟧»«String::⟦3:new()¦from("-")⟧»;
    for @item in @items⟦¦.iter().filter(|@item| @item.@flag)¦.iter().rev()⟧ {
        let full = @item.@label.⟦1:to_lowercase()¦to_uppercase()⟧;
        let short = full.split('/').next().unwrap_or(&full);
        if short.len() > longest.len() {
            longest = short«»«.to_string()»«.repeat(2)»;
        }
    }
    longest«.to_string()»«»
}

pub fn number_of_@flag(@items: &[@Item]) -> usize {
    @items.iter().filter(|@item| @item.@flag).count()
}
""",
            test="""
let @items = ["Ab/x", "Abcd/y", "abc"].map(|@label| @Item { @label: @label.into(), @flag: true });
assert_eq!(longest(&@items), "⟦1:abcd¦ABCD⟧");
assert_eq!(longest(&[]), "⟦3:¦-⟧");
assert_eq!(number_of_@flag(&@items), 3);
""",
            codes=("E0597",),
        ),
        Template(
            "references_to_what_was_just_made",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

impl @Item {
    fn parse(line: &str) -> Option<Self> {
        let (@label, @size) = line.split_once(⟦1:':'¦'='⟧)?;
        Some(Self {
            @label: @label.trim().to_string(),
            @size: @size.trim().parse().ok()?,
        })
    }
}

/// Those of a text that are larger than the limit.
fn large(text: &str, limit: @Int) -> Vec<«&@Item»«@Item»> {
    let @items: Vec<@Item> = text.lines().filter_map(@Item::parse).collect();
    ⟦2:@items.«iter()»«into_iter()».filter(|@item| @item.@size > limit).collect()¦let mut found = Vec::new();
    for @item in «&@items»«@items» {
        if @item.@size > limit {
            found.push(@item);
        }
    }
    found⟧
}

pub fn @find(text: &str, limit: @Int) -> Option<String> {
    let found = large(text, limit);
    found.⟦first()¦last()¦iter().max_by_key(|@item| @item.@size)⟧.map(|@item| @item.@label.clone())
}
""",
            test="""
assert_eq!(@find("@text1⟦1::¦=⟧ @n1\\n@text2⟦1::¦=⟧ @n3\\nbroken", @n2), Some("@text2".to_string()));
assert_eq!(@find("@text1⟦1::¦=⟧ @n1", @n1), None);
""",
            codes=("E0515",),
        ),
        Template(
            "made_in_an_inner_block",
            """
#[derive(Debug, Default)]
pub struct Settings {
    pub limit: @Int,
    pub name: ⟦1:String¦Option<String>⟧,
}

impl Settings {
    fn parse(text: &str) -> Self {
        let mut settings = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "limit" => settings.limit = value.parse().unwrap_or(@n6),
                "name" => settings.name = ⟦1:value.to_string()¦Some(value.to_string())⟧,
                _ => {}
            }
        }
        settings
    }
}

/// How many of the @items are let in, by the settings of that text or by the usual ones.
pub fn admitted(text: Option<&str>, @items: &[@Int]) -> usize {
    let usual = Settings {
        limit: @n3,
        ..Settings::default()
    };
    let settings;
    «»«let parsed;
    »⟦2:if let Some(text) = text {
        «let parsed»«parsed» = Settings::parse(text);
        settings = &parsed;
    } else {
        settings = &usual;
    }¦match text {
        Some(text) => {
            «let parsed»«parsed» = Settings::parse(text);
            settings = &parsed;
        }
        None => settings = &usual,
    }⟧
    @items.iter().filter(|size| **size <= settings.limit).count()
}
""",
            test="""
assert_eq!(admitted(None, &[1, @n3, @n4]), 2);
assert_eq!(admitted(Some("name=@text1\\nlimit=1"), &[1, @n3, @n4]), 1);
""",
            codes=("E0597",),
        ),
        Template(
            "parts_of_a_temporary",
            """
pub struct @Person {
    pub name: String,
    pub @flag: bool,
}

impl @Person {
    /// The initials, such as `⟦1:A.B.¦A-B⟧` for two names.
    pub fn initials(&self) -> String {
        «»«let name = ⟦2:self.name.to_uppercase()¦self.name.replace('-', " ").to_uppercase()¦self.name.trim_start_matches("Dr. ").to_uppercase()⟧;
        »let parts = «⟦2:self.name.to_uppercase()¦self.name.replace('-', " ").to_uppercase()¦self.name.trim_start_matches("Dr. ").to_uppercase()⟧.split_whitespace()»«name.split_whitespace()»;
        ⟦3:let letters = parts.filter_map(|part| part.chars().next());
        let letters: Vec<String> = letters.map(String::from).collect();¦let mut letters = Vec::new();
        for part in parts {
            letters.extend(part.chars().next().map(String::from));
        }⟧
        ⟦1:letters.join(".") + "."¦letters.join("-")⟧
    }
}

pub fn signatures(@people: &[@Person]) -> Vec<String> {
    let signing = @people.iter().filter(|@person| @person.@flag);
    signing.map(@Person::initials).collect()
}
""",
            test="""
let @people = [("ada lovelace", true), ("@name2", false), ("ben", true)]
    .map(|(name, @flag)| @Person { name: name.into(), @flag });
assert_eq!(signatures(&@people), [⟦1:"A.L.", "B."¦"A-L", "B"⟧]);
""",
            codes=("E0716",),
        ),
        Template(
            "iterator_over_a_local",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

/// The words of a line in lower case, without marks.
fn words(line: &str) -> impl Iterator<Item = «&str»«String»> {
    let clean = line.to_lowercase().replace(⟦[',', '.']¦['!', '?', '.']¦|mark: char| mark.is_ascii_punctuation()⟧, " ");
    «clean.split_whitespace()»«let words: Vec<String> = clean.split_whitespace().map(String::from).collect();
    words.into_iter()»«std::iter::once(clean)»
}

pub fn counts(text: &str) -> ⟦1:HashMap¦BTreeMap⟧<String, @Int> {
    let mut counts = ⟦1:HashMap¦BTreeMap⟧::new();
    for line in text.lines() {
        for word in words(line) {
            *counts.entry(word.to_string()).or_default() += 1;
        }
    }
    counts
}
""",
            test="""
let counts = counts("one two. Two\\nthree");
assert_eq!((counts["one"], counts["two"], counts.len()), (1, 2, 3));
""",
            codes=("E0515",),
        ),
        Template(
            "closure_lends_what_it_was_given",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
    pub tags: Vec<String>,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// Closes the @owner; what is left are the labels of the @items.
    pub fn labels(self) -> Vec<String> {
        ⟦1:self.@items¦let mut @items = self.@items;
        @items.retain(|@item| @item.@count > 0);
        @items¦let (@items, _empty): (Vec<@Item>, Vec<@Item>) =
            self.@items.into_iter().partition(|@item| @item.@count > 0);
        @items⟧
            .into_iter()
            .map(|@item| @item.@label«.as_str()»«»)
            ⟦¦.filter(|@label| !@label.is_empty())
            ⟧«.map(String::from)
            »«».collect()
    }

    pub fn total(&self) -> @Int {
        self.@items.iter().map(|@item| @item.@count).sum()
    }
}
""",
            test="""
let item = |@label: &str| @Item { @label: @label.into(), @count: @n1, tags: Vec::new() };
let @owner = @Owner { @items: vec![item("@text1"), item("@text2")] };
assert_eq!(@owner.total(), 2 * @n1);
assert_eq!(@owner.labels(), ["@text1", "@text2"]);
""",
            codes=("E0515",),
        ),
        Template(
            "returns_the_copy_instead_of_the_stored_one",
            """
use std::collections::HashMap;

#[derive(Debug, Clone, Default)]
pub struct @Item {
    pub @count: @Int,
    pub @label: String,
}

#[derive(Default)]
pub struct @Owner {
    @items: HashMap<String, @Item>,
}

impl @Owner {
    /// The @item of that label, which is made where it is not there yet.
    fn @find(&mut self, @label: &str) -> &mut @Item {
        ⟦let @label = @label.to_string();
        let @item = @Item {
            @label: @label.clone(),
            ..Default::default()
        };¦let @item = @Item {
            @label: @label.to_string(),
            ..@Item::default()
        };¦let @item = @Item {
            @count: 0,
            @label: @label.to_string(),
        };⟧
        «let @item = &mut self.@items.entry(@label.to_string()).or_insert(@item).clone();
        @item»«self.@items.entry(@label.to_string()).or_insert(@item)»«Box::leak(Box::new(self.@items.entry(@label.to_string()).or_insert(@item).clone()))»
    }

    pub fn @add(&mut self, @label: &str, number: @Int) -> ⟦1:@Int¦bool⟧ {
        let @item = self.@find(@label);
        @item.@count += number;
        @item.@count⟦1:¦ > @n3⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("@text1", @n2);
@owner.@add("@text2", @n1);
assert_eq!(@owner.@add("@text1", @n3), ⟦1:@n2 + @n3¦true⟧);
""",
            codes=("E0515",),
        ),
    ),
    frozen=(
        Template(
            "fallback_that_is_made_on_the_spot",
            """
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
    pub history: Vec<u32>,
}

impl @Item {
    pub const fn unknown() -> Self {
        Self {
            @label: String::new(),
            @count: @n1,
            history: Vec::new(),
        }
    }
}

«»«static UNKNOWN: @Item = @Item::unknown();

»pub struct @Owner {
    pub @items: HashMap<String, @Item>,
}

impl @Owner {
    /// The @item of that label, or one that stands for all that are not known.
    pub fn @find(&self, @label: &str) -> &@Item {
        self.@items.get(@label).unwrap_or«(&@Item::unknown())»«(&UNKNOWN)»«_else(|| self.@items.values().next().unwrap())»
    }

    pub fn total(&self, labels: &[&str]) -> u32 {
        labels.iter().map(|@label| self.@find(@label).@count).sum()
    }
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @count: 50, history: vec![1] };
let @owner = @Owner { @items: HashMap::from([("@text1".to_string(), @item)]) };
assert_eq!(@owner.total(&["@text1", "@text2", "@text3"]), 50 + 2 * @n1);
assert_eq!(@owner.@find("@text2"), &@Item::unknown());
""",
            codes=("E0515",),
        ),
        Template(
            "content_of_a_guard",
            """
use std::sync::{Arc, RwLock};

#[derive(Debug, Default)]
pub struct Status {
    pub message: String,
    pub step: u32,
}

/// What several threads write to and read from.
#[derive(Clone, Default)]
pub struct Progress {
    status: Arc<RwLock<Status>>,
}

impl Progress {
    pub fn @change(&self, message: &str) {
        let mut status = self.status.write().unwrap();
        status.step += 1;
        status.message = message.to_string();
    }

    fn message(&self) -> «&str»«String» {
        let status = self.status.read().unwrap();
        «if status.step == 0 { "waiting" } else { &status.message }»«if status.step == 0 {
            return "waiting".to_string();
        }
        status.message.clone()»
    }

    pub fn line(&self) -> String {
        format!("@item: {}", self.message())
    }
}
""",
            test="""
let progress = Progress::default();
assert_eq!(progress.line(), "@item: waiting");
let other = progress.clone();
other.@change("@text1");
assert_eq!(progress.line(), "@item: @text1");
""",
            codes=("E0515",),
        ),
        Template(
            "each_scope_points_to_the_one_before",
            """
pub struct Scope«<'a>»«» {
    pub @label: String,
    pub outer: Option<«&'a Scope<'a>»«Box<Scope>»>,
}

impl Scope«<'_>»«» {
    fn path(&self) -> String {
        match &self.outer {
            Some(outer) => format!("{}/{}", outer.path(), self.@label),
            None => self.@label.clone(),
        }
    }

    fn depth(&self) -> usize {
        1 + self.outer.as_ref().map_or(0, |outer| outer.depth())
    }
}

/// Goes down the labels, and tells where that ends.
pub fn @find(labels: &[&str]) -> Option<(usize, String)> {
    let mut innermost: Option<«&Scope»«Scope»> = None;
    for @label in labels {
        «let scope = Scope {»«innermost = Some(Scope {»
            @label: @label.to_string(),
            outer: innermost«»«.map(Box::new)»,
        }«;
        innermost = Some(&scope);»«);»
    }
    innermost.map(|scope| (scope.depth(), scope.path()))
}
""",
            test="""
assert_eq!(@find(&["@text1", "@text2", "@text3"]), Some((3, "@text1/@text2/@text3".to_string())));
assert_eq!(@find(&[]), None);
""",
            codes=("E0597",),
        ),
        Template(
            "borrowed_cow_of_a_changed_text",
            """
use std::borrow::Cow;

/// Text that is safe in a table's cell: a bar in it would end the cell.
fn cell(text: &str) -> Cow<'_, str> {
    if !text.contains('|') {
        return Cow::Borrowed(text);
    }
    let escaped = text.replace('|', "\\\\|");
    Cow::«Borrowed(&escaped)»«Owned(escaped)»«Borrowed(text)»
}

pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(rows: &[&[&str]]) -> Self {
        let rows = rows.iter().map(|row| row.iter().map(|text| text.to_string()).collect());
        Self {
            rows: rows.collect(),
        }
    }

    pub fn @show(&self) -> String {
        let mut lines = Vec::new();
        for row in &self.rows {
            let cells: Vec<Cow<str>> = row.iter().map(|text| cell(text)).collect();
            lines.push(format!("| {} |", cells.join(" | ")));
        }
        lines.join("\\n")
    }
}
""",
            test="""
let table = Table::new(&[&["@text1", "a|b"], &["", "@text2"]]);
assert_eq!(table.@show(), "| @text1 | a\\\\|b |\\n|  | @text2 |");
""",
            codes=("E0515",),
        ),
        Template(
            "queue_that_outlives_the_round",
            """
use std::collections::VecDeque;

#[derive(Clone)]
pub struct @Owner {
    pub @label: String,
    pub parts: Vec<@Owner>,
}

fn unpacked(@owner: &@Owner) -> Vec<@Owner> {
    let mut parts = @owner.parts.clone();
    parts.sort_by(|left, right| left.@label.cmp(&right.@label));
    parts
}

/// All labels, level by level, and sorted within what they are part of.
pub fn @show(root: @Owner) -> Vec<String> {
    let mut queue = VecDeque::new();
    let mut labels = Vec::new();
    queue.push_back(«&root»«root»);
    while let Some(@owner) = queue.pop_front() {
        labels.push(@owner.@label.clone());
        let parts = unpacked(«@owner»«&@owner»);
        for part in «&parts»«parts»«parts.into_iter().rev()» {
            queue.push_back(part);
        }
    }
    labels
}
""",
            test="""
let leaf = |@label: &str, parts: Vec<@Owner>| @Owner { @label: @label.into(), parts };
let root = leaf("root", vec![leaf("c", vec![]), leaf("a", vec![leaf("d", vec![])]), leaf("b", vec![])]);
assert_eq!(@show(root), ["root", "a", "b", "c", "d"]);
""",
            codes=("E0597",),
        ),
    ),
)
