"""Something is assigned, moved or dropped while a reference to it is still needed, or is assigned twice."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="assign_while_borrowed",
    title="A value is assigned or given away while it is borrowed, or a variable that is not mutable is assigned twice",
    codes=("E0384", "E0505", "E0506", "E0594", "E0499", "E0502"),
    templates=(
        Template(
            "sum_that_is_not_mutable",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
    pub @flag: bool,
}

/// How many there are, and how many of those are @flag.
pub fn counts(@items: &[@Item]) -> (@Int, @Int) {
    ⟦1:let «total»«mut total» = 0;
    let «of_those»«mut of_those» = 0;¦let («total, of_those»«mut total, mut of_those») = (0, 0);⟧
    for @item in @items {
        ⟦2:total += @item.@count;
        if @item.@flag {
            of_those += @item.@count;
        }¦total += @item.@count;
        of_those += match @item.@flag {
            true => @item.@count,
            false => 0,
        };¦if !@item.@flag {
            total += @item.@count;
            continue;
        }
        total += @item.@count;
        of_those += @item.@count;⟧
    }
    (total, of_those)
}

⟦pub fn halved(«@count»«mut @count»: @Int) -> u32 {
    let mut steps = 0;
    while @count > 1 {
        @count /= 2;
        steps += 1;
    }
    steps
}¦pub fn longest(@items: &[@Item]) -> usize {
    let lengths = @items.iter().map(|@item| @item.@label.len());
    lengths.max().unwrap_or(0)
}¦pub fn share(@items: &[@Item]) -> String {
    let (total, of_those) = counts(@items);
    format!("{of_those} of {total}")
}⟧
""",
            test="""
let @items = [(@n1, true), (@n2, false), (@n3, true)].map(|(@count, @flag)| @Item { @label: "@text1".into(), @count, @flag });
assert_eq!(counts(&@items), (@n1 + @n2 + @n3, @n1 + @n3));
assert_eq!(counts(&[]), (0, 0));
""",
            codes=("E0384",),
        ),
        Template(
            "old_value_is_told_after_the_new_one_is_set",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    Idle,
    Busy(String),
}

pub struct @Owner {
    pub state: State,
    pub @label: ⟦1:String¦Option<String>⟧,
    pub changes: @Int,
}

impl @Owner {
    /// Sets another state; what it was before, and what it is now.
    pub fn @change(&mut self, state: State) -> String {
        ⟦2:let before = «&self.state»«self.state.clone()»«state.clone()»;
        self.state = state;¦let before = «&self.state»«std::mem::replace(&mut self.state, state)»«state.clone()»;
        «self.state = state;
        »«»«self.state = state;
        »⟧
        self.changes += 1;
        format!("{before:?} to {:?}", self.state)
    }

    /// Gives it another label; the one before.
    pub fn rename(&mut self, @label: &str) -> ⟦1:String¦Option<String>⟧ {
        ⟦let before = «&self.@label»«self.@label.clone()»;
        self.@label = ⟦1:@label.to_string()¦Some(@label.to_string())⟧;
        before«.clone()»«»¦let renamed = ⟦1:@label.to_string()¦Some(@label.to_string())⟧;
        let before = «&self.@label»«self.@label.clone()»;
        self.changes += 1;
        self.@label = renamed;
        before«.to_owned()»«»⟧
    }
}
""",
            test="""
