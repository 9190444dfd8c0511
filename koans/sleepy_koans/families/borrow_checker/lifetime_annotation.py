"""Signatures and types say too little, or the wrong thing, about how long references live."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="lifetime_annotation",
    title="A lifetime is not told, or is another one than that of what is returned or kept",
    codes=("E0106", "E0261", "E0310", "E0499", "E0515", "E0521", "E0621", NO_CODE, "E0502", "E0505", "E0597"),
    templates=(
        Template(
            "one_of_two_parameters_is_returned",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

⟦1:/// The larger one, and the first one where both are the same.
fn better«»«<'a>»(first: &«»«'a »@Item, second: &«»«'a »@Item) -> &«»«'a »@Item {
    if second.@size > first.@size { second } else { first }
}¦/// The longer label, and the first one's where both are the same.
fn better«»«<'a>»(first: &«»«'a »@Item, second: &«»«'a »@Item) -> &«»«'a »str {
    if second.@label.len() > first.@label.len() {
        return &second.@label;
    }
    &first.@label
}¦/// The label of the larger one, or what stands for a tie.
fn better«»«<'a>»(first: &«»«'a »@Item, second: &«»«'a »@Item, tie: &«»«'a »str) -> &«»«'a »str {
    match first.@size.cmp(&second.@size) {
        std::cmp::Ordering::Less => &second.@label,
        std::cmp::Ordering::Greater => &first.@label,
        std::cmp::Ordering::Equal => tie,
    }
}⟧

pub fn @show(@items: &[@Item]) -> Vec<String> {
    let pairs = @items.⟦windows(2)¦chunks_exact(2)⟧;
    let told = pairs.map(|pair| ⟦1:better(&pair[0], &pair[1]).@label.clone()¦better(&pair[0], &pair[1]).to_string()¦better(&pair[0], &pair[1], "tie").to_string()⟧);
    told.collect()
}
""",
            test="""
let item = |@label: &str, @size| @Item { @label: @label.into(), @size };
assert_eq!(@show(&[item("a", 1), item("bc", 2)]), ["bc"]);
assert_eq!(@show(&[item("ab", 2), item("c", 1)]), ["ab"]);
""",
            codes=("E0106",),
        ),
        Template(
            "struct_that_holds_references",
            """
/// A ⟦1:line¦row⟧ of a file, and where it was found.
#[derive(Debug, Clone, Copy)]
pub struct Place«»«<'a>» {
    pub text: &«»«'a »str,
    pub number: usize,⟦2:¦
    pub file: &«»«'a »str,⟧
}

impl Place«»«<'_>» {
    pub fn @show(&self) -> String {
        ⟦2:format!("{}: {}", self.number, self.text)¦format!("{} {}: {}", self.file, self.number, self.text)⟧
    }
}

/// The places of a file where it speaks of the @item.
pub fn places<'a>(⟦2:¦file: &'a str, ⟧content: &'a str, @item: &str) -> Vec<Place«»«<'a>»> {
    let mut places = Vec::new();
    for (at, text) in content.lines().enumerate() {
        if text.⟦contains(@item)¦split_whitespace().any(|word| word == @item)¦trim().starts_with(@item)⟧ {
            places.push(Place {
                text,
                number: at + 1,⟦2:¦
                file,⟧
            });
        }
    }
    places
}
""",
            test="""
let found = places(⟦2:¦"log", ⟧"none here\\n@text1 @text2\\n@text2", "@text1");
assert_eq!(found.iter().map(Place::@show).collect::<Vec<_>>(), ["⟦2:¦log ⟧2: @text1 @text2"]);
""",
            codes=("E0106", "E0261"),
        ),
        Template(
            "the_fallback_is_not_tied_to_the_answer",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

pub type Shelf = ⟦1:HashMap¦BTreeMap⟧<u32, @Item>;

/// The @item of that number, or the one that stands for it.
fn chosen<'a>(shelf: &'a Shelf, number: u32, fallback: ⟦2:«&»«&'a »@Item¦Option<«&»«&'a »@Item>⟧) -> ⟦2:&'a @Item¦Option<&'a @Item>⟧ {
    ⟦2:match shelf.get(&number) {
        Some(@item) => @item,
        None => fallback,
    }¦shelf.get(&number).or(fallback)⟧
}

