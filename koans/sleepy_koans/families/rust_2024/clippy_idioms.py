"""What clippy says without being asked for more: idioms, and mistakes that compile."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="clippy_idioms",
    title="What clippy says by default: code that an idiom is better for, and code that hardly means what it says",
    codes=(
        "clippy::derived_hash_with_manual_eq",
        "clippy::eq_op",
        "clippy::explicit_counter_loop",
        "clippy::from_over_into",
        "clippy::inherent_to_string",
        "clippy::len_without_is_empty",
        "clippy::manual_strip",
        "clippy::map_entry",
        "clippy::mem_replace_with_default",
        "clippy::needless_range_loop",
        "clippy::never_loop",
        "clippy::ptr_arg",
        "clippy::should_implement_trait",
        "clippy::suspicious_arithmetic_impl",
        "clippy::unused_io_amount",
    ),
    templates=(
        Template(
            "a_loop_over_positions",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub values: Vec<@Int>,
}

impl @Item {
    pub fn total(&self) -> @Int {
        let values = &self.values⟦¦[..]⟧;
        let mut total = 0;
        «for at in 0..values.len() {
            ⟦1:total += values[at];¦if values[at] > @n1 {
                total += values[at];
            }¦total = values[at].max(total);⟧
        }»«for value in values {
            ⟦1:total += value;¦if *value > @n1 {
                total += value;
            }¦total = total.max(*value);⟧
        }»«for value in values.iter().skip(1) {
            ⟦1:total += value;¦if *value > @n1 {
                total += value;
            }¦total = total.max(*value);⟧
        }»
        total
    }
}

pub fn @show(@items: &[@Item]) -> ⟦2:String¦Vec<String>⟧ {
    let lines = @items.iter().map(|@item| format!("{} {}", @item.@label, @item.total()));
    lines.collect⟦2:::<Vec<_>>().join(", ")¦()⟧
}
""",
            test="""
let @items = [@Item { @label: "@text1".into(), values: vec![@n3, @n2] }];
assert_eq!(@show(&@items)⟦2:¦[0]⟧, format!("@text1 {}", ⟦1:@n2 + @n3¦@n2 + @n3¦@n3⟧));
""",
            codes=("clippy::needless_range_loop",),
        ),
        Template(
            "a_parameter_that_asks_for_too_much",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

pub type Counts = ⟦1:HashMap¦BTreeMap⟧<String, @Int>;

/// How often each of the words is there.
pub fn counted(⟦2:words: «&Vec<String>»«&[String]»¦text: «&String»«&str»⟧) -> Counts {
    let mut counts = Counts::new();
    for word in ⟦2:words.iter()¦text.split_whitespace()⟧ {
        let word = ⟦2:word.trim()¦word⟧.to_lowercase();
        *counts.entry(word).or_insert(0) += 1;
    }
    counts
}

pub fn most_frequent(counts: &Counts) -> Option<⟦3:&str¦(&str, @Int)⟧> {
    let (word, ⟦3:_¦number⟧) = counts.iter().max_by_key(|(_, number)| **number)?;
    Some(⟦3:word¦(word, *number)⟧)
}
""",
            test="""
let counts = counted(⟦2:&["a", "B", "b"].map(String::from)¦"a B b"⟧);
assert_eq!(most_frequent(&counts), Some(⟦3:"b"¦("b", 2)⟧));
assert_eq!(counts.len(), 2);
""",
            codes=("clippy::ptr_arg",),
        ),
        Template(
            "asked_for_and_then_put_in",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;⟦2:¦«»«
use std::collections::⟦1:hash_map¦btree_map⟧;»«»⟧

#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

#[derive(Default)]
pub struct @Owner {
    @items: ⟦1:HashMap¦BTreeMap⟧<String, @Item>,
    pub seen: usize,
}

impl @Owner {
    /// The first @item of a name stays.
    pub fn @add(&mut self, @item: @Item) -> ⟦2:usize¦bool⟧ {
        self.seen += 1;
        ⟦2:let @label = @item.@label.to_lowercase();
        «if !self.@items.contains_key(&@label) {
            self.@items.insert(@label, @item);
        }»«self.@items.entry(@label).or_insert(@item);»«self.@items.insert(@label, @item);»
        self.@items.len()¦let @label = @item.@label.to_lowercase();
        «if !self.@items.contains_key(&@label) {
            self.@items.insert(@label, @item);»«if let ⟦1:hash_map¦btree_map⟧::Entry::Vacant(entry) = self.@items.entry(@label) {
            entry.insert(@item);»«if self.@items.insert(@label, @item).is_none() {»
            true
        } else {
            false
        }⟧
    }

    pub fn @size(&self, @label: &str) -> Option<@Int> {
        ⟦self.@items.get(&@label.to_lowercase()).map(|@item| @item.@size)¦Some(self.@items.get(&@label.to_lowercase())?.@size)⟧
    }
}
""",
            test="""
let mut @owner = @Owner::default();
let item = |@size| @Item { @label: "@text1".into(), @size };
@owner.@add(item(@n1));
assert_eq!(@owner.@add(item(@n2)), ⟦2:1¦false⟧);
assert_eq!((@owner.@size("@text1"), @owner.@size("@text2"), @owner.seen), (Some(@n1), None, 2));
""",
            codes=("clippy::map_entry",),
        ),
        Template(
            "what_stands_behind_a_mark",
            """
#[derive(Debug, PartialEq)]
pub enum Line<'a> {
    Heading(&'a str),
    Point { text: &'a str, @count: @Int },
    Text(&'a str),
}

fn heading(line: &str) -> Option<&str> {
    ⟦1:«if line.starts_with("# ") {
        return Some(&line[2..]);
    }
    None»«line.strip_prefix("# ")»«line.strip_prefix('#')»¦«if line.starts_with("# ") {
        let text = line[2..].trim();
        return Some(text);
    }
    None»«line.strip_prefix("# ").map(str::trim)»«line.strip_prefix("#")»¦let line = line.trim_end();
    «if line.ends_with(" #") {
        Some(&line[..line.len() - 2])
    } else {
        None
    }»«line.strip_suffix(" #")»«line.strip_suffix('#')»⟧
}

pub fn read<'a>(line: &'a str, @count: &mut @Int) -> Line<'a> {
    if let Some(text) = heading(line) {
        ⟦*@count = 0;
        ¦⟧return Line::Heading(text);
    }
    match line.split_once("* ") {
        Some((⟦"", text))¦before, text)) if before.trim().is_empty()⟧ => {
            *@count += 1;
            Line::Point { text, @count: *@count }
        }
        _ => Line::Text(line),
    }
}
""",
            test="""
let mut @count = 0;
assert_eq!(read("⟦1:# @text1¦# @text1¦@text1 #⟧", &mut @count), Line::Heading("@text1"));
assert_eq!(read("* @text2", &mut @count), Line::Point { text: "@text2", @count: 1 });
assert_eq!(read("⟦1:#¦#¦#⟧x⟦1:¦¦#⟧", &mut @count), Line::Text("⟦1:#¦#¦#⟧x⟦1:¦¦#⟧"));
""",
            codes=("clippy::manual_strip",),
        ),
        Template(
            "compared_with_itself",
            """
#[derive(Debug, Clone, Copy)]
pub struct @Item {
    pub @size: @Int,
    pub @price: @Float,
    pub @flag: bool,
}

impl @Item {
    /// Whether one can take the place of the other.
    pub fn replaces(&self, other: &@Item) -> bool {
        ⟦1:self.@size == «self»«other».@size && self.@price <= other.@price¦self.@size >= other.@size && «other»«self».@price <= other.@price¦let cheap = self.@price <= other.@price;
        cheap && self.@flag == «self»«other».@flag⟧
    }

    pub fn worth(&self) -> @Float {
        ⟦self.@price * 2.0¦if self.@flag { self.@price * 2.0 } else { self.@price }⟧
    }
}

pub fn @find<'a>(@items: &'a [@Item], broken: &@Item) -> ⟦2:Option<&'a @Item>¦Vec<&'a @Item>⟧ {
    ⟦2:@items.iter().find(|@item| @item.replaces(broken))¦let mut found: Vec<&@Item> = @items.iter().filter(|@item| @item.replaces(broken)).collect();
    found.sort_by(|a, b| a.@price.total_cmp(&b.@price));
    found⟧
}
""",
            test="""
let item = |@size, @price, @flag| @Item { @size, @price, @flag };
let wanted = item(@n2, 2.5, true);
let good = item(@n2, 1.5, true);
assert!(good.replaces(&wanted));
assert_eq!(item(@n1, 1.5, true).replaces(&wanted), ⟦1:false¦false¦true⟧);
assert_eq!(item(@n2, 3.5, true).replaces(&wanted), false);
assert_eq!(item(@n2, 1.5, false).replaces(&wanted), ⟦1:true¦true¦false⟧);
assert!(@find(&[item(@n1, 9.5, false), good], &wanted).⟦2:is_some()¦len() == 1⟧);
""",
            codes=("clippy::eq_op",),
        ),
        Template(
            "an_own_way_to_be_text",
            """
⟦#[derive(Debug, Clone)]¦#[derive(Debug, Clone, Copy, PartialEq)]¦⟧
pub struct Clock {
    pub hours: ⟦1:u8¦u32¦usize⟧,
    pub minutes: ⟦1:u8¦u32¦usize⟧,
}

impl Clock {
    pub fn new(minutes: ⟦1:u8¦u32¦usize⟧) -> Self {
        Self {
            hours: minutes / 60⟦¦ % 24⟧,
            minutes: minutes % 60,
        }
    }
«
    pub fn to_string(&self) -> String {
        format!("{:02}:{:02}", self.hours, self.minutes)
    }
}
»«}

impl std::fmt::Display for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.hours, self.minutes)
    }
}
»
pub fn timetable(starts: &[⟦1:u8¦u32¦usize⟧]) -> ⟦2:String¦Vec<String>⟧ {
    ⟦let times: Vec<String> = starts.iter().map(|start| Clock::new(*start).to_string()).collect();
    times⟦2:.join(" ")¦⟧¦let mut times = Vec::new();
    for start in starts {
        times.push(Clock::new(*start).to_string());
    }
    times⟦2:.join(" ")¦⟧⟧
}
""",
            test="""
assert_eq!(timetable(&[65, 130])⟦2:¦.join(" ")⟧, "01:05 02:10");
assert_eq!(format!("{}", Clock::new(59)), "00:59");
""",
            codes=("clippy::inherent_to_string",),
        ),
        Template(
            "into_where_from_is_meant",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

#[derive(Debug, PartialEq)]
pub struct Entry {
    pub text: String,
    pub @flag: bool,
}

«impl Into<⟦1:Entry¦String⟧> for @Item {
    fn into(self) -> ⟦1:Entry¦String⟧ {
        ⟦1:Entry {
            text: format!("{} {}", self.@size, self.@label),
            @flag: self.@size > @n2,
        }¦format!("{} {}", self.@size, self.@label)⟧
    }
}»«impl From<@Item> for ⟦1:Entry¦String⟧ {
    fn from(@item: @Item) -> Self {
        ⟦1:Entry {
            text: format!("{} {}", @item.@size, @item.@label),
            @flag: @item.@size > @n2,
        }¦format!("{} {}", @item.@size, @item.@label)⟧
    }
}»

pub fn entries(@items: &[@Item]) -> Vec<⟦1:Entry¦String⟧> {
    ⟦@items.iter().cloned().map(Into::into).collect()¦let mut entries = Vec::with_capacity(@items.len());
    for @item in @items {
        entries.push(@item.clone().into());
    }
    entries¦@items.iter().map(|@item| @item.clone().into()).collect()⟧
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @size: @n1 };
let entry = ⟦1:Entry { text: "@n1 @text1".into(), @flag: false }¦"@n1 @text1".to_string()⟧;
assert_eq!(entries(&[@item]), [entry]);
""",
            codes=("clippy::from_over_into",),
        ),
        Template(
            "a_counter_beside_the_loop",
            """
pub struct @Person {
    pub name: String,
    pub @flag: bool,
    pub @count: @Int,
}

/// The list as it is printed, with numbers before the names.
pub fn printed(@people: &[@Person]) -> Vec<String> {
    let mut lines = Vec::new();
    «let mut number = 0;
    for @person in @people {»«for (number, @person) in @people.iter().enumerate() {»«let number = 0;
    for @person in @people {»
        let mark = if @person.@flag { ⟦"*"¦"!"⟧ } else { "" };
        ⟦let line = format!("{number} {}{mark}", @person.name);
        lines.push(line);¦lines.push(format!("{number} {}{mark}", @person.name));¦if @person.@count == 0 {
            lines.push(format!("{number} -"));
        } else {
            lines.push(format!("{number} {}{mark}", @person.name));
        }⟧«
        number += 1;»«»
    }
    lines
}

pub fn total(@people: &[@Person]) -> @Int {
    @people.iter().map(|@person| @person.@count).sum()
}
""",
            test="""
let @people = ["@name1", "@name2"].map(|name| @Person { name: name.into(), @flag: false, @count: @n1 });
assert_eq!(printed(&@people), ["0 @name1", "1 @name2"]);
assert_eq!(total(&@people), 2 * @n1);
""",
            codes=("clippy::explicit_counter_loop",),
        ),
        Template(
            "taken_out_and_something_empty_put_in",
            """
#[derive(Debug, Default)]
pub struct Batch {
    lines: ⟦1:Vec<String>¦String⟧,
    pub @count: @Int,
    pub limit: usize,
}

impl Batch {
    pub fn push(&mut self, line: &str) -> Option<⟦1:Vec<String>¦String⟧> {
        self.@count += 1;
        self.lines.⟦1:push(line.to_string())¦push_str(line)⟧;
        ⟦if self.lines.len() < self.limit {
            return None;
        }
        Some(self.flush())¦(self.lines.len() >= self.limit).then(|| self.flush())⟧
    }

    /// What was not sent yet, which is then gone from here.
    pub fn flush(&mut self) -> ⟦1:Vec<String>¦String⟧ {
        ⟦self.@count = 0;
        ¦⟧std::mem::«replace(&mut self.lines, ⟦1:Vec::new()¦String::new()⟧)»«take(&mut self.lines)»
    }
}
""",
            test="""
let mut batch = Batch { limit: ⟦1:2¦12⟧, ..Batch::default() };
assert_eq!(batch.push("@text1"), None);
assert!(batch.push("@text2 and more").is_some());
assert!(batch.flush().is_empty());
""",
            codes=("clippy::mem_replace_with_default",),
        ),
        Template(
            "a_length_and_no_way_to_be_empty",
            """
#[derive(Debug, Default)]
pub struct Queue<T> {
    waiting: ⟦1:Vec<T>¦std::collections::VecDeque<T>¦std::collections::BTreeMap<@Int, T>⟧,
    served: @Int,
}

impl<T> Queue<T> {
    pub fn push(&mut self, one: T) {
        self.waiting.⟦1:push(one)¦push_back(one)¦insert(self.served, one)⟧;
        self.served += 1;
    }

    pub fn pop(&mut self) -> Option<T> {
        ⟦1:self.waiting.pop()¦self.waiting.pop_front()¦self.waiting.pop_first().map(|(_, one)| one)⟧
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }«»«

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }»«

    pub fn is_empty(&self) -> bool {
        self.served == 0
    }»

    pub fn served(&self) -> @Int {
        self.served
    }
}
""",
            test="""
let mut queue = Queue { waiting: Default::default(), served: 0 };
assert!(queue.is_empty());
queue.push("@text1");
assert!(!queue.is_empty() && queue.pop() == Some("@text1") && queue.is_empty());
assert_eq!((queue.len(), queue.served()), (0, 1));
""",
            codes=("clippy::len_without_is_empty",),
        ),
    ),
    frozen=(
        Template(
            "a_method_with_the_name_of_a_trait",
            """
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

#[derive(Debug, PartialEq, Eq)]
pub struct NoColor(pub String);

«impl Color {
    /// Reads `#rrggbb`.
    pub fn from_str(text: &str) -> Result<Self, NoColor> {»«impl std::str::FromStr for Color {
    type Err = NoColor;

    /// Reads `#rrggbb`.
    fn from_str(text: &str) -> Result<Self, NoColor> {»
        let refused = || NoColor(text.to_string());
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.ok_or_else(refused)?;
        let number = u32::from_str_radix(digits, 16).map_err(|_| refused())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Color { red, green, blue })
    }
}

/// The colors in a list, or the first text that is none.
pub fn palette(list: &str) -> Result<Vec<Color>, NoColor> {
    list.split(',').map(|text| «Color::from_str(text.trim())»«text.trim().parse()»).collect()
}
""",
            test="""
assert_eq!(palette("#000001, #ff0000").map(|colors| colors[1].red), Ok(255));
assert_eq!("#00ff00".parse::<Color>().map(|color| color.green), Ok(255));
assert_eq!(palette("#000001,red"), Err(NoColor("red".into())));
""",
            codes=("clippy::should_implement_trait",),
        ),
        Template(
            "equal_ones_with_different_hashes",
            """
use std::collections::HashSet;
use std::hash::{Hash«»«, Hasher»};

/// The name of a @item, for which upper and lower case are the same.
#[derive(Debug, Clone, Eq«, Hash»«»«, Hash, PartialEq»)]
pub struct Name(pub String);

«impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}
»«impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_ascii_lowercase().hash(state);
    }
}
»«»
fn distinct<T: Hash + Eq>(all: impl IntoIterator<Item = T>) -> usize {
    all.into_iter().collect::<HashSet<T>>().len()
}

