"""Every setting, with its default and its description, in one place.

Read from, last wins: the defaults here, `config.toml` in the configuration folder, `SLEEPY_…`
environment variables (`SLEEPY_ENGINE__NAME=ollama`), the editor (`sleepy.engine.name`), the command line.
`docs/settings.md` and the extension's package.json are compared with this file by a test.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from sleepy_core.errors import SleepyError

# The folders are asked for here by everybody who has the settings at hand.
from sleepy_core.paths import APP as APP
from sleepy_core.paths import cache_dir as cache_dir
from sleepy_core.paths import config_dir as config_dir
from sleepy_core.paths import data_dir as data_dir
from sleepy_core.paths import log_dir as log_dir
from sleepy_core.paths import runtime_dir as runtime_dir


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckSettings(_Group):
    """How errors are found."""

    command: Literal["check", "clippy"] = Field(
        "check", description="What finds errors: `cargo check` or `cargo clippy`."
    )
    all_targets: bool = Field(True, description="Check tests, examples and benches as well (`--all-targets`).")
    features: list[str] | Literal["all"] = Field([], description='Features to check with, or "all".')
    deadline_seconds: float = Field(600, gt=0, description="A check that takes longer is stopped, and says so.")
    debounce_ms: int = Field(250, ge=0, description="Quiet time after typing before a check; a save checks at once.")
    cargo: str = Field("cargo", description="The cargo to run.")


class EngineSettings(_Group):
    """Which model is asked, and how."""

    name: Literal["auto", "none", "embedded", "ollama", "openai"] = Field(
        "auto",
        description="Where the model runs. `auto`: Ollama if it has the model, else the embedded engine, else none.",
    )
    model: str = Field("qwen2.5-coder:1.5b", description="The model's name on Ollama or an OpenAI-compatible server.")
    ollama_url: str = Field("http://127.0.0.1:11434", description="Address of Ollama.")
    openai_url: str = Field(
        "http://127.0.0.1:8080/v1",
        description="Address of an OpenAI-compatible server (llama-server, vLLM, LM Studio).",
    )
    embedded_model: str = Field("", description="GGUF file for the embedded engine; empty: an installed model package.")
    allow_remote: bool = Field(
        False,
        description="Allow a model server on another machine. The code around each error is then sent to it.",
    )
    samples: int = Field(4, ge=1, le=32, description="Answers asked of the model for each error (best of N).")
    deadline_seconds: float = Field(60, gt=0, description="Longest wait for one request to the model.")
    keep_alive: str = Field("10m", description="How long Ollama keeps the model in memory after a request.")
    context_tokens: int = Field(4096, ge=512, description="Context window asked of the server.")
    threads: int = Field(0, ge=0, description="Threads of the embedded engine; 0: half of the cores, at least one.")


class FixSettings(_Group):
    """How hard to look for a repair."""

    rounds: int = Field(4, ge=1, description="Rounds of check and repair until green or no progress.")
    budget_seconds: float = Field(60, gt=0, description="Longest search for one error.")
    candidates: int = Field(24, ge=1, description="Most patches compiled for one error.")
    offers: int = Field(3, ge=1, description="Most fixes offered for one error.")
    slots: int = Field(
        1, ge=1, le=8, description="Patches verified at the same time, each in a copy with a target folder of its own."
    )
    run_tests: bool = Field(False, description="Run the package's tests (sandboxed) before a fix is called clean.")


class SearchSettings(_Group):
    """Small edits at the compiler's spans, tried before a model is asked."""

    enabled: bool = Field(True, description="Search for small edits that repair an error.")
    candidates: int = Field(60, ge=1, description="Most edits compiled for one error.")
    milliseconds: int = Field(15_000, ge=100, description="Longest search for one error.")
    parallel: int = Field(0, ge=0, le=64, description="Edits compiled at the same time; 0: one a processor.")
    rated: bool = Field(
        False,
        description="Let a model that can (the embedded engine, llama-server) say how likely each edit is, and wait a "
        "second for it. Only a model that was trained for repairs makes a difference.",
    )