let mut @owner = @Owner { state: State::Idle, @label: ⟦1:"a".into()¦None⟧, changes: 0 };
assert_eq!(@owner.@change(State::Busy("b".into())), "Idle to Busy(\\"b\\")");
assert_eq!(@owner.rename("c"), ⟦1:"a"¦None⟧);
assert_eq!(@owner.rename("d"), ⟦1:"c"¦Some("c".to_string())⟧);
assert!(@owner.changes >= 1);
""",
            codes=("E0506",),
        ),
        Template(
            "given_away_while_its_label_is_needed",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

#[derive(Default)]
pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<String, Vec<@Item>>,
    log: Vec<String>,
}

impl @Owner {
    /// Keeps the @item below its label.
    pub fn @add(&mut self, @item: @Item) {
        ⟦2:let @label = «&@item.@label»«@item.@label.clone()»;
        self.@items.entry(@label.clone()).or_default().push(@item);
        self.log.push(format!("added {@label}"));¦let @label = @item.@label.«as_str()»«clone()»;
        let known = self.@items.entry(@label.to_string()).or_default();
        known.push(@item);
        self.log.push(format!("added {@label}"));¦let (@label, @size) = («&@item.@label»«@item.@label.clone()», @item.@size);
        if @size > 0 {
            self.@items.entry(@label.clone()).or_default().push(@item);
        }
        self.log.push(format!("added {@label}"));⟧
    }

    pub fn number(&self, @label: &str) -> usize {
        self.@items.get(@label).map_or(0, Vec::len)
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }
}
""",
            test="""
let mut @owner = @Owner::default();
for @size in [@n1, @n2] {
    @owner.@add(@Item { @label: "@text1".into(), @size });
}
assert_eq!((@owner.number("@text1"), @owner.number("@text2")), (2, 0));
assert_eq!(@owner.log(), ["added @text1", "added @text1"]);
""",
            codes=("E0505",),
        ),
        Template(
            "list_is_used_up_before_its_best_is_read",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @price: @Float,
}

pub struct Sorted {
    pub cheap: Vec<@Item>,
    pub dear: Vec<@Item>,
}

fn sorted(@items: Vec<@Item>, limit: @Float) -> Sorted {
    ⟦let (cheap, dear) = @items.into_iter().partition(|@item| @item.@price <= limit);
    Sorted { cheap, dear }¦let (mut cheap, mut dear) = (Vec::new(), Vec::new());
    for @item in @items {
        if @item.@price > limit {
            dear.push(@item);
        } else {
            cheap.push(@item);
        }
    }
    Sorted { cheap, dear }⟧
}

/// Sorts by the limit; also the label of ⟦1:the dearest @item¦the first @item¦the @item with the longest label⟧.
pub fn @show(@items: Vec<@Item>, limit: @Float) -> Option<(Sorted, String)> {
    let best = @items⟦1:.iter().max_by(|left, right| left.@price.total_cmp(&right.@price))?¦.first()?¦.iter().max_by_key(|@item| @item.@label.len())?⟧;
    ⟦2:«let sorted = sorted(@items, limit);
    let @label = best.@label.clone();»«let @label = best.@label.clone();
    let sorted = sorted(@items, limit);»
    Some((sorted, @label))¦«let sorted = sorted(@items, limit);
    Some((sorted, best.@label.to_uppercase()))»«let @label = best.@label.to_uppercase();
    Some((sorted(@items, limit), @label))»⟧
}
""",
            test="""
