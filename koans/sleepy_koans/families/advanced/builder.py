"""Builders: steps that own or lend, parts that are required, and what is left when it is built."""

from sleepy_koans.family import Family, Template

FAMILY = Family(
    name="builder",
    title="A builder's step is lost, lends what should be owned, or a part has another type than what is built",
    codes=("E0382", "E0308", "E0716", "E0507", "E0599", "E0063", "E0499", "E0271", "E0277"),
    templates=(
        Template(
            "owned_step_in_a_condition",
            """
#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
    pub @flag: bool,
}

pub struct Builder {
    @label: String,
    @size: @Int,
    @flag: bool,
}

impl Builder {
    pub fn new(@label: &str) -> Self {
        Self {
            @label: @label.⟦to_string()¦to_owned()¦into()⟧,
            @size: 1,
            @flag: false,
        }
    }

    pub fn @size(mut self, @size: @Int) -> Self {
        self.@size = @size;
        self
    }

    pub fn @flag(mut self) -> Self {
        self.@flag = true;
        self
    }

    pub fn build(self) -> @Item {
        @Item {
            @label: self.@label,
            @size: self.@size,
            @flag: self.@flag,
        }
    }
}

pub fn @add(@label: &str, @size: Option<@Int>) -> @Item {
    let «»«mut »«»builder = Builder::new(@label);
    if let Some(@size) = @size {
        «builder.@size(@size);»«builder = builder.@size(@size);»«let _ = Builder::new(@label).@size(@size);»
    }
    ⟦builder.@flag().build()¦builder.build()¦let builder = builder.@flag();
    builder.build()⟧
}
""",
            test="""
assert_eq!(@add("@text1", Some(@n2)).@size, @n2);
assert_eq!(@add("@text1", None).@size, 1);
""",
            codes=("E0382",),
        ),
        Template(
            "build_takes_what_is_lent",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct @Owner {
    pub name: String,
    pub @items: Vec<⟦1:String¦@Int⟧>,
}

#[derive(Default)]
pub struct Builder {
    name: String,
    @items: Vec<⟦1:String¦@Int⟧>,
}

impl Builder {
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.name = name.to_string();
        self
    }

    pub fn @add(&mut self, @item: ⟦1:&str¦@Int⟧) -> &mut Self {
        self.@items.push(@item⟦1:.to_string()¦⟧);
        self
    }

    /// What was gathered; the builder begins anew.
    pub fn build(«self»«&mut self») -> @Owner {
        @Owner {
            name: «self.name»«std::mem::take(&mut self.name)»«self.name.clone()»,
            @items: «self.@items»«std::mem::take(&mut self.@items)»«self.@items.clone()»,
        }
    }
}

pub fn opened() -> ⟦2:@Owner¦(@Owner, @Owner)⟧ {
    let mut builder = Builder::default();
    ⟦2:builder.name("@name1").@add(⟦1:"@text1"¦@n1⟧).build();
    builder.name("@name2").build()¦let first = builder.name("@name1").@add(⟦1:"@text1"¦@n1⟧).build();
    let second = builder.name("@name2").build();
    (first, second)⟧
}
""",
            test="""
let second = opened()⟦2:¦.1⟧;
assert_eq!((second.name.as_str(), second.@items.len()), ("@name2", 0));
""",
            codes=("E0507",),
        ),
        Template(
            "steps_on_a_temporary",
            """
#[derive(Debug, Default)]
pub struct Query {
    parts: Vec<String>,
    limit: Option<@Int>,
}

impl Query {
    pub fn from(&mut self, @owner: &str) -> &mut Self {
        self.parts.push(format!("@owner is {@owner}"));
        self
    }

    pub fn with(&mut self, @label: &str) -> &mut Self {
        self.parts.push(format!(⟦"@label is {@label}"¦"@label = {@label}"⟧));
        self
    }

    pub fn limit(&mut self, limit: @Int) -> &mut Self {
        self.limit = Some(limit);
        self
    }

    pub fn text(&self) -> String {
        let text = self.parts.join(⟦" and "¦", "¦" & "⟧);
        match self.limit {
            Some(limit) => format!("{text} (at most {limit})"),
            None => text,
        }
    }
}

pub fn @find(@owner: &str, @label: Option<&str>) -> String {
    «let query = Query::default().from(@owner)⟦1:¦.limit(@n1)⟧;»«let mut query = Query::default();
    query.from(@owner)⟦1:¦.limit(@n1)⟧;»«let mut query = Query::default();
    query.limit(@n1);»
    if let Some(@label) = @label {
        query.with(@label);
    }
    query.text()
}
""",
            test="""
assert_eq!(@find("@name1", None), format!("@owner is @name1⟦1:¦ (at most @n1)⟧"));
assert!(@find("@name1", Some("@text1")).contains("@text1"));
""",
            codes=("E0716",),
        ),
        Template(
            "required_part_at_the_end",
            """
#[derive(Debug, Default)]
pub struct Unfinished@Item {
    @label: Option<String>,
    @size: Option<@Int>,
    @flag: bool,
}

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: @Int,
    pub @flag: bool,
}

impl Unfinished@Item {
    pub fn @label(mut self, @label: impl Into<String>) -> Self {
        self.@label = Some(@label.into());
        self
    }

    pub fn @size(mut self, @size: @Int) -> Self {
        self.@size = Some(@size);
        self
    }

    /// The @size is 1 where nobody told another one; a @label is required.
    pub fn finish(self) -> Result<@Item, ⟦1:String¦&'static str⟧> {
        ⟦2:Ok(@Item {
            @label: self.@label«»«.ok_or(⟦1:"no @label".to_string()¦"no @label"⟧)?»«.unwrap_or_default()»,
            @size: self.@size.unwrap_or(1),
            @flag: self.@flag,
        })¦let @label = self.@label«»«.ok_or(⟦1:"no @label".to_string()¦"no @label"⟧)?»«.unwrap_or_default()»;
        let @size = self.@size.unwrap_or(1);
        Ok(@Item {
            @label,
            @size,
            @flag: self.@flag,
        })¦let @size = self.@size.unwrap_or(1);
        match self.@label {
            Some(@label) => Ok(@Item { @label«: self.@label»«»«: @label.repeat(2)», @size, @flag: self.@flag }),
            None => Err("no @label"⟦1:.to_string()¦⟧),
        }⟧
    }
}
""",
            test="""
