"""`flatten`, `flat_map` and `filter_map`: what is nested, and what it is to become."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="flatten",
    title="Something nested is taken for flat, or the closure does not give what flattens",
    codes=(
        "E0271",
        "E0277",
        "E0308",
        "E0599",
        "E0720",
        "clippy::manual_flatten",
        "clippy::map_flatten",
        "clippy::option_filter_map",
        "clippy::lines_filter_map_ok",
        "E0507",
        "E0609",
    ),
    templates=(
        Template(
            "what_can_be_read_of_some_lines",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

fn parsed(line: &str) -> ⟦1:Option<@Item>¦Result<@Item, String>⟧ {
    ⟦1:let (@label, @count) = line.split_once(',')?;
    Some(@Item {
        @label: @label.trim().to_string(),
        @count: @count.trim().parse().ok()?,
    })¦let (@label, @count) = line.split_once(',').ok_or("no comma")?;
    Ok(@Item {
        @label: @label.trim().to_string(),
        @count: @count.trim().parse().map_err(|_| "no number")?,
    })⟧
}

/// All lines that can be read; the others are left out.
pub fn read(text: &str) -> Vec<@Item> {
    ⟦text.lines().«map»«⟦1:filter_map¦flat_map⟧»(parsed).collect()¦let @items = text.lines().map(parsed);
    @items«»«.flatten()».collect()¦let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.«map»«⟦1:filter_map¦flat_map⟧»(parsed).collect()⟧
}

pub fn total(@items: &[@Item]) -> @Int {
    @items.iter().map(|@item| @item.@count).sum()
}
""",
            test="""
let @items = read("@text1, @n1\\n@text2\\n\\n@text3,x\\n@text4,@n2");
assert_eq!(total(&@items), @n1 + @n2);
assert_eq!(@items[1].@label, "@text4");
""",
            codes=("E0277",),
        ),
        Template(
            "a_loop_that_looks_into_each",
            """
#[derive(Debug, Clone, Default)]
pub struct @Owner {
    pub places: Vec<Option<String>>,
    pub moves: @Int,
}

impl @Owner {
    pub fn taken(&self) -> ⟦1:usize¦String⟧ {
        let mut taken = ⟦1:0¦String::new()⟧;
        «for place in &self.places {
            if let Some(name) = place {
                taken += ⟦1:name.len()¦name⟧;
            }
        }»«for name in self.places.iter().flatten() {
            taken += ⟦1:name.len()¦name⟧;
        }»«for name in self.places.iter().take(1).flatten() {
            taken += ⟦1:name.len()¦name⟧;
        }»
        taken
    }

    /// Puts somebody into the first free place, and says where that is.
    pub fn @add(&mut self, name: &str) -> Option<usize> {
        ⟦let free = self.places.iter().position(Option::is_none)?;
        self.places[free] = Some(name.to_string());
        self.moves += 1;
        Some(free)¦for (at, place) in self.places.iter_mut().enumerate() {
            if place.is_none() {
                *place = Some(name.to_string());
                self.moves += 1;
                return Some(at);
            }
        }
        None⟧
    }
}
""",
            test="""
let mut @owner = @Owner { places: vec![None, Some("x".into()), None], moves: 0 };
assert_eq!([@owner.@add("ab"), @owner.@add("c"), @owner.@add("d")], [Some(0), Some(2), None]);
assert_eq!((@owner.taken(), @owner.moves), (⟦1:4¦"abxc".to_string()⟧, 2));
""",
            codes=("clippy::manual_flatten",),
        ),
        Template(
            "mapped_first_and_flattened_then",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Default)]
pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<String, Vec<@Int>>,
    aliases: ⟦1:HashMap¦BTreeMap⟧<String, String>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, values: &[@Int]) -> &mut Self {
        let entry = self.@items.entry(@label.to_string());
        entry.or_default().extend(values);
        self
    }

    pub fn alias(&mut self, short: &str, @label: &str) {
        self.aliases.insert(short.into(), @label.into());
    }

    pub fn by_alias(&self, short: &str) -> Option<&[@Int]> {
        let @label = self.aliases.get(short);
        ⟦2:let found = @label«.map(|@label| self.@items.get(@label)).flatten()»«.and_then(|@label| self.@items.get(@label))»?;
        Some(found)¦self.@items.get(@label?).map(Vec::as_slice)⟧
    }

    pub fn all(&self) -> Vec<@Int> {
        ⟦2:let mut all = Vec::new();
        for values in self.@items.values() {
            all.extend_from_slice(values);
        }¦let all = self.@items.values()«.map(|values| values.iter().copied()).flatten()»«.flat_map(|values| values.iter().copied())»;
        let mut all: Vec<@Int> = all.collect();⟧
        all.sort_unstable();
        all
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("@text1", &[@n3, @n1]).@add("@text2", &[@n2]).alias("a", "@text2");
assert_eq!(@owner.all(), [@n1, @n2, @n3]);
assert_eq!((@owner.by_alias("a"), @owner.by_alias("b")), (Some([@n2].as_slice()), None));
""",
            codes=("clippy::map_flatten",),
        ),
        Template(
            "lists_in_a_list",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub struct @Owner {
    pub name: String,
    pub @items: Vec<@Item>,
}

pub fn everything(@owners: &[@Owner]) -> Vec<⟦1:&@Item¦@Item¦&str⟧> {
    @owners
        .iter()⟦¦
        .filter(|@owner| !@owner.name.is_empty())¦
        .rev()⟧
        .«map»«flat_map»(|@owner| @owner.@items.⟦1:iter()¦clone()¦iter().map(|@item| @item.@label.as_str())⟧)
        .collect()
}

pub fn largest(@owners: &[@Owner]) -> Option<@Int> {
    let largest = @owners.iter().filter_map(|@owner| @owner.@items.iter().map(|@item| @item.@size).max());
    largest.max()
}
""",
            test="""
let item = |@label: &str, @size| @Item { @label: @label.into(), @size };
let owner = |@items| @Owner { name: "@name1".into(), @items };
let @owners = [owner(vec![item("a", @n1), item("b", @n3)]), owner(vec![]), owner(vec![item("c", @n2)])];
assert_eq!((everything(&@owners).len(), everything(&@owners[..1])[1]⟦1:.@size¦.@size¦.len()⟧), (3, ⟦1:@n3¦@n3¦1⟧));
assert_eq!(largest(&@owners), Some(@n3));
""",
            codes=("E0277", "E0507"),
        ),
        Template(
            "a_condition_in_a_filter_map",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

pub struct @Item {
    pub @kind: @Kind,
    pub @label: String,
    pub @size: Option<⟦9:u32¦u64¦i32¦i64⟧>,
}

/// The names of those of that @kind whose size is known.
pub fn known(@items: &[@Item], @kind: @Kind) -> Vec<&str> {
    ⟦1:let found = @items.iter().«filter_map»«filter»(|@item| @item.@size.is_some() && @item.@kind == @kind);
    found.map(|@item| @item.@label.as_str()).collect()¦let found = @items.iter().filter_map(|@item| {
        let found = @item.@kind == @kind && @item.@size.is_some();
        found«»«.then_some(@item.@label.as_str())»
    });
    found.collect()⟧
}

pub fn average(@items: &[@Item]) -> Option<⟦9:u32¦u64¦i32¦i64⟧> {
    let sizes: Vec<⟦9:u32¦u64¦i32¦i64⟧> = @items.iter().filter_map(|@item| @item.@size).collect();
    ⟦if sizes.is_empty() {
        return None;
    }
    Some(sizes.iter().sum::<⟦9:u32¦u64¦i32¦i64⟧>() / sizes.len() as ⟦9:u32¦u64¦i32¦i64⟧)¦let number = sizes.len() as ⟦9:u32¦u64¦i32¦i64⟧;
    sizes.iter().sum::<⟦9:u32¦u64¦i32¦i64⟧>().checked_div(number)⟧
}
""",
            test="""
let item = |@kind, @label: &str, @size| @Item { @kind, @label: @label.into(), @size };
let @items = [item(@Kind::@First, "a", None), item(@Kind::@First, "b", Some(2)), item(@Kind::@Third, "c", Some(4))];
assert_eq!(known(&@items, @Kind::@First), ["b"]);
assert_eq!((average(&@items), average(&@items[..1])), (Some(3), None));
assert!(known(&@items, @Kind::@Second).is_empty());
""",
            codes=("E0308",),
        ),
        Template(
            "a_search_within_a_search",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Person {
    pub name: String,
    pub boss: Option<String>,
    pub @count: @Int,
}

pub struct @Owner {
    pub @people: Vec<@Person>,
}

impl @Owner {
    pub fn @find(&self, name: &str) -> Option<&@Person> {
        self.@people.iter().find(|@person| @person.name == name)
    }

    pub fn boss_of(&self, name: &str) -> Option<⟦1:&@Person¦@Int¦String⟧> {
        ⟦let boss = self.@find(name)?.boss.as_deref();
        boss.«map»«and_then»(|boss| self.@find(boss))¦self.@find(name)
            .and_then(|@person| @person.boss.as_ref())
            .«map»«and_then»(|boss| self.@find(boss))¦self.@find(name).«map»«and_then»(|@person| self.@find(@person.boss.as_deref()?))⟧⟦1:¦.map(|boss| boss.@count)¦.map(|boss| boss.name.to_uppercase())⟧
    }
}
""",
            test="""
let person = |name: &str, boss: Option<&str>| @Person { name: name.into(), boss: boss.map(String::from), @count: @n1 };
let @owner = @Owner { @people: vec![person("@name1", None), person("@name2", Some("@name1")), person("@name3", Some("X"))] };
assert_eq!(@owner.boss_of("@name2"), Some(⟦1:&person("@name1", None)¦@n1¦"@name1".to_uppercase()⟧));
assert!(["@name1", "@name3", "X"].iter().all(|name| @owner.boss_of(name).is_none()));
""",
            codes=("E0308", "E0609", "E0277"),
        ),
        Template(
            "filtered_and_then_unwrapped",
            """
pub struct Reading {
    pub station: String,
    pub value: Option<@Float>,
}

pub struct Day {
    pub readings: Vec<Reading>,
    pub complete: bool,
}

impl Day {
    pub fn values(&self) -> Vec<@Float> {
        let values = self.readings.iter().map(|reading| reading.value);
        ⟦1:values«.filter(Option::is_some).map(Option::unwrap)»«.flatten()».collect()¦let values = values«.filter(|value| value.is_some()).map(|value| value.unwrap())»«.flatten()»;
        values.collect()¦values
            .take(@n6)
            «.filter(Option::is_some)
            .map(Option::unwrap)»«.flatten()»
            .collect()⟧
    }

    pub fn mean(&self) -> Option<@Float> {
        let values = self.values();
        if values.is_empty()⟦¦ || !self.complete⟧ {
            return None;
        }
        ⟦Some(values.iter().sum::<@Float>() / values.len() as @Float)¦let total: @Float = values.iter().sum();
        Some(total / values.len() as @Float)⟧
    }
}
""",
            test="""
let readings = [Some(1.5), None, Some(2.5)].map(|value| Reading { station: "@text1".into(), value });
let day = Day { readings: Vec::from(readings), complete: true };
assert_eq!((day.values(), day.mean()), (vec![1.5, 2.5], Some(2.0)));
""",
            codes=("clippy::option_filter_map",),
        ),
        Template(
            "lines_that_can_fail_for_ever",
            """
use std::io::BufRead;

#[derive(Debug, Default, PartialEq)]
pub struct Totals {
    pub lines: usize,
    pub @count: @Int,
}

/// Adds up the numbers in a file. Where it cannot be read any further, that is the end.
pub fn totals(file: impl BufRead) -> ⟦1:Totals¦(usize, @Int)⟧ {
    let mut totals = Totals::default();
    for line in file.lines()«.⟦2:flatten()¦filter_map(Result::ok)¦filter_map(|line| line.ok())⟧»«.map_while(Result::ok)»⟦¦.take(@n6)⟧ {
        totals.lines += 1;
        ⟦if let Ok(number) = line.trim().parse::<@Int>() {
            totals.@count += number;
        }¦totals.@count += line.trim().parse().unwrap_or(0);⟧
    }
    ⟦1:totals¦(totals.lines, totals.@count)⟧
}

pub fn of_text(text: &str) -> ⟦1:Totals¦(usize, @Int)⟧ {
    totals(text.as_bytes())
}
""",
            test="""
assert_eq!(of_text("@n1\\n@text1!\\n @n2"), ⟦1:Totals { lines: 3, @count: @n1 + @n2 }¦(3, @n1 + @n2)⟧);
assert_eq!(totals(&b"@n1\\n\\xff\\xff"[..]), ⟦1:Totals { lines: 1, @count: @n1 }¦(1, @n1)⟧);
""",
            codes=("clippy::lines_filter_map_ok",),
        ),
    ),
    frozen=(
        Template(
            "the_first_mistake_counts",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub @label: String,
    pub @count: u32,
}

#[derive(Debug, PartialEq)]
pub struct Malformed {
    pub line: usize,
}

fn entry(number: usize, line: &str) -> Result<Entry, Malformed> {
    let malformed = || Malformed { line: number + 1 };
    let (@label, @count) = line.split_once('\\t').ok_or_else(malformed)?;
    Ok(Entry {
        @label: @label.to_string(),
        @count: @count.parse().map_err(|_| malformed())?,
    })
}

/// All entries, or the line of the first mistake.
pub fn entries(text: &str) -> Result<Vec<Entry>, Malformed> {
    let lines = text.lines().enumerate();
    «lines.flat_map(|(number, line)| entry(number, line)).collect()»«lines.map(|(number, line)| entry(number, line)).collect()»«Ok(lines.flat_map(|(number, line)| entry(number, line)).collect())»
}

pub fn total(text: &str) -> Result<u32, Malformed> {
    Ok(entries(text)?.iter().map(|entry| entry.@count).sum())
}
""",
            test="""
assert_eq!(total("@text1\\t3\\n@text2\\t4"), Ok(7));
assert_eq!(total("@text1\\t3\\n@text2\\tx\\n@text3"), Err(Malformed { line: 2 }));
assert_eq!(entries(""), Ok(vec![]));
""",
            codes=("E0277",),
        ),
        Template(
            "a_tree_that_is_walked",
            """
pub struct @Item {
    pub @label: String,
    pub parts: Vec<@Item>,
}

impl @Item {
    pub fn new(@label: &str, parts: Vec<@Item>) -> Self {
        @Item {
            @label: @label.to_string(),
            parts,
        }
    }

    /// The names of all parts, and of theirs, with the @item itself at first.
    pub fn names(&self) -> «impl Iterator<Item = &str>»«Box<dyn Iterator<Item = &str> + '_>»«Box<dyn Iterator<Item = &str> + '_>» {
        let own = std::iter::once(self.@label.as_str());
        «own.chain(self.parts.iter().flat_map(|part| part.names()))»«Box::new(own.chain(self.parts.iter().flat_map(|part| part.names())))»«Box::new(own.chain(self.parts.iter().map(|part| part.@label.as_str())))»
    }

    pub fn depth(&self) -> usize {
        1 + self.parts.iter().map(@Item::depth).max().unwrap_or(0)
    }
}
""",
            test="""
let leaf = |name| @Item::new(name, vec![]);
let @item = @Item::new("a", vec![@Item::new("b", vec![leaf("c"), leaf("d")]), leaf("e")]);
assert_eq!(@item.names().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
assert_eq!(@item.depth(), 3);
""",
            codes=("E0720",),
        ),
        Template(
            "each_one_with_whom_it_belongs_to",
            """
use std::collections::BTreeMap;

#[derive(Default)]
pub struct @Owner {
    by_@person: BTreeMap<String, Vec<(String, u32)>>,
}

impl @Owner {
    pub fn @add(&mut self, @person: &str, @label: &str, @size: u32) {
        let @items = self.by_@person.entry(@person.to_string()).or_default();
        @items.push((@label.to_string(), @size));
    }

    /// Who has what that is larger than that, as pairs.
    pub fn larger(&self, than: u32) -> Vec<(&str, &str)> {
        let all = self.by_@person.iter();
        let pairs = all.flat_map(|(@person, @items)| {
            let mut large: Vec<&str> = Vec::new();
            for (@label, @size) in @items {
                if *@size > than {
                    large.push(@label);
                }
            }
            «(@person.as_str(), large)»«large.into_iter().map(|@label| (@person.as_str(), @label))»«large.pop().map(|@label| (@person.as_str(), @label))»
        });
        pairs.collect()
    }
}
""",
            test="""
let mut @owner = @Owner::default();
for (@person, @label, @size) in [("a", "x", 3), ("b", "y", 9), ("a", "z", 1), ("b", "w", 4)] {
    @owner.@add(@person, @label, @size);
}
assert_eq!(@owner.larger(2), [("a", "x"), ("b", "y"), ("b", "w")]);
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "two_levels_at_once",
            """
/// A form: pages that may not be filled in, with fields that may be empty.
pub struct Form {
    pub pages: Vec<Option<Page>>,
}

pub struct Page {
    pub title: String,
    pub fields: Vec<Option<u32>>,
}

impl Form {
    pub fn numbers(&self) -> Vec<u32> {
        let pages = self.pages.iter().flatten();
        «pages.flatten().copied().collect()»«pages.flat_map(|page| page.fields.iter().copied().flatten()).collect()»«pages.map(|page| page.fields.iter().copied().flatten().sum()).collect()»
    }

    /// How many fields were left empty on the pages that there are.
    pub fn empty(&self) -> usize {
        let pages = self.pages.iter().flatten();
        pages.map(|page| page.fields.iter().filter(|field| field.is_none()).count()).sum()
    }
}
""",
            test="""
let page = |fields: &[Option<u32>]| Some(Page { title: "@text1".into(), fields: fields.to_vec() });
let form = Form { pages: vec![page(&[Some(1), None, Some(2)]), None, page(&[Some(3)])] };
assert_eq!((form.numbers(), form.empty()), (vec![1, 2, 3], 1));
""",
            codes=("E0277", "E0599"),
        ),
        Template(
            "nothing_where_one_would_do",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub from: u32,
    pub to: u32,
}

impl Span {
    /// Cut in two at that place, where it lies inside of the span.
    pub fn cut(&self, at: u32) -> Vec<Span> {
        if at <= self.from || at >= self.to {
            return vec![self.clone()];
        }
        let first = Span { to: at, ..*self };
        let second = Span { from: at, ..*self };
        vec![first, second]
    }
}

/// The spans, cut at all of the places.
pub fn cut_all(spans: Vec<Span>, places: &[u32]) -> Vec<Span> {
    places.iter().fold(spans, |spans, at| «spans.iter().map(|span| span.cut(*at)).collect()»«spans.iter().flat_map(|span| span.cut(*at)).collect()»«spans.iter().filter_map(|span| span.cut(*at).pop()).collect()»)
}

pub fn longest(spans: &[Span]) -> Option<u32> {
    spans.iter().map(|span| span.to - span.from).max()
}
""",
            test="""
let spans = cut_all(vec![Span { from: 0, to: 9 }, Span { from: 9, to: 12 }], &[4, 9, 11]);
let ends: Vec<(u32, u32)> = spans.iter().map(|span| (span.from, span.to)).collect();
assert_eq!((ends, longest(&spans)), (vec![(0, 4), (4, 9), (9, 11), (11, 12)], Some(5)));
""",
            codes=("E0277",),
        ),
    ),
)
