"""Something is borrowed mutably while it is borrowed otherwise, or without being mutable at all."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="exclusive_borrow",
    title="Two borrows of which one is mutable overlap, or what is to be changed is not mutable",
    codes=("E0499", "E0502", "E0594", "E0596"),
    templates=(
        Template(
            "method_on_self_while_a_field_is_walked",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<@Item>,
    warnings: Vec<String>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @size: @Int) {
        self.@items.push(@Item {
            @label: @label.⟦to_string()¦to_owned()¦into()⟧,
            @size,
        });
    }

    fn warn(«&mut self»«warnings: &mut Vec<String>», @label: &str) {
        ⟦1:let warning = format!("{@label} is too large");
        if !«self.»«»warnings.contains(&warning) {
            «self.»«»warnings.push(warning);
        }¦«self.»«»warnings.push(format!("{@label} is too large"));⟧
    }

    /// Warns of all that is larger than the limit; how many warnings there are.
    pub fn check(&mut self, limit: @Int) -> usize {
        for @item in ⟦&self.@items¦self.@items.iter()⟧ {
            if @item.@size > limit {
                «self.warn(»«Self::warn(&mut self.warnings, »&@item.@label);
            }
        }
        self.warnings.len()
    }
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("@text1", @n2);
@owner.@add("@text2", @n4);
@owner.@add("@text3", @n5);
assert_eq!(@owner.check(@n3), 2);
assert!(@owner.warnings[0].starts_with("@text2"));
""",
            codes=("E0502",),
        ),
        Template(
            "slot_is_changed_by_what_self_says",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub struct @Owner {
    counts: ⟦1:HashMap¦BTreeMap⟧<String, @Int>,
    bonus: @Int,
    limit: @Int,
}

impl @Owner {
    pub fn new(bonus: @Int, limit: @Int) -> Self {
        Self {
            counts: ⟦1:HashMap¦BTreeMap⟧::new(),
            bonus,
            limit,
        }
    }

    /// How much more there is for somebody who has that much.
    fn extra(&self, @count: @Int) -> @Int {
        ⟦if @count < self.limit { self.bonus } else { 0 }¦match @count {
            0 => 2 * self.bonus,
            _ if @count < self.limit => self.bonus,
            _ => 0,
        }⟧
    }

    /// Gives the @person the extra of now; what they have then.
    pub fn @add(&mut self, @person: &str) -> @Int {
        «let @count = self.counts.entry(@person.to_string()).or_insert(0);
        *@count += self.extra(*@count);»«let before = self.counts.get(@person).copied().unwrap_or(0);
        let extra = self.extra(before);
        let @count = self.counts.entry(@person.to_string()).or_insert(0);
        *@count += extra;»«let extra = self.extra(0);
        let @count = self.counts.entry(@person.to_string()).or_insert(0);
        *@count += extra;»
        *@count
    }
}
""",
            test="""
let mut @owner = @Owner::new(5, 1);
let first = @owner.@add("@name1");
assert!(first >= 5);
assert_eq!(@owner.@add("@name1"), first);
assert_eq!(@owner.@add("@name2"), first);
""",
            codes=("E0502",),
        ),
        Template(
            "two_elements_at_once",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    fn position(&self, @label: &str) -> Option<usize> {
        self.@items.iter().position(|@item| @item.@label == @label)
    }

    /// Moves a number from one @item to the other; whether that could be done.
    pub fn shift(&mut self, from: &str, to: &str, number: @Int) -> bool {
        let (Some(from), Some(to)) = (self.position(from), self.position(to)) else {
            return false;
        };
        «let giver = &mut self.@items[from];
        let taker = &mut self.@items[to];»«let giver = &mut self.@items[from];»
        ⟦if giver.@count < number¦if number > giver.@count⟧ {
            return false;
        }
        giver.@count -= number;
        «taker»«self.@items[to]».@count += number;
        true
    }

    ⟦1:pub fn total(&self) -> @Int {
        self.@items.iter().map(|@item| @item.@count).sum()
    }¦pub fn empty(&self) -> Vec<&@Item> {
        self.@items.iter().filter(|@item| @item.@count == 0).collect()
    }⟧
}
""",
            test="""
let item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let mut @owner = @Owner { @items: vec![item("@text1", @n4), item("@text2", 0)] };
assert!(@owner.shift("@text1", "@text2", @n3));
assert_eq!((@owner.@items[0].@count, @owner.@items[1].@count), (@n4 - @n3, @n3));
assert!(!@owner.shift("@text2", "@text1", @n4));
assert!(@owner.shift("@text2", "@text2", 1) && @owner.@items[1].@count == @n3);
""",
            codes=("E0499",),
        ),
        Template(
            "mut_is_not_written",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    entries: Vec<(String, @Int)>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @count: @Int) -> &mut Self {
        self.entries.push((@label.to_string(), @count));
        self
    }

    pub fn total(&self) -> @Int {
        self.entries.iter().map(|entry| entry.1).sum()
    }
}