let made = Unfinished@Item::default().@label("@text1").finish().unwrap();
assert_eq!(made, @Item { @label: "@text1".into(), @size: 1, @flag: false });
let missing = Unfinished@Item::default().@size(@n1).finish();
assert!(missing.is_err());
assert!(missing.unwrap_err().contains("@label"));
""",
            codes=("E0308",),
        ),
        Template(
            "a_step_that_returns_nothing",
            """
#[derive(Debug, Clone, Default)]
pub struct Request {
    @person: String,
    headers: Vec<(String, String)>,
    attempts: @Int,
}

impl Request {
    pub fn by(@person: &str) -> Self {
        Self {
            @person: @person.to_string(),
            ..Self::default()
        }
    }

    pub fn header(mut self, name: &str, value: &str) ⟦1:-> Self ¦«»«-> Self »⟧{
        ⟦2:self.headers.push((name.to_string(), value.to_string()));¦let header = (name.to_string(), value.to_string());
        self.headers.push(header);⟧
        ⟦1:self¦«»«self»⟧
    }

    pub fn attempts(mut self, attempts: @Int) ⟦1:«»«-> Self »¦-> Self ⟧{
        self.attempts = attempts;
        ⟦1:«»«self»¦self⟧
    }

    pub fn @show(&self) -> String {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        format!("{} x{} [{}]", self.@person, self.attempts, names.join(" "))
    }
}

pub fn first() -> String {
    ⟦Request::by("@name1").header("accept", "@text1").attempts(@n1).@show()¦let request = Request::by("@name1").header("accept", "@text1");
    request.attempts(@n1).@show()⟧
}
""",
            test="""
assert_eq!(first(), "@name1 x@n1 [accept]");
""",
            codes=("E0308", "E0599"),
        ),
        Template(
            "a_closure_configures_it",
            """
#[derive(Debug, PartialEq)]
pub struct Settings {
    pub @count: @Int,
    pub @flag: bool,
}

impl Settings {
    pub fn @count(self, @count: @Int) -> Self {
        Self { @count, ..self }
    }

    pub fn @flag(self, @flag: bool) -> Self {
        Self { @flag, ..self }
    }
}

pub struct @Owner {
    pub settings: Settings,
}

impl @Owner {
    pub fn configured(configure: impl FnOnce(Settings) -> Settings) -> Self {
        let settings = Settings {
            @count: 1,
            @flag: false,
        };
        @Owner {
            settings: configure(settings),
        }
    }
}

