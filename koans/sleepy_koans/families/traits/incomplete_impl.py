"""An impl lacks an item of its trait, or has it in another form."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="incomplete_impl",
    title="An impl lacks an item of its trait, or its signature is another one",
    codes=("E0046", "E0050", "E0053", "E0185", "E0186", "E0277", "E0407", "E0596"),
    templates=(
        Template(
            "one_of_several_lacks_a_method",
            """
pub trait @Able {
    fn @able(&self) -> @Int;

    /// Whether it takes more than ⟦a¦one⟧ @n2.
    fn is_long(&self) -> bool;
}

pub struct @Item {
    pub @size: @Int,
}

pub struct Batch {
    pub @items: Vec<@Item>,
}

impl @Able for @Item {
    fn @able(&self) -> @Int {
        ⟦self.@size¦self.@size + 1⟧
    }

    fn is_long(&self) -> bool {
        self.@able() > @n2
    }
}

impl @Able for Batch {
    fn @able(&self) -> @Int {
        self.@items.iter().map(⟦@Able::@able¦|@item| @item.@able()⟧).sum()
    }«»«

    fn is_long(&self) -> bool {
        self.@able() > @n2
    }»«

    fn is_long(&self) -> bool {
        self.@items.iter().any(@Able::is_long)
    }»
}

pub fn @find(all: &[&dyn @Able]) -> usize {
    all.iter().filter(|one| one.is_long()).count()
}
""",
            test="""
let @item = @Item { @size: @n2 - 2 };
let batch = Batch { @items: vec![@Item { @size: @n2 - 2 }, @Item { @size: 2 }, @Item { @size: 2 }] };
assert_eq!(@find(&[&@item]), 0);
assert_eq!(@find(&[&@item, &batch]), 1);
""",
            codes=("E0046",),
        ),
        Template(
            "receiver_of_another_kind",
            """
pub trait Sink {
    fn accept(&mut self, value: @Int);
    fn total(&⟦1:¦mut ⟧self) -> @Int;
}

#[derive(Default)]
pub struct @Owner {
    seen: Vec<@Int>,
}

impl Sink for @Owner {
    fn accept(«&self»«&mut self», value: @Int) {
        ⟦if value > @n1 {
            self.seen.push(value);
        }¦self.seen.push(value);
        self.seen.retain(|seen| *seen > @n1);¦let wanted = value > @n1;
        self.seen.extend(wanted.then_some(value));⟧
    }

    fn total(&⟦1:¦mut ⟧self) -> @Int {
        ⟦1:self.seen.iter().sum()¦self.seen.drain(..).sum()⟧
    }
}

pub fn pour(values: &[@Int], sink: &mut ⟦dyn¦impl⟧ Sink) -> @Int {
    for value in values {
        sink.accept(*value);
    }
    sink.total()
}
""",
            test="""
let mut @owner = @Owner::default();
assert_eq!(pour(&[1, @n2, @n3, @n1], &mut @owner), @n2 + @n3);
""",
            codes=("E0053", "E0596"),
        ),
        Template(
            "a_parameter_is_missing",
            """
pub struct Context {
    pub @price: @Float,
    pub @people: ⟦3:u8¦i8¦u16¦i16⟧,
}

pub trait Charge {
    fn amount(&self, @count: ⟦3:u8¦i8¦u16¦i16⟧, context: &Context) -> @Float;
}

/// A @price for everybody.
pub struct PerPerson;

/// A @price for each @item; from @n3 on it is half of that.
pub struct PerUnit;

impl Charge for PerPerson {
    fn amount(&self, _: ⟦3:u8¦i8¦u16¦i16⟧, context: &Context) -> @Float {
        context.@price * @Float::from(context.@people)
    }
}

