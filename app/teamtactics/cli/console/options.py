"""What stands behind the options of the command line, read and bounded; what is wrong is said with what is allowed."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from teamtactics.errors import OptionRefused, said_by
from teamtactics.language import Said, _, local
from teamtactics.settings.places import is_dir, is_there
from teamtactics.settings.values import read_customer_id

SLOWEST, FASTEST = 0.01, 10_000.0
"""Times real time; what is faster than the second is read as fast as it can be in any case."""
_SHOWN = 40
"""So much of what somebody has typed is repeated to him."""


def speed(text: str) -> float | None:
    """
    Read a speed: ``SLOWEST`` to ``FASTEST`` times real time, or ``max`` (None) for as fast as it goes.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    if text.strip().lower() == "max":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not SLOWEST <= value <= FASTEST:
        raise argparse.ArgumentTypeError(
            _("{text} is no speed: give a number from {least:g} to {most:.0f} (1 is real time), or max").format(
                text=_shown(text), least=SLOWEST, most=FASTEST
            )
        )
    return value


def laps(text: str) -> int:
    """
    Read how many laps the demo's race has.

    Raises:
        argparse.ArgumentTypeError: It is no number, or the race cannot have so many.
    """
    from teamtactics.demo.play import MAX_LAPS, MIN_LAPS  # the script is not needed before

    return whole(text, MIN_LAPS, MAX_LAPS, _("number of laps"))


def lap(text: str) -> int:
    """
    Read the number of a lap, 0 to 99,999.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    return whole(text, 0, 99_999, _("lap"))


def whole(text: str, least: int, most: int, what: str) -> int:
    """
    Read a whole number from *least* to *most*.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    digits = text.strip()
    # Counted first: Python refuses to read a number of thousands of digits.
    if len(digits) <= len(str(most)) and digits.isascii() and digits.isdigit() and least <= int(digits) <= most:
        return int(digits)
    said = _("{text} is no {what}: give a whole number from {least} to {most}")
    raise argparse.ArgumentTypeError(said.format(text=_shown(text), what=what, least=least, most=most))


def moment(text: str) -> object:
    """
    Read a moment of a recording.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    from teamtactics.service.past.excerpt import Clock  # as every command: not before it is needed

    try:
        return Clock.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(local(said_by(error))) from None


def customer_number(text: str) -> int:
    """
    Read an iRacing customer number, by the ini's own rule.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    try:
        return read_customer_id(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{_shown(text)} {local(said_by(error))}") from None


def own_folder(option: str, folder: Path) -> Path:
    """
    Make *folder*, which *option* names, if it is not there yet, and return it.

    Raises:
        OptionRefused: It is a file, or there can be no such folder.
    """
    if not is_dir(folder) and is_there(folder):
        raise OptionRefused(
            Said("{option} {folder} is a file: name a folder, it need not exist yet", option=option, folder=folder)
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        said = Said(
            "{option} {folder} can be no folder ({why}): name another one", option=option, folder=folder, why=why
        )
        raise OptionRefused(said) from error
    return folder


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
