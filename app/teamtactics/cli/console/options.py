"""What stands behind the options of the command line, read and bounded; what is wrong is said with what is allowed."""

from __future__ import annotations

import argparse
import math

from teamtactics.settings.values import read_customer_id


def speed(text: str) -> float | None:
    """
    Read a speed: a number above 0, or ``max`` (None) for as fast as it goes.

    Raises:
        argparse.ArgumentTypeError: It is neither.
    """
    if text.strip().lower() == "max":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: give a number above 0 (1 is real time), or max")
    return value


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
        raise argparse.ArgumentTypeError(str(error)) from None


def customer_number(text: str) -> int:
    """
    Read an iRacing customer number, by the ini's own rule.

    Raises:
        argparse.ArgumentTypeError: It is none.
    """
    try:
        return read_customer_id(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} {error}") from None
