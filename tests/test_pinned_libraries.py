"""
pystray and pyirsdk are pinned: we override what they do not promise to keep.

Their source is read, not imported: ``pystray._win32`` can be imported on Windows only. A new version is taken over by
hand: read what it does with these names, run the Windows tests, then move the pin and the version below.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APP = ROOT / "app" / "teamtactics"
PINS = {"pystray": "0.19.5", "pyirsdk": "1.3.7"}


@dataclass(frozen=True)
class Reliance:
    """
    One of our classes on the inside of a library's class.

    Attributes:
        source: The library's files that define its class, derived one first.

        overridden: Its methods and properties that ours replace; it must go on calling them.

        used: What else of its inside ours read, call or write.

        module_names: What ours take from the module itself.
    """

    ours: str
    class_name: str
    library: str
    source: tuple[str, ...]
    overridden: frozenset[str]
    used: frozenset[str]
    module_names: frozenset[str]


RELIANCES = [
    Reliance(
        ours="tray/icon_windows.py",
        class_name="WindowsIcon",
        library="pystray",
        source=("_win32.py", "_base.py"),
        overridden=frozenset(
            ["_mainloop", "_show", "_hide", "_update_icon", "_assert_icon_handle", "_notify", "_message", "_on_notify"]
        ),
        used=frozenset(["_message_handlers", "_hwnd", "_icon_handle", "_icon_valid"]),
        module_names=frozenset({"win32"}),
    ),
    Reliance(
        ours="tray/icon_x11.py",
        class_name="X11Icon",
        library="pystray",
        source=("_xorg.py", "_base.py"),
        overridden=frozenset(
            ["_events", "_update_title", "_draw", "_on_expose", "_on_destroy_notify", "_on_button_press"]
        ),
        used=frozenset(
            ["_window", "_display", "_gc", "_dock_window", "_systray_manager", "_icon_data", "_visible", "_running"]
        ),
        module_names=frozenset(),
    ),
    Reliance(
        ours="telemetry/iracing.py",
        class_name="_Sdk",
        library="pyirsdk",
        source=("irsdk.py",),
        overridden=frozenset({"_data_valid_event", "_check_sim_status"}),
        used=frozenset({"_shared_mem"}),
        module_names=frozenset({"SIM_STATUS_URL", "DATAVALIDEVENTNAME"}),
    ),
]

WIN32 = frozenset(
    [
        "NIM_ADD",
        "NIM_MODIFY",
        "NIM_DELETE",
        "NIF_MESSAGE",
        "NIF_ICON",
        "NIF_TIP",
        "NIF_INFO",
        "WM_NOTIFY",
        "WM_LBUTTONUP",
        "WM_RBUTTONUP",
        "NOTIFYICONDATAW",
        "Shell_NotifyIcon",
        "DestroyIcon",
        "PostMessage",
    ]
)
"""What ``tray/icon_windows.py`` takes from ``pystray._util.win32``."""

each = pytest.mark.parametrize("one", RELIANCES, ids=lambda one: one.class_name)


@cache
def library_file(library: str, name: str) -> ast.Module:
    module = "irsdk" if library == "pyirsdk" else library
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None, f"{library} is not installed"
    path = Path(spec.origin) if spec.submodule_search_locations is None else Path(spec.origin).parent / name
    return ast.parse(path.read_text(encoding="utf-8"))


def class_of(tree: ast.Module, name: str) -> ast.ClassDef:
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def methods(node: ast.ClassDef) -> set[str]:
    return {one.name for one in node.body if isinstance(one, ast.FunctionDef)}


def attributes(node: ast.AST, *, written: bool) -> set[str]:
    """Names in ``self.name`` and ``super().name``; those that are assigned, or all."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and (isinstance(one.ctx, ast.Store) or not written):
            owner = one.value
            is_super = isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super"
            if is_super or (isinstance(owner, ast.Name) and owner.id == "self"):
                found.add(one.attr)
    return found


def library_classes(one: Reliance) -> list[ast.ClassDef]:
    name = "IRSDK" if one.library == "pyirsdk" else "Icon"
    return [class_of(library_file(one.library, file), name) for file in one.source]


def module_level(tree: ast.Module) -> set[str]:
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Assign):
            found |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def lacks(one: Reliance, missing: Iterable[str], where: str) -> str:
    return (
        f"{one.library} {importlib.metadata.version(one.library)} has no {', '.join(sorted(missing))} in {where}, "
        f"on which app/teamtactics/{one.ours} relies: read what has taken its place before the pin is moved"
    )


@pytest.mark.parametrize(("library", "version"), PINS.items())
def test_the_pin_the_build_and_what_is_installed_are_the_version_that_was_read(library: str, version: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"{library}=={version}" in project["dependencies"], f"pyproject.toml does not pin {library}=={version}"
    build = (ROOT / "installer" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert f"{library}=={version}" in build, f"installer/constraints.txt does not name {library}=={version}"
    installed = importlib.metadata.version(library)
    assert installed == version, f"{library} {installed} is installed, but {version} is the one whose inside we use"


@each
def test_the_library_has_all_that_ours_rely_on(one: Reliance) -> None:
    classes = library_classes(one)
    there = {name for node in classes for name in methods(node) | attributes(node, written=True)}
    missing = (one.overridden | one.used) - there
    assert not missing, lacks(one, missing, " and ".join(one.source))
    called = {name for node in classes for name in attributes(node, written=False)}
    uncalled = one.overridden - called
    assert not uncalled, lacks(one, uncalled, "what it calls itself")
    missing = one.module_names - module_level(library_file(one.library, one.source[0]))
    assert not missing, lacks(one, missing, f"the module {one.source[0]}")


def test_pystray_has_the_calls_of_windows_that_ours_use() -> None:
    one = RELIANCES[0]
    missing = WIN32 - module_level(library_file("pystray", "_util/win32.py"))
    assert not missing, lacks(one, missing, "_util/win32.py")


@each
def test_the_list_above_is_all_that_ours_rely_on(one: Reliance) -> None:
    """Whoever begins to use another inside of the library names it above."""
    ours = class_of(ast.parse((APP / one.ours).read_text(encoding="utf-8")), one.class_name)
    theirs = {name for node in library_classes(one) for name in methods(node) | attributes(node, written=True)}
    own = methods(ours) | attributes(ours, written=True)
    private = {name for name in own | attributes(ours, written=False) if name.startswith("_") and name[1] != "_"}
    assert {name for name in private if name in theirs or name not in own} == one.overridden | one.used
    assert {name for name in methods(ours) & theirs if name.startswith("_") and name[1] != "_"} == one.overridden


def test_the_list_of_windows_calls_is_all_that_ours_use() -> None:
    tree = ast.parse((APP / "tray" / "icon_windows.py").read_text(encoding="utf-8"))
    assert {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "win32"
    } == WIN32