class ShadowSettings(_Group):
    """The copies in which code is compiled."""

    max_gigabytes: float = Field(
        20, gt=0, description="Disk for all shadow workspaces; the least recently used go first."
    )
    sandbox: Literal["auto", "off", "required"] = Field(
        "auto",
        description="`auto`: compile patches in bubblewrap where there is one; `required`: never verify without it.",
    )


class EditorSettings(_Group):
    """What is shown in the editor."""

    diagnostics: Literal["auto", "always", "never"] = Field(
        "auto", description="Publish the compiler's errors: `auto` only where rust-analyzer is not active."
    )
    auto_fix: bool = Field(True, description="Look for fixes as soon as an error is seen; otherwise only when asked.")


class SleepSettings(_Group):
    """Learning while nobody works."""

    episodes: int = Field(
        8,
        ge=1,
        description="Sleep for a repository when so many of its fixes were taken or made by hand since last time.",
    )
    enabled: bool = Field(
        True, description="Sleep by itself when nobody works (where the trainer is installed); else only when told."
    )
    quiet_minutes: float = Field(10, gt=0, description="Nothing may have been typed for so long before a sleep begins.")
    nightly: str = Field(
        "03:00",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$",
        description="Time of day at which a sleep begins as well, however long it is since the last key; empty: never.",
    )
    quiet_hours: str = Field(
        "",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)?$",
        description="Hours in which no sleep begins, like 09:00-12:30; empty: none.",
    )
    cpu_percent: int = Field(
        30, ge=5, le=100, description="Others may use this much of the processor; half as much again ends the rest."
    )
    battery_percent: int = Field(
        60, ge=0, le=100, description="On battery a sleep begins with this much in it, and stands still 20 below."
    )
    steps: int = Field(50, ge=1, description="Steps of a training.")
    minutes: float = Field(120, gt=0, description="Longest sleep; what is not done then goes on the next time.")
    threads: int = Field(0, ge=0, description="Processor threads of a sleep; 0: half of the cores.")
    gigabytes: float = Field(0, ge=0, description="Most memory of a training; 0: no limit.")


class DaemonSettings(_Group):
    """The shared process."""

    linger_minutes: float = Field(720, ge=0, description="How long the daemon stays after the last editor has left.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What goes into the log.")


class Settings(BaseSettings):
    """All settings of one user."""

    model_config = SettingsConfigDict(env_prefix="SLEEPY_", env_nested_delimiter="__", extra="ignore", frozen=True)

    check: CheckSettings = CheckSettings()  # type: ignore[call-arg]
    engine: EngineSettings = EngineSettings()  # type: ignore[call-arg]
    fix: FixSettings = FixSettings()  # type: ignore[call-arg]
    search: SearchSettings = SearchSettings()  # type: ignore[call-arg]
    shadow: ShadowSettings = ShadowSettings()  # type: ignore[call-arg]
    editor: EditorSettings = EditorSettings()  # type: ignore[call-arg]
    sleep: SleepSettings = SleepSettings()  # type: ignore[call-arg]
    daemon: DaemonSettings = DaemonSettings()  # type: ignore[call-arg]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values first, then the environment, then config.toml."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_dir() / "config.toml")
        return init_settings, env_settings, toml

    def with_changes(self, changes: dict[str, dict[str, Any]]) -> Settings:
        """These settings with some values of some groups replaced; raises pydantic's ValidationError."""
        groups = {name: {**getattr(self, name).model_dump(), **values} for name, values in changes.items()}
        merged = {name: groups.get(name, getattr(self, name)) for name in type(self).model_fields}
        return type(self).model_validate(merged)


def load_settings() -> Settings:
    """The user's settings. Raises `SleepyError` that names the setting, or the file, that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        variable = f"SLEEPY_{'__'.join(map(str, first['loc']))}".upper()
        raise SleepyError(f"the setting {name} is wrong (config.toml or {variable}): {first['msg']}") from error
    except (ValueError, OSError) as error:
        # TOML, its encoding, or JSON in a variable.
        raise SleepyError(f"{config_dir() / 'config.toml'} or a SLEEPY_ variable cannot be read: {error}") from error
