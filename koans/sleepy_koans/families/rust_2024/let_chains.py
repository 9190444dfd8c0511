"""Chains of `let` and conditions in `if` and `while`."""

from sleepy_koans.family import Family, Template
from sleepy_koans.koan import NO_CODE

FAMILY = Family(
    name="let_chains",
    title="Conditions with `let` in them: nested where one is enough, in the wrong order, or joined by what joins none",
    codes=(
        "clippy::collapsible_if",
        "clippy::unnecessary_unwrap",
        NO_CODE,
        "E0308",
        "E0425",
        "E0502",
        "E0507",
        "E0609",
    ),
    templates=(
        Template(
            "nested_where_one_is_enough",
            """
pub struct @Item {
    pub @label: String,
    pub @count: @Int,
    pub due: Option<@Int>,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
}

impl @Owner {
    /// What is late and not empty.
    pub fn late(&self, today: @Int) -> ⟦1:Vec<&str>¦@Int⟧ {
        let mut found = ⟦1:Vec::new()¦0⟧;
        for @item in &self.@items {
            «if let Some(due) = @item.due {
                if due < today⟦3: && @item.@count > 0¦⟧ {
                    found⟦1:.push(@item.@label.as_str())¦ += @item.@count⟧;
                }
            }»«if let Some(due) = @item.due
                && due < today⟦3:
                && @item.@count > 0¦⟧
            {
                found⟦1:.push(@item.@label.as_str())¦ += @item.@count⟧;
            }»«if @item.due.is_some()⟦3:
                && @item.@count > 0¦⟧
            {
                let _ = today;
                found⟦1:.push(@item.@label.as_str())¦ += @item.@count⟧;
            }»
        }
        found
    }
}
""",
            test="""
let @items = vec![
    @Item { @label: "@text1".into(), @count: @n1, due: Some(@n1) },
    @Item { @label: "@text2".into(), @count: @n3, due: Some(@n3) },
    @Item { @label: "@text3".into(), @count: @n3, due: None },
];
assert_eq!(@Owner { @items }.late(@n2), ⟦1:vec!["@text1"]¦@n1⟧);
""",
            codes=("clippy::collapsible_if",),
        ),
        Template(
            "a_name_before_it_is_bound",
            """
use std::collections::⟦1:HashMap¦BTreeMap⟧;

#[derive(Default)]
pub struct @Owner {
    @count: ⟦1:HashMap¦BTreeMap⟧<String, @Int>,
    most: @Int,
}

impl @Owner {
    pub fn new(most: @Int) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    pub fn @add(&mut self, @label: &str, number: @Int) {
        *self.@count.entry(@label.to_string()).or_default() += number;
    }

    pub fn @show(&self, @label: &str) -> ⟦2:String¦&'static str⟧ {
        if «⟦3:*@count¦@count⟧ > self.most && let Some(⟦3:@count¦&@count⟧) = self.@count.get(@label)»«let Some(⟦3:@count¦&@count⟧) = self.@count.get(@label)
            && ⟦3:*@count¦@count⟧ > self.most
        »{
            ⟦2:format!("{} too many", @count - self.most)¦"too many"⟧
        } else {
            "fine"⟦2:.to_string()¦⟧
        }
    }
}
""",
            test="""
let mut @owner = @Owner::new(@n2);
@owner.@add("@text1", @n1);
@owner.@add("@text2", @n4);
assert_eq!((@owner.@show("@text1"), @owner.@show("@text3")), ("fine".into(), "fine".into()));
assert_ne!(@owner.@show("@text2"), "fine");
""",
            codes=("E0425",),
        ),
        Template(
            "joined_by_or",
            """
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum @Kind {
    @First,
    @Second(@Int),
}

pub struct @Item {
    pub @label: String,
    pub @kind: @Kind,
    pub @flag: bool,
}

impl @Item {
    /// What has the flag needs it always, others if there is more of it.
    pub fn needs_look(&self, most: @Int) -> bool {
        «if let @Kind::@Second(number) = self.@kind && number > most || self.@flag {
            return true;
        }
        false»«if let @Kind::@Second(number) = self.@kind
            && number > most
        {
            return true;
        }
        self.@flag»«if let @Kind::@Second(number) = self.@kind
            && (number > most || self.@flag)
        {
            return true;
        }
        false»
    }
}

pub fn @show(@items: &[@Item], most: @Int) -> ⟦1:Vec<String>¦usize⟧ {
    ⟦let found = @items.iter().filter(|@item| @item.needs_look(most));
    found⟦1:.map(|@item| @item.@label.to_uppercase()).collect()¦.count()⟧¦let mut found = ⟦1:Vec::new()¦0⟧;
    for @item in @items {
        if @item.needs_look(most) {
            found⟦1:.push(@item.@label.to_uppercase())¦ += 1⟧;
        }
    }
    found⟧
}
""",
            test="""
let item = |@kind, @flag| @Item { @label: "@text1".into(), @kind, @flag };
assert!(item(@Kind::@Second(@n3), false).needs_look(@n2) && item(@Kind::@First, true).needs_look(@n2));
assert!(!item(@Kind::@Second(@n1), false).needs_look(@n2) && !item(@Kind::@First, false).needs_look(@n2));
assert_eq!(@show(&[item(@Kind::@First, false)], @n1), ⟦1:Vec::<String>::new()¦0⟧);
""",
            codes=(NO_CODE,),
        ),
        Template(
            "in_parentheses_or_negated",
            """
pub struct @Person {
    pub name: String,
    pub email: Option<String>,
    pub @count: @Int,
}

/// Where a message goes: people with enough @items and an address.
pub fn address(@person: &@Person, least: @Int) -> Result<⟦2:&str¦String⟧, String> {
    ⟦1:if «(let Some(email) = &@person.email) && @person.@count >= least»«let Some(email) = &@person.email
        && @person.@count >= least
    »{
        return Ok(email⟦2:¦.clone()⟧);
    }
    Err(format!("nothing for {}", @person.name))¦if @person.@count < least {
        return Err(format!("nothing for {}", @person.name));
    }
    «if !let Some(email) = &@person.email {
        return Err(format!("no address of {}", @person.name));
    }»«let Some(email) = &@person.email else {
        return Err(format!("no address of {}", @person.name));
    };»
    Ok(email⟦2:¦.clone()⟧)¦if «(@person.@count >= least && let Some(email) = &@person.email)»«@person.@count >= least
        && let Some(email) = &@person.email
    »{
        Ok(email⟦2:¦.clone()⟧)
    } else {
        Err(format!("nothing for {}", @person.name))
    }⟧
}

pub fn reached(@people: &[@Person]) -> ⟦usize {
    @people.iter().filter(|@person| address(@person, @n2).is_ok()).count()¦bool {
    @people.iter().all(|@person| address(@person, @n2).is_ok())¦Vec<String> {
    let sent = @people.iter().filter_map(|@person| address(@person, @n2).ok());
    sent.map(|email| email.to_lowercase()).collect()⟧
}
""",
            test="""
let person = |email: Option<&str>, @count| @Person { name: "@name1".into(), email: email.map(String::from), @count };
assert_eq!(address(&person(Some("a@@b"), @n2), @n2).unwrap(), "a@@b");
assert!(address(&person(Some("a@@b"), @n1), @n2).is_err() && address(&person(None, @n3), @n2).is_err());
""",
            codes=(NO_CODE, "E0425"),
        ),
        Template(
            "an_option_in_place_of_a_condition",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

fn number(text: &str) -> ⟦1:Option<@Int>¦Result<@Int, std::num::ParseIntError>⟧ {
    text.trim().parse()⟦1:.ok()¦⟧
}

/// Reads `name: number`; what is less than two is left out.
pub fn parsed(line: &str) -> Option<@Item> {
    if let Some((@label, rest)) = line.split_once(⟦':'¦": "⟧)
        && «number(rest)»«let ⟦1:Some¦Ok⟧(@size) = number(rest)»
        && «rest»«@size» > «"1"»«1»
    {
        return Some(@Item {
            @label: @label.to_string(),
            @size«: rest.len()»«»,
        });
    }
    None
}

pub fn total(text: &str) -> @Int {
    ⟦text.lines().filter_map(parsed).map(|@item| @item.@size).sum()¦let mut total = 0;
    for line in text.lines() {
        total += parsed(line).map_or(0, |@item| @item.@size);
    }
    total⟧
}
""",
            test="""
assert_eq!(total("@text1: @n1\\n@text2: 1\\n@text3\\n@text4: x\\n@text1: @n3"), @n1 + @n3);
assert_eq!(parsed("@text1: @n1"), Some(@Item { @label: "@text1".into(), @size: @n1 }));
""",
            codes=("E0308",),
        ),
        Template(
            "asked_first_and_unwrapped_later",
            """
#[derive(Debug, Clone, Default, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
}

pub struct @Owner {
    pub @items: Vec<@Item>,
    pub open: bool,
}

impl @Owner {
    pub fn largest(&self) -> Option<&@Item> {
        self.@items.iter().⟦max_by_key(|@item| @item.@size)¦reduce(|a, b| if a.@size >= b.@size { a } else { b })⟧
    }

    pub fn @show(&self) -> String {
        let largest = self.largest();
        if «largest.is_some() && ⟦1:self.open¦self.@items.len() > 2⟧ {
            let largest = largest.unwrap();»«let Some(largest) = largest
            && ⟦1:self.open¦self.@items.len() > 2⟧
        {»«let Some(largest) = largest {»
            ⟦format!("{}: {}", largest.@label, largest.@size)¦let @Item { @label, @size } = largest;
            format!("{@label}: {@size}")⟧
        } else {
            ⟦"closed".to_string()¦String::from("closed")¦"closed".into()⟧
        }
    }
}
""",
            test="""
let @items = [("@text1", @n1), ("@text2", @n3)].map(|(@label, @size)| @Item { @label: @label.into(), @size });
let mut @owner = @Owner { @items: @items.to_vec(), open: true };
assert_eq!(@owner.@show(), ⟦1:"@text2: @n3"¦"closed"⟧);
@owner.open = false;
assert_eq!(@owner.@show(), "closed");
@owner.@items.clear();
@owner.open = true;
assert_eq!(@owner.@show(), "closed");
""",
            codes=("clippy::unnecessary_unwrap",),
        ),
        Template(
            "a_chain_that_moves_what_is_lent",
            """
pub enum State {
    Idle,
    Running { since: @Int, @label: String },
}

pub struct Machine {
    pub state: State,
    pub limit: Option<@Int>,
}

impl Machine {
    /// The name of what has run for too long.
    pub fn stuck(&self, now: @Int) -> Option<⟦1:usize¦String⟧> {
        if let State::Running { since, @label } = «self.state»«&self.state»
            && let Some(limit) = self.limit
            && now - «since»«*since» > limit
        {
            return Some(@label⟦1:.len()¦«»«.clone()»⟧);
        }
        None
    }

    pub fn check(&mut self, now: @Int) -> bool {
        ⟦let stuck = self.stuck(now).is_some();
        if stuck {
            self.state = State::Idle;
        }
        stuck¦if self.stuck(now).is_none() {
            return false;
        }
        self.state = State::Idle;
        true⟧
    }
}
""",
            test="""
let state = State::Running { since: @n1, @label: "@text1".into() };
let mut machine = Machine { state, limit: Some(@n1) };
assert_eq!(machine.stuck(3 * @n1), Some("@text1"⟦1:.len()¦.to_string()⟧));
assert!(machine.stuck(2 * @n1).is_none());
assert!(machine.check(3 * @n1) && !machine.check(9 * @n1) && matches!(machine.state, State::Idle));
""",
            codes=("E0507",),
        ),
    ),
    frozen=(
        Template(
            "the_condition_comes_too_late",
            """
use std::collections::HashMap;

#[derive(Default)]
pub struct @Owner {
    @count: HashMap<String, u32>,
    most: u32,
}

impl @Owner {
    pub fn new(most: u32) -> Self {
        @Owner {
            most,
            ..@Owner::default()
        }
    }

    fn total(&self) -> u32 {
        self.@count.values().sum()
    }

    pub fn register(&mut self, @label: &str) {
        self.@count.entry(@label.to_string()).or_insert(0);
    }

    /// One more of what is registered, unless that were too many in all.
    pub fn @add(&mut self, @label: &str) -> bool {
        if «let Some(@count) = self.@count.get_mut(@label)
            && self.total() < self.most»«self.total() < self.most
            && let Some(@count) = self.@count.get_mut(@label)»«let Some(@count) = self.@count.get_mut(@label)
            && *@count < self.most»
        {
            *@count += 1;
            return true;
        }
        false
    }
}
""",
            test="""
let mut @owner = @Owner::new(2);
@owner.register("@text1");
@owner.register("@text2");
assert!(@owner.@add("@text1") && !@owner.@add("@text3") && @owner.@add("@text2") && !@owner.@add("@text1"));
""",
            codes=("E0502",),
        ),
        Template(
            "the_other_branch_wants_the_name",
            """
pub struct Account {
    pub name: String,
    pub balance: i64,
}

pub struct @Owner {
    pub accounts: Vec<Account>,
}

impl @Owner {
    /// Takes the amount, or says why not.
    pub fn pay(&mut self, name: &str, amount: i64) -> Result<i64, String> {
        let account = self.accounts.iter_mut().find(|account| account.name == name);
        «if let Some(account) = account
            && account.balance >= amount
        {
            account.balance -= amount;
            Ok(account.balance)
        } else {
            Err(format!("{name} has only {}", account.balance))
        }»«let Some(account) = account else {
            return Err(format!("no account of {name}"));
        };
        if account.balance < amount {
            return Err(format!("{name} has only {}", account.balance));
        }
        account.balance -= amount;
        Ok(account.balance)»«if let Some(account) = account {
            account.balance -= amount;
            Ok(account.balance)
        } else {
            Err(format!("{name} has only {amount}"))
        }»
    }
}
""",
            test="""
let mut @owner = @Owner { accounts: vec![Account { name: "@name1".into(), balance: 10 }] };
assert_eq!(@owner.pay("@name1", 7), Ok(3));
assert_eq!(@owner.pay("@name1", 7), Err("@name1 has only 3".to_string()));
assert!(@owner.pay("@name2", 1).is_err());
""",
            codes=("E0609",),
        ),
        Template(
            "a_chain_as_the_value_of_a_closure",
            """
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Opened(String),
    Changed { @label: String, by: i32 },
    Closed,
}

pub struct Journal {
    pub events: Vec<Event>,
}

impl Journal {
    /// How often something of that name was made larger.
    pub fn grown(&self, wanted: &str) -> usize {
        self.events
            .iter()
            .filter(|event| «let Event::Changed { @label, by } = event && @label == wanted && *by > 0»«matches!(event, Event::Changed { @label, by } if @label == wanted && *by > 0)»«matches!(event, Event::Changed { @label, .. } if @label == wanted)»)
            .count()
    }

    pub fn opened(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for event in &self.events {
            if let Event::Opened(name) = event
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }
}
""",
            test="""
let change = |name: &str, by| Event::Changed { @label: name.into(), by };
let events = vec![Event::Opened("@text1".into()), change("@text1", 2), change("@text1", -1), change("@text2", 5), Event::Closed];
let journal = Journal { events };
assert_eq!((journal.grown("@text1"), journal.opened()), (1, vec!["@text1"]));
""",
            codes=(NO_CODE,),
        ),
        Template(
            "a_loop_that_pops_while_it_looks",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

/// Those that no later one is larger than, with what the last one stands upon.
pub fn visible(@items: &[@Item]) -> Vec<String> {
    let mut stack: Vec<@Item> = Vec::new();
    let mut covered = Vec::new();
    for @item in @items {
        while let Some(top) = stack.last()
            && top.@size < @item.@size
        {
            «stack.pop();
            covered.push(format!("{} by {}", top.@label, @item.@label));»«covered.push(format!("{} by {}", top.@label, @item.@label));
            stack.pop();»«covered.push(format!("{} by {}", @item.@label, top.@label));
            stack.pop();»
        }
        stack.push(@item.clone());
    }
    covered.extend(stack.into_iter().map(|@item| @item.@label));
    covered
}
""",
            test="""
let @items = [("a", 2), ("b", 1), ("c", 3), ("d", 1)].map(|(@label, @size)| @Item { @label: @label.into(), @size });
assert_eq!(visible(&@items), ["b by c", "a by c", "c", "d"]);
""",
            codes=("E0502",),
        ),
        Template(
            "two_ways_to_the_same_branch",
            """
pub struct Request<'a> {
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub cookie: Option<&'a str>,
}

pub struct Session {
    pub @person: String,
    pub admin: bool,
}

fn session(key: &str) -> Option<Session> {
    let (@person, role) = key.split_once('.')?;
    Some(Session {
        @person: @person.to_string(),
        admin: role == "admin",
    })
}

/// Who is let in: by token, or else by cookie; only admins below `/admin`.
pub fn admitted(request: &Request<'_>) -> Option<String> {
    if «(let Some(key) = request.token || let Some(key) = request.cookie)»«let Some(key) = request.token.or(request.cookie)»«let Some(key) = request.cookie.or(request.token)»
        && let Some(session) = session(key)
        && (session.admin || !request.path.starts_with("/admin"))
    {
        return Some(session.@person);
    }
    None
}
""",
            test="""
let ask = |path, token, cookie| admitted(&Request { path, token, cookie });
assert_eq!(ask("/", Some("@name1.x"), Some("@name2.x")).as_deref(), Some("@name1"));
assert_eq!(ask("/admin", None, Some("@name2.admin")).as_deref(), Some("@name2"));
assert_eq!(ask("/admin", Some("@name1.x"), None), None);
assert_eq!(ask("/", None, None), None);
""",
            codes=(NO_CODE,),
        ),
    ),
)
