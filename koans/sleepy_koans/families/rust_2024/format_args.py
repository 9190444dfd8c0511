"""Format strings: what they name, count, escape and repeat."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="format_args",
    title="A format string and what it is given do not fit: names, numbers of arguments, braces, widths",
    codes=(NO_CODE, "E0425", "E0308", "clippy::to_string_in_format_args", "clippy::useless_format"),
    templates=(
        Template(
            "a_field_is_captured_as_if_it_were_a_local",
            """
#[derive(Debug, Clone)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
    pub @price: @Float,
}

impl @Item {
    pub fn @show(&self) -> String {
        ⟦1:let @label = self.@label.trim();
        format!("{@label} x «{@count}"»«{}", self.@count»)¦let @count = self.@count.max(1);
        format!("«{@label} x {@count}"»«{} x {@count}", self.@label»)⟧
    }

    pub fn worth(&self) -> @Float {
        ⟦self.@price * 1.5¦self.@price + 2.5¦(self.@price - 1.0) / 2.0⟧
    }
}

pub fn all(@items: &[@Item]) -> String {
    ⟦let lines: Vec<String> = @items.iter().map(@Item::@show).collect();
    lines.join("\\n")¦let mut text = String::new();
    for @item in @items {
        text += &@item.@show();
    }
    text⟧
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @count: @n1, @price: 2.0 };
assert_eq!(@item.@show(), "@text1 x @n1");
assert_eq!(all(&[@item]), "@text1 x @n1");
""",
            codes=("E0425",),
        ),
        Template(
            "an_argument_is_missing",
            """
pub struct @Person {
    pub name: String,
    pub @items: Vec<(String, @Int)>,
}

impl @Person {
    fn total(&self) -> @Int {
        self.@items.iter().map(|(_, @count)| @count).sum()
    }

    /// One line for each @item, and one for the sum.
    pub fn report(&self) -> ⟦1:Vec<String>¦String⟧ {
        let mut lines = Vec::new();
        for (number, (@label, @count)) in self.@items.iter().enumerate() {
            ⟦lines.push(format!("{}. {@label}: {@count}", number + 1));¦let number = number + 1;
            lines.push(format!("{number}. {@label}: {@count}"));⟧
        }
        lines.push(format!("{}: {} in {}", self.name, self.total()«»«, self.@items.len()»«, self.total()»));
        lines⟦1:¦.join("\\n")⟧
    }
}
""",
            test="""
let @items = vec![("@text1".to_string(), @n1), ("@text2".to_string(), @n2)];
let @person = @Person { name: "@name1".into(), @items };
let report = @person.report()⟦1:.join("\\n")¦⟧;
assert_eq!(report, format!("1. @text1: @n1\\n2. @text2: @n2\\n@name1: {} in 2", @n1 + @n2));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "an_argument_is_never_printed",
            """
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second,
    @Third,
}

pub struct @Item {
    pub @kind: @Kind,
    pub @label: String,
    pub @size: @Int,
}

impl fmt::Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "«{}, {}"»«{}, {} ({:?})"», self.@label, self.@size, self.@kind)
    }
}

pub fn of_@kind(@items: &[@Item], @kind: @Kind) -> ⟦1:String¦Vec<String>⟧ {
    ⟦let found = @items.iter().filter(|@item| @item.@kind == @kind);
    let found: Vec<String> = found.map(|@item| @item.to_string()).collect();¦let mut found = Vec::new();
    for @item in @items {
        if @item.@kind == @kind {
            found.push(@item.to_string());
        }
    }⟧
    found⟦1:.join("; ")¦⟧
}
""",
            test="""
let @items = [@Kind::@First, @Kind::@Third].map(|@kind| @Item { @kind, @label: "@text1".into(), @size: @n1 });
assert_eq!(of_@kind(&@items, @Kind::@Third)⟦1:¦.join("; ")⟧, "@text1, @n1 (@Third)");
""",
            codes=(NO_CODE,),
        ),
        Template(
            "braces_that_are_to_be_printed",
            """
pub struct @Item {
    pub @label: String,
    pub @size: ⟦1:Option<@Int>¦@Int⟧,
}

fn field(name: &str, value: &str) -> String {
    format!("\\"{name}\\": {value}")
}

impl @Item {
    pub fn to_json(&self) -> String {
        ⟦1:let @size = match self.@size {
            Some(@size) => @size.to_string(),
            None => "null".to_string(),
        };
        let @size = field("@size", &@size);¦let @size = field("@size", &self.@size.to_string());⟧
        ⟦let @label = field("@label", &format!("{:?}", self.@label));
        format!("«{{@label}, {@size}}»«{{{@label}, {@size}}}»«{{{{{@label}, {@size}}}}}»")¦format!(
            "«{\\"@label\\": {:?}, {@size}}»«{{\\"@label\\": {:?}, {@size}}}»«{{{{\\"@label\\": {:?}, {@size}}}}}»",
            self.@label
        )⟧
    }
}

pub fn to_json(@items: &[@Item]) -> String {
    let @items: Vec<String> = @items.iter().map(@Item::to_json).collect();
    format!("[{}]", @items.join(", "))
}
""",
            test="""
let @item = @Item { @label: "@text1".into(), @size: ⟦1:Some(@n1)¦@n1⟧ };
assert_eq!(to_json(&[@item]), "[{\\"@label\\": \\"@text1\\", \\"@size\\": @n1}]");
""",
            codes=(NO_CODE,),
        ),
        Template(
            "widths_and_precisions",
            """
pub struct Column {
    pub title: String,
    pub width: usize,
}

pub struct Row {
    pub @label: String,
    pub @price: @Float,
    pub @count: @Int,
}

pub fn heading(columns: &[Column]) -> String {
    let mut line = String::new();
    for Column { title, width } in columns {
        line.push_str(&format!("«{title:<width}»«{title:<width$}»|"));
    }
    line
}

/// The row's cells, the numbers to the right.
pub fn cells(row: &Row, width: usize) -> ⟦1:String¦Vec<String>⟧ {
    let @label = ⟦format!("{:<width$}", row.@label)¦format!("{:<1$}", row.@label, width)¦format!("{0:<1$}", row.@label, width)⟧;
    let @price = format!("{:>width$.⟦2:2¦1⟧}", row.@price);
    let @count = format!("{:>width$}", row.@count);
    ⟦1:[@label, @price, @count].join("|")¦vec![@label, @price, @count]⟧
}
""",
            test="""
let columns = ["a", "bc"].map(|title| Column { title: title.into(), width: 4 });
assert_eq!(heading(&columns), "a   |bc  |");
let row = Row { @label: "ab".into(), @price: 1.5, @count: @n1 };
assert_eq!(cells(&row, 6)⟦1:¦.join("|")⟧, format!("ab    |⟦2:  1.50¦   1.5⟧|{:>6}", @n1));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_precision_in_the_style_of_another_language",
            """
#[derive(Debug, Clone, Default)]
pub struct Totals {
    pub @price: @Float,
    pub @count: @Int,
}

impl Totals {
    pub fn @add(&mut self, @price: @Float, @count: @Int) -> &mut Self {
        self.@price += @price;
        self.@count += @count;
        self
    }

    ⟦1:pub fn line(&self) -> String {
        let Totals { @price, @count } = self;
        format!("{@count«:d»«»} for {@price:⟦2:.2¦>8.2⟧«f»«»}")
    }¦pub fn line(&self) -> String {
        format!("{«:d»«»} for {:⟦2:.2¦>8.2⟧«f»«»}", self.@count, self.@price)
    }¦/// Also for what is kept in hexadecimal elsewhere.
    pub fn line(&self) -> String {
        let code = format!("{:«X4»«04X»}", self.@count);
        format!("{} for {:⟦2:.2¦>8.2⟧} ({code})", self.@count, self.@price)
    }⟧
}

pub fn @show(rows: &[(@Float, @Int)]) -> String {
    let mut totals = Totals::default();
    for ⟦(@price, @count) in rows {
        totals.@add(*@price, *@count);¦&(@price, @count) in rows {
        totals.@add(@price, @count);⟧
    }
    totals.line()
}
""",
            test="""
let line = @show(&[(1.25, @n1), (2.0, @n2)]);
assert!(line.starts_with(&format!("{} for ⟦2:3.25¦    3.25⟧", @n1 + @n2)), "{line}");
⟦1:¦¦assert!(line.ends_with(&format!(" (00{:02X})", @n1 + @n2)), "{line}");⟧
""",
            codes=(NO_CODE,),
        ),
        Template(
            "positions_that_are_not_there",
            """
pub enum Language {
    English,
    German,
}

pub struct Message<'a> {
    pub @person: &'a str,
    pub @item: &'a str,
    pub @count: @Int,
}

impl Message<'_> {
    /// The words come in another order in each language.
    pub fn text(&self, language: &Language) -> String {
        let Message { @person, @item, @count } = self;
        match language {
            Language::English => format!("{0} has {2} of {1}", @person, @item, @count),
            Language::German => format!(«"{1} hat {3} von {2}"»«"{0} hat {2} von {1}"»«"{2} hat {1} von {0}"», @person, @item, @count),
        }
    }
}

pub fn ⟦1:both¦longest⟧(message: &Message<'_>) -> String {
    ⟦let texts = [Language::English, Language::German].map(|language| message.text(&language));¦let texts = [message.text(&Language::English), message.text(&Language::German)];⟧
    ⟦1:texts.join(" / ")¦let [english, german] = texts;
    if english.len() > german.len() { english } else { german }⟧
}
""",
            test="""
let message = Message { @person: "@name1", @item: "@text1", @count: @n1 };
assert_eq!(message.text(&Language::German), "@name1 hat @n1 von @text1");
assert_eq!(message.text(&Language::English), "@name1 has @n1 of @text1");
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_format_where_none_is_needed",
            """
use std::fmt;

pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

impl fmt::Display for @Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ⟦write!(f, "{} ({})", self.@label, self.@size)¦let Self { @label, @size } = self;
        write!(f, "{@label} ({@size})")⟧
    }
}

pub fn unknown() -> @Item {
    let @label = ⟦1:«format!("unknown @item")»«"unknown @item".to_string()»¦String::from("unknown @item")⟧;
    @Item { @label, @size: 0 }
}

pub fn @show(@items: &[@Item]) -> Vec<String> {
    ⟦let shown = @items.iter().map(|@item| ⟦1:format!("- {@item}")¦format!("- {}", @item«.to_string()»«»)⟧);
    shown.collect()¦let mut lines = Vec::with_capacity(@items.len());
    for @item in @items {
        lines.push(⟦1:format!("- {@item}")¦format!("- {}", @item«.to_string()»«»)⟧);
    }
    lines⟧
}
""",
            test="""
let @items = [@Item { @label: "@text1".into(), @size: @n1 }, unknown()];
assert_eq!(@show(&@items), ["- @text1 (@n1)", "- unknown @item (0)"]);
""",
            codes=("clippy::to_string_in_format_args", "clippy::useless_format"),
        ),
    ),
    frozen=(
        Template(
            "the_pattern_is_chosen_at_run_time",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Style {
    Short,
    Long,
}

pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

pub fn @show(@item: &@Item, style: Style) -> String {
    «let pattern = match style {
        Style::Short => "{}: {}",
        Style::Long => "{} with {} @count",
    };
    format!(pattern, @item.@label, @item.@count)»«match style {
        Style::Short => format!("{}: {}", @item.@label, @item.@count),
        Style::Long => format!("{} with {} @count", @item.@label, @item.@count),
    }»«let pattern = match style {
        Style::Short => "{}: {}",
        Style::Long => "{} with {} @count",
    };
    format!("{} {} {}", pattern, @item.@label, @item.@count)»
}

pub fn list(@items: &[@Item]) -> String {
    let style = if @items.len() > 2 { Style::Short } else { Style::Long };
    let lines: Vec<String> = @items.iter().map(|@item| @show(@item, style)).collect();
    lines.join("\\n")
}
""",
            test="""
let @item = || @Item { @label: "@text1".into(), @count: 7 };
assert_eq!(list(&[@item()]), "@text1 with 7 @count");
assert_eq!(list(&[@item(), @item(), @item()]), ["@text1: 7"; 3].join("\\n"));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_macro_that_drops_what_it_is_given",
            """
/// What was done, line by line.
#[derive(Default)]
pub struct Journal {
    lines: Vec<String>,
}

macro_rules! note {
    ($journal:expr, $text:literal $(, $value:expr)* $(,)?) => {
        $journal.lines.push(format!($text«»« $(, $value)*»))
    };
}

impl Journal {
    pub fn @add(&mut self, @label: &str, @count: u32) {
        note!(self, "@add {@label}");
        if @count > 1 {
            note!(self, "{} times {}", @count, @label.to_uppercase());
        }
    }

    pub fn close(mut self) -> Vec<String> {
        let number = self.lines.len();
        note!(self, "{number} lines");
        self.lines
    }
}
""",
            test="""
let mut journal = Journal::default();
journal.@add("@text1", 1);
journal.@add("@text2", 3);
assert_eq!(journal.close(), ["@add @text1".to_string(), "@add @text2".into(), format!("3 times {}", "@text2".to_uppercase()), "3 lines".into()]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_pattern_that_a_macro_puts_together",
            """
macro_rules! row {
    () => {
        concat!("{@label:<10}", "|", "{@count:>4}")
    };
}

pub struct @Item {
    pub @label: String,
    pub @count: u32,
}

/// A heading, and below it a row for each @item, as wide as the heading.
pub fn table(@items: &[@Item]) -> String {
    let mut lines = vec![format!(row!(), @label = "@label", @count = "n")];
    for @item in @items {
        «let @label = &@item.@label;
        let @count = @item.@count;
        lines.push(format!(row!()));»«let @label = &@item.@label;
        let @count = @item.@count;
        lines.push(format!(row!(), @label = @label, @count = @count));»«lines.push(format!("{}|{}", @item.@label, @item.@count));»
    }
    lines.join("\\n")
}
""",
            test="""
let text = table(&[@Item { @label: "ab".into(), @count: 12 }]);
assert_eq!(text.lines().nth(1), Some("ab        |  12"));
assert!(text.lines().all(|line| line.ends_with('n') || line.len() == 15));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "arguments_that_are_to_be_kept",
            """
use std::fmt;

pub struct Alert {
    pub level: u8,
    text: «fmt::Arguments<'static>»«String»,
}

impl Alert {
    pub fn new(level: u8, text: fmt::Arguments<'_>) -> Self {
        Alert {
            level,
            text«»«: text.to_string()»,
        }
    }
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", "!".repeat(self.level.into()), self.text)
    }
}

pub fn @show(@owner: &str, free: u32) -> Vec<Alert> {
    let mut alerts = Vec::new();
    if free == 0 {
        alerts.push(Alert::new(2, format_args!("{@owner} is full")));
    } else if free < @n1 {
        alerts.push(Alert::new(1, format_args!("{@owner} has {free} left")));
    }
    alerts
}
""",
            test="""
let shown = |free| @show("@text1", free).iter().map(ToString::to_string).collect::<Vec<_>>();
assert_eq!(shown(0), ["!! @text1 is full"]);
assert_eq!(shown(1), ["! @text1 has 1 left"]);
assert!(shown(@n1).is_empty());
""",
            codes=(NO_CODE,),
        ),
        Template(
            "the_width_is_a_number_of_another_kind",
            """
pub struct Bar {
    pub @label: String,
    pub @size: u8,
}

/// How wide the widest name is.
fn widest(bars: &[Bar]) -> u16 {
    let widths = bars.iter().map(|bar| bar.@label.len() as u16);
    widths.max().unwrap_or(0)
}

/// A bar of `#` for each, all beginning in the same column.
pub fn chart(bars: &[Bar]) -> Vec<String> {
    let width = «widest(bars)»«usize::from(widest(bars))»«bars.len()»;
    let drawn = bars.iter().map(|bar| {
        let length = bar.@size.into();
        format!("{:width$} {}", bar.@label, "#".repeat(length))
    });
    drawn.collect()
}
""",
            test="""
let bars = [("a", 3), ("abcd", 1)].map(|(@label, @size)| Bar { @label: @label.into(), @size });
assert_eq!(chart(&bars), ["a    ###", "abcd #"]);
""",
            codes=("E0308",),
        ),
    ),
)