impl Charge for PerUnit {
    «fn amount(&self, @count: ⟦3:u8¦i8¦u16¦i16⟧) -> @Float {
        let each = if @count < @n3 { 1.0 } else { 0.5 };»«fn amount(&self, @count: ⟦3:u8¦i8¦u16¦i16⟧, context: &Context) -> @Float {
        let each = if @count < @n3 { context.@price } else { context.@price / 2.0 };»«fn amount(&self, @count: ⟦3:u8¦i8¦u16¦i16⟧, _: &Context) -> @Float {
        let each = if @count < @n3 { 1.0 } else { 0.5 };»
        each * @Float::from(@count)
    }
}

pub fn bill(charges: &[⟦1:&dyn Charge¦Box<dyn Charge>⟧], @count: ⟦3:u8¦i8¦u16¦i16⟧, context: &Context) -> @Float {
    charges.iter().map(|charge| charge.amount(@count, context)).sum()
}
""",
            test="""
let context = Context { @price: 4.0, @people: 2 };
let charges: [⟦1:&dyn Charge¦Box<dyn Charge>⟧; 2] = [⟦1:&PerPerson, &PerUnit¦Box::new(PerPerson), Box::new(PerUnit)⟧];
assert_eq!(bill(&charges, 1, &context), 12.0);
assert_eq!(bill(&charges[1..], @n3, &context), 2.0 * (@n3 as @Float));
""",
            codes=("E0050",),
        ),
        Template(
            "a_method_has_another_name",
            """
pub trait Describe {
    fn @label(&self) -> String;

    fn @show(&self) -> String {
        format!(⟦"[{}]"¦"* {}"¦"{}!"⟧, self.@label())
    }
}

⟦#[derive(Debug)]
¦⟧pub enum @Kind {
    @First,
    @Second { @count: @Int },
}

impl Describe for @Kind {
    fn «name»«@label»(&self) -> String {
        match self {
            @Kind::@First => ⟦"@First".to_string()¦String::from("@First")⟧,
            @Kind::@Second { @count } ⟦1:¦if *@count > 1 ¦if *@count != 1 ⟧=> format!("{@count} @Second"),⟦1:¦
            @Kind::@Second { .. } => "@Second".into(),¦
            @Kind::@Second { .. } => "@Second".into(),⟧
        }
    }
}

pub fn @show_all(kinds: &[@Kind]) -> Vec<String> {
    kinds.iter().map(⟦Describe::@show¦|@kind| @kind.@show()⟧).collect()
}
""",
            test="""
let told = @show_all(&[@Kind::@First, @Kind::@Second { @count: @n1 }]);
assert!(told[0].contains("@First") && told[1].contains("@n1 @Second"));
assert_ne!(told[0], "@First");
""",
            codes=("E0046", "E0407"),
        ),
        Template(
            "an_associated_constant",
            """
pub trait Table {
    const NAME: &'static str;
    const LIMIT: ⟦1:usize¦u32¦u64⟧;

    fn row(&self) -> String;
}

pub struct @Item {
    pub @label: String,
}

pub struct @Person {
    pub name: String,
}

impl Table for @Item {
    const NAME: &'static str = "@items";
    const LIMIT: ⟦1:usize¦u32¦u64⟧ = @n2;

    fn row(&self) -> String {
        self.@label.clone()
    }
}

/// The table of @people, of which @n1 are shown.
impl Table for @Person {
    const NAME: &'static str = "@people";«»«
    const LIMIT: ⟦1:usize¦u32¦u64⟧ = @n1;»«
    const LIMIT: ⟦1:usize¦u32¦u64⟧ = @n2;»

    fn row(&self) -> String {
        format!("- {}", self.name)
    }
}

pub fn @show<T: Table>(rows: &[T]) -> String {
    ⟦let shown = rows.iter().take(T::LIMIT⟦1:¦ as usize¦ as usize⟧);
    let lines: Vec<String> = shown.map(T::row).collect();
    format!("{}\\n{}", T::NAME, lines.join("\\n"))¦let mut text = T::NAME.to_string();
    for row in rows.iter().take(T::LIMIT⟦1:¦ as usize¦ as usize⟧) {
        text.push('\\n');
        text.push_str(&row.row());
    }
    text⟧
}
""",
            test="""
let @people: Vec<@Person> = (0..50).map(|n| @Person { name: n.to_string() }).collect();
assert_eq!(@show(&@people).lines().count(), @n1 + 1);
assert_eq!(@show(&[@Item { @label: "@text1".into() }]), "@items\\n@text1");
""",
            codes=("E0046",),
        ),
        Template(
            "what_std_expects_to_be_returned",
            """
use std::cmp::Ordering;

#[derive(Debug, Clone, PartialEq⟦1:¦, Eq⟧)]
pub struct @Item {
    pub @label: String,
    pub @size: ⟦1:@Float¦@Int⟧,
}

/// Smaller ones come first; a longer @label is no reason.
impl PartialOrd for @Item {
    fn partial_cmp(&self, other: &Self) -> «Ordering»«Option<Ordering>» {
        «self.@size.⟦1:total_cmp¦cmp⟧(&other.@size)»«⟦1:self.@size.partial_cmp(&other.@size)¦Some(self.cmp(other))⟧»«⟦1:self.@label.partial_cmp(&other.@label)¦Some(other.cmp(self))⟧»
    }
}

⟦1:/// The smaller one, or the left one where that cannot be told.
¦impl Ord for @Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.@size.cmp(&other.@size)
    }
}

