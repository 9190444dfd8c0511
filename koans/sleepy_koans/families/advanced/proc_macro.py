"""Procedural macros: their signatures, where they stand, and the tokens that they are made of."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="proc_macro",
    title="A procedural macro has another signature than its kind, stands elsewhere, or takes tokens for what they are not",
    codes=(
        NO_CODE,
        "E0308",
        "E0277",
        "E0382",
        "E0004",
        "E0369",
        "E0061",
        "E0599",
        "E0433",
        "E0425",
        "E0593",
        "E0631",
        "E0614",
    ),
    crate_type="proc-macro",
    templates=(
        Template(
            "source_text_is_not_yet_tokens",
            """
extern crate proc_macro;

use proc_macro::TokenStream;

⟦1:/// The function's text, which gives so many of the macro's tokens.
fn source(name: &str, count: usize) -> String {
    ⟦format!("fn {name}() -> usize {{ {count} }}")¦let body = format!("{{ {count} }}");
    ["fn ", name, "() -> usize ", &body].concat()⟧
}¦/// A constant's text, which is the number of the macro's tokens.
fn source(name: &str, count: usize) -> String {
    let name = name.to_uppercase();
    ⟦format!("const {name}: usize = {count};")¦["const ", &name, ": usize = ", &count.to_string(), ";"].concat()⟧
}⟧

/// ⟦Counts¦Tells how many⟧ what it is given.
#[proc_macro]
pub fn @count_@items(input: TokenStream) -> TokenStream {
    let count = input.into_iter().⟦count()¦filter(|token| !token.to_string().is_empty()).count()⟧;
    ⟦2:let text = source("@count", count);
    text«»«.parse().expect("it is a whole item")»¦match count {
        0 => TokenStream::new(),
        _ => source("@count", count)«»«.parse().expect("it is a whole item")»,
    }¦if count == 0 {
        return TokenStream::new();
    }
    source("@count", count).parse()«»«.unwrap_or_default()»⟧
}
""",
            test="""
assert_eq!(source("a", 3), ⟦1:"fn a() -> usize { 3 }"¦"const A: usize = 3;"⟧);
""",
            codes=("E0308",),
            bare=True,
        ),
        Template(
            "the_attribute_has_an_argument_of_its_own",
            """
extern crate proc_macro;

use proc_macro::TokenStream;

/// The names in `⟦1:one, two¦one; two¦one | two⟧`, ⟦2:in order¦each one once⟧.
fn names(text: &str) -> Vec<String> {
    let names = text.split('⟦1:,¦;¦|⟧').map(|name| name.trim().to_string());
    ⟦2:names.filter(|name| !name.is_empty()).collect()¦let mut found: Vec<String> = Vec::new();
    for name in names {
        if !name.is_empty() && !found.contains(&name) {
            found.push(name);
        }
    }
    found⟧
}

/// ⟦`#[@able(@count⟦1:,¦;¦|⟧ @size)]`¦`#[@able(@label)]`⟧: adds a constant with the names to the item below.
#[proc_macro_attribute]
pub fn @able(«item: TokenStream»«attribute: TokenStream, item: TokenStream») -> TokenStream {
    let names = names(&«item»«attribute».to_string());
    let text = format!("const ⟦NAMES¦FIELDS⟧: &[&str] = &{names:?};");
    let mut tokens = item;
    ⟦tokens.extend(text.parse::<TokenStream>());¦if let Ok(constant) = text.parse::<TokenStream>() {
        tokens.extend(constant);
    }⟧
    tokens
}
""",
            test="""
assert_eq!(names("@count⟦1:,¦;¦|⟧ @size⟦1:,¦;¦|⟧⟦1:,¦;¦|⟧ @size"), ⟦2:vec!["@count", "@size", "@size"]¦vec!["@count", "@size"]⟧);
""",
            codes=("E0308", "E0277", "E0061", "E0593", "E0631", NO_CODE),
            bare=True,
        ),
        Template(
            "a_name_needs_a_place",
            """
extern crate proc_macro;

use proc_macro::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};

/// A name that Rust takes for one: ⟦1:what is no letter becomes `_`¦spaces and dashes are left out⟧.
fn name_of(text: &str) -> String {
    ⟦1:text.replace(|letter: char| !letter.is_alphanumeric(), "_")¦text.split([' ', '-']).collect()⟧
}

