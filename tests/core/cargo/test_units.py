"""How cargo calls rustc is read from what it prints, and from nothing else."""

from __future__ import annotations

from pathlib import Path

from helpers.cargo_projects import package, project
from sleepy_core.cargo.units import Unit, UnitReader, read_unit, sources

ROOT = Path("/cache/tree/home/me/ws")
PROJECT = project(
    Path("/home/me/ws"),
    package(Path("/home/me/ws/app"), "app", dependencies=("store",)),
    package(Path("/home/me/ws/cli"), "cli", kind="bin", source="src/main.rs"),
    package(Path("/home/me/ws/derive"), "derive", kind="proc-macro"),
)
LIB = (
    "CARGO=/bin/cargo CARGO_PKG_NAME=app CARGO_PKG_DESCRIPTION='an app' /bin/rustc --crate-name app --edition=2021"
    " app/src/lib.rs --crate-type lib --emit=dep-info,metadata --cfg 'feature=\"x\"' -C metadata=1 -C"
    " extra-filename=-1f --out-dir /cache/target/debug/deps -C incremental=/cache/target/debug/incremental -L"
    " dependency=/cache/target/debug/deps --extern store=/cache/target/debug/deps/libstore-2f.rmeta"
)


def unit(command: str = LIB) -> Unit:
    found = read_unit(command, PROJECT, ROOT)
    assert found is not None
    return found


def test_a_library_is_known_by_its_package_and_its_target() -> None:
    assert (unit().package, unit().target, unit().tests, unit().source) == ("app", "lib", False, "app/src/lib.rs")


def test_the_library_with_its_tests_is_another_unit_of_the_same_target() -> None:
    found = unit(LIB.replace("--crate-type lib", "--test"))
    assert (found.target, found.tests) == ("lib", True)


def test_a_program_is_named_as_in_diagnostics() -> None:
    found = unit(LIB.replace("app", "cli").replace("lib.rs", "main.rs"))
    assert found.target == "bin cli"


def test_what_cargo_sets_is_kept_and_quotes_are_not() -> None:
    assert dict(unit().env)["CARGO_PKG_DESCRIPTION"] == "an app"
    assert 'feature="x"' in unit().argv


def test_its_output_is_what_its_dependents_are_given() -> None:
    assert unit().output == "/cache/target/debug/deps/libapp-1f.rmeta"
    assert unit().externs == {"store": "/cache/target/debug/deps/libstore-2f.rmeta"}


def test_a_wrapper_before_rustc_is_left_out() -> None:
    assert unit(LIB.replace("/bin/rustc", "/bin/clippy-driver /bin/rustc")).argv[0] == "/bin/rustc"


def test_what_runs_while_building_is_no_unit() -> None:
    derive = LIB.replace("app", "derive").replace("--crate-type lib", "--crate-type proc-macro")
    assert read_unit(derive, PROJECT, ROOT) is None
    assert read_unit("CARGO_PKG_NAME=app /cache/target/debug/build/app-1/build-script-build", PROJECT, ROOT) is None


def test_somebody_elses_crate_is_no_unit() -> None:
    assert read_unit(LIB.replace("CARGO_PKG_NAME=app", "CARGO_PKG_NAME=serde"), PROJECT, ROOT) is None


def test_an_unfinished_quote_is_no_unit() -> None:
    assert read_unit("CARGO_PKG_NAME='app", PROJECT, ROOT) is None


def test_a_command_may_have_several_lines() -> None:
    reader = UnitReader(PROJECT, ROOT)
    command = LIB.replace("an app", "an app\nof two lines")
    lines = f"     Running `{command}`\n".splitlines(keepends=True)
    assert reader.feed("   Compiling app v0.1.0\n") == (None, False)
    assert reader.feed(lines[0]) == (None, True)
    found, of_command = reader.feed(lines[1])
    assert of_command
    assert found is not None
    assert dict(found.env)["CARGO_PKG_DESCRIPTION"] == "an app\nof two lines"


def test_the_sources_of_a_crate_are_those_that_rustc_noted() -> None:
    noted = "/t/app.d: src/lib.rs src/a\\ b.rs\n\nsrc/lib.rs:\nsrc/a\\ b.rs:\n\n# env-dep:CARGO_PKG_NAME=app\n"
    assert list(sources(noted)) == ["src/lib.rs", "src/a b.rs"]
