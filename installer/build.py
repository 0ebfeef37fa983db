"""
Builds what is released: the one door for the workflow, for the tests and for a developer.

    python installer/build.py                       # dist/teamtactics: one folder, two programs
    python installer/build.py --installer           # … and dist/teamtactics-1.0.0-setup.exe (needs makensis)
    python installer/build.py --onefile --checksums # … a single program, and dist/SHA256SUMS over all files

It builds for the system it runs on, with PyInstaller in this Python: ``pip install -c installer/constraints.txt
'.[windows-build]'``. On Linux, ``--wine python.exe`` builds the Windows program with a Windows Python under Wine.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from version_resource import numbers, read_version

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SPEC = HERE / "teamtactics.spec"
SCRIPT = HERE / "teamtactics.nsi"
NOTICES = HERE / "notices.py"
THIRD_PARTY = "THIRD-PARTY.txt"
"""Beside the program; a single program has it within."""
SUMS = "SHA256SUMS"
_NSIS_ON_WINDOWS = r"C:\Program Files (x86)\NSIS"
"""Where its installer puts it, without adding it to the path."""
_LIMIT_S = 900.0


class BuildFailed(Exception):
    """A step failed; the text says which, and what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--onefile", action="store_true", help="also the single program that unpacks itself")
    parser.add_argument("--installer", action="store_true", help="also the Windows installer")
    parser.add_argument("--archive", action="store_true", help="also the folder as a .tar.gz (Linux) or .zip (Windows)")
    parser.add_argument("--checksums", action="store_true", help=f"also {SUMS} over the files to be released")
    parser.add_argument("--dist", type=Path, default=ROOT / "dist", help="where it all goes (default: dist)")
    parser.add_argument("--wine", type=Path, metavar="PYTHON.EXE", help="on Linux: the Windows Python to build with")
    chosen = parser.parse_args(argv)
    try:
        build(chosen)
    except BuildFailed as failed:
        sys.stderr.write(f"{failed}\n")
        return 1
    return 0


def build(chosen: argparse.Namespace) -> None:
    """
    Raises:
        BuildFailed: A step failed, or what is asked for cannot be built here.
    """
    for_windows = chosen.wine is not None or sys.platform == "win32"
    if chosen.installer and not for_windows:
        raise BuildFailed("--installer makes a Windows installer: on Linux add --wine python.exe")
    dist = chosen.dist.resolve()
    dist.mkdir(parents=True, exist_ok=True)
    version = read_version(ROOT / "app")
    freeze(dist, chosen.wine, one_file=chosen.onefile)
    folder = dist / "teamtactics"
    released: list[Path] = []
    if chosen.onefile:
        released.append(dist / ("teamtactics.exe" if for_windows else "teamtactics.run"))
    if chosen.installer:
        released.append(make_installer(folder, dist / f"teamtactics-{version}-setup.exe", version))
    if chosen.archive:
        released.append(archive(folder, dist / f"teamtactics-{version}", for_windows))
    if chosen.checksums:
        lines = [f"{digest(path)}  {path.relative_to(dist).as_posix()}" for path in released]
        (dist / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    say(f"{folder}: {size_of(folder) / 1e6:.1f} MB")
    for path in released:
        say(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


def freeze(dist: Path, windows_python: Path | None, *, one_file: bool) -> None:
    """Let PyInstaller make the program in *dist*; what was there is replaced."""
    python = [sys.executable] if windows_python is None else ["wine", str(windows_python)]
    environment = {**os.environ, "TEAMTACTICS_ONEFILE": "1" if one_file else "0", "PYTHONHASHSEED": "1"}
    with tempfile.TemporaryDirectory() as work:
        notices = Path(work) / THIRD_PARTY
        notices.write_text(run([*python, str(NOTICES)], environment), encoding="utf-8")
        environment["TEAMTACTICS_NOTICES"] = str(notices)
        options = ["--noconfirm", "--log-level", "WARN", "--distpath", str(dist), "--workpath", work]
        run([*python, "-m", "PyInstaller", *options, str(SPEC)], environment)
        shutil.copyfile(notices, dist / "teamtactics" / THIRD_PARTY)


def make_installer(folder: Path, setup: Path, version: str) -> Path:
    """Pack *folder* into *setup*."""
    makensis = shutil.which("makensis") or shutil.which("makensis", path=_NSIS_ON_WINDOWS)
    if makensis is None:
        raise BuildFailed("the installer needs NSIS: makensis is not on the path (Debian: nsis; choco install nsis)")
    facts = {
        # NSIS for Windows comes with the 32-bit form only, which installs on every Windows; Debian's has both.
        "TARGET": "x86-unicode" if sys.platform == "win32" else "amd64-unicode",
        "VERSION": version,
        "VERSION_NUMBERS": ".".join(str(number) for number in numbers(version)),
        "SOURCE": str(folder),
        "SETUP": str(setup),
        "SIZE_KB": str(size_of(folder) // 1024),
    }
    # As late as this: nothing else here needs Pillow.
    from pictures import write as write_pictures

    icon = ROOT / "assets" / "teamtactics.ico"
    if icon.is_file():
        facts["ICON"] = str(icon)
    with tempfile.TemporaryDirectory() as pictures:
        write_pictures(Path(pictures))
        defines = [f"-D{name}={value}" for name, value in {**facts, "PICTURES": pictures}.items()]
        run([makensis, "-V2", "-INPUTCHARSET", "UTF8", *defines, str(SCRIPT)])
    return setup


def archive(folder: Path, base: Path, for_windows: bool) -> Path:
    """Pack *folder* as people of that system expect it."""
    if for_windows:
        name = shutil.make_archive(f"{base}-windows", "zip", folder.parent, folder.name)
        return Path(name)
    path = base.with_name(f"{base.name}-linux-x86_64.tar.gz")
    with tarfile.open(path, "w:gz") as tar:
        tar.add(folder, folder.name)
    return path


def run(words: Sequence[str], environment: dict[str, str] | None = None) -> str:
    """
    Run a step to its end and return what it printed.

    Raises:
        BuildFailed: It failed; with the end of what it printed.
    """
    try:
        # Through a pipe: Windows' Python under Wine cannot write into a regular file.
        done = subprocess.run(
            words, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
            encoding="utf-8", errors="replace", timeout=_LIMIT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"{words[0]} did not run: {error}") from error
    if done.returncode != 0:
        raise BuildFailed(f"{' '.join(words)} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def size_of(folder: Path) -> int:
    """Return the bytes of all files in *folder*."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say(text: str) -> None:
    """Tell the developer."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
