"""The build script: what it refuses, and the facts it puts into the programs."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from support.absent import absent

INSTALLER = Path(__file__).parents[2] / "installer"
sys.path.insert(0, str(INSTALLER))

import build
import pictures
import shared_archive
from version_resource import numbers, read_version

from teamtactics import __version__

LEFT_OUT = (
    *("google.api_core", "google.auth", "google.oauth2", "grpc_status", "opentelemetry", "requests", "urllib3"),
    *("certifi", "charset_normalizer", "idna", "pyasn1", "cryptography.x509", "xml"),
)
"""Not Python's ``ssl``, which asyncio loads where it is there."""


def test_the_version_is_the_packages_own() -> None:
    assert read_version(INSTALLER.parent / "app") == __version__


def test_whatever_is_no_module_goes_into_the_wheel_and_into_the_frozen_program() -> None:
    """An editable installation finds a file all the same; only the user would miss it."""
    root = INSTALLER.parent
    data = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    shipped = {
        path
        for package, globs in data.items()
        for glob in globs
        for path in (root / "app").joinpath(*package.split(".")).glob(glob)
    }
    files = {path for path in (root / "app" / "teamtactics").rglob("*") if path.is_file()}
    no_modules = {path for path in files if path.suffix not in (".py", ".pyc")}
    assert no_modules == shipped
    spec = (INSTALLER / "teamtactics.spec").read_text(encoding="utf-8")
    # Nobody reads these two where the program is frozen.
    for path in {one for one in no_modules if one.name != "py.typed" and one.suffix != ".po"}:
        assert f'"{path.name}"' in spec or f'"{path.parent.name}"' in spec, f"the frozen program lacks {path}"


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.2.3", (1, 2, 3, 0)), ("2.10", (2, 10, 0, 0)), ("1.0.0rc1", (1, 0, 0, 0)), ("3", (3, 0, 0, 0))],
)
def test_windows_gets_four_numbers(version: str, expected: tuple[int, int, int, int]) -> None:
    assert numbers(version) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="there it can be built")
def test_an_installer_cannot_be_built_on_linux_without_wine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["--installer", "--dist", str(tmp_path / "dist")]) == 1
    assert "on Linux add --wine python.exe" in capsys.readouterr().err
    assert not (tmp_path / "dist").exists(), "refused before anything is built"