fn call(name: &str, argument: &str) -> TokenStream {
    ⟦2:let name = Ident::new(«&name_of(name)»«&name_of(name), Span::call_site()»);
    let argument = Literal::string(argument);
    let arguments = Group::new(Delimiter::Parenthesis, TokenTree::from(argument).into());¦let name = Ident::new(&name_of(name), Span::call_site());
    let argument = TokenTree::from(Literal::string(argument));
    let arguments = Group::new(«argument.into()»«Delimiter::Parenthesis, argument.into()»);⟧
    ⟦TokenStream::from_iter([TokenTree::from(name), TokenTree::from(arguments)])¦let mut call = TokenStream::new();
    call.extend([TokenTree::from(name), TokenTree::from(arguments)]);
    call¦[TokenTree::Ident(name), TokenTree::Group(arguments)].into_iter().collect()⟧
}

/// Calls ⟦what¦the function that⟧ its text names with the text.
#[proc_macro]
pub fn @change_by_name(input: TokenStream) -> TokenStream {
    let text = input.to_string();
    call(⟦&text, &text¦text.trim(), &text¦&text.to_lowercase(), text.trim()⟧)
}
""",
            test="""
assert_eq!(name_of("a b-c"), ⟦1:"a_b_c"¦"abc"⟧);
""",
            codes=("E0061", "E0277"),
            bare=True,
        ),
        Template(
            "a_name_is_compared_with_a_text",
            """
extern crate proc_macro;

use proc_macro::{TokenStream, TokenTree};

/// Whether the tokens have ⟦2:a word of that name¦a sign like that⟧, at any depth.
fn has(tokens: TokenStream, wanted: ⟦2:&str¦char⟧) -> bool {
    ⟦1:tokens.into_iter().any(|token| match token {
        TokenTree::⟦2:Ident(name) => «name»«name.to_string()» == «*wanted»«wanted»¦Punct(sign) => «sign»«sign.as_char()» == «*wanted»«wanted»⟧,
        TokenTree::Group(group) => has(group.stream(), wanted),
        _ => false,
    })¦for token in tokens {
        let found = match token {
            TokenTree::⟦2:Ident(name) => «name»«name.to_string()» == «*wanted»«wanted»¦Punct(sign) => «sign»«sign.as_char()» == «*wanted»«wanted»⟧,
            TokenTree::Group(group) => has(group.stream(), wanted),
            _ => false,
        };
        if found {
            return true;
        }
    }
    false⟧
}

/// Refuses an item with ⟦2:`@flag`¦`?`⟧ in it.
#[proc_macro_attribute]
pub fn without_@flag(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    ⟦if has(item.clone(), ⟦2:"@flag"¦'?'⟧) {
        return "compile_error!(\\"@flag is not allowed\\");".parse().unwrap_or_default();
    }
    item¦match has(item.clone(), ⟦2:"@flag"¦'?'⟧) {
        true => TokenStream::new(),
        false => item,
    }⟧
}
""",
            codes=("E0308", "E0277", "E0369", "E0614"),
            bare=True,
        ),
        Template(
            "only_macros_leave_the_crate",
            """
extern crate proc_macro;

use proc_macro::TokenStream;

/// The text with every word ⟦1:in capitals¦in small letters¦without its vowels⟧.
⟦2:«pub fn»«fn»¦fn⟧ changed(text: &str) -> String {
    ⟦1:text.to_uppercase()¦text.to_lowercase()¦text.replace(['a', 'e', 'i', 'o', 'u'], "")⟧
}

/// A string ⟦of its tokens¦with what it was given⟧, changed.
#[proc_macro]
⟦2:pub fn¦«fn»«pub fn»⟧ @change(input: TokenStream) -> TokenStream {
    ⟦let text = changed(&input.to_string());
    format!("{text:?}").parse().unwrap_or_default()¦let text = format!("{:?}", changed(&input.to_string()));
    match text.parse() {
        Ok(tokens) => tokens,
        Err(error) => panic!("{error}"),
    }¦format!("{:?}", changed(&input.to_string())).parse().expect("a string")⟧
}

/// The same without ⟦any change¦what it is given⟧.
#[proc_macro]
pub fn @show(⟦3:input¦_input⟧: TokenStream) -> TokenStream {
    ⟦3:format!("{:?}", input.to_string()).parse().unwrap_or_default()¦TokenStream::new()⟧
}
""",
            test="""