⟧pub fn smaller(left: @Item, right: @Item) -> @Item {
    ⟦if right < left { right } else { left }¦if left > right {
        return right;
    }
    left¦match left.partial_cmp(&right) {
        Some(Ordering::Greater) => right,
        _ => left,
    }⟧
}
""",
            test="""
let [one, two] = [("z", 4), ("a", 9)]
    .map(|(@label, @size)| @Item { @label: @label.into(), @size: @size as ⟦1:@Float¦@Int⟧ });
assert_eq!(smaller(two.clone(), one.clone()), one);
assert_eq!(smaller(one.clone(), two), one);
""",
            codes=("E0053",),
        ),
        Template(
            "with_and_without_self",
            """
mod shapes;

pub use shapes::Record;

pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl Record for @Item {
    ⟦1:fn parsed(«&self, »«»line: &str) -> Option<Self> {¦fn parsed(line: &str) -> Option<Self> {⟧
        let (@label, @count) = line.split_once(⟦2:'='¦':'¦','⟧)?;
        Some(Self {
            @label: @label.trim().to_string(),
            @count: @count.trim().parse().ok()?,
        })
    }

    ⟦1:fn is_empty(&self) -> bool {
        self.@count == 0
    }¦fn is_empty(«@item: &Self»«&self») -> bool {
        «@item»«self».@count == 0
    }⟧
}

pub fn total(text: &str) -> @Int {
    let @items: Vec<@Item> = shapes::records(text);
    @items.iter().map(|@item| @item.@count).sum()
}

//- src/shapes.rs
pub trait Record: Sized {
    fn parsed(line: &str) -> Option<Self>;
    fn is_empty(&self) -> bool;
}

/// All records of a text that have something in them.
pub fn records<R: Record>(text: &str) -> Vec<R> {
    ⟦text.lines()
        .filter_map(R::parsed)
        .filter(|record| !record.is_empty())
        .collect()¦let mut found = Vec::new();
    for line in text.lines() {
        found.extend(R::parsed(line).filter(|record| !record.is_empty()));
    }
    found⟧
}
""",
            test="""
let mark = ⟦2:'='¦':'¦','⟧;
let text = format!("@text1{mark} @n1\\n@text2{mark}0\\nx\\n@text3{mark}@n2");
let @items: Vec<@Item> = shapes::records(&text);
assert_eq!((@items.len(), @items[0].@label.as_str()), (2, "@text1"));
assert_eq!(total(&text), @n1 + @n2);
""",
            codes=("E0185", "E0186"),
        ),
    ),
    frozen=(
        Template(
            "a_writer_that_does_not_flush",
            """
use std::io::{self, Write};

/// Hands on whole lines only; what is left over waits for its end, or for a flush.
pub struct ByLine<W: Write> {
    to: W,
    waiting: Vec<u8>,
}

impl<W: Write> ByLine<W> {
    pub fn new(to: W) -> Self {
        Self {
            to,
            waiting: Vec::new(),
        }
    }
}

impl<W: Write> Write for ByLine<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if let Some(end) = self.waiting.iter().rposition(|byte| *byte == b'\\n') {
            let line: Vec<u8> = self.waiting.drain(..=end).collect();
            self.to.write_all(&line)?;
        }
        Ok(bytes.len())
    }«»«

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.waiting);
        self.to.write_all(&rest)?;
        self.to.flush()
    }»«

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }»
}