/// How many different ones there are in the list.
pub fn number(list: &str) -> usize {
    distinct(list.split(';').map(|name| Name(name.trim().to_string())))
}
""",
            test="""
assert_eq!(number("Ab; aB;c; AB ;C"), 2);
assert!(Name("x".into()) == Name("X".into()));
""",
            codes=("clippy::derived_hash_with_manual_eq",),
        ),
        Template(
            "a_retry_that_never_tries_again",
            """
#[derive(Debug, Default)]
pub struct Caller {
    pub most: u32,
    log: Vec<String>,
}

impl Caller {
    pub fn new(most: u32) -> Self {
        Caller {
            most,
            ..Caller::default()
        }
    }

    /// Calls until there is an answer, `most` times at most, and notes what went wrong.
    pub fn call(&mut self, mut ask: impl FnMut(u32) -> Result<u32, String>) -> Option<u32> {
        for attempt in 1..=self.most {
            match ask(attempt) {
                Ok(answer) => return Some(answer),
                Err(why) => «{
                    self.log.push(format!("{attempt}: {why}"));
                    break;
                }»«self.log.push(format!("{attempt}: {why}")),»«drop(why),»
            }
        }
        None
    }

    pub fn log(&self) -> &[String] {
        &self.log
    }
}
""",
            test="""