let item = |@label: &str, @price| @Item { @label: @label.into(), @price };
let (sorted, @label) = @show(vec![item("A", 1.0), item("BB", 9.0), item("C", 2.0)], 2.0).unwrap();
assert_eq!((sorted.cheap.len(), sorted.dear.len()), (2, 1));
assert_eq!(@label, "⟦1:BB¦A¦BB⟧");
assert!(@show(Vec::new(), 1.0).is_none());
""",
            codes=("E0505",),
        ),
        Template(
            "path_of_a_value_that_goes_on",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub @label: String,
    pub at: @Int,
}

impl Step {
    fn next(&self) -> Option<Self> {
        ⟦1:if self.at == 0 {
            return None;
        }
        Some(Self {
            @label: format!("{}'", self.@label),
            at: self.at / 2,
        })¦if self.at < @n1 {
            return None;
        }
        let at = self.at - @n1;
        let @label = format!("{}'", self.@label);
        Some(Self { @label, at })⟧
    }
}

/// All steps from the first one on.
pub fn path(first: Step) -> Vec<Step> {
    let mut path = Vec::new();
    let mut step = first;
    ⟦2:loop {
        path.push(«&step»«step.clone()»);
        match step.next() {
            Some(next) => step = next,
            None => break,
        }
    }
    path«.into_iter().cloned().collect()»«»¦while let Some(next) = step.next() {
        path.push(«&step»«step»);
        step = next;
    }
    path.push(«&step»«step»);
    path«.into_iter().cloned().collect()»«»⟧
}

pub fn labels(from: @Int) -> ⟦String {
    let first = Step {
        @label: "@text1".to_string(),
        at: from,
    };
    let labels: Vec<String> = path(first).into_iter().map(|step| step.@label).collect();
    labels.join(" ")¦String {
    let mut labels = String::new();
    let @label = String::from("@text1");
    for step in path(Step { @label, at: from }) {
        labels.push_str(&step.@label);
        labels.push(' ');
    }
    labels.trim_end().to_string()⟧
}
""",
            test="""
assert_eq!(labels(0), "@text1");
assert_eq!(labels(@n1), path(Step { @label: "@text1".into(), at: @n1 }).iter().map(|step| step.@label.clone()).collect::<Vec<_>>().join(" "));
assert_eq!(path(Step { @label: "a".into(), at: @n1 })[1].@label, "a'");
""",
            codes=("E0506",),
        ),
        Template(
            "buffer_begins_anew_for_the_next_word",
            """
/// Cuts a text at its marks.
pub struct Cutter {
    pub mark: char,
    pub keep_empty: bool,
}

impl Cutter {
    fn keeps(&self, part: &str) -> bool {
        self.keep_empty || !part.is_empty()
    }

    pub fn cut(&self, text: &str) -> Vec<String> {
        let mut parts: Vec<«&str»«String»> = Vec::new();
        let mut buffer = String::new();
        for letter in text.chars()⟦1:¦.filter(|letter| !letter.is_whitespace())⟧ {
            if letter != self.mark {
                buffer.push(⟦letter¦letter.to_ascii_lowercase()⟧);
                continue;
            }
            ⟦2:if self.keeps(&buffer) {
                parts.push(«&buffer»«buffer»);
            }
            buffer = String::new();¦let part = «buffer.as_str()»«buffer»;
            if self.keeps(«»«&»part) {
                parts.push(part);
            }
            buffer = String::new();¦let kept = self.keeps(&buffer);
            if kept {
                parts.push(«&buffer»«buffer»);
            }
            buffer = String::with_capacity(text.len());⟧
        }
        if self.keeps(&buffer) {
            parts.push(«&buffer»«buffer»);
        }
        parts«.into_iter().map(String::from).collect()»«»
    }
}

pub fn @find(text: &str, number: usize) -> Option<String> {
    let cutter = Cutter {
        mark: ⟦3:','¦';'⟧,
        keep_empty: true,
    };
    cutter.cut(text).into_iter().nth(number)
}
""",
            test="""
assert_eq!(@find("ab⟦3:,¦;⟧⟦3:,¦;⟧⟦1:c d¦c d⟧", 2).as_deref(), Some("⟦1:c d¦cd⟧"));
assert_eq!(@find("ab⟦3:,¦;⟧", 1).as_deref(), Some(""));
let cutter = Cutter { mark: '/', keep_empty: false };
assert_eq!(cutter.cut("a//b/"), ["a", "b"]);
""",
            codes=("E0506",),
        ),
        Template(
            "default_that_is_overwritten",
            """
mod size;

pub use size::Size;

/// A name for the size, with a plus for what is @flag.
pub fn name(size: &Size, @flag: bool) -> String {
    let «name»«mut name» = size.name().to_string();
    if @flag {
        name ⟦1:= format!("{name}+")¦= [name.as_str(), "+"].concat()⟧;
    }
    name
}

//- src/size.rs
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: @Int,
    pub height: @Int,
}

impl Size {
    pub fn area(&self) -> @Int {
        self.width * self.height
    }

    pub fn name(&self) -> &'static str {
        ⟦2:let «name»«mut name» = "small";
        if self.area() > @n3 {
            name = "medium";
        }
        if self.area() > @n5 {
            name = "large";
        }
        name¦let «name»«mut name» = "small";
        for (limit, other) in [(@n3, "medium"), (@n5, "large")] {
            if self.area() > limit {
                name = other;
            }
        }
        name¦let «name»«mut name» = "small";
        match self.area() {
            area if area > @n5 => name = "large",
            area if area > @n3 => name = "medium",
            _ => {}
        }
        name⟧
    }

    ⟦pub fn turned(«self»«mut self») -> Self {
        (self.width, self.height) = (self.height, self.width);
        self
    }¦pub fn fits(&self, other: &Size) -> bool {
        self.width <= other.width && self.height <= other.height
    }¦pub fn is_square(&self) -> bool {
        self.width == self.height
    }⟧
}
""",
            test="""
let size = |width| Size { width, height: 1 };
assert_eq!((name(&size(1), false), name(&size(@n5 + 1), true)), ("small".to_string(), "large+".to_string()));
assert_eq!(size(@n4).name(), "medium");
""",
            codes=("E0384", "E0594"),
        ),
        Template(
            "closed_while_a_field_is_looked_at",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    pub @count: @Int,
    pub @price: @Float,
    open: Vec<String>,
}

