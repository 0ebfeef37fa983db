"""The house keeps its rooms: imports go down only, and each library has one room that knows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app" / "teamtactics"
MIDDLE = ("race", "telemetry", "contract", "outbox", "cloud", "tray")
GROUND = ("errors", "model", "credentials", "__init__")
"""Every room may use these."""
CONFIG = ("config", "config_edit", "config_ini", "config_places", "config_settings", "config_values")

ONLY_IN = {
    "sqlite3": "outbox",
    "irsdk": "telemetry",
    "pystray": "tray",
    "PIL": "tray",
    "Xlib": "tray",
    "tkinter": "tray",
    "google": "cloud",
    "grpc": "cloud",
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


@pytest.mark.parametrize("room", MIDDLE)
def test_a_room_in_the_middle_knows_no_other(room: str) -> None:
    for path in (APP / room).rglob("*.py"):
        ours = {room_of(name) for name in imports(path) if name.split(".")[0] == "teamtactics"}
        assert ours <= {room, *GROUND}, f"{path.relative_to(APP)} imports {sorted(ours)}"


def test_the_ground_floor_knows_nothing_above_it() -> None:
    for path in [*(APP / "model").rglob("*.py"), APP / "errors.py", APP / "credentials.py"]:
        ours = {room_of(name) for name in imports(path) if name.split(".")[0] == "teamtactics"}
        assert ours <= {"model", "errors", "__init__"}, f"{path.relative_to(APP)} imports {sorted(ours)}"


def test_nothing_below_imports_the_shell() -> None:
    below = [
        *(path for room in MIDDLE for path in (APP / room).rglob("*.py")),
        *(APP / f"{name}.py" for name in CONFIG),
    ]
    for path in below:
        ours = {room_of(name) for name in imports(path) if name.split(".")[0] == "teamtactics"}
        assert not ours & {"runtime", "cli", "demo"}, path


def test_the_runtime_does_not_import_the_commands() -> None:
    for path in (APP / "runtime").rglob("*.py"):
        assert "cli" not in {room_of(name) for name in imports(path) if name.startswith("teamtactics")}, path


@pytest.mark.parametrize(("library", "room"), ONLY_IN.items())
def test_a_library_is_known_in_one_room_only(library: str, room: str) -> None:
    elsewhere = [
        str(path.relative_to(APP))
        for path in APP.rglob("*.py")
        if path.relative_to(APP).parts[0] != room and any(name.split(".")[0] == library for name in imports(path))
    ]
    assert elsewhere == []