let mut caller = Caller::new(3);
assert_eq!(caller.call(|attempt| if attempt < 3 { Err("busy".into()) } else { Ok(7) }), Some(7));
assert_eq!(caller.log(), ["1: busy", "2: busy"]);
assert_eq!(caller.call(|_| Err("gone".into())), None);
assert_eq!(caller.log().len(), 5);
""",
            codes=("clippy::never_loop",),
        ),
        Template(
            "read_but_how_much",
            """
use std::io::{self, Read};

#[derive(Debug, PartialEq)]
pub struct Header {
    pub version: u8,
    pub @count: u16,
}

/// Four bytes: a mark, the version, and how many records follow.
pub fn header(mut file: impl Read) -> io::Result<Header> {
    let mut bytes = [0; 4];
    file.«read(&mut bytes)?;»«read_exact(&mut bytes)?;»«read(&mut bytes).map(|_| ())?;»
    if bytes[0] != b'K' {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no @owner"));
    }
    Ok(Header {
        version: bytes[1],
        @count: u16::from_be_bytes([bytes[2], bytes[3]]),
    })
}

pub fn is_newer(file: impl Read, than: u8) -> bool {
    header(file).is_ok_and(|header| header.version > than)
}
""",
            test="""
assert_eq!(header(&b"K\\x02\\x01\\x02rest"[..]).unwrap(), Header { version: 2, @count: 258 });
assert_eq!(header((&b"K\\x02"[..]).chain(&b"\\x00\\x07"[..])).unwrap().@count, 7);
assert!(header(&b"K\\x02\\x01"[..]).is_err() && header(&b"XXXX"[..]).is_err());
assert!(is_newer(&b"K\\x02\\x00\\x00"[..], 1) && !is_newer(&b"K\\x02"[..], 1));
""",
            codes=("clippy::unused_io_amount",),
        ),
        Template(
            "an_operator_that_does_another_one",
            """