/// An @owner with the entries of a text, such as `@text1 @n1`.
pub fn filled(text: &str) -> @Owner {
    let «»«mut »@owner = @Owner::default();
    for line in text.lines() {
        let Some((@label, @count)) = line.split_once(' ') else {
            continue;
        };
        ⟦@owner.@add(@label, @count.parse().unwrap_or(0));¦if let Ok(@count) = @count.parse() {
            @owner.@add(@label, @count);
        }⟧
    }
    @owner
}

⟦1:pub fn doubled(@owner: «&@Owner»«&mut @Owner») {
    let total = @owner.total();
    @owner.@add("double", total);
}¦pub fn last(@owner: «&@Owner»«&mut @Owner») -> Option<String> {
    @owner.entries.pop().map(|entry| entry.0)
}¦pub fn emptied(«@owner»«mut @owner»: @Owner) -> @Owner {
    @owner.entries.clear();
    @owner
}⟧
""",
            test="""
let mut @owner = filled("@text1 @n1\\n@text2 @n2\\nnothing");
assert_eq!(@owner.total(), @n1 + @n2);
⟦1:doubled(&mut @owner);
assert_eq!(@owner.total(), 2 * (@n1 + @n2));¦assert_eq!(last(&mut @owner).as_deref(), Some("@text2"));
assert_eq!(@owner.total(), @n1);¦@owner = emptied(@owner);
assert_eq!(@owner.total(), 0);⟧
""",
            codes=("E0596",),
        ),
        Template(
            "returns_what_it_found_or_puts_it_in",
            """
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

#[derive(Default)]
pub struct @Owner {
    @items: Vec<@Item>,
}

impl @Owner {
    fn @find(&mut self, @label: &str) -> &mut @Item {
        «⟦1:for @item in &mut self.@items {
            if @item.@label == @label {
                return @item;
            }
        }¦if let Some(@item) = self.@items.iter_mut().find(|@item| @item.@label == @label) {
            return @item;
        }⟧
        self.@items.push(@Item {
            @label: @label.to_string(),
            @count: 0,
        });
        let last = self.@items.len() - 1;
        &mut self.@items[last]»«let found = self.@items.iter().position(|@item| @item.@label == @label);
        let at = found.unwrap_or(self.@items.len());
        if found.is_none() {
            self.@items.push(@Item {
                @label: @label.to_string(),
                @count: 0,
            });
        }
        &mut self.@items[at]»
    }

    pub fn @add(&mut self, @label: &str, number: @Int) -> @Int {
        let @item = self.@find(@label);
        @item.@count += number;
        @item.@count
    }