pub fn sum(shelf: &Shelf, numbers: &[u32], standard: &@Item) -> @Float {
    let mut sum = 0.0;
    for &number in numbers {
        ⟦2:sum += chosen(shelf, number, standard).@price;¦sum += chosen(shelf, number, Some(standard)).map_or(0.0, |@item| @item.@price);⟧
    }
    sum
}
""",
            test="""
let item = |@price| @Item { @label: "@text1".into(), @price };
let shelf = Shelf::from([(1, item(2.0)), (2, item(4.0))]);
assert_eq!(sum(&shelf, &[1, 2, 9], &item(0.5)), 6.5);
""",
            codes=("E0621",),
        ),
        Template(
            "answer_from_self_or_from_the_argument",
            """
use std::collections::HashMap;

pub struct Translation {
    known: HashMap<String, ⟦1:String¦Vec<String>⟧>,
}

impl Translation {
    pub fn new(pairs: &[(&str, &str)]) -> Self {
        let pairs = pairs.iter().map(|(from, to)| (from.to_string(), ⟦1:to.to_string()¦to.split('/').map(String::from).collect()⟧));
        Self {
            known: pairs.collect(),
        }
    }

    /// The word in the other language, or the word itself.
    fn word«(&self, word: &str) -> &str»«<'a>(&'a self, word: &'a str) -> &'a str» {
        ⟦2:match self.known.get(word) {
            Some(found) => ⟦1:found¦found.first().map_or(word, String::as_str)⟧,
            None => word,
        }¦let Some(found) = self.known.get(word) else {
            return word;
        };
        ⟦1:found¦found.first().map_or(word, String::as_str)⟧⟧
    }

    pub fn text(&self, text: &str) -> String {
        let words: Vec<&str> = text.split(⟦' '¦'-'¦char::is_whitespace⟧).map(|word| self.word(word)).collect();
        words.join(" ")
    }
}
""",
            test="""
let translation = Translation::new(&[("eins", "one⟦1:¦/1⟧"), ("zwei", "two")]);
assert_eq!(translation.text("eins"), "one");
assert_eq!(translation.text("@name1"), "@name1");
assert_eq!((translation.word("zwei"), translation.word("drei")), ("two", "drei"));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "keeps_what_it_was_only_shown",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

/// Which words stand where, without a copy of the text.
#[derive(Debug, Default)]
pub struct Index<'a> {
    lines: ⟦1:HashMap¦BTreeMap⟧<&'a str, Vec<usize>>,
    number: usize,
}

impl<'a> Index<'a> {
    pub fn add_line(&mut self, line: «&str»«&'a str») {
        self.number += 1;
        for word in line.⟦split_whitespace()¦split(' ').filter(|word| !word.is_empty())⟧ {
            ⟦2:self.lines.entry(word).or_default().push(self.number);¦let known = self.lines.entry(word).or_default();
            known.push(self.number);⟧
        }
    }

    pub fn lines_of(&self, word: &str) -> &[usize] {
        self.lines.get(word).map_or(&[], Vec::as_slice)
    }
}

pub fn indexed(text: &str) -> Index<'_> {
    let mut index = Index::default();
    ⟦3:for line in text.lines() {
        index.add_line(line);
    }¦text.lines().for_each(|line| index.add_line(line));⟧
    index
}
""",
            test="""
let index = indexed("one two\\ntwo three");
assert_eq!(index.lines_of("two"), [1, 2]);
assert!(index.lines_of("four").is_empty());
""",
            codes=("E0521", "E0621", NO_CODE),
        ),
        Template(
            "lifetime_that_nobody_declares",
            """
