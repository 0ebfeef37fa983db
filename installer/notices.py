"""
The notices of all software of others that goes into the program: its licences, word by word.

    python installer/notices.py    # prints THIRD-PARTY.txt, for the Python that it runs in

``build.py`` runs it in the Python that the program is made of and puts what it prints beside the program. What is in it
follows from ``pyproject.toml`` and from what is installed: the dependencies with all that they need, PyInstaller's part
of the program, and Python itself.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NAME = "THIRD-PARTY.txt"
BUILT_IN = ("pyinstaller", "pyinstaller-hooks-contrib")
"""Parts of them are in each program that they make; what they need themselves is not."""

_LICENCE = re.compile(r"(licen[cs]e|copying|notice|copyright|authors)", re.IGNORECASE)
_NO_TEXT = (".py", ".pyc", ".so", ".pyd", ".dll")
_RULE = "=" * 100

Find = Callable[[str], Distribution]


class LicenceMissing(Exception):
    """Something goes into the program whose licence is not there; the text says what."""


def main() -> int:
    """Print the notices as UTF-8; return 1, with the reason, when a licence is missing."""
    try:
        text = notices(dependencies(ROOT / "pyproject.toml"))
    except LicenceMissing as why:
        sys.stderr.write(f"{why}\n")
        return 1
    # Not as text: Windows would make two line ends of one, in an encoding of its own.
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0


def dependencies(pyproject: Path) -> list[str]:
    """Return what the project needs to run, by its own *pyproject*."""
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return [str(each) for each in project["dependencies"]]


def notices(needed: Iterable[str], python: Path | None = None, find: Find = distribution) -> str:
    """
    Write the notices of *needed*, of all that it needs, and of Python.

    Args:
        needed: Requirements as in ``pyproject.toml``.

        python: The file with Python's licence; None looks for it where this Python has it.

    Raises:
        LicenceMissing: Something has no licence with it, or is not installed.
    """
    texts: dict[str, list[str]] = {}
    missing: list[str] = []
    named: list[str] = []
    for found in (*closure(needed, find), *(_installed(name, find) for name in BUILT_IN)):
        title = f"{found.metadata['Name']} {found.version}"
        licences = list(_licences(found))
        if not licences:
            missing.append(title)
        named.append(f"{title}: {_short(found)}")
        for licence in licences:
            texts.setdefault(licence, []).append(title)
    of_python = f"Python {sys.version.split()[0]}"
    where = python if python is not None else _python_licence()
    if where is None or not where.is_file():
        missing.append(of_python)
    else:
        named.append(f"{of_python}: PSF-2.0, and the licences of what is in it")
        texts.setdefault(_tidy(where.read_text(encoding="utf-8", errors="replace")), []).append(of_python)
    if missing:
        raise LicenceMissing(f"no licence is installed with: {', '.join(missing)}; the program must not go without")
    head = ["teamtactics contains software of others, under their licences:", "", *sorted(named, key=str.casefold)]
    bodies = (
        f"{_RULE}\n{', '.join(sorted(set(names), key=str.casefold))}\n{_RULE}\n\n{text}"
        for text, names in texts.items()
    )
    return "\n".join(head) + "\n\n" + "\n\n".join(bodies) + "\n"


def closure(needed: Iterable[str], find: Find = distribution) -> list[Distribution]:
    """
    Return what is installed of *needed* and of all that it needs, in order of names.

    Raises:
        LicenceMissing: One of them is not installed.
    """
    found: dict[str, Distribution] = {}
    asked: set[tuple[str, str]] = set()
    left = [(Requirement(text), "") for text in needed]
    while left:
        requirement, extra = left.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found[name] = found.get(name) or _installed(requirement.name, find)
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in asked:
                asked.add((name, wanted))
                left += [(Requirement(text), wanted) for text in found[name].requires or ()]
    return [found[name] for name in sorted(found)]


def _installed(name: str, find: Find) -> Distribution:
    try:
        return find(name)
    except PackageNotFoundError:
        raise LicenceMissing(f"{name} is needed and not installed") from None


def _licences(found: Distribution) -> Iterator[str]:
    """Return the licences that came with it: the files of its ``.dist-info`` that are named so."""
    for file in found.files or ():
        is_own = ".dist-info" in file.parts[0]
        if is_own and _LICENCE.match(file.name) and file.suffix not in _NO_TEXT:
            path = Path(str(found.locate_file(file)))
            if path.is_file() and (text := _tidy(path.read_text(encoding="utf-8", errors="replace"))):
                yield text


def _short(found: Distribution) -> str:
    """Return in a word under which licence it is, as its own metadata say."""
    given = found.metadata.get_all
    said: str = (given("License-Expression") or given("License") or [""])[0].strip().split("\n")[0]
    kinds = [
        line.rpartition("::")[2].strip() for line in found.metadata.get_all("Classifier") or () if "License ::" in line
    ]
    return said if 0 < len(said) <= 60 else ", ".join(kinds) or "see below"


def _python_licence() -> Path | None:
    names = (Path(sys.base_prefix) / "LICENSE.txt", Path(sysconfig.get_path("stdlib")) / "LICENSE.txt")
    debian = Path("/usr/share/doc") / f"python{sys.version_info.major}.{sys.version_info.minor}" / "copyright"
    return next((path for path in (*names, debian) if path.is_file()), None)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.lstrip("\ufeff").splitlines()).strip("\n")


if __name__ == "__main__":
    raise SystemExit(main())
