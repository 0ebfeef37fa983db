"""The built program: made by ``installer/build.py`` under Wine, once for each state of the sources."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from windows.toolchain import (
    CACHE,
    ROOT,
    Toolchain,
    command,
    copy_prefix,
    end_server,
    prepared,
    require,
    wine_environment,
)

_SOURCES = ("app", "installer", "assets/teamtactics.ico", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Build:
    """
    Attributes:
        folder: One folder with ``teamtactics.exe`` and ``teamtactics-cli.exe``.

        one_file: The single ``teamtactics.exe``.

        setup: The installer.
    """

    folder: Path
    one_file: Path
    setup: Path


def built(toolchain: Toolchain) -> Build:
    """
    Return the build of the present sources; make it if it is not there yet.

    Raises:
        WindowsAbsent: makensis is missing, or the build failed.
    """
    require({"makensis": "nsis"})
    ready = CACHE / f"build-{_fingerprint(toolchain)}"
    if not ready.is_dir():
        # The newest one stays: another run may be using it.
        for outdated in sorted(CACHE.glob("build-????????????"), key=lambda path: path.stat().st_mtime)[:-1]:
            shutil.rmtree(outdated)
        with prepared(ready) as draft, tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            prefix = Path(scratch) / "prefix"
            copy_prefix(toolchain.prefix, prefix)
            environment = wine_environment(prefix)
            build = [sys.executable, ROOT / "installer" / "build.py", "--wine", toolchain.python, "--dist", draft]
            try:
                command([*build, "--onefile", "--installer", "--checksums"], environment)
            finally:
                end_server(environment)
    (setup,) = ready.glob("teamtactics-*-setup.exe")
    return Build(ready / "teamtactics", ready / "teamtactics.exe", setup)


def _fingerprint(toolchain: Toolchain) -> str:
    digest = hashlib.sha256(str(toolchain.prefix.parent.name).encode())
    for name in _SOURCES:
        path = ROOT / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    from windows.toolchain import prepare

    print(built(prepare(print)))