def test_a_step_that_fails_says_what_it_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(build.BuildFailed, match="the reason"):
        build.run([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"])
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("target", ["amd64-unicode", "x86-unicode"])
def test_the_installer_script_compiles_for_both_forms_of_nsis(target: str, tmp_path: Path) -> None:
    """The one of Debian is 64-bit; NSIS for Windows, which the release workflow has, is 32-bit."""
    makensis = shutil.which("makensis")
    if makensis is None:
        absent("the installer needs makensis (Debian: nsis)")
    folder = tmp_path / "teamtactics"
    folder.mkdir()
    (folder / "teamtactics.exe").write_bytes(b"MZ")
    facts = {
        "TARGET": target,
        "VERSION": "1.0.0",
        "VERSION_NUMBERS": "1.0.0.0",
        "SOURCE": str(folder),
        "SETUP": str(tmp_path / "setup-test.exe"),
        "SIZE_KB": "1",
        "PICTURES": str(tmp_path),
    }
    pictures.write(tmp_path)
    words = [makensis, "-V2", "-WX", "-INPUTCHARSET", "UTF8", *(f"-D{name}={value}" for name, value in facts.items())]
    done = subprocess.run([*words, str(build.SCRIPT)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "setup-test.exe").stat().st_size > 50_000


def test_the_pictures_have_the_sizes_that_the_pages_have_room_for(tmp_path: Path) -> None:
    pictures.write(tmp_path)
    found = {}
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            assert (image.format, image.mode) == ("BMP", "RGB"), "without transparency, which NSIS does not show"
            found[path.name] = image.size
    assert found == {"side.bmp": (164, 314), "header.bmp": (150, 57), "tray.bmp": pictures.TRAY}


class FakeReader:
    """Stands where PyInstaller's reader of a program's own archive does."""

    def __init__(self, filename: str, check_pymagic: bool = False) -> None:
        self.filename = filename
        self.check_pymagic = check_pymagic


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_program_reads_the_archive_beside_it_if_there_is_one(
    is_shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader stays the same object, which PyInstaller's finders hold; the single file has its modules inside."""
    reader = FakeReader("inside")
    monkeypatch.setitem(sys.modules, "pyimod02_importers", SimpleNamespace(pyz_archive=reader))
    if is_shared:
        (tmp_path / shared_archive.SHARED).touch()
    shared_archive.use_shared_archive(str(tmp_path))
    assert reader.filename == (str(tmp_path / shared_archive.SHARED) if is_shared else "inside")
    assert reader.check_pymagic is is_shared


def test_the_archive_is_opened_once_and_read_by_one_thread_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "modules.pyz"
    archive.write_bytes(b"abcdef")
    inside = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "pyimod01_archive", inside)
    importers = SimpleNamespace(pyz_archive=SimpleNamespace(_filename=str(archive)))
    monkeypatch.setitem(sys.modules, "pyimod02_importers", importers)
    shared_archive.keep_open()
    with inside.open(str(archive), "rb") as file:
        file.seek(2)
        assert file.read(2) == b"cd"
        again = inside.open(str(archive), "rb")
        assert again._lock.locked()
    assert not again._lock.locked()
    assert not file.closed


def test_what_the_program_does_not_run_is_what_pyinstaller_would_run() -> None:
    """One that has another name in another version would be run again, unseen."""
    spec = importlib.util.find_spec("PyInstaller")
    if spec is None or spec.origin is None:
        absent("PyInstaller is not installed: pip install '.[windows-build]'")
    tree = ast.parse((INSTALLER / "teamtactics.spec").read_text(encoding="utf-8"))
    (left_out,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "NOT_RUN"
    )
    hooks = Path(spec.origin).parent / "hooks" / "rthooks"
    assert left_out == {path.stem for path in hooks.glob("*.py")} & left_out != set()


def test_pyinstaller_has_the_inside_on_which_the_shared_archive_relies() -> None:
    spec = importlib.util.find_spec("PyInstaller")
    if spec is None or spec.origin is None:
        absent("PyInstaller is not installed: pip install '.[windows-build]'")
    loader = Path(spec.origin).parent / "loader"
    importers = ast.parse((loader / "pyimod02_importers.py").read_text(encoding="utf-8"))
    names = {name.id for node in importers.body if isinstance(node, ast.Assign) for name in ast.walk(node.targets[0])
             if isinstance(name, ast.Name)}  # fmt: skip
    assert "pyz_archive" in names
    archive = ast.parse((loader / "pyimod01_archive.py").read_text(encoding="utf-8"))
    reader = next(node for node in archive.body if isinstance(node, ast.ClassDef) and node.name == "ZlibArchiveReader")
    init = next(node for node in reader.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    extract = next(node for node in reader.body if isinstance(node, ast.FunctionDef) and node.name == "extract")
    # Once, with these words: ``keep_open`` puts another one in the place of this ``open``.
    opened = [
        ast.unparse(node)
        for node in ast.walk(extract)
        if isinstance(node, ast.Call) and "open" in ast.unparse(node.func)
    ]
    assert opened == ["open(self._filename, 'rb')"]
    assert {"filename", "check_pymagic"} <= {argument.arg for argument in init.args.args}


def test_what_is_left_out_of_the_program_is_loaded_by_nobody() -> None:
    """All modules of the program are imported, and of what the spec leaves out for both clouds none came along."""
    script = (
        "import pkgutil, sys, importlib, teamtactics\n"
        "for module in pkgutil.walk_packages(teamtactics.__path__, 'teamtactics.'):\n"
        "    of_one_system = 'teamtactics.tray' in module.name or '.win32_' in module.name\n"
        "    if not of_one_system and not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "import google.iam.v1.iam_policy_pb2\n"
        f"print([name for name in {LEFT_OUT!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[]\n", done.stdout + done.stderr
    spec = (INSTALLER / "teamtactics.spec").read_text(encoding="utf-8")
    assert [name for name in LEFT_OUT if f'"{name}"' not in spec] == []