    pub fn number(&self) -> usize {
        self.@items⟦.len()¦.iter().filter(|@item| @item.@count > 0).count()⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
assert_eq!(@owner.@add("@text1", @n1), @n1);
assert_eq!(@owner.@add("@text2", @n2), @n2);
assert_eq!(@owner.@add("@text1", @n2), @n1 + @n2);
assert_eq!(@owner.number(), 2);
""",
            codes=("E0499", "E0502"),
        ),
        Template(
            "reads_the_last_one_after_pushing",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub @label: String,
    pub at: @Int,
}

pub struct Journey {
    pub steps: Vec<Step>,
}

impl Journey {
    pub fn from(@label: &str) -> Self {
        let first = Step {
            @label: @label.to_string(),
            at: 0,
        };
        Self { steps: vec![first] }
    }

    /// Goes on to the next step, and tells from where to where.
    pub fn go(&mut self, @label: &str, distance: @Int) -> ⟦1:String¦Option<String>⟧ {
        ⟦1:let Some(before) = self.steps.last()«»«.cloned()» else {
            return String::new();
        };¦let before = self.steps.last()«»«.cloned()»?;⟧
        self.steps.push(Step {
            @label: @label.to_string(),
            at: before.at + distance,
        });
        ⟦let told = format!("{} to {@label}", before.@label);¦let mut told = before.@label.clone();
        told.push_str(" to ");
        told.push_str(@label);⟧
        ⟦1:told¦Some(told)⟧
    }
}
""",
            test="""
let mut journey = Journey::from("@text1");
assert_eq!(journey.go("@text2", @n1), ⟦1:"@text1 to @text2"¦Some("@text1 to @text2".to_string())⟧);
journey.go("@text3", @n2);
assert_eq!(journey.steps[2].at, @n1 + @n2);
""",
            codes=("E0502",),
        ),
        Template(
            "changes_through_a_shared_self",
            """
mod shelf;

pub use shelf::Shelf;

/// Takes out that many at most; what was taken.
pub fn taken(shelf: &mut Shelf<⟦1:String¦@Int⟧>, number: usize) -> Vec<⟦1:String¦@Int⟧> {
    let mut taken = Vec::new();
    while taken.len() < number {
        match shelf.pop() {
            Some(value) => taken.push(value),
            None => break,
        }
    }
    taken
}

//- src/shelf.rs
use std::collections::VecDeque;

/// Values in the order in which they are to be taken out.
pub struct Shelf<T> {
    values: VecDeque<T>,
    ⟦2:taken: usize¦log: Vec<usize>⟧,
}

impl<T> Shelf<T> {
    pub fn of(values: impl IntoIterator<Item = T>) -> Self {
        Self {
            values: values.into_iter().collect(),
            ⟦2:taken: 0¦log: Vec::new()⟧,
        }
    }

    pub fn pop(«&self»«&mut self») -> Option<T> {
        let value = self.values.⟦pop_front()?¦pop_front()?¦remove(0)?⟧;
        ⟦2:self.taken += 1;¦self.log.push(self.values.len());⟧
        Some(value)
    }

    pub fn taken(&self) -> usize {
        ⟦2:self.taken¦self.log.len()⟧
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
""",
            test="""
let mut shelf = Shelf::of([⟦1:"@text1", "@text2", "@text3"¦@n1, @n2, @n3⟧]⟦1:.map(String::from)¦⟧);
assert_eq!(taken(&mut shelf, 2), [⟦1:"@text1", "@text2"¦@n1, @n2⟧]);
assert_eq!((shelf.taken(), shelf.is_empty()), (2, false));
""",
            codes=("E0594", "E0596"),
        ),
        Template(
            "closure_holds_on_to_the_log",
            """
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
    pub @flag: bool,
}

/// A report on the @items, with a line on what was left out.
pub fn @show(@items: &[@Item], limit: @Float) -> Vec<String> {
    let mut lines = Vec::new();
    let «mut write = |text: String|»«write = |lines: &mut Vec<String>, text: String|» {
        let number = lines.len() + 1;
        lines.push(format!("{number}. {text}"));
    };
    let mut left_out = 0;
    for @item in @items {
        if @item.@price > limit {
            left_out += 1;
            continue;
        }
        ⟦1:write(«»«&mut lines, »@item.@label.clone());¦let mark = if @item.@flag { "!" } else { "" };
        write(«»«&mut lines, »format!("{}{mark}", @item.@label));⟧
    }
    if ⟦!lines.is_empty() && left_out > 0¦left_out > 0 && lines.len() < @n6⟧ {
        write(«»«&mut lines, »format!("{left_out} are too dear"));
    }
    lines
}
""",
            test="""
let @items = [("@text1", 2.0), ("@text2", 99.0)].map(|(@label, @price)| @Item {
    @label: @label.into(),
    @price,
    @flag: false,
});
assert_eq!(@show(&@items, 50.0), ["1. @text1", "2. 1 are too dear"]);
assert_eq!(@show(&@items[..1], 50.0), ["1. @text1"]);
""",
            codes=("E0502",),
        ),
    ),
    frozen=(
        Template(
            "visits_the_neighbours_of_a_node",
            """
pub struct @Owner {
    pub @label: String,
    pub neighbours: Vec<usize>,
    pub seen: bool,
}

pub struct Map {
    pub @owners: Vec<@Owner>,
    order: Vec<String>,
}

impl Map {
    pub fn new(@owners: Vec<@Owner>) -> Self {
        Self {
            @owners,
            order: Vec::new(),
        }
    }

    fn walk(&mut self, at: usize) {
        let @owner = &mut self.@owners[at];
        if @owner.seen {
            return;
        }
        @owner.seen = true;
        self.order.push(@owner.@label.clone());
        «for &next in &@owner.neighbours {»«for next in @owner.neighbours.clone() {»«for next in std::mem::take(&mut @owner.neighbours) {»
            self.walk(next);
        }
    }

    /// All that can be reached from there, in the order of a walk.
    pub fn reached(&mut self, from: usize) -> Vec<String> {
        for @owner in &mut self.@owners {
            @owner.seen = false;
        }
        self.order.clear();
        self.walk(from);
        self.order.clone()
    }
}
""",
            test="""
let @owner = |@label: &str, neighbours| @Owner { @label: @label.into(), neighbours, seen: false };
let mut map = Map::new(vec![@owner("a", vec![2, 1]), @owner("b", vec![0]), @owner("c", vec![1]), @owner("d", vec![])]);
assert_eq!(map.reached(0), ["a", "c", "b"]);
assert_eq!(map.reached(1), ["b", "a", "c"]);
""",
            codes=("E0499", "E0502"),
        ),
        Template(
            "retain_asks_the_whole_self",
            """
use std::collections::HashSet;

#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

pub struct @Owner {
    @items: Vec<@Item>,
    pinned_down: HashSet<String>,
    limit: u32,
}

impl @Owner {
    pub fn new(@items: Vec<@Item>, limit: u32) -> Self {
        Self {
            @items,
            pinned_down: HashSet::new(),
            limit,
        }
    }

    pub fn keep(&mut self, @label: &str) {
        self.pinned_down.insert(@label.to_string());
    }

    pub fn fits(&self, @item: &@Item) -> bool {
        @item.@size <= self.limit || self.pinned_down.contains(&@item.@label)
    }

    /// Drops all that does not fit; the labels of what is left.
    pub fn cleaned(&mut self) -> Vec<&str> {
        «self.@items.retain(|@item| self.fits(@item));»«let mut @items = std::mem::take(&mut self.@items);
        @items.retain(|@item| self.fits(@item));
        self.@items = @items;»«let mut @items = self.@items.clone();
        @items.retain(|@item| self.fits(@item));»
        self.@items.iter().map(|@item| @item.@label.as_str()).collect()
    }
}
""",
            test="""
let item = |@label: &str, @size| @Item { @label: @label.into(), @size };
let mut @owner = @Owner::new(vec![item("@text1", 9), item("@text2", 2), item("@text3", 8)], 5);
@owner.keep("@text3");
assert_eq!(@owner.cleaned(), ["@text2", "@text3"]);
assert_eq!(@owner.@items.len(), 2);
""",
            codes=("E0502",),
        ),
        Template(
            "every_pair_meets",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Person {
    pub name: String,
    pub points: u32,
    pub met: Vec<String>,
}

impl @Person {
    pub fn new(name: &str, points: u32) -> Self {
        Self {
            name: name.to_string(),
            points,
            met: Vec::new(),
        }
    }

    /// Both write down whom they met; the one with more points gives one away.
    fn meet(&mut self, other: &mut @Person) {
        self.met.push(other.name.clone());
        other.met.push(self.name.clone());
        if self.points > other.points {
            self.points -= 1;
            other.points += 1;
        }
    }
}

pub fn round(@people: &mut [@Person]) {
    for one in 0..@people.len() {
        for two in one + 1..@people.len() {
            «let (left, right) = (&mut @people[one], &mut @people[two]);
            left.meet(right);»«let (head, tail) = @people.split_at_mut(two);
            head[one].meet(&mut tail[0]);»«let mut left = @people[one].clone();
            left.meet(&mut @people[two]);»
        }
    }
}
""",
            test="""
let mut @people = vec![@Person::new("@name1", 5), @Person::new("@name2", 1), @Person::new("@name3", 2)];
round(&mut @people);
assert_eq!(@people.iter().map(|@person| @person.points).collect::<Vec<_>>(), [3, 2, 3]);
assert_eq!(@people[1].met, ["@name1", "@name3"]);
""",
            codes=("E0499",),
        ),
        Template(
            "tokens_borrow_the_reader_and_not_the_text",
            """
/// Reads words of a text, one after the other.
pub struct Reader<'a> {
    rest: &'a str,
    pub number: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            number: 0,
        }
    }

    pub fn word(&mut self) -> Option<&«»«'a »str> {
        let text = self.rest.trim_start();
        if text.is_empty() {
            return None;
        }
        let end = text.find(' ').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.rest = rest;
        self.number += 1;
        Some(word)
    }

    /// The next assignment, such as `@label is @text1`.
    pub fn assignment(&mut self) -> Option<(String, String)> {
        let name = self.word()?;
        let verb = self.word()?;
        let value = self.word()?;
        (verb == "is").then(|| (name.to_string(), value.to_string()))
    }
}
""",
            test="""