pub fn small(⟦1:¦@flag: bool⟧) -> @Owner {
    @Owner::configured(|settings| «{
        settings.@count(@n1)⟦1:¦.@flag(@flag)⟧;
    }»«settings.@count(@n1)⟦1:¦.@flag(@flag)⟧»«settings»)
}

pub fn by_level(level: ⟦u8¦u16¦u32⟧) -> @Owner {
    ⟦@Owner::configured(|settings| if level > @n2 { settings.@flag(true) } else { settings })¦@Owner::configured(|settings| settings.@flag(level > @n2))⟧
}
""",
            test="""
assert_eq!(small(⟦1:¦true⟧).settings, Settings { @count: @n1, @flag: ⟦1:false¦true⟧ });
assert!(by_level(@n3).settings.@flag);
assert!(!by_level(@n1).settings.@flag);
""",
            codes=("E0308", "E0271"),
        ),
        Template(
            "parts_that_nobody_set",
            """
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub @label: String,
    pub @count: @Int,
    pub @size: @Int,
    pub @flag: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            @label: "@text1".to_string(),
            @count: @n1,
            @size: @n2,
            @flag: ⟦true¦false⟧,
        }
    }
}

impl Options {
    pub fn named(@label: &str) -> Self {
        Self {
            @label: @label.to_string(),«»«
            ..Self::default()»
        }
    }

    pub fn ⟦1:doubled¦halved⟧(self) -> Self {
        Self {
            @count: self.@count ⟦1:* 2¦/ 2⟧,
            ⟦@size: self.@size ⟦1:* 2¦/ 2⟧,
            ..self¦..self⟧
        }
    }
}

pub fn @show(@label: &str) -> String {
    let options = Options::named(@label).⟦1:doubled¦halved⟧();
    format!("{} {}", options.@label, options.@count)
}
""",
            test="""
assert_eq!(@show("@text2"), format!("@text2 {}", @n1 ⟦1:* 2¦/ 2⟧));
assert_eq!(Options::named("@text1"), Options::default());
""",
            codes=("E0063",),
        ),
    ),
    frozen=(
        Template(
            "one_part_after_another_in_a_loop",
            """
use std::collections::BTreeMap;

pub struct Report {
    heading: String,
    rows: BTreeMap<String, u32>,
}

impl Report {
    pub fn titled(heading: &str) -> Self {
        Self {
            heading: heading.to_uppercase(),
            rows: BTreeMap::new(),
        }
    }

    pub fn row(mut self, name: &str, value: u32) -> Self {
        *self.rows.entry(name.to_string()).or_default() += value;
        self
    }

    pub fn render(self) -> String {
        let mut text = self.heading;
        for (name, value) in self.rows {
            text.push_str(&format!("|{name}:{value}"));
        }
        text
    }
}

pub fn @count_by_name(entries: &[(&str, u32)]) -> String {
    let «»«mut »«»report = Report::titled("@items");
    for &(name, value) in entries {
        if value > 0 {
            «report.row(name, value);»«report = report.row(name, value);»«Report::titled("@items").row(name, value);»
        }
    }
    report.render()
}
""",
            test="""
let text = @count_by_name(&[("@text1", 2), ("@text1", 3), ("@text2", 0)]);
assert_eq!(text, format!("{}|@text1:5", "@items".to_uppercase()));
""",
            codes=("E0382",),
        ),
        Template(
            "two_rows_of_one_table",
            """
#[derive(Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

/// Writes itself into its table when it is ended.
pub struct Row<'t> {
    table: &'t mut Table,
    cells: Vec<String>,
}

impl Table {
    pub fn row(&mut self) -> Row<'_> {
        Row {
            table: self,
            cells: Vec::new(),
        }
    }

    pub fn text(&self) -> String {
        let rows: Vec<_> = self.rows.iter().map(|cells| cells.join(" ")).collect();
        rows.join("\\n")
    }
}

impl Row<'_> {
    pub fn cell(mut self, text: &str) -> Self {
        self.cells.push(text.to_string());
        self
    }

    pub fn end(self) {
        self.table.rows.push(self.cells);
    }
}

