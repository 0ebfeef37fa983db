"""Whether the folders on this PC can be used: laps and tapes."""

from __future__ import annotations

import errno
import shutil
import tempfile
from pathlib import Path

from teamtactics.language import Said
from teamtactics.reports.checking.result import CheckResult
from teamtactics.settings.settings import Settings
from teamtactics.telemetry.tape.folder import TAPES, TapeFolder

FREE_SPACE_MIN_BYTES = 100_000_000
"""Chosen: room for the outbox and a full set of logfiles (30 MB), with a reserve."""


def data_folder(folder: Path) -> CheckResult:
    """Write and remove a small file; the folder is made, as ``run`` would make it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"teamtactics check")
            file.flush()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        if error.errno != errno.ENOSPC:
            text = Said(
                "{folder} cannot be written ({why}); check the rights, or name another as dataDir",
                folder=folder,
                why=error.strerror,
            )
            return CheckResult("data folder", False, text)
        free = 0
    if free < FREE_SPACE_MIN_BYTES:
        text = Said(
            "only {free:.0f} MB are free where {folder} lies; make room, or name another as dataDir",
            free=free / 1e6,
            folder=folder,
        )
        return CheckResult("data folder", False, text)
    return CheckResult("data folder", True, Said("{folder}, {free:.1f} GB free", folder=folder, free=free / 1e9))


def tape(settings: Settings) -> CheckResult:
    """Say how much the tapes hold, also while none is made."""
    folder = settings.data_dir / TAPES
    try:
        next(folder.iterdir(), None)  # a glob keeps silent about a folder that cannot be read
        if settings.tape:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"teamtactics check")
                file.flush()
        held = _held(TapeFolder(folder))
    except FileNotFoundError:
        held = Said("nothing yet")
    except OSError as error:
        text = Said(
            "{folder} cannot be read and written ({why}); check the rights. Laps are recorded without it",
            folder=folder,
            why=error.strerror,
        )
        return CheckResult("tape", False, text)
    if not settings.tape:
        return CheckResult("tape", None, Said("off, what is driven cannot be played again; {held}", held=held))
    return CheckResult("tape", True, held)


def _held(folder: TapeFolder) -> Said:
    tapes = folder.tapes()
    if not tapes:
        return Said("nothing yet")
    oldest = tapes[-1].name
    since = f"{oldest[:4]}-{oldest[4:6]}-{oldest[6:8]}"
    size = folder.size() / 1e6
    if len(tapes) == 1:
        return Said("1 session, {size:.0f} MB, since {since}", size=size, since=since)
    return Said("{count} sessions, {size:.0f} MB, since {since}", count=len(tapes), size=size, since=since)
