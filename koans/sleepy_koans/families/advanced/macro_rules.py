"""macro_rules: patterns and repetition, scope, hygiene and the order of arms."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="macro_rules",
    title="A macro's pattern does not fit its use, its repetition does not fit its pattern, or its names are not in scope",
    codes=(NO_CODE, "E0425", "E0424", "semicolon_in_expressions_from_macros"),
    templates=(
        Template(
            "a_variable_outside_of_its_repetition",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

/// A map of these entries.
macro_rules! map {
    ($($key:expr => $value:expr),* $(,)?) => {{
        let mut map = ⟦1:HashMap¦BTreeMap⟧::new();
        ⟦«map.insert($key, $value);»«$(map.insert($key, $value);)*»¦«map.insert($key.to_string(), $value);»«$(map.insert($key.to_string(), $value);)*»¦«map.extend([($key, $value)]);»«map.extend([$(($key, $value)),*]);»⟧
        map
    }};
}

pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

pub fn @price_of(@item: &@Item) -> Option<@Int> {
    let table = map! {
        "@text1" => @n1,
        "@text2" => @n2,
        ⟦"@text3" => @n3,
    ¦⟧};
    ⟦table.get(@item.@label.as_str()).map(|each| each * @item.@count)¦let each = table.get(@item.@label.as_str())?;
    Some(each * @item.@count)⟧
}
""",
            test="""
let @item = |@label: &str| @Item { @label: @label.into(), @count: 2 };
assert_eq!(@price_of(&@item("@text2")), Some(2 * @n2));
assert_eq!(@price_of(&@item("@text4")), None);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_name_of_the_macro_is_not_the_callers",
            """
/// What the expression says of each @item, summed up.
macro_rules! sum_over {
    ⟦1:(«$@items:expr, $value:expr»«$@item:ident in $@items:expr, $value:expr») => {{
        let mut total = 0;
        for «@item»«$@item» in $@items {
            total += $value;
        }
        total
    }};¦(«$@items:expr => $value:expr»«$@items:expr, $@item:pat => $value:expr») => {
        $@items.iter().map(|«@item»«$@item»| $value).⟦2:sum::<@Int>()¦fold(0, |sum: @Int, value| sum + value)⟧
    };⟧
}

#[derive(Debug)]
pub struct @Item {
    pub @count: @Int,
    pub @size: @Int,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    pub fn @count(&self) -> @Int {
        sum_over!(⟦1:«&self.@items, @item.@count»«@item in &self.@items, @item.@count»«@item in &self.@items, @item.@size»¦«self.@items => @item.@count»«self.@items, @item => @item.@count»«self.@items, @item => @item.@size»⟧)
    }

    pub fn ⟦3:volume¦weighed⟧(&self) -> @Int {
        sum_over!(⟦1:«&self.@items, @item.@count * @item.@size»«@item in &self.@items, @item.@count * @item.@size»¦«self.@items => @item.@count * @item.@size»«self.@items, @item => @item.@count * @item.@size»⟧)
    }
}
""",
            test="""
let @owner = @Owner { @items: vec![@Item { @count: 2, @size: 3 }, @Item { @count: 1, @size: 4 }] };
assert_eq!((@owner.@count(), @owner.⟦3:volume¦weighed⟧()), (3, 10));
""",
            codes=("E0425",),
        ),
        Template(
            "used_above_its_definition",
            """
⟦1:«»«macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}

»¦⟧#[derive(Debug, Default)]
pub struct @Owner {
    @items: Vec<String>,
    limit: usize,
}

⟦1:¦«»«macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}

»⟧impl @Owner {
    pub fn with_limit(limit: usize) -> Self {
        @Owner {
            limit,
            ..Self::default()
        }
    }

    pub fn @add(&mut self, @item: &str) -> Result<⟦2:usize¦()⟧, String> {
        ensure!(!@item.is_empty(), "a @item has no name");
        ensure!(self.@items.len() < self.limit, "no room for {@item}");
        self.@items.push(@item.to_string());
        Ok(⟦2:self.@items.len()¦()⟧)
    }

    pub fn @remove(&mut self, at: usize) -> Result<String, String> {
        ensure!(at < self.@items.len(), "only {} @items", self.@items.len());
        Ok(self.@items.⟦remove(at)¦swap_remove(at)⟧)
    }
}«

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(format!($($message)+));
        }
    };
}»«»
""",
            test="""