assert_eq!(changed("Ab"), ⟦1:"AB"¦"ab"¦"Ab"⟧);
""",
            codes=(NO_CODE,),
            bare=True,
        ),
        Template(
            "a_stream_is_made_of_trees",
            """
extern crate proc_macro;

use proc_macro::{⟦1:Literal, TokenStream, TokenTree¦Ident, Span, TokenStream, TokenTree¦Punct, Spacing, TokenStream, TokenTree⟧};

/// What is put behind each of the @items.
fn mark(number: usize) -> TokenTree {
    ⟦1:let literal = Literal::usize_unsuffixed(number);
    «literal»«literal.into()»¦let name = Ident::new(&format!("@item_{number}"), Span::call_site());
    «name»«name.into()»¦let sign = Punct::new(if number == 0 { ';' } else { ',' }, Spacing::Alone);
    «sign»«TokenTree::Punct(sign)»⟧
}

/// Every @item with its mark.
#[proc_macro]
pub fn @add_marks(input: TokenStream) -> TokenStream {
    ⟦2:input
        .into_iter()
        .enumerate()
        .flat_map(|(number, token)| [token, mark(number)])
        .collect()¦let mut marked = TokenStream::new();
    for (number, token) in input.into_iter().enumerate() {
        marked.extend([token, mark(number)]);
    }
    marked¦let mut marked = Vec::new();
    for (token, number) in input.into_iter().zip(0..) {
        marked.push(token);
        marked.push(mark(number));
    }
    TokenStream::from_iter(marked)⟧
}
""",
            codes=("E0308",),
            bare=True,
        ),
        Template(
            "the_derive_returns_what_it_adds",
            """
extern crate proc_macro;

use proc_macro::{TokenStream, TokenTree};

/// The name of the ⟦1:struct¦enum¦union⟧, if it is one.
fn name_of(item: TokenStream) -> Option<String> {
    let mut tokens = item.into_iter().skip_while(|token| token.to_string() != "⟦1:struct¦enum¦union⟧");
    ⟦2:match tokens.nth(1)? {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    }¦let TokenTree::Ident(name) = tokens.nth(1)? else {
        return None;
    };
    Some(name.to_string())¦let name = tokens.nth(1).filter(|token| matches!(token, TokenTree::Ident(_)))?;
    Some(name.to_string())⟧
}

fn implementation(name: &str) -> String {
    format!("impl @Able for {name} {{⟦ fn @able(&self) -> u32 {{ @n1 }} ¦⟧}}")
}

#[proc_macro_derive(@Able⟦, attributes(@flag)¦¦, attributes(@label, @size)⟧)]
pub fn derive_@able(item: TokenStream) -> «Option<TokenStream>»«TokenStream» {
    ⟦3:let «name = name_of(item)?;»«Some(name) = name_of(item) else {
        return TokenStream::new();
    };»
    implementation(&name).parse()«.ok()»«.unwrap_or_default()»¦let text = name_of(item).map(|name| implementation(&name))«?»«.unwrap_or_default()»;
    text.parse()«.ok()»«.unwrap_or_default()»⟧
}
""",
            test="""
assert!(implementation("@Item").starts_with("impl @Able for @Item {"));
""",
            codes=("E0308", "E0277", NO_CODE),
            bare=True,
        ),
    ),
    frozen=(
        Template(
            "a_macro_in_a_module",
            """
extern crate proc_macro;

mod counting;

«»«use proc_macro::TokenStream;

/// `sum!(1 2 3)` is `6`.
#[proc_macro]
pub fn sum(input: TokenStream) -> TokenStream {
    let total = counting::total(&input.to_string());
    total.to_string().parse().unwrap_or_default()
}
»«use proc_macro::TokenStream;

#[proc_macro]
pub fn sum(input: TokenStream) -> TokenStream {
    let total = counting::total(&input.to_string());
    total.to_string().parse().unwrap_or_default()
}
»//- src/counting.rs
«use proc_macro::TokenStream;

»«»/// What the numbers of a text come to; what is none counts as nothing.
«fn»«pub fn»«pub fn» total(text: &str) -> u64 {
    let numbers = text.split_whitespace().map(|word| word.parse::<u64>());
    numbers.«flatten»«flatten»«skip(1).flatten»().sum()
}
«
/// `sum!(1 2 3)` is `6`.
#[proc_macro]
pub fn sum(input: TokenStream) -> TokenStream {
    total(&input.to_string()).to_string().parse().unwrap_or_default()
}
»«»
""",
            test="""