let mut reader = Reader::new("a is @text1  b is @text2 c");
assert_eq!(reader.assignment(), Some(("a".to_string(), "@text1".to_string())));
assert_eq!(reader.assignment(), Some(("b".to_string(), "@text2".to_string())));
assert_eq!((reader.assignment(), reader.number), (None, 7));
""",
            codes=("E0499",),
        ),
        Template(
            "looked_up_for_reading_and_changed",
            """
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub struct @Owner {
    by_@kind: BTreeMap<String, Vec<u32>>,
}

impl @Owner {
    pub fn @add(&mut self, @kind: &str, @count: u32) {
        self.by_@kind.entry(@kind.to_string()).or_default().push(@count);
    }

    /// Takes all that is larger than the limit away from a @kind; how much it was.
    pub fn @remove(&mut self, @kind: &str, limit: u32) -> u32 {
        let Some(counts) = self.by_@kind.«get(@kind)»«get_mut(@kind)»«get(@kind).cloned()» else {
            return 0;
        };
        «»«»«let mut counts = counts;
        »counts.sort_unstable();
        let at = counts.partition_point(|@count| *@count <= limit);
        counts.drain(at..).sum()
    }

    pub fn total(&self) -> u32 {
        self.by_@kind.values().flatten().sum()
    }
}
""",
            test="""
let mut @owner = @Owner::default();
for (@kind, @count) in [("a", 9), ("a", 1), ("b", 7), ("a", 5)] {
    @owner.@add(@kind, @count);
}
assert_eq!(@owner.@remove("a", 4), 14);
assert_eq!(@owner.@remove("c", 4), 0);
assert_eq!(@owner.total(), 8);
""",
            codes=("E0596",),
        ),
    ),
)