impl @Owner {
    pub fn @add(&mut self, @label: &str, @price: @Float) {
        self.open.push(@label.to_string());
        self.@count += 1;
        self.@price += @price;
    }

    /// Ends it; ⟦1:what is still open¦how many are still open⟧.
    pub fn close(self) -> ⟦1:Vec<String>¦usize⟧ {
        self.open⟦1:¦.len()⟧
    }
}

/// A last line on the @owner, which is closed then.
pub fn last_line(@owner: @Owner) -> String {
    ⟦2:let @count = «&»«»@owner.@count;
    let @price = «&»«»@owner.@price;
    let open = @owner.close();
    ¦let (@count, @price) = («&»«»@owner.@count, «&»«»@owner.@price);
    let open = @owner.close();
    ¦let @Owner { @count, @price, .. } = «&@owner»«@owner»;
    let open = @owner.close();
    ⟧⟦1:⟦let open = open.join(", ");
    format!("{@count} for {@price:.1}: {open}")¦format!("{@count} for {@price:.1}: {}", open.join(", "))⟧¦format!("{@count} for {@price:.1}: {open} open")⟧
}
""",
            test="""
let mut @owner = @Owner::default();
@owner.@add("a", 1.5);
@owner.@add("b", 2.0);
assert_eq!(last_line(@owner), "2 for 3.5: ⟦1:a, b¦2 open⟧");
""",
            codes=("E0505",),
        ),
    ),
    frozen=(
        Template(
            "cursor_at_the_end_of_a_chain",
            """
#[derive(Debug)]
pub struct Node {
    pub @label: String,
    pub next: Option<Box<Node>>,
}

#[derive(Debug, Default)]
pub struct Chain {
    first: Option<Box<Node>>,
    pub length: usize,
}

impl Chain {
    /// Hangs a node to the end.
    pub fn append(&mut self, @label: &str) {
        let mut end = &mut self.first;
        while let Some(node) = end«.as_mut()»«» {
            end = &mut node.next;
        }
        *end = Some(Box::new(Node {
            @label: @label.to_string(),
            next: None,
        }));
        self.length += 1;
    }

    pub fn labels(&self) -> Vec<&str> {
        let mut labels = Vec::new();
        let mut at = self.first.as_deref();
        while let Some(node) = at {
            labels.push(node.@label.as_str());
            at = node.next.as_deref();
        }
        labels
    }
}