pub struct Cursor<'a, T> {
    values: &'a [T],
    at: usize,
}

impl«<T>»«<'a, T>» Cursor<'a, T> {
    pub fn new(values: &'a [T]) -> Self {
        Self { values, at: 0 }
    }

    /// The next ⟦1:value¦values⟧, which may outlive the cursor.
    ⟦1:pub fn step(&mut self) -> Option<&'a T> {
        let value = self.values.get(self.at)?;
        self.at += 1;
        Some(value)
    }¦pub fn step(&mut self, number: usize) -> &'a [T] {
        let end = self.values.len().min(self.at + number);
        let found = &self.values[self.at..end];
        self.at = end;
        found
    }⟧
}

⟦2:impl Iterator for Cursor<«'a»«'_», @Int> {
    type Item = @Int;

    fn next(&mut self) -> Option<@Int> {
        self.step(⟦1:¦1⟧)⟦1:¦.first()⟧.copied()
    }
}¦pub fn second«»«<'a>»(texts: &'a [String], fallback: &'a str) -> &'a str {
    let mut cursor = Cursor::new(texts);
    cursor.step(⟦1:¦1⟧);
    let found = cursor.step(⟦1:¦1⟧)⟦1:¦.first()⟧;
    found.map_or(fallback, String::as_str)
}⟧
""",
            test="""
let values = [@n1, @n2, @n3];
let mut cursor = Cursor::new(&values);
⟦1:cursor.step();
assert_eq!(cursor.step(), Some(&@n2));¦assert_eq!(cursor.step(2), [@n1, @n2]);
assert_eq!(cursor.step(2), [@n3]);⟧
""",
            codes=("E0261",),
        ),
        Template(
            "boxed_closure_that_borrows",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// A filter that is put together at run time.
pub type Filter<'a> = Box<dyn Fn(&@Item) -> bool + 'a>;

⟦1:pub fn by_@label(word: &str) -> «Filter<'static>»«Filter<'_>» {
    Box::new(move |@item| @item.@label.contains(word))
}¦pub fn by_@label(words: &[String]) -> «Filter<'static>»«Filter<'_>» {
    Box::new(move |@item| words.contains(&@item.@label))
}¦pub fn by_@label(wanted: &@Item) -> «Filter<'static>»«Filter<'_>» {
    Box::new(|@item| @item.@label == wanted.@label)
}⟧

pub fn by_@size(limit: @Int) -> Filter<'static> {
    Box::new(move |@item| @item.@size ⟦<=¦<⟧ limit)
}

pub fn @find<'a>(@items: &'a [@Item], filters: &[Filter<'_>]) -> Vec<&'a @Item> {
    let all = |@item: &&@Item| filters.iter().all(|filter| filter(@item));
    @items.iter().filter(all).collect()
}
""",
            test="""
let @items = [("@text1", 2), ("@text1", 90), ("@text2", 3)].map(|(@label, @size)| @Item { @label: @label.into(), @size });
let word = ⟦1:"@text1".to_string()¦vec!["@text1".to_string()]¦@items[0].clone()⟧;
let found = @find(&@items, &[by_@label(&word), by_@size(50)]);
assert_eq!(found.iter().map(|@item| @item.@size).collect::<Vec<_>>(), [2]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "type_parameter_that_may_borrow",
            """
pub struct Event {
    pub @label: String,
    pub @count: @Int,
}

pub type Hearer = Box<dyn Fn(&Event) -> ⟦1:String¦Option<String>⟧>;

/// Those who want to hear of what happens.
#[derive(Default)]
pub struct Events {
    hearers: Vec<Hearer>,
}

