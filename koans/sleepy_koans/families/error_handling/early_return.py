"""Leaving early: returns, breaks and else branches that do not fit what they leave."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="early_return",
    title="A return, a break, an else branch or the end of a function gives not what is promised there",
    codes=("E0308", "E0317", "E0069", "E0267", "E0571", "E0277"),
    templates=(
        Template(
            "returns_with_empty_hands",
            """
#[derive(Debug, Default)]
pub struct @Owner {
    pub @items: Vec<@Int>,
    pub @flag: bool,
}

impl @Owner {
    /// Takes so many, and says how many it were⟦1:; none where it is @flag¦, or nothing where it is @flag¦; an error where it is @flag⟧.
    pub fn @remove(&mut self, number: usize) -> ⟦1:usize¦Option<usize>¦Result<usize, String>⟧ {
        if self.@flag {
            «return;»«return ⟦1:0¦None¦Err("@flag".to_string())⟧;»«return ⟦1:number¦Some(0)¦Ok(0)⟧;»
        }
        ⟦2:let left = self.@items.len().saturating_sub(number);
        ⟦1:self.@items.drain(left..).count()¦let taken = self.@items.drain(left..).count();
        Some(taken)¦let taken = self.@items.drain(left..).count();
        Ok(taken)⟧¦let mut taken = 0;
        while taken < number {
            if self.@items.pop().is_none() {
                «return;»«return ⟦1:taken¦Some(taken)¦Ok(taken)⟧;»
            }
            taken += 1;
        }
        ⟦1:taken¦Some(taken)¦Ok(taken)⟧¦let taken = number.min(self.@items.len());
        self.@items.truncate(self.@items.len() - taken);
        ⟦1:taken¦Some(taken)¦Ok(taken)⟧⟧
    }
}
""",
            test="""