let mut @owner = @Owner::with_limit(1);
assert!(@owner.@add("@text1").is_ok());
assert_eq!(@owner.@add("@text2"), Err("no room for @text2".to_string()));
assert_eq!(@owner.@remove(1), Err("only 1 @items".to_string()));
assert_eq!(@owner.@remove(0), Ok("@text1".to_string()));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "no_arm_for_this_use",
            """
/// Writes what it is told to the log, as important as it is told to be.
macro_rules! log {
    ($log:expr, ⟦1:warn:¦warn =>⟧ $message:expr) => {
        $log.push(format!("! {}", $message))
    };
    ⟦2:«»«($log:expr, ⟦1:info:¦info =>⟧ $message:expr) => {
        $log.push(format!("- {}", $message))
    };
    »«($log:expr, ⟦1:info:¦info =>⟧ $message:expr) => {
        $log.push(format!("! {}", $message))
    };
    »($log:expr, $message:expr) => {
        $log.push($message.to_string())
    };¦($log:expr, ⟦1:info:¦info =>⟧ $message:expr) => {
        $log.push(format!("- {}", $message))
    };«»«
    ($log:expr, $message:expr) => {
        $log.push($message.to_string())
    };»«
    ($log:expr, $message:expr) => {
        $log.push(format!("- {}", $message))
    };»⟧
}

pub fn @change(@count: @Int, limit: @Int) -> Vec<String> {
    let mut log = Vec::new();
    log!(log, "@item");
    ⟦if @count > limit {
        log!(log, ⟦1:warn:¦warn =>⟧ format!("{@count} is too much"));
    } else {
        log!(log, ⟦1:info:¦info =>⟧ format!("{@count} of {limit}"));
    }¦match @count.checked_sub(limit) {
        Some(0) | None => log!(log, ⟦1:info:¦info =>⟧ format!("{@count} of {limit}")),
        Some(_) if @count < limit => log!(log, ⟦1:info:¦info =>⟧ format!("{@count} of {limit}")),
        Some(_) => log!(log, ⟦1:warn:¦warn =>⟧ format!("{@count} is too much")),
    }⟧
    log
}
""",
            test="""
assert_eq!(@change(@n1, @n2), ["@item", "- @n1 of @n2"]);
assert_eq!(@change(@n2, @n1), ["@item", "! @n2 is too much"]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "statements_where_an_expression_is_due",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

/// A @item in one line: its @label, and whatever it differs in.
macro_rules! @item {
    ($@label:expr $(, $field:ident = $value:expr)* $(,)?) => «{»«{{»
        let ⟦1:mut made = @Item {
            @label: $@label.to_string(),
            @size: 1,
        };
        $(made.$field = $value;)*
        made¦mut made = @Item { @label: String::from($@label), @size: @n1 };
        $(
            made.$field = $value;
        )*
        made¦@label = $@label.to_string();
        let mut made = @Item { @label, @size: 0 };
        $(made.$field = $value;)*
        made⟧
    «}»«}}»;
}

pub fn pair() -> ⟦2:[@Item; 2]¦(@Item, @Item)¦Vec<@Item>⟧ {
    ⟦2:[
        @item!("@text1", @size = @n2),
        @item!("@text2", @label = "@text3".to_string(), @size = 0),
    ]¦(
        @item!("@text1", @size = @n2),
        @item!("@text2", @label = "@text3".to_string(), @size = 0),
    )¦let first = @item!("@text1", @size = @n2);
    vec![first, @item!("@text2", @label = "@text3".to_string(), @size = 0)]⟧
}
""",
            test="""
let ⟦2:[first, second]¦(first, second)¦[first, second]: [@Item; 2]⟧ = pair()⟦2:¦¦.try_into().unwrap()⟧;
assert_eq!((first.@label.as_str(), first.@size), ("@text1", @n2));
assert_eq!((second.@label.as_str(), second.@size), ("@text3", 0));
""",
            codes=(NO_CODE, "E0425", "semicolon_in_expressions_from_macros"),
        ),
        Template(
            "what_may_follow_and_what_it_is",
            """
pub trait @Able {
    fn @able(&self) -> @Int;
}

/// Structs that are told in a line each.
macro_rules! describable {
    ⟦1:($($name:«ty»«ident» { $field:ident } ⟦2:=>¦;⟧ $value:expr),+ $(,)?) => {¦($($name:ident { $field:«expr»«ident» } ⟦2:=>¦;⟧ $value:expr),+ $(,)?) => {¦($($name:ident { $field:ident } ⟦2:=>¦;⟧ $value:«item»«expr»),+ $(,)?) => {⟧
        $(
            #[derive(Debug, ⟦Clone, PartialEq¦PartialEq¦Clone, Default, PartialEq⟧)]
            pub struct $name {
                pub $field: @Int,
            }

            impl @Able for $name {
                fn @able(&self) -> @Int {
                    self.$field ⟦3:*¦+⟧ $value
                }
            }
        )+
    };
}

describable! {
    @First { @count } ⟦2:=>¦;⟧ @n1,
    @Second { @size } ⟦2:=>¦;⟧ @n2,
}

pub fn total(first: &@First, second: &@Second) -> @Int {
    first.@able() + second.@able()
}
""",
            test="""
assert_eq!(total(&@First { @count: 2 }, &@Second { @size: 3 }), 2 ⟦3:*¦+⟧ @n1 + 3 ⟦3:*¦+⟧ @n2);
""",
            codes=(NO_CODE, "E0425"),
        ),
        Template(
            "in_another_module",
            """
pub mod checks;

⟦1:«»«use checks::within;

»¦⟧#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
}

impl @Item {
    pub fn new(@label: &str, @count: @Int) -> Option<Self> {
        ⟦2:if !⟦1:within!¦«within!»«checks::within!»⟧(@count, @n1, @n3) || @label.is_empty() {
            return None;
        }
        Some(@Item {
            @label: @label.to_string(),
            @count,
        })¦let fine = ⟦1:within!¦«within!»«checks::within!»⟧(@count, @n1, @n3) && !@label.is_empty();
        fine.then(|| @Item { @label: @label.to_string(), @count })⟧
    }
}
//- src/checks.rs
/// Whether a value is within two bounds.
macro_rules! within {
    ($value:expr, $low:expr, $high:expr) => {
        ($low..=$high).contains(&$value)
    };
}
⟦3:«»«
pub(crate) use within;
»¦«»«
pub(crate) use within;
»
pub fn is_percent(value: ⟦u8¦i16¦u32⟧) -> bool {
    within!(value, 0, 100)
}⟧
""",
            test="""
assert_eq!(@Item::new("@text1", @n2), Some(@Item { @label: "@text1".into(), @count: @n2 }));
assert_eq!(@Item::new("@text1", @n4), None);
""",
            codes=(NO_CODE,),
        ),
    ),
    frozen=(
        Template(
            "the_general_arm_comes_first",
            """
use std::collections::VecDeque;

/// What a robot is to do next.
#[derive(Debug, PartialEq)]
pub enum Move {
    Ahead(u32),
    Turn,
}

macro_rules! moves {
    (@@ $moves:ident) => {};
    «(@@ $moves:ident $($rest:tt)+) => {
        moves!(@@ $moves $($rest)+);
    };
    »«»(@@ $moves:ident ahead $steps:literal $($rest:tt)*) => {
        $moves.push_back(Move::Ahead($steps));
        moves!(@@ $moves $($rest)*);
    };
    (@@ $moves:ident turn $($rest:tt)*) => {
        $moves.push_back(Move::Turn);
        moves!(@@ $moves $($rest)*);
    };
    («»«$first:ident »$($rest:tt)*) => {{
        let mut moves = VecDeque::new();
        moves!(@@ moves «»«$first »$($rest)*);
        moves
    }};
}

pub fn square() -> VecDeque<Move> {
    moves!(ahead 2 turn ahead 3 turn ahead 2 turn ahead 3)
}

/// How far it goes in all.
pub fn length(moves: &VecDeque<Move>) -> u32 {
    let steps = moves.iter().map(|step| match step {
        Move::Ahead(steps) => *steps,
        Move::Turn => 0,
    });
    steps.sum()
}
""",
            test="""
let moves = square();
assert_eq!((moves.len(), length(&moves)), (7, 10));
assert_eq!(moves[1], Move::Turn);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_list_in_every_entry",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Owner {
    pub name: String,
    pub @items: Vec<(String, u32)>,
}

/// The @owners with what they hold, one a line.
macro_rules! @owners {
    ($($name:literal: [$($@item:literal x $@count:literal),* $(,)?]);* $(;)?) => {
        vec![$(
            @Owner {
                name: $name.to_string(),
                @items: vec![«($@item.to_string(), $@count)»«$(($@item.to_string(), $@count)),*»],
            }
        ),*]
    };
}

pub fn known() -> Vec<@Owner> {
    @owners! {
        "@name1": ["@text1" x 2, "@text2" x 3];
        "@name2": [];
        "@name3": ["@text3" x 7];
    }
}

pub fn @count_of(name: &str) -> Option<u32> {
    let @owners = known();
    let @owner = @owners.iter().find(|@owner| @owner.name == name)?;
    Some(@owner.@items.iter().map(|(_, @count)| @count).sum())
}
""",
            test="""
assert_eq!(["@name1", "@name2", "@name3", "@text1"].map(@count_of), [Some(5), Some(0), Some(7), None]);
assert_eq!(known()[2].@items, [("@text3".to_string(), 7)]);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "the_macro_has_no_self",
            """
/// Adds to a counter and stops at the limit.
macro_rules! bump {
    («$counter:ident»«$this:ident, $counter:ident») => {{
        if «self.$counter»«$this.$counter» >= «self.limit»«$this.limit» {
            return false;
        }
        «self.$counter»«$this.$counter» += 1;
    }};
}

#[derive(Debug)]
pub struct @Owner {
    pub added: u32,
    pub removed: u32,
    limit: u32,
}

impl @Owner {
    pub fn with_limit(limit: u32) -> Self {
        @Owner {
            added: 0,
            removed: 0,
            limit,
        }
    }

    pub fn @add(&mut self) -> bool {
        bump!(«added»«self, added»«self, removed»);
        true
    }

    pub fn @remove(&mut self) -> bool {
        if self.added == self.removed {
            return false;
        }
        bump!(«removed»«self, removed»«self, added»);
        true
    }
}
""",
            test="""
let mut @owner = @Owner::with_limit(2);
assert_eq!([@owner.@add(), @owner.@add(), @owner.@add()], [true, true, false]);
assert!(@owner.@remove());
assert_eq!((@owner.added, @owner.removed), (2, 1));
""",
            codes=("E0424",),
        ),
        Template(
            "the_helper_is_elsewhere",
            """
#[macro_use]
mod tally;

pub mod report {
    /// How many words there are of each length that is named.
    pub fn lengths(text: &str) -> Vec<(usize, usize)> {
        count_where!(text, 1, 2, 3)
    }

    pub fn summary(text: &str) -> String {
        let lengths = lengths(text);
        let parts = lengths.iter().map(|(length, count)| format!("{count} of {length}"));
        parts.collect::<Vec<_>>().join(", ")
    }
}

/// The same for the @items of an @owner, which come one a line.
pub fn @show(lines: &[&str]) -> String {
    report::summary(&lines.join(" "))
}
//- src/tally.rs
pub fn words_of(text: &str, length: usize) -> usize {
    text.split(' ').filter(|word| word.chars().count() == length).count()
}

macro_rules! count_where {
    ($text:expr, $($length:literal),+) => {
        vec![$(($length, «words_of»«$crate::tally::words_of»($text, $length))),+]
    };
}
""",
            test="""
assert_eq!(@show(&["a bb", "cc ddd", "é"]), "2 of 1, 2 of 2, 1 of 3");
""",
            codes=("E0425",),
        ),
        Template(
            "what_was_parsed_once_is_opaque",
            """
/// The one of two values that is wanted.
macro_rules! choose {
    (largest, $left:expr, $right:expr) => {
        $left.max($right)
    };
    (smallest, $left:expr, $right:expr) => {
        $left.min($right)
    };
}

/// Functions that go through all of the @items.
macro_rules! folds {
    ($($(#[$doc:meta])* $name:ident = $which:«expr»«ident»;)+) => {
        $(
            $(#[$doc])*
            pub fn $name(@items: &[u32]) -> Option<u32> {
                let (first, rest) = @items.split_first()?;
                Some(rest.iter().fold(*first, |found, next| choose!($which, found, *next)))
            }
        )+
    };
}

folds! {
    /// The most that a @item has.
    most = largest;
    /// The least that a @item has.
    least = smallest;
}

pub fn range(@items: &[u32]) -> u32 {
    match (most(@items), least(@items)) {
        (Some(most), Some(least)) => most - least,
        _ => 0,
    }
}
""",
            test="""
assert_eq!((most(&[3, 9, 4]), least(&[3, 9, 2])), (Some(9), Some(2)));
assert_eq!((range(&[3, 9, 4]), range(&[])), (6, 0));
""",
            codes=(NO_CODE, "E0425"),
        ),
        Template(
            "which_of_them_is_the_last",
            """
/// A sentence that lists things: `a, b and c`.
macro_rules! listed {
    ($only:expr) => {
        $only.to_string()
    };
    ($($@item:ident«,»«»)«»«,»+ «»«=> »$last:ident) => {{
        let mut text = [$($@item.to_string()),+].join(", ");
        text += &format!(" and {}", $last);
        text
    }};
}

pub struct @Item {
    pub @label: String,
    pub @count: u32,
    pub @flag: bool,
}

pub fn @show(@item: &@Item) -> String {
    let @Item { @label, @count, @flag } = @item;
    if *@flag {
        listed!(@label, @count«,»« =>» @flag)
    } else {
        listed!(@label)
    }
}
""",
            test="""
let @item = |@flag| @Item { @label: "@text1".into(), @count: 3, @flag };
assert_eq!(@show(&@item(true)), "@text1, 3 and true");
assert_eq!(@show(&@item(false)), "@text1");
""",
            codes=(NO_CODE,),
        ),
    ),
)