pub fn names_and_@count(name: &str, @count: u32) -> String {
    let mut table = Table::default();
    «let names = table.row().cell("name").cell(name);
    let numbers = table.row().cell("@count").cell(&@count.to_string());
    names.end();
    numbers.end();»«table.row().cell("name").cell(name).end();
    table.row().cell("@count").cell(&@count.to_string()).end();»«table.row().cell("@count").cell(&@count.to_string()).end();
    table.row().cell("name").cell(name).end();»
    table.text()
}
""",
            test="""
assert_eq!(names_and_@count("@name1", 7), "name @name1\\n@count 7");
""",
            codes=("E0499",),
        ),
        Template(
            "a_builder_inside_of_a_builder",
            """
pub struct Page {
    text: String,
}

pub struct Section {
    page: Page,
    lines: Vec<String>,
}

impl Page {
    pub fn about(subject: &str) -> Self {
        Self {
            text: format!("# {subject}"),
        }
    }

    pub fn section(mut self, heading: &str) -> Section {
        self.text += &format!("\\n## {heading}");
        Section {
            page: self,
            lines: Vec::new(),
        }
    }

    pub fn text(self) -> String {
        self.text
    }
}

impl Section {
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_string());
        self
    }

    pub fn end(mut self) -> Page {
        for line in self.lines {
            self.page.text += &format!("\\n{line}");
        }
        self.page
    }
}

pub fn guide() -> String {
    Page::about("@items")
        .section("@First")
        .line("@text1")
        .line("@text2")«»«
        .end()»«
        .page»
        .section("@Second")
        .line("@text3")
        .end()
        .text()
}
""",
            test="""
assert_eq!(guide(), "# @items\\n## @First\\n@text1\\n@text2\\n## @Second\\n@text3");
""",
            codes=("E0599",),
        ),
        Template(
            "parts_are_given_away_once",
            """
/// Gathers the parts of an @item as they come in, in any order.
#[derive(Default)]
pub struct Incoming {
    @label: Option<String>,
    @size: Option<u32>,
}

#[derive(Debug, PartialEq)]
pub struct @Item {
    pub @label: String,
    pub @size: u32,
}

impl Incoming {
    pub fn feed(&mut self, line: &str) {
        match line.parse() {
            Ok(number) => self.@size = Some(number),
            Err(_) => self.@label = Some(line.to_string()),
        }
    }

    /// The @item, once all of it is there; the next one needs all of its parts anew.
    pub fn finished(&mut self) -> Option<@Item> {
        let @size = self.@size?;
        let @label = self.@label«?»«.take()?»«.clone()?»;
        self.@size = None;
        Some(@Item { @label, @size })
    }
}

pub fn @add_all(text: &str) -> Vec<@Item> {
    let mut incoming = Incoming::default();
    let mut made = Vec::new();
    for line in text.lines() {
        incoming.feed(line);
        made.extend(incoming.finished());
    }
    made
}
""",
            test="""
let made = @add_all("@text1\\n3\\n4\\n@text2");
assert_eq!(made.len(), 2);
assert_eq!(made[1], @Item { @label: "@text2".into(), @size: 4 });
""",
            codes=("E0507",),
        ),
        Template(
            "a_plan_of_steps",
            """
type Step = Box<dyn Fn(Message) -> Message>;

#[derive(Debug, Default, PartialEq)]
pub struct Message {
    pub lines: Vec<String>,
}

impl Message {
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_string());
        self
    }
}

/// Steps that are written down now and gone through later.
#[derive(Default)]
pub struct Template {
    steps: Vec<Step>,
}

impl Template {
    pub fn greet(mut self, @person: &str) -> Self {
        let line = format!("Dear {@person},");
        self.steps.push(Box::new(move |message| message.line(&line)));
        self
    }

    pub fn list(mut self, @items: &[&str]) -> Self {
        for @item in @items {
            let line = format!("- {@item}");
            self.steps.push(Box::new(move |message| message.line(&line)));
        }
        self
    }

    pub fn filled(&self) -> Message {
        «self.steps.iter().map(|step| step(Message::default())).collect()»«self.steps.iter().fold(Message::default(), |message, step| step(message))»«self.steps.iter().map(|step| step(Message::default())).next_back().unwrap_or_default()»
    }
}

pub fn letter(@person: &str) -> Message {
    Template::default().greet(@person).list(&["@text1", "@text2"]).filled()
}
""",
            test="""
assert_eq!(letter("@name1").lines, ["Dear @name1,", "- @text1", "- @text2"]);
assert_eq!(Template::default().filled(), Message::default());
""",
            codes=("E0277",),
        ),
    ),
)