pub fn @show(labels: &[&str], to: &mut impl Write) -> io::Result<()> {
    let mut out = ByLine::new(to);
    for @label in labels {
        writeln!(out, "- {@label}")?;
    }
    write!(out, "{} @items", labels.len())?;
    out.flush()
}
""",
            test="""
let mut bytes = Vec::new();
@show(&["@text1", "@text2"], &mut bytes).unwrap();
assert_eq!(String::from_utf8(bytes).unwrap(), "- @text1\\n- @text2\\n2 @items");
""",
            codes=("E0046",),
        ),
        Template(
            "owned_where_the_trait_lends",
            """
use std::collections::BTreeMap;

pub trait Storage {
    fn put(&mut self, key: &str, value: u32) -> Option<u32>;
    fn keys(&self) -> Vec<String>;
}

#[derive(Default)]
pub struct Memory {
    values: BTreeMap<String, u32>,
    writes: usize,
}

impl Storage for Memory {
    fn put(&mut self, key: «String»«&str», value: u32) -> Option<u32> {
        self.writes += 1;
        self.values.insert(«key»«key.to_string()», value)
    }

    fn keys(&self) -> Vec<String> {
        self.values.keys().cloned().collect()
    }
}

/// Counts every @item of the text, and says which ones there are.
pub fn @add(storage: &mut dyn Storage, text: &str) -> Vec<String> {
    for word in text.split_whitespace() {
        if let Some(before) = storage.put(word, 1) {
            storage.put(word, before + 1);
        }
    }
    storage.keys()
}
""",
            test="""
let mut memory = Memory::default();
assert_eq!(@add(&mut memory, "@text2 @text1 @text2").len(), 2);
assert_eq!((memory.values["@text2"], memory.writes), (2, 4));
""",
            codes=("E0053",),
        ),
        Template(
            "from_the_other_end",
            """
/// The days of some weeks, of which Sundays are left out.
#[derive(Debug, Clone)]
pub struct Workdays {
    next: u32,
    end: u32,
}

impl Workdays {
    pub fn of_weeks(weeks: u32) -> Self {
        Self {
            next: 1,
            end: 7 * weeks + 1,
        }
    }

    fn is_sunday(day: u32) -> bool {
        day.is_multiple_of(7)
    }
}

impl Iterator for Workdays {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while self.next < self.end {
            let day = self.next;
            self.next += 1;
            if !Self::is_sunday(day) {
                return Some(day);
            }
        }
        None
    }
}

impl DoubleEndedIterator for Workdays {«»«
    fn next_back(&mut self) -> Option<u32> {
        while self.next < self.end {
            self.end -= 1;
            if !Self::is_sunday(self.end) {
                return Some(self.end);
            }
        }
        None
    }
»«
    fn next_back(&mut self) -> Option<u32> {
        self.next()
    }
»}

pub fn last_days(weeks: u32, number: usize) -> Vec<u32> {
    Workdays::of_weeks(weeks).rev().take(number).collect()
}
""",
            test="""
