"""What is said of a store's file that was damaged, or cannot be used; people read it in their language."""

from __future__ import annotations

from pathlib import Path

from teamtactics.language import Said

DELETED = Said("it was deleted")
CUT = Said("it was cut to nothing")
REPLACED = Said("another file stands in its place")
REFILLED = Said("another content stands in it")


def closed(path: Path) -> Said:
    """Say that nobody may use it any more."""
    return Said("{path}: the outbox is closed", path=path)


def unreachable(path: Path, error: OSError) -> Said:
    """Say that its drive is away."""
    return Said("{path} cannot be reached ({error}); check the drive", path=path, error=error)


def without_folder(folder: Path, error: OSError) -> Said:
    """Say that there is no place for it."""
    return Said("{where}: the data folder cannot be made ({error}); check dataDir", where=folder, error=error)


def unreadable(path: Path, problem: str) -> Said:
    """Say that not even a new one can be read."""
    return Said("{path}: a new file is unreadable at once ({problem}); check the drive", path=path, problem=problem)


def set_aside_later(path: Path, problem: str) -> Said:
    """Say of a damaged one that who only looks leaves it where it is."""
    return Said(
        "{path} is damaged ({problem}); it is set aside when teamtactics records next", path=path, problem=problem
    )


def set_aside(path: Path, problem: str, kept: object) -> Said:
    """Say of a damaged one where it is now."""
    return Said("{path} was damaged ({problem}); it is kept as {kept}", path=path, problem=problem, kept=kept)


def emptied(path: Path) -> Said:
    """Say that what it held is not there any more."""
    return Said("The local store {name} was empty or gone; what waited in it is lost to this PC.", name=path.name)


def begun_anew(problem: str, moved_to: Path, saved: str) -> Said:
    """Say what has become of a damaged one, and what was saved of it."""
    kept = Said("is kept as {name}", name=moved_to.name) if moved_to.exists() else Said("is gone")
    return Said("The local store was damaged ({problem}) and {kept}: {saved}.", problem=problem, kept=kept, saved=saved)