let mut @owner = @Owner { @items: vec![1, 2, 3], @flag: false };
assert_eq!(@owner.@remove(2), ⟦1:2¦Some(2)¦Ok(2)⟧);
assert_eq!(@owner.@remove(2), ⟦1:1¦Some(1)¦Ok(1)⟧);
@owner.@flag = true;
assert_eq!(@owner.@remove(2), ⟦1:0¦None¦Err("@flag".to_string())⟧);
""",
            codes=("E0069",),
        ),
        Template(
            "an_if_without_its_else",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

/// What a @item of that @size belongs to⟦1:¦, if to anything⟧.
pub fn @kind_of(@size: @Int) -> ⟦1:@Kind¦Option<@Kind>⟧ {
    if @size > @n4 {
        ⟦1:@Kind::@First¦Some(@Kind::@First)⟧
    } else if @size > @n2 {
        ⟦1:@Kind::@Second¦Some(@Kind::@Second)⟧
    }«»« else {
        ⟦1:@Kind::@Third¦None⟧
    }»
}

/// What one pays that has that many; ⟦2:children pay nothing¦children pay half⟧.
pub fn @price(@count: @Int, child: bool) -> @Float {
    let each = ⟦3:if @count > @n3 { 0.5 } else { 1.0 }¦match @count {
        0..=@n3 => 1.0,
        _ => 0.5,
    }⟧;
    if child {
        return ⟦2:0.0¦@count as @Float * each / 2.0⟧;
    }
    @count as @Float * each
}

pub fn @show(sizes: &[@Int]) -> Vec<String> {
    ⟦sizes.iter().map(|@size| format!("{:?}", @kind_of(*@size))).collect()¦let mut kinds = Vec::new();
    for @size in sizes {
        let @kind = @kind_of(*@size);
        kinds.push(format!("{@kind:?}"));
    }
    kinds⟧
}
""",
            test="""
assert_eq!([@n5, @n3, @n1].map(@kind_of), ⟦1:[@Kind::@First, @Kind::@Second, @Kind::@Third]¦[Some(@Kind::@First), Some(@Kind::@Second), None]⟧);
assert_eq!(@price(1, true) as @Float, ⟦2:0.0¦0.5⟧);
""",
            codes=("E0317",),
        ),
        Template(
            "a_branch_that_forgets_the_wrapping",
            """
pub struct @Owner {
    pub @label: String,
    pub @count: @Int,
    pub limit: @Int,
}

impl @Owner {
    pub fn @add(&mut self, number: @Int) -> Result<@Int, String> {
        let @count = self.@count + number;
        ⟦1:if @count > self.limit {
            «format!("{} is full", self.@label)»«Err(format!("{} is full", self.@label))»
        } else {
            self.@count = @count;
            Ok(@count)
        }¦if @count <= self.limit {
            self.@count = @count;
            «return @count»«return Ok(@count)»;
        }
        Err(format!("{} is full", self.@label))¦match @count.cmp(&self.limit) {
            std::cmp::Ordering::Greater => Err(format!("{} is full", self.@label)),
            _ => {
                self.@count = @count;
                «@count»«Ok(@count)»
            }
        }⟧
    }

    /// Adds one number after the other, until one does not fit.
    pub fn add_all(&mut self, numbers: &[@Int]) -> Result<@Int, String> {
        ⟦2:for number in numbers {
            self.@add(*number)?;
        }
        «self.@count»«Ok(self.@count)»¦let mut last = self.@count;
        for number in numbers {
            last = self.@add(*number)?;
        }
        Ok(last)¦numbers.iter().try_fold(self.@count, |_, number| self.@add(*number))⟧
    }
}
""",
            test="""
let mut @owner = @Owner { @label: "@text1".into(), @count: 0, limit: 10 };
assert_eq!(@owner.add_all(&[4, 5]), Ok(9));
assert_eq!(@owner.@add(2), Err("@text1 is full".to_string()));
assert_eq!(@owner.add_all(&[1]), Ok(10));
""",
            codes=("E0308",),
        ),
        Template(
            "a_semicolon_too_many",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

/// How often each of the words occurs.
pub fn tally(text: &str) -> ⟦1:HashMap¦BTreeMap⟧<String, @Int> {
    let mut found = ⟦1:HashMap¦BTreeMap⟧::new();
    for word in text.split_whitespace() {
        *found.entry(word.⟦to_string()¦to_lowercase()⟧).or_insert(0) += 1;
    }
    found
}

fn best(found: &⟦1:HashMap¦BTreeMap⟧<String, @Int>) -> Option<(&String, &@Int)> {
    ⟦2:found
        .iter()
        .max_by_key(|(word, @count)| (**@count, word.len()))«;»«»¦let mut best = None;
    for (word, @count) in found {
        if best.is_none_or(|(_, most)| @count > most) {
            best = Some((word, @count));
        }
    }
    best«;»«»¦let mut pairs: Vec<_> = found.iter().collect();
    pairs.sort_by_key(|(_, @count)| **@count);
    pairs.pop()«;»«»⟧
}

/// The word that occurs most often, with its number.
pub fn @show(text: &str) -> String {
    let found = tally(text);
    ⟦match best(&found) {
        Some((word, @count)) => format!("{word}: {@count}"),
        None => "nothing".to_string(),
    }¦let Some((word, @count)) = best(&found) else {
        return "nothing".to_string();
    };
    format!("{word}: {@count}")¦best(&found).map_or("nothing".to_string(), |(word, @count)| format!("{word}: {@count}"))⟧
}
""",
            test="""
assert_eq!(@show("a b a"), "a: 2");
assert_eq!(@show(""), "nothing");
""",
            codes=("E0308",),
        ),
        Template(
            "a_loop_that_cannot_give_a_value",
            """
pub struct @Item {
    pub @label: &'static str,
    pub @size: @Int,
    pub @flag: bool,
}

/// The position of the first one that is large enough; the number of all where none is.
pub fn @find(@items: &[@Item], least: @Int) -> usize {
    ⟦1:«for (at, @item) in @items.iter().enumerate() {
        if @item.@size >= least {
            break at;
        }
    }
    @items.len()»«for (at, @item) in @items.iter().enumerate() {
        if @item.@size >= least {
            return at;
        }
    }
    @items.len()»¦let mut at = 0;
    while at < @items.len() {
        if @items[at].@size >= least {
            «break at;»«break;»
        }
        at += 1;
    }
    at¦let mut at = 0;
    «while at < @items.len()»«loop» {
        if «»«at == @items.len() || »@items[at].@size >= least {
            break at;
        }
        at += 1;
    }«
    at»«»⟧
}

/// The total of those before it that are @flag.
pub fn before(@items: &[@Item], least: @Int) -> @Int {
    let end = @find(@items, least);
    ⟦@items[..end].iter().filter(|@item| @item.@flag).map(|@item| @item.@size).sum()¦let mut total = 0;
    for @item in @items.iter().take(end) {
        if @item.@flag {
            total += @item.@size;
        }
    }
    total⟧
}

pub fn name(@items: &[@Item], least: @Int) -> Option<&'static str> {
    Some(@items.get(@find(@items, least))?.@label)
}
""",
            test="""