pub fn chained(labels: &[&str]) -> Chain {
    let mut chain = Chain::default();
    labels.iter().for_each(|@label| chain.append(@label));
    chain
}
""",
            test="""
let chain = chained(&["@text1", "@text2", "@text3"]);
assert_eq!(chain.labels(), ["@text1", "@text2", "@text3"]);
assert_eq!((chain.length, chained(&[]).labels().len()), (3, 0));
""",
            codes=("E0499", "E0506"),
        ),
        Template(
            "next_generation_is_written_over_this_one",
            """
/// A row of cells that live and die by what is beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub cells: Vec<bool>,
    pub generation: usize,
}

impl Row {
    pub fn parse(text: &str) -> Self {
        Self {
            cells: text.chars().map(|letter| letter == '#').collect(),
            generation: 0,
        }
    }

    fn alive(&self, at: usize) -> bool {
        self.cells.get(at).copied().unwrap_or(false)
    }

    /// A cell lives in the next generation when exactly one of those beside it lives in this one.
    pub fn step(&mut self) {
        «for (at, cell) in self.cells.iter().enumerate() {
            let left = at > 0 && self.alive(at - 1);
            let lives = left != self.alive(at + 1);
            if *cell != lives {
                self.cells[at] = lives;
            }
        }»«let mut next = self.cells.clone();
        for (at, cell) in next.iter_mut().enumerate() {
            let left = at > 0 && self.alive(at - 1);
            *cell = left != self.alive(at + 1);
        }
        self.cells = next;»«for at in 0..self.cells.len() {
            let left = at > 0 && self.alive(at - 1);
            self.cells[at] = left != self.alive(at + 1);
        }»
        self.generation += 1;
    }

    pub fn @show(&self) -> String {
        self.cells.iter().map(|cell| if *cell { '#' } else { '.' }).collect()
    }
}
""",
            test="""
let mut row = Row::parse("...#...");
let mut shown = Vec::new();
for _ in 0..3 {
    row.step();
    shown.push(row.@show());
}
assert_eq!(shown, ["..#.#..", ".#...#.", "#.#.#.#"]);
assert_eq!(row.generation, 3);
""",
            codes=("E0502", "E0506"),
        ),
        Template(
            "state_is_left_before_its_content_is_kept",
            """
#[derive(Debug)]
pub struct Cargo {
    pub @label: String,
    pub @count: u32,
}

#[derive(Debug)]
pub enum State {
    Empty,
    Loaded { cargo: Cargo, stops: u32 },
    Broken(String),
}

pub struct @Owner {
    pub state: State,
    pub log: Vec<String>,
}

impl @Owner {
    pub fn new() -> Self {
        Self {
            state: State::Empty,
            log: Vec::new(),
        }
    }

    /// One stop further. At the last one the cargo is put down.
    pub fn stop(&mut self) {
        match &mut self.state {
            State::Loaded { cargo, stops } if *stops <= 1 => {
                «self.state = State::Empty;
                self.log.push(format!("delivered {} x {}", cargo.@count, cargo.@label));»«self.log.push(format!("delivered {} x {}", cargo.@count, cargo.@label));
                self.state = State::Empty;»«self.state = State::Empty;
                self.log.push("delivered".to_string());»
            }
            State::Loaded { stops, .. } => *stops -= 1,
            State::Broken(why) => {
                «self.state = State::Empty;
                self.log.push(format!("repaired: {why}"));»«self.log.push(format!("repaired: {why}"));
                self.state = State::Empty;»
            }
            State::Empty => self.log.push("idle".to_string()),
        }
    }
}

impl Default for @Owner {
    fn default() -> Self {
        Self::new()
    }
}
""",
            test="""
