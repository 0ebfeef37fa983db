"""Which language is spoken before the settings are read, and argparse's own words in it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from teamtactics.cli.console.voice import path
from teamtactics.errors import ConfigError
from teamtactics.language import SYSTEM, _, later, n_, use
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.ini import decode_ini, parse_ini
from teamtactics.settings.ini_file import find_ini, read_ini
from teamtactics.settings.places import ini_candidates, is_file
from teamtactics.settings.values import read_language

OF_ARGPARSE = (
    later("usage: "),
    later("positional arguments"),
    later("options"),
    later("show this help message and exit"),
    later("argument %(argument_name)s: %(message)s"),
    later("unrecognized arguments: %s"),
    later("ambiguous option: %(option)s could match %(matches)s"),
    later("invalid choice: %(value)r (choose from %(choices)s)"),
    later("invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)"),
    later("invalid %(type)s value: %(value)r"),
    later("expected one argument"),
    later("expected at most one argument"),
    later("expected at least one argument"),
    n_("expected %s argument", "expected %s arguments", 1),
    later("the following arguments are required: %s"),
    later("one of the arguments %s is required"),
    later("not allowed with argument %s"),
    later("ignored explicit argument %r"),
    later("unexpected option string: %s"),
    later("unknown parser %(parser_name)r (choices: %(choices)s)"),
)
"""What it says to people, of all versions of Python that we run with."""

# It takes its words from gettext's own domain, which knows nothing of our settings.
argparse._ = _  # type: ignore[attr-defined]
argparse.ngettext = n_  # type: ignore[attr-defined]


def speak(words: Sequence[str]) -> None:
    """
    Speak the language that the ini names, or the system's where it names none or cannot be read.

    Help and complaints about the command line come before the settings are read; what is wrong in them is said then.

    Args:
        words: The command line, of which only ``--config`` counts.
    """
    use(_named(words) or SYSTEM)


def _named(words: Sequence[str]) -> str | None:
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--config", type=path)
    try:
        given: Path | None = parser.parse_known_args(words)[0].config
        ini = find_ini(given, ini_candidates(program_dir(), os.environ, sys.platform))
        if ini is None or not is_file(ini):
            return None
        entry = parse_ini(decode_ini(read_ini(ini)), ini.name).entries.get("language")
        return None if entry is None else read_language(entry.value)
    except (argparse.ArgumentError, ConfigError, ValueError):
        return None