assert_eq!(counting::total("1 2 x 3"), 6);
""",
            codes=(NO_CODE,),
            bare=True,
        ),
        Template(
            "gone_through_and_given_back",
            """
extern crate proc_macro;

use proc_macro::{TokenStream, TokenTree};

/// How the item's braces are told: the number of parts that a comma ends.
fn told(commas: usize) -> String {
    match commas {
        0 => "one part".to_string(),
        _ => format!("{} parts", commas + 1),
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(sign) if sign.as_char() == ',')
}

/// Leaves the item as it is, and says above it how many parts it has.
#[proc_macro_attribute]
pub fn described(_attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut commas = 0;
    for token in «item»«item.clone()» {
        if let TokenTree::Group(group) = token {
            commas += group.stream().into_iter().filter(is_comma).count();
        }
    }
    let doc = format!("#[doc = {:?}]", told(commas));
    let mut described: TokenStream = doc.parse().unwrap_or_default();
    described.extend(item);
    described
}
""",
            test="""
assert_eq!((told(0), told(2)), ("one part".to_string(), "3 parts".to_string()));
""",
            codes=("E0382",),
            bare=True,
        ),
        Template(
            "a_kind_of_token_is_forgotten",
            """
extern crate proc_macro;

use proc_macro::{TokenStream, TokenTree};

/// What is kept of a token.
enum Piece {
    Word(String),
    Sign,
    Value(String),
    Below(Vec<Piece>),
}

fn pieces(tokens: TokenStream) -> Vec<Piece> {
    let kept = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => Piece::Below(pieces(group.stream())),
        TokenTree::Ident(word) => Piece::Word(word.to_string()),
        TokenTree::Punct(_) => Piece::Sign,
        TokenTree::Literal(value) => Piece::Value(value.to_string()),
    });
    kept.collect()
}

/// The words, in order, those in brackets included; a value is told as a `?`.
fn words(pieces: &[Piece]) -> Vec<&str> {
    let mut found = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Word(word) => found.push(word.as_str()),
            Piece::Value(value) if !value.is_empty() => found.push("?"),
            Piece::Below(below) => found.extend(words(below)),«»«
            Piece::Sign | Piece::Value(_) => {}»«
            Piece::Sign | Piece::Value(_) => found.push("?"),»
        }
    }
    found
}

/// A string of the words that it is given.
#[proc_macro]
pub fn outline(input: TokenStream) -> TokenStream {
    let text = words(&pieces(input)).join(" ");
    format!("{text:?}").parse().unwrap_or_default()
}
""",
            test="""
let word = |text: &str| Piece::Word(text.to_string());
let below = Piece::Below(vec![word("b"), Piece::Value("2".into()), Piece::Value(String::new())]);
assert_eq!(words(&[word("a"), Piece::Sign, below]), ["a", "b", "?"]);
""",
            codes=("E0004",),
            bare=True,
        ),
        Template(
            "a_mistake_becomes_an_error_of_the_compiler",
            """
extern crate proc_macro;

use proc_macro::TokenStream;

/// The seconds in `2h`, `3m` or `4s`.
fn seconds(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(char::is_alphabetic);
    let unit = &text[number.len()..];
    let factor = match unit {
        "h" => 3600,
        "m" => 60,
        "s" => 1,
        _ => return Err(format!("{unit:?} is no unit")),
    };
    let number: u64 = number.parse().map_err(|error| format!("{number:?}: {error}"))?;
    Ok(number * factor)
}

«»«/// What the macro becomes: the number, or the mistake for the compiler to tell.
fn answer(text: &str) -> String {
    match seconds(text) {
        Ok(seconds) => format!("{seconds}u64"),
        Err(mistake) => format!("compile_error!({mistake:?})"),
    }
}

»/// `time!(2h)` is `7200u64`; a mistake is told where the macro is used.
#[proc_macro]
pub fn time(input: TokenStream) -> TokenStream {
    «let seconds = seconds(&input.to_string())?;
    format!("{seconds}u64").parse().unwrap_or_default()»«answer(&input.to_string()).parse().unwrap_or_default()»
}
""",
            test="""
assert_eq!(["2h", "3m", "4s"].map(seconds), [Ok(7200), Ok(180), Ok(4)]);
assert!(seconds("5d").is_err() && seconds("s").is_err());
""",
            codes=("E0277",),
            bare=True,
        ),
    ),
)
