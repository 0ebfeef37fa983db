"""The house keeps its floors: imports go down only, and each vendor library has one place that knows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app" / "teamtactics"
OURS = "teamtactics"

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "redaction", "atomic_file", "worker", "language", "model"}),
    frozenset({"settings", "telemetry", "race", "contract", "store", "cloud", "tray", "logs", "demo"}),
    frozenset({"recording", "delivery", "team", "reports", "desktop"}),
    frozenset({"service"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
"""From the ground up (architecture, Rooms)."""

ONLY_IN: dict[str, str | tuple[str, ...]] = {
    "grpc": "cloud/calls/channel.py",
    "google.protobuf": "cloud/calls/ended.py",
    "google.rpc": "cloud/calls/ended.py",
    "cryptography": "cloud/calls/sign_in.py",
    "google.cloud": "cloud/wire.py",
    "google.pubsub_v1": "cloud/pubsub.py",
    "google.iam": "cloud/pubsub.py",
    "irsdk": "telemetry/iracing.py",
    "sqlite3": "store",
    "pystray._win32": "tray/icon_windows.py",
    "pystray._xorg": "tray/icon_x11.py",
    "Xlib": "tray/icon_x11.py",
    "PIL": "tray",
    "tkinter": ("tray/x11_tk.py", "desktop/window/tk_window.py"),
    "jinja2": "reports/pages.py",
    "rich.table": "reports/tables.py",
    "rich.progress": "cli",
}
"""Library → the module or the room that alone imports it; two where two processes of their own do."""

MOST_MODULES = 12
MOST_LINES = 300


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that *path* names in an import, wherever in it; for ``from a import b`` both ``a`` and ``a.b``."""
    return frozenset(_imports(ast.parse(path.read_text("utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "we import by full names"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(APP).as_posix()


def room_of(path: Path) -> str:
    first = path.relative_to(APP).parts[0]
    return first.removesuffix(".py")


def rooms_used(path: Path) -> set[str]:
    """The rooms that *path* imports from, its own left out."""
    parts = (name.split(".") for name in imports(path) if name.startswith(f"{OURS}."))
    known = frozenset().union(*FLOORS)
    return {part[1] for part in parts if part[1] in known} - {room_of(path)}


def floor_of(room: str) -> int:
    found = [height for height, rooms in enumerate(FLOORS) if room in rooms]
    assert len(found) == 1, f"{room} has no floor: say in FLOORS where it belongs"
    return found[0]


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_go_down(path: Path) -> None:
    """The rooms on one floor do not import one another either; on the ground they may."""
    if path == APP / "__init__.py":
        assert not rooms_used(path)
        return
    own = floor_of(room_of(path))
    wrong = {room for room in rooms_used(path) if floor_of(room) > own or (floor_of(room) == own and own > 0)}
    assert not wrong, f"{name_of(path)} imports from {sorted(wrong)}"


def test_there_is_no_cycle() -> None:
    """Also between the modules of one room."""
    by_name = {_module_of(path): path for path in modules()}
    graph = {
        name: {other for other in imports(path) & by_name.keys() if other not in (name, OURS)}
        for name, path in by_name.items()
    }
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, f"a cycle: {' → '.join((*way[way.index(name) :], name))}"
        if name not in done:
            for other in sorted(graph[name]):
                walk(other, (*way, name))
            done.add(name)

    for name in graph:
        walk(name, ())


def _module_of(path: Path) -> str:
    parts = [OURS, *path.relative_to(APP).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize(("library", "place"), ONLY_IN.items())
def test_a_library_has_one_importer(library: str, place: str | tuple[str, ...]) -> None:
    places = (place,) if isinstance(place, str) else place
    importers = {
        name_of(path)
        for path in modules()
        if any(name == library or name.startswith(f"{library}.") for name in imports(path))
    }
    assert importers, f"nobody imports {library} any more: take it off the list"
    for one in places:
        mine = {name for name in importers if name == one or name.startswith(f"{one}/")}
        assert mine, f"{one} does not import {library} any more: take it off the list"
        importers -= mine
    assert importers == set()


def test_every_library_is_on_the_list() -> None:
    """A new dependency gets one importer as well."""
    import sys

    known = {library.split(".")[0] for library in ONLY_IN} | {OURS, *sys.stdlib_module_names, "pystray", "rich"}
    foreign = {name.split(".")[0] for path in modules() for name in imports(path)} - known
    assert foreign == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_fits_one_sitting(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def test_a_room_has_a_dozen_modules_at_most() -> None:
    counts = {
        folder: sum(1 for path in folder.glob("*.py") if path.name != "__init__.py")
        for folder in {path.parent for path in modules()}
    }
    assert {str(folder): n for folder, n in counts.items() if n > MOST_MODULES} == {}
