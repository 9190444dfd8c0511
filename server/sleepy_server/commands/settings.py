"""`sleepy settings`: what is set, and by whom."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from sleepy_server.commands.printing import print_table


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting, as it is now."""

    name: str
    value: Any
    default: Any
    origin: str  # "default", "config.toml" or the name of the environment variable
    description: str


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show every setting, its value, and where it comes from."""
    lines = setting_lines()
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines]))
        return
    rows = [(line.name, json.dumps(line.value), line.origin, line.description) for line in lines]
    print_table(("setting", "value", "from", "description"), rows, wide="description")


def setting_lines() -> list[SettingLine]:
    """All settings, in the order of `sleepy_core.settings`. Raises `SleepyError` for one that is wrong."""
    from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

    from sleepy_core.settings import Settings, config_dir, load_settings

    current = load_settings()
    toml = TomlConfigSettingsSource(Settings, toml_file=config_dir() / "config.toml")()
    environment = EnvSettingsSource(Settings)()
    lines = []
    for group, info in Settings.model_fields.items():
        for name, field in type(info.default).model_fields.items():
            if name in environment.get(group, {}):
                origin = f"SLEEPY_{group}__{name}".upper()
            else:
                origin = "config.toml" if name in toml.get(group, {}) else "default"
            value = getattr(getattr(current, group), name)
            lines.append(SettingLine(f"{group}.{name}", value, field.default, origin, field.description or ""))
    return lines