assert_eq!(last_days(2, 3), [13, 12, 11]);
assert_eq!(last_days(1, 99), [6, 5, 4, 3, 2, 1]);
assert_eq!(last_days(0, 1), []);
let mut days = Workdays::of_weeks(1);
assert_eq!((days.next_back(), days.next(), days.count()), (Some(6), Some(1), 4));
""",
            codes=("E0046",),
        ),
        Template(
            "a_supertrait_that_is_not_there",
            """
use std::fmt::{self, Display};

pub trait Priced {
    fn @price(&self) -> f64;
}

/// What stands on a receipt.
pub trait Entry: Priced + Display {
    fn line(&self) -> String {
        format!("{self}: {:.2}", self.@price())
    }
}

pub struct @Item {
    pub @label: String,
    pub @price: f64,
}

/// So many of one @item; it costs as much as all of them.
pub struct Several {
    pub one: @Item,
    pub number: u8,
}

impl Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.@label)
    }
}

impl Display for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.number, self.one)
    }
}

impl Priced for @Item {
    fn @price(&self) -> f64 {
        self.@price
    }
}

«»«impl Priced for Several {
    fn @price(&self) -> f64 {
        self.one.@price() * f64::from(self.number)
    }
}

»«impl Priced for Several {
    fn @price(&self) -> f64 {
        self.one.@price()
    }
}

»impl Entry for @Item {}
impl Entry for Several {}

pub fn receipt(entries: &[&dyn Entry]) -> String {
    let lines: Vec<String> = entries.iter().map(|entry| entry.line()).collect();
    lines.join("\\n")
}
""",
            test="""
let one = @Item { @label: "@text1".into(), @price: 1.25 };
let several = Several { one: @Item { @label: "@text2".into(), @price: 0.5 }, number: 3 };
assert_eq!(receipt(&[&one, &several]), "@text1: 1.25\\n3 x @text2: 1.50");
""",
            codes=("E0277",),
        ),
        Template(
            "state_that_a_visitor_carries",
            """
pub enum Expr {
    Value(i64),
    Sum(Vec<Expr>),
    Times(i64, Box<Expr>),
}

pub trait Visitor {
    type Output;

    fn value(&mut self, value: i64, depth: usize) -> Self::Output;
    fn sum(&mut self, parts: Vec<Self::Output>, depth: usize) -> Self::Output;
    fn times(&mut self, factor: i64, of: Self::Output) -> Self::Output;
}

pub fn walk<V: Visitor>(expr: &Expr, depth: usize, visitor: &mut V) -> V::Output {
    match expr {
        Expr::Value(value) => visitor.value(*value, depth),
        Expr::Sum(parts) => {
            let parts = parts.iter().map(|part| walk(part, depth + 1, visitor)).collect();
            visitor.sum(parts, depth)
        }
        Expr::Times(factor, of) => {
            let of = walk(of, depth + 1, visitor);
            visitor.times(*factor, of)
        }
    }
}

/// Works out the value, and how deep the deepest value lies.
#[derive(Default)]
pub struct Evaluate {
    pub deepest: usize,
}

impl Visitor for Evaluate {
    type Output = i64;

    «fn value(&mut self, value: i64) -> i64 {
        value»«fn value(&mut self, value: i64, depth: usize) -> i64 {
        self.deepest = self.deepest.max(depth);
        value»«fn value(&mut self, value: i64, depth: usize) -> i64 {
        self.deepest = depth;
        value»
    }

    fn sum(&mut self, parts: Vec<i64>«»«, _: usize») -> i64 {
        parts.into_iter().sum()
    }

    fn times(&mut self, factor: i64, of: i64) -> i64 {
        factor * of
    }
}
""",
            test="""
let deep = Expr::Times(3, Box::new(Expr::Sum(vec![Expr::Value(2), Expr::Value(5)])));
let expr = Expr::Sum(vec![deep, Expr::Value(1)]);
let mut evaluate = Evaluate::default();
assert_eq!(walk(&expr, 0, &mut evaluate), 22);
assert_eq!(evaluate.deepest, 3);
""",
            codes=("E0050",),
        ),
    ),
)