impl Events {
    pub fn on<F>(&mut self, hearer: F) ⟦2:-> usize ¦⟧
    where
        F: Fn(&Event) -> ⟦1:String¦Option<String>⟧«»« + 'static»,
    {
        self.hearers.push(Box::new(hearer));⟦2:
        self.hearers.len()¦⟧
    }

    /// What they all say of it.
    pub fn tell(&self, event: &Event) -> Vec<String> {
        self.hearers.iter().⟦1:map¦filter_map⟧(|hearer| hearer(event)).collect()
    }
}

pub fn standard() -> Events {
    let mut events = Events::default();
    events.on(|event| ⟦1:format!("{} x {}", event.@count, event.@label)¦(event.@count > 1).then(|| event.@label.clone())⟧);
    events
}
""",
            test="""
let mut events = standard();
events.on(|event| ⟦1:event.@label.to_uppercase()¦None⟧);
let told = events.tell(&Event { @label: "b".into(), @count: @n1 });
assert_eq!(told, [⟦1:"@n1 x b", "B"¦"b"⟧]);
""",
            codes=("E0310",),
        ),
    ),
    frozen=(
        Template(
            "the_answer_outlives_the_view",
            """
/// A document of sections: `# heading` lines, and text below each.
pub struct Document<'a> {
    text: &'a str,
}

impl<'a> Document<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text }
    }

    fn headings(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let lines = self.text.lines().enumerate();
        lines.filter_map(|(at, line)| Some((at, line.strip_prefix("# ")?)))
    }

    /// The text below a heading, up to the next one.
    pub fn section(&self, heading: &str) -> Option<&«»«'a »str> {
        let (_, rest) = self.text.split_once(&format!("# {heading}\\n"))?;
        let end = rest.find("\\n#").unwrap_or(rest.len());
        Some(&rest[..end])
    }
}

/// The first section that is not empty.
pub fn @find(text: &str) -> Option<&str> {
    let document = Document::new(text);
    for (_, heading) in document.headings() {
        let section = document.section(heading)?;
        if !section.trim().is_empty() {
            return Some(section);
        }
    }
    None
}
""",
            test="""
assert_eq!(@find("# @text1\\n\\n# @text2\\nlong\\nago\\n# @text3\\n"), Some("long\\nago"));
assert_eq!(@find("nothing"), None);
""",
            codes=("E0515",),
        ),
        Template(
            "borrowed_for_the_whole_life",
            """
/// Numbers for labels, given in the order in which they are met.
#[derive(Default)]
pub struct Numbering<'a> {
    labels: Vec<&'a str>,
}

impl<'a> Numbering<'a> {
    pub fn number_of(«&'a mut self»«&mut self», @label: &'a str) -> usize {
        match self.labels.iter().position(|known| *known == @label) {
            Some(at) => at,
            None => {
                self.labels.push(@label);
                self.labels.len() - 1
            }
        }
    }
}

pub struct Encoded {
    pub numbers: Vec<usize>,
    pub labels: Vec<String>,
}

pub fn encoded(@items: &[&str]) -> Encoded {
    let mut numbering = Numbering::default();
    let mut numbers = Vec::new();
    for @item in @items {
        numbers.push(numbering.number_of(@item));
    }
    Encoded {
        numbers,
        labels: numbering.labels.iter().map(|@label| @label.to_string()).collect(),
    }
}
""",
            test="""
let made = encoded(&["@text2", "@text1", "@text2", "@text3"]);
assert_eq!(made.numbers, [0, 1, 0, 2]);
assert_eq!(made.labels, ["@text2", "@text1", "@text3"]);
""",
            codes=("E0499", "E0502", "E0505"),
        ),
        Template(
            "static_is_asked_for_too_much",
            """
/// A @item that refers to the text that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct @Item«»«<'a>» {
    pub @label: &«'static»«'a» str,
    pub @count: u32,
}

#[derive(Debug, Default)]
pub struct @Owner«»«<'a>» {
    pub @items: Vec<@Item«»«<'a>»>,
}