let mut @owner = @Owner::new();
@owner.state = State::Loaded { cargo: Cargo { @label: "@text1".into(), @count: 7 }, stops: 2 };
for _ in 0..3 {
    @owner.stop();
}
@owner.state = State::Broken("axle".to_string());
@owner.stop();
assert_eq!(@owner.log, ["delivered 7 x @text1", "idle", "repaired: axle"]);
assert!(matches!(@owner.state, State::Empty));
""",
            codes=("E0506",),
        ),
        Template(
            "index_into_what_is_given_away",
            """
use std::collections::HashMap;

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

#[derive(Default)]
pub struct Archive {
    pub boxes: Vec<Vec<@Item>>,
}

impl Archive {
    pub fn take_in(&mut self, @items: Vec<@Item>) -> usize {
        if !@items.is_empty() {
            self.boxes.push(@items);
        }
        self.boxes.len()
    }
}

/// Archives the @items; in which box they are, and how much there is of each label that was asked for.
pub fn archived(archive: &mut Archive, @items: Vec<@Item>, wanted: &[&str]) -> (usize, Vec<u32>) {
    let mut by_label: HashMap<&str, u32> = HashMap::new();
    for @item in &@items {
        *by_label.entry(&@item.@label).or_default() += @item.@count;
    }
    «let number = archive.take_in(@items);
    let counts = wanted.iter().map(|@label| by_label.get(@label).copied().unwrap_or(0)).collect();
    (number, counts)»«let counts = wanted.iter().map(|@label| by_label.get(@label).copied().unwrap_or(0)).collect();
    (archive.take_in(@items), counts)»«let counts = wanted.iter().map(|@label| by_label.get(@label).copied().unwrap_or(0)).collect();
    (archive.take_in(Vec::new()), counts)»
}
""",
            test="""
let item = |@label: &str, @count| @Item { @label: @label.into(), @count };
let mut archive = Archive::default();
let (number, counts) = archived(&mut archive, vec![item("a", 1), item("b", 2), item("a", 4)], &["b", "a", "c"]);
assert_eq!((number, counts), (1, vec![2, 5, 0]));
assert_eq!(archive.boxes[0].len(), 3);
""",
            codes=("E0505",),
        ),
        Template(
            "the_one_before_is_remembered",
            """
#[derive(Debug, PartialEq)]
pub struct Reading {
    pub at: u32,
    pub value: f64,
}

impl Reading {
    fn parse(line: &str) -> Option<Self> {
        let (at, value) = line.split_once(' ')?;
        Some(Self {
            at: at.parse().ok()?,
            value: value.parse().ok()?,
        })
    }
}

/// Where the value is lower than in the reading before. What is no reading is passed over.
pub fn falls(text: &str) -> Vec<(u32, f64)> {
    let mut falls = Vec::new();
    let mut before: Option<«&Reading»«Reading»> = None;
    «let mut reading;
    »«»for line in text.lines() {
        «let Some(parsed) = Reading::parse(line) else {
            continue;
        };
        reading = parsed;»«let Some(reading) = Reading::parse(line) else {
            continue;
        };»
        if let Some(before) = «before»«&before»
            && reading.value < before.value
        {
            falls.push((reading.at, before.value - reading.value));
        }
        «before = Some(&reading);»«before = Some(reading);»«before.get_or_insert(reading);»
    }
    falls
}

pub fn deepest(text: &str) -> Option<u32> {
    let falls = falls(text);
    let deepest = falls.iter().max_by(|left, right| left.1.total_cmp(&right.1))?;
    Some(deepest.0)
}
""",
            test="""
let text = "1 4.0\\n2 6.0\\n3 1.5\\nnoise\\n4 0.5\\n5 0.5";
assert_eq!(falls(text), [(3, 4.5), (4, 1.0)]);
assert_eq!((deepest(text), deepest("1 1.0")), (Some(3), None));
""",
            codes=("E0506",),
        ),
    ),
)