let @item = |@label, @size, @flag| @Item { @label, @size, @flag };
let @items = [@item("@text1", @n1, true), @item("@text2", @n2, false), @item("@text3", @n4, true)];
assert_eq!((@find(&@items, @n2), @find(&@items, 99), @find(&[], 0)), (1, 3, 0));
assert_eq!((before(&@items, @n4), name(&@items, @n3)), (@n1, Some("@text3")));
""",
            codes=("E0571",),
        ),
        Template(
            "returned_from_a_closure_only",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

/// All @items are checked; the first that is wrong ends it.
pub fn check(@items: &[@Item]⟦1:¦, limit: @Int⟧) -> Result<@Int, String> {
    let mut total = 0;
    ⟦2:«@items.iter().for_each(|@item| {»«for @item in @items {»
        if @item.@count > ⟦1:@n3¦limit⟧ {
            return Err(format!("too many of {}", @item.@label));
        }
        total += @item.@count;
    «});»«}»¦@items.iter().«for_each»«try_for_each»(|@item| {
        if @item.@label.is_empty() || @item.@count > ⟦1:@n3¦limit⟧ {
            return Err(format!("too many of {}", @item.@label));
        }
        total += @item.@count;«»«
        Ok(())»
    })«»«?»;⟧
    Ok(total)
}

pub fn @show(@items: &[@Item]) -> String {
    ⟦match check(@items⟦1:¦, @n3⟧) {
        Ok(total) => format!("{total} in all"),
        Err(reason) => reason,
    }¦check(@items⟦1:¦, @n3⟧).map_or_else(|reason| reason, |total| format!("{total} in all"))⟧
}
""",
            test="""
let @item = |@label: &str, @count| @Item { @label: @label.into(), @count };
assert_eq!(@show(&[@item("@text1", @n1), @item("@text2", @n2)]), format!("{} in all", @n1 + @n2));
assert_eq!(@show(&[@item("@text1", @n4), @item("@text2", 100)]), "too many of @text1");
""",
            codes=("E0308",),
        ),
        Template(
            "an_else_that_does_not_leave",
            """
pub struct Entry {
    pub @label: String,
    pub @count: @Int,
    pub @flag: bool,
}

/// Reads lines of a name, a number and perhaps a mark; lines without a number are left out.
pub fn read(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for line in text.lines() {
        let mut words = line.split(⟦3:','¦';'⟧).map(str::trim);
        let Some(@label) = words.next()⟦.filter(|@label| !@label.is_empty())¦.filter(|@label| @label.len() > 1)⟧ else {
            ⟦1:«String::new()»«continue;»¦continue;¦continue;⟧
        };
        ⟦1:let Some(@count) = words.next().and_then(|word| word.parse().ok()) else {
            continue;
        };¦let Some(Ok(@count)) = words.next().map(str::parse) else {
            «0»«continue;»«break;»
        };¦let @count = match words.next().map(str::parse::<@Int>) {
            Some(Ok(@count)) => @count,
            _ => «{}»«continue»«break»,
        };⟧
        entries.push(Entry {
            @label: @label.to_string(),
            @count,
            @flag: words.next() == Some("⟦2:*¦!⟧"),
        });
    }
    entries
}

pub fn @show(text: &str) -> String {
    let named = read(text).into_iter().filter(|entry| entry.@flag && entry.@count > 0);
    ⟦named.map(|entry| entry.@label).collect::<Vec<_>>().join(" ")¦named.fold(String::new(), |all, entry| all + &entry.@label)⟧
}
""",
            test="""
let text = ["@text1, 3, ⟦2:*¦!⟧", "", "@text2, x", "@text3, 4"].join("\\n").replace(',', "⟦3:,¦;⟧");
assert_eq!(read(&text).iter().map(|entry| entry.@count).collect::<Vec<_>>(), [3, 4]);
assert_eq!(@show(&text), "@text1");
""",
            codes=("E0308",),
        ),
        Template(
            "skipped_inside_of_a_closure_in_two_files",
            """
mod record;

pub use record::Record;

/// One line for each record that is worth it, at most `limit` of them.
pub fn @show(records: &[Record], limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    ⟦1:records.iter().for_each(|record| {
        if !record.@flag {
            «continue»«return»;
        }
        if lines.len() < limit {
            lines.push(record.line());
        }
    });¦«records.iter().for_each(|record| {»«for record in records {»
        if lines.len() >= limit {
            break;
        }
        if record.@flag {
            lines.push(record.line());
        }
    «});»«}»¦«records.iter().filter(|record| record.@flag).for_each(|record| {»«for record in records.iter().filter(|record| record.@flag) {»
        if lines.len() == limit {
            break;
        }
        lines.push(record.line());
    «});»«}»⟧
    lines
}

/// The numbers of those that have one.
pub fn numbers(records: &[Record]) -> Vec<@Int> {
    ⟦2:records
        .iter()
        .filter_map(|record| {
            if record.@count == 0 {
                ⟦1:return None;¦return None;¦«continue;»«return None;»⟧
            }
            Some(record.@count)
        })
        .collect()¦let counts = records.iter().map(|record| record.@count);
    counts.filter(|@count| *@count > 0).collect()⟧
}

//- src/record.rs
#[derive(Debug, Clone)]
pub struct Record {
    pub @label: String,
    pub @count: @Int,
    pub @flag: bool,
}

impl Record {
    pub fn line(&self) -> String {
        ⟦format!("{} ({})", self.@label, self.@count)¦let @label = &self.@label;
        format!("{@label} ({})", self.@count)⟧
    }
}
""",
            test="""
let record = |@count, @flag| Record { @label: "a".into(), @count, @flag };
let records = [record(1, true), record(0, false), record(2, true), record(3, true)];
assert_eq!(@show(&records, 2), ["a (1)", "a (2)"]);
assert_eq!(@show(&records, 9).len(), 3);
assert_eq!(numbers(&records), [1, 2, 3]);
""",
            codes=("E0267",),
            bare=True,
        ),
        Template(
            "the_end_that_is_reached_without_a_value",
            """
/// Which @person is responsible, by the @count from which on.
pub struct Duty {
    pub from: @Int,
    pub @person: String,
}

#[derive(Default)]
pub struct Plan {
    duties: Vec<Duty>,
}

impl Plan {
    pub fn @add(&mut self, from: @Int, @person: &str) {
        let @person = @person.to_string();
        self.duties.push(Duty { from, @person });
        self.duties.sort_by_key(|duty| duty.from);
    }

    pub fn responsible(&self, @count: @Int) -> Option<&str> {
        ⟦1:for duty in self.duties.iter().rev() {
            if duty.from <= @count {
                return Some(&duty.@person);
            }
        }¦let mut rest = self.duties.as_slice();
        while let Some((last, earlier)) = rest.split_last() {
            if last.from <= @count {
                return Some(&last.@person);
            }
            rest = earlier;
        }¦if let Some(last) = self.duties.iter().rfind(|duty| duty.from <= @count)
            && !last.@person.is_empty()
        {
            return Some(&last.@person);
        }⟧«»«
        None»
    }

    pub fn @show(&self, numbers: &[@Int]) -> String {
        let names = numbers.iter().map(|number| self.responsible(*number).unwrap_or("nobody"));
        ⟦names.collect::<Vec<_>>().join(", ")¦let names: Vec<&str> = names.collect();
        names.join(", ")⟧
    }
}
""",
            test="""
let mut plan = Plan::default();
plan.@add(@n3, "@name2");
plan.@add(@n1, "@name1");
assert_eq!(plan.@show(&[@n1, @n2, @n4, 0]), "@name1, @name1, @name2, nobody");
""",
            codes=("E0308", "E0317"),
        ),
    ),
    frozen=(
        Template(
            "nothing_is_removed_where_one_is_wrong",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: u32,
    pub locked: bool,
}

#[derive(Debug, PartialEq)]
pub struct Locked(pub String);

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// Removes all that have less than that. Where one of them is locked, all stay.
    pub fn @remove(&mut self, least: u32) -> Result<usize, Locked> {
        let before = self.@items.len();
        «self.@items.retain(|@item| {
            if @item.@count < least && @item.locked {
                return Err(Locked(@item.@label.clone()));
            }
            @item.@count >= least
        });»«if let Some(@item) = self.@items.iter().find(|@item| @item.@count < least && @item.locked) {
            return Err(Locked(@item.@label.clone()));
        }
        self.@items.retain(|@item| @item.@count >= least);»«let mut found = None;
        self.@items.retain(|@item| {
            if @item.@count < least && @item.locked {
                found = Some(Locked(@item.@label.clone()));
                return true;
            }
            @item.@count >= least
        });
        if let Some(locked) = found {
            return Err(locked);
        }»
        Ok(before - self.@items.len())
    }
}
""",
            test="""
