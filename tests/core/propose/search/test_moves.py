"""What was moved is moved later, taken or copied, in the place where it is moved."""

from helpers.edit_kinds import candidates, labelled_site, results

MOVED = "value moved here"


def test_the_moving_statement_goes_behind_the_last_use_with_its_line() -> None:
    source = "fn f(s: String) {\r\n    all.push(s);\r\n    // kept\r\n    g(«&s»);\r\n    h();\r\n}\r\n"
    at = labelled_site(
        source, "borrow of moved value: `s`", (MOVED, "push(|s"), ("value borrowed here after move", "&s")
    )
    assert results("move-later", at) == [
        "fn f(s: String) {\r\n    // kept\r\n    g(&s);\r\n    all.push(s);\r\n    h();\r\n}\r\n"
    ]


def test_a_let_whose_name_the_use_needs_is_not_put_behind_it() -> None:
    at = labelled_site(
        "fn f(s: String) {\n    let t = g(s);\n    h(«s», t);\n}\n",
        "use of moved value: `s`",
        (MOVED, "g(|s"),
        ("value used here after move", "h(|s"),
    )
    assert results("move-later", at) == []


def test_a_field_that_needs_the_value_is_written_before_the_field_that_takes_it() -> None:
    at = labelled_site(
        "fn f(name: String) -> U {\n    U { name, len: «name».len() }\n}\n",
        "borrow of moved value: `name`",
        (MOVED, "U { |name"),
        ("value borrowed here after move", "len: |name"),
    )
    assert results("use-earlier", at) == [
        "fn f(name: String) -> U {\n    U { len: name.len(), name }\n}\n",
        "fn f(name: String) -> U {\n    let len = name.len();\n    U { name, len }\n}\n",
    ]


def test_a_closure_borrows_or_takes_a_clone_of_its_own() -> None:
    at = labelled_site(
        "fn f(c: Arc<u8>) {\n    spawn(move || g(c));\n    h(«c»);\n}\n",
        "use of moved value: `c`",
        ("value moved into closure here", "spawn(|move ||"),
        ("variable moved due to use in closure", "g(|c"),
        notes=["move occurs because `c` has type `Arc<u8>`"],
    )
    assert results("closure-without-move", at) == [
        "fn f(c: Arc<u8>) {\n    spawn(|| g(c));\n    h(c);\n}\n",
        "fn f(c: Arc<u8>) {\n    spawn({\n        let c = Arc::clone(&c);\n"
        "        move || g(c)\n    });\n    h(c);\n}\n",
    ]


def test_a_field_behind_a_shared_reference_is_taken_only_with_a_method_that_may() -> None:
    at = labelled_site(
        "impl S { fn f(&self) -> Vec<u8> { «self.v» } }\n",
        "cannot move out of `self.v` which is behind a shared reference",
        code="E0507",
        notes=["move occurs because `self.v` has type `Vec<u8>`"],
    )
    assert results("take-moved", at) == ["impl S { fn f(&mut self) -> Vec<u8> { std::mem::take(&mut self.v) } }\n"]
    assert candidates("take-moved", at)[0][0].label == "take `self.v`, now writable, and leave an empty one"
    assert candidates("take-moved", at)[0][0].cost > 2
    assert results("return-borrowed", at)[0] == "impl S { fn f(&self) -> &[u8] { &self.v } }\n"
    assert results("clone-moved", at) == ["impl S { fn f(&self) -> Vec<u8> { self.v.clone() } }\n"]


def test_a_state_is_replaced_by_its_enum_s_empty_variant() -> None:
    at = labelled_site(
        "enum State { Idle, Busy(String) }\nimpl M { fn f(&mut self) { match «self.state» {} } }\n",
        "cannot move out of `self.state` as enum variant `Busy` which is behind a mutable reference",
        code="E0507",
    )
    assert "match std::mem::replace(&mut self.state, State::Idle) {}" in results("take-moved", at)[-1]


def test_a_type_without_clone_derives_it_where_it_is_cloned() -> None:
    at = labelled_site(
        "#[derive(Debug)]\nstruct P;\nfn f(p: P) { let q = p; g(«p»); }\n",
        "use of moved value: `p`",
        (MOVED, "q = |p"),
        notes=["move occurs because `p` has type `P`"],
    )
    assert results("clone-moved", at) == [
        "#[derive(Debug, Clone)]\nstruct P;\nfn f(p: P) { let q = p.clone(); g(p); }\n"
    ]


def test_nothing_is_proposed_in_a_pattern() -> None:
    at = labelled_site(
        "fn f(e: E) { match e { E::A(s) => {} }; g(«e»); }\n",
        "use of partially moved value: `e`",
        ("value partially moved here", "A(|s"),
    )
    assert candidates("clone-moved", at) == []
