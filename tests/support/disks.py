"""Disks that are in the way: one that is slow, and a file that somebody holds."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_fsync.c")
CACHE = Path(__file__).parents[2] / ".cache"


class CompilerAbsent(Exception):
    """This machine cannot build the library that makes the disk slow."""


@cache
def _library() -> Path:
    CACHE.mkdir(exist_ok=True)
    library = CACHE / "slow_fsync.so"
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise CompilerAbsent(f"no C compiler builds {SOURCE.name}: {error}") from error
    return library


def slow_disk(fsync_ms: float) -> Mapping[str, str]:
    """Return the environment of a process whose every fsync takes *fsync_ms* longer."""
    return {"LD_PRELOAD": str(_library()), "TEAMTACTICS_FSYNC_US": str(round(fsync_ms * 1000.0))}


class Holder:
    """Another program that holds the file: a backup, a database viewer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def take(self) -> None:
        """Hold the file as soon as whoever is writing it just now lets go."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=30.0, check_same_thread=False)
        self._connection.execute("BEGIN EXCLUSIVE")

    def release(self) -> None:
        """Let go; harmless when it is not held."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@contextmanager
def held(path: Path) -> Iterator[Holder]:
    """Hold the file at *path* in the block."""
    holder = Holder(path)
    holder.take()
    try:
        yield holder
    finally:
        holder.release()