let @item = |@label: &str, @count, locked| @Item { @label: @label.into(), @count, locked };
let mut @owner = @Owner { @items: vec![@item("@text1", 1, false), @item("@text2", 5, true), @item("@text3", 2, false)] };
assert_eq!(@owner.@remove(6), Err(Locked("@text2".to_string())));
assert_eq!(@owner.@items.len(), 3);
assert_eq!(@owner.@remove(3), Ok(2));
assert_eq!(@owner.@items.len(), 1);
""",
            codes=("E0308",),
        ),
        Template(
            "a_block_that_is_left_with_a_value",
            """
pub struct Row {
    pub name: &'static str,
    pub cells: Vec<i32>,
}

/// The first cell below zero, as `name:position`, and `-` where all is well.
pub fn first_negative(rows: &[Row]) -> String {
    let place: Option<(&str, usize)> = 'search: {
        for row in rows {
            for (at, cell) in row.cells.iter().enumerate() {
                if *cell < 0 {
                    «break 'search;»«break 'search Some((row.name, at));»«break 'search Some((row.name, row.cells.len()));»
                }
            }
        }
        None
    };
    match place {
        Some((name, at)) => format!("{name}:{at}"),
        None => "-".to_string(),
    }
}

pub fn @show(rows: &[Row]) -> Vec<String> {
    let sums = rows.iter().map(|row| row.cells.iter().sum::<i32>());
    let mut lines: Vec<String> = sums.map(|sum| sum.to_string()).collect();
    lines.push(first_negative(rows));
    lines
}
""",
            test="""
