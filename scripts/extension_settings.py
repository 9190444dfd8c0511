"""Writes the server's settings into the extension's package.json, from `sleepy_core.settings`.

    python scripts/extension_settings.py          write vscode-extension/package.json
    python scripts/extension_settings.py --check  only compare: exit 1 when they differ

Run it after a change of the settings; a test compares the two as well.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from sleepy_core.settings import Settings

PACKAGE = Path(__file__).parents[1] / "vscode-extension" / "package.json"

# What names a program, an address or a file on this machine, or takes a safeguard away, is never a workspace's to say.
MACHINE = {
    "sleepy.server.command",
    "sleepy.interpreter",
    "sleepy.check.cargo",
    "sleepy.engine.allowRemote",
    "sleepy.engine.embeddedModel",
    "sleepy.engine.ollamaUrl",
    "sleepy.engine.openaiUrl",
    "sleepy.shadow.sandbox",
}

_TITLES = {
    "check": "Checks",
    "engine": "Model",
    "fix": "Fixes",
    "search": "Small edits",
    "shadow": "Copies",
    "editor": "Editor",
    "daemon": "Daemon",
}
_KEPT = ("type", "enum", "items", "minimum", "maximum", "exclusiveMinimum", "anyOf")

_SERVER = {
    "title": "Server",
    "properties": {
        "sleepy.server.command": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "scope": "machine",
            "markdownDescription": 'The command that runs `sleepy`, for example `["uv", "run", "sleepy"]`; '
            "`lsp` is put behind. Empty: the server is looked for.",
        },
        "sleepy.interpreter": {
            "type": "string",
            "default": "",
            "scope": "machine",
            "markdownDescription": "A Python interpreter that Sleepy Coder is installed in. Empty: the active "
            "environment of the Python extension, if it has Sleepy Coder, else `sleepy` on PATH.",
        },
    },
}


def configuration() -> list[dict[str, Any]]:
    """`contributes.configuration` of the extension: the two settings that choose the server, then the server's."""
    groups = []
    for group, field in Settings.model_fields.items():
        kind: Any = field.annotation
        schema = kind.model_json_schema()
        properties = {}
        for key, spec in schema["properties"].items():
            name = f"sleepy.{group}.{camel_case(key)}"
            properties[name] = {
                **{word: spec[word] for word in _KEPT if word in spec},
                "default": spec["default"],
                "scope": "machine" if name in MACHINE else "window",
                "markdownDescription": spec["description"],
            }
        groups.append({"title": _TITLES.get(group, group.capitalize()), "properties": properties})
    return [_SERVER, *groups]


def camel_case(name: str) -> str:
    """`all_targets` is `allTargets` in the editor."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def updated(package: dict[str, Any]) -> dict[str, Any]:
    """The package with the settings as they should stand."""
    contributes = {**package["contributes"], "configuration": configuration()}
    capabilities = dict(package["capabilities"])
    capabilities["untrustedWorkspaces"] = {
        **capabilities["untrustedWorkspaces"],
        "restrictedConfigurations": sorted(MACHINE),
    }
    return {**package, "contributes": contributes, "capabilities": capabilities}


def main() -> int:
    """Write, or with --check only compare."""
    package = json.loads(PACKAGE.read_text("utf-8"))
    wanted = updated(package)
    if wanted == package:
        return 0
    if "--check" in sys.argv:
        print(f"{PACKAGE} has other settings than sleepy_core.settings: run {Path(__file__).name}")
        return 1
    PACKAGE.write_text(json.dumps(wanted, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(f"Written: {PACKAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