use std::iter::Sum;
use std::ops::{Add, Sub};

/// An amount, never below nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Cents(u32);

impl Cents {
    pub fn new(units: u32, cents: u32) -> Self {
        Cents(units * 100 + cents)
    }
}

impl Add for Cents {
    type Output = Cents;

    fn add(self, other: Cents) -> Cents {
        Cents(self.0.saturating_add(other.0))
    }
}

impl Sub for Cents {
    type Output = Cents;

    /// What would be below nothing is nothing.
    fn sub(self, other: Cents) -> Cents {
        Cents(«self.0 + other.0»«self.0.saturating_sub(other.0)»«self.0 - other.0»)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(all: I) -> Cents {
        all.fold(Cents::default(), Add::add)
    }
}

/// What is still to be paid after that was paid.
pub fn open(parts: &[Cents], paid: Cents) -> Cents {
    parts.iter().copied().sum::<Cents>() - paid
}
""",
            test="""
let parts = [Cents::new(1, 50), Cents::new(0, 75)];
assert_eq!(open(&parts, Cents::new(2, 0)), Cents::new(0, 25));
assert_eq!(open(&parts, Cents::new(3, 0)), Cents::default());
""",
            codes=("clippy::suspicious_arithmetic_impl",),
        ),
    ),
)
