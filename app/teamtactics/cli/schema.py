"""``teamtactics schema``: the JSON Schemas (draft 2020-12) of what is written and announced."""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

from teamtactics.cli.console.voice import complain
from teamtactics.language import _

NAMES = ("info", "lap", "state", "member", "part", "message")
"""Of the documents, then of the messages; each is a file of ``contract/schemas``."""


def print_schemas(name: str | None, *, every: bool) -> int:
    """Print the schema *name*, *every* one as an object by name, or the names; return 2 when it is none."""
    if name is not None and (every or name not in NAMES):
        none = _("there is no schema {name}").format(name=ascii(name[:40]))
        what = _("either one schema or --all") if every else none
        complain(_("{what}; there are: {names}").format(what=what, names=", ".join(NAMES)))
        return 2
    if every:
        _print({each: schema(each) for each in NAMES})
    elif name is not None:
        _print(complete(name))
    else:
        sys.stdout.write("".join(f"{each}\n" for each in NAMES))
    return 0


def schema(name: str) -> dict[str, Any]:
    """Read the schema *name* as it stands in its file; it may refer to others by their ``$id``."""
    file = resources.files("teamtactics.contract") / "schemas" / f"{name}.json"
    content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return content


def complete(name: str) -> dict[str, Any]:
    """Read the schema *name* with all that it refers to in its ``$defs``: nothing else is needed to check by it."""
    whole = schema(name)
    text = json.dumps(whole)
    others = {each: found for each in NAMES if each != name and (found := schema(each))["$id"] in text}
    return {**whole, "$defs": others} if others else whole


def _print(content: object) -> None:
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=True) + "\n")