impl«»«<'a>» @Owner«»«<'a>» {
    pub fn parse(text: &«»«'a »str) -> Option<Self> {
        let mut @items = Vec::new();
        for line in text.lines() {
            let (@label, @count) = line.split_once(',')?;
            let @count = @count.trim().parse().ok()?;
            @items.push(@Item { @label, @count });
        }
        Some(Self { @items })
    }

    pub fn largest(&self) -> Option<&@Item«»«<'a>»> {
        self.@items.iter().max_by_key(|@item| @item.@count)
    }
}

pub fn @show(text: String) -> Option<String> {
    let @owner = @Owner::parse(&text)?;
    let largest = @owner.largest()?;
    Some(format!("{} of {}", largest.@label, @owner.@items.len()))
}
""",
            test="""
assert_eq!(@show("@text1, 3\\n@text2, 12\\n@text3, 7".to_string()), Some("@text2 of 3".to_string()));
assert_eq!(@show("@text1".to_string()), None);
""",
            codes=(NO_CODE, "E0521", "E0597"),
        ),
        Template(
            "closure_from_a_reference_to_a_reference",
            """
#[derive(Debug, PartialEq)]
pub struct Setting {
    pub key: String,
    pub value: String,
}

«»«fn cut<'t>(text: &'t str, mark: &str) -> &'t str {
    match text.find(mark) {
        Some(at) => text[..at].trim(),
        None => text.trim(),
    }
}

»/// The settings of a text, without its comments.
pub fn settings(text: &str, mark: &str) -> Vec<Setting> {
    «let cut = |line: &str| match line.find(mark) {
        Some(at) => line[..at].trim(),
        None => line.trim(),
    };
    »«»let mut settings = Vec::new();
    for line in text.lines() {
        let line = cut(line«»«, mark»);
        if let Some((key, value)) = line.split_once('=') {
            settings.push(Setting {
                key: cut(key«»«, mark»).to_string(),
                value: cut(value«»«, mark»).to_string(),
            });
        }
    }
    settings
}

/// The value that counts: the last one.
pub fn value_of(settings: &[Setting], key: &str) -> Option<String> {
    let mut found = settings.iter().rev().filter(|setting| setting.key == key);
    found.next().map(|setting| setting.value.clone())
}
""",
            test="""
let found = settings("a = 1 // old\\n// a = 2\\nb=@text1\\na = 3", "//");
assert_eq!(found.len(), 3);
assert_eq!(value_of(&found, "a").as_deref(), Some("3"));
assert_eq!(value_of(&found, "b").as_deref(), Some("@text1"));
assert_eq!(settings("a=b#c", "#")[0].value, "b");
""",
            codes=(NO_CODE,),
        ),
        Template(
            "one_lifetime_for_two_different_things",
            """
/// What stands behind the last mark, or all of it.
fn behind<'a>(text: &'a str, mark: &«'a »«»str) -> &'a str {
    match text.rfind(mark) {
        Some(at) => &text[at + mark.len()..],
        None => text,
    }
}

pub struct Format {
    pub fill: char,
    pub width: usize,
}

impl Format {
    fn mark(&self) -> String {
        self.fill.to_string().repeat(self.width)
    }

    /// The field behind the last filling.
    pub fn field<'t>(&self, line: &'t str) -> &'t str {
        let mark = self.mark();
        behind(line, &mark).trim()
    }
}

pub fn @find(lines: &[String], format: &Format) -> Vec<usize> {
    lines.iter().map(|line| format.field(line).len()).collect()
}
""",
            test="""
let format = Format { fill: '.', width: 2 };
assert_eq!(format.field("@text1.. 1.5 ..@text2 "), "@text2");
assert_eq!(@find(&["a..bcd".to_string(), "abcd".to_string()], &format), [3, 4]);
""",
            codes=("E0515", "E0597"),
        ),
    ),
)