let row = |name, cells: &[i32]| Row { name, cells: cells.to_vec() };
let rows = [row("a", &[1, 2]), row("b", &[3, -4, -5])];
assert_eq!(@show(&rows), ["3", "-6", "b:1"]);
assert_eq!(@show(&rows[..1]), ["3", "-"]);
""",
            codes=("E0308",),
        ),
        Template(
            "closed_on_every_way_out",
            """
#[derive(Debug, Default)]
pub struct Session {
    pub open: bool,
    pub log: Vec<String>,
}

impl Session {
    fn begin(&mut self) {
        self.open = true;
        self.log.push("begin".to_string());
    }

    fn end(&mut self) {
        self.open = false;
        self.log.push("end".to_string());
    }

    /// Sends the lines up to an empty one; how many were sent. The session is closed afterwards in any case.
    pub fn send(&mut self, lines: &[&str]) -> usize {
        self.begin();
        let mut sent = 0;
        for line in lines {
            if line.is_empty() {
                «return self.end();»«break;»«return sent;»
            }
            self.log.push(format!("send {line}"));
            sent += 1;
        }
        «self.end()»«self.end();
        sent»
    }
}
""",
            test="""
let mut session = Session::default();
assert_eq!(session.send(&["@text1", "", "@text2"]), 1);
assert!(!session.open);
assert_eq!(session.log, ["begin", "send @text1", "end"]);
assert_eq!(session.send(&["@text3", "@text4"]), 2);
assert_eq!(session.log.len(), 7);
""",
            codes=("E0308",),
        ),
        Template(
            "found_deep_in_a_tree",
            """
#[derive(Debug)]
pub struct Node {
    pub name: String,
    pub size: u32,
    pub children: Vec<Node>,
}

impl Node {
    pub fn leaf(name: &str, size: u32) -> Self {
        Node {
            name: name.to_string(),
            size,
            children: Vec::new(),
        }
    }

    /// The way to the first node of that name, its own name at the end.
    pub fn path(&self, name: &str) -> Option<Vec<&str>> {
        if self.name == name {
            return Some(vec![&self.name]);
        }
        «self.children.iter().for_each(|child| {
            if let Some(mut way) = child.path(name) {
                way.insert(0, &self.name);
                return Some(way);
            }
        });
        None»«self.children.iter().find_map(|child| {
            let mut way = child.path(name)?;
            way.insert(0, &self.name);
            Some(way)
        })»«self.children.iter().find_map(|child| child.path(name))»
    }

    pub fn total(&self) -> u32 {
        self.size + self.children.iter().map(Node::total).sum::<u32>()
    }
}
""",
            test="""
let inner = Node { children: vec![Node::leaf("c", 3)], ..Node::leaf("b", 2) };
let root = Node { children: vec![Node::leaf("x", 4), inner], ..Node::leaf("a", 1) };
assert_eq!(root.path("c"), Some(vec!["a", "b", "c"]));
assert_eq!((root.path("a"), root.path("z")), (Some(vec!["a"]), None));
assert_eq!(root.total(), 10);
""",
            codes=("E0308",),
        ),
        Template(
            "a_value_for_one_case_only",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
}

#[derive(Debug, Clone)]
pub struct Order {
    pub @kind: @Kind,
    pub @count: u32,
    pub member: bool,
}

/// What an order costs: two for each of the first @kind and three for the others; from ten on one of them is
/// free, and members pay nothing for sending, all others seven.
pub fn cost(order: &Order) -> u32 {
    let each = match order.@kind {
        @Kind::@First => 2,
        @Kind::@Second => 3,
    };
    let sending = if !order.member { 7 }«»« else { 0 }»« else { 7 }»;
    «let free = if order.@count >= 10 { each };»«let free = if order.@count >= 10 { each } else { 0 };»
    each * order.@count - free + sending
}

pub fn dearest(orders: &[Order]) -> Option<u32> {
    orders.iter().map(cost).max()
}
""",
            test="""
let order = |@kind, @count, member| Order { @kind, @count, member };
assert_eq!(cost(&order(@Kind::@First, 3, true)), 6);
assert_eq!(cost(&order(@Kind::@Second, 10, false)), 34);
assert_eq!(dearest(&[order(@Kind::@First, 1, false), order(@Kind::@Second, 1, true)]), Some(9));
""",
            codes=("E0317",),
        ),
    ),
)
