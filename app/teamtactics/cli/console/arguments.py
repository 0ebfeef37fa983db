"""What may stand behind each command, and how its help says it."""

from __future__ import annotations

import argparse
from pathlib import Path

from teamtactics.cli.console.options import customer_number, lap, laps, moment, speed
from teamtactics.language import _


def add_run(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``run``."""
    parser.add_argument("--headless", action="store_true", help=_("without a tray icon, until SIGINT or SIGTERM"))


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``replay``."""
    parser.add_argument(
        "recording",
        metavar=_("recording"),
        type=Path,
        help=_("an .ibt file of the simulator, or a .tape of teamtactics"),
    )
    parser.add_argument(
        "--from",
        dest="begin",
        type=moment,
        metavar=_("TIME"),
        help=_("leave out what was before (UTC: 14:30, or 2026-11-26T14:30)"),
    )
    parser.add_argument("--to", dest="end", type=moment, metavar=_("TIME"), help=_("leave out what came later"))
    parser.add_argument(
        "--speed", type=speed, default=None, metavar="1|N|max", help=_("times real time (default: max)")
    )
    aside = parser.add_mutually_exclusive_group()
    aside.add_argument("--local", action="store_true", help=_("only try it: show its laps, keep and deliver nothing"))
    aside.add_argument(
        "--data", type=Path, metavar=_("FOLDER"), help=_("record into a store of its own there, deliver nothing")
    )
    parser.add_argument("--yes", action="store_true", help=_("write an old session into the team's collection unasked"))


def add_show(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``show``."""
    parser.add_argument(
        "session",
        metavar=_("session"),
        nargs="?",
        help=_("number, collection id or 'last'; without it: the list and the last"),
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help=_("for programs"))
    form.add_argument(
        "--csv", dest="form", action="store_const", const="csv", help=_("lap documents for a spreadsheet")
    )
    parser.add_argument(
        "--excel", action="store_true", help=_("--csv as Excel opens it: semicolons, decimal commas, byte order mark")
    )
    parser.add_argument(
        "--to", type=Path, metavar=_("FILE"), help=_("write it into this file, in the place of a former one")
    )
    parser.add_argument(
        "--data", type=Path, metavar=_("FOLDER"), help=_("of the record there: replay and demo keep one")
    )
    parser.set_defaults(form="table")


def add_team(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``team``."""
    parser.add_argument(
        "session",
        metavar=_("session"),
        nargs="?",
        help=_("number, collection id or 'last'; without it: the team's last one"),
    )


def add_follow(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``follow``."""
    parser.add_argument(
        "session",
        metavar=_("session"),
        nargs="?",
        help=_("its collection, as show prints it; without it: the newest one"),
    )
    parser.add_argument("--once", action="store_true", help=_("read what is there, and end"))


def add_reconcile(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``reconcile``."""
    parser.add_argument(
        "session", metavar=_("session"), nargs="?", help=_("number, collection id or 'last'; without it: the last one")
    )


def add_redo(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``redo``."""
    parser.add_argument(
        "session", metavar=_("session"), nargs="?", help=_("number, collection id or 'last'; without it: the last one")
    )
    parser.add_argument(
        "--write", action="store_true", help=_("correct what comes out differently, here and in the cloud")
    )


def add_deliver(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``deliver``."""
    parser.add_argument(
        "--parked", action="store_true", help=_("also what was refused for good: the cause may be gone")
    )


def add_check(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``check``."""
    parser.add_argument("--strict", action="store_true", help=_("end with 1 for a remark, too: no simulator runs"))


def add_report(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``report``."""
    parser.add_argument(
        "--session", metavar=_("SESSION"), help=_("number, collection id or 'last'; without it: the last one")
    )
    parser.add_argument(
        "--lap", type=lap, metavar="N", help=_("the tape around this lap (default: its last ten minutes)")
    )
    parser.add_argument("--to", type=Path, metavar=_("FOLDER"), help=_("write it into this folder"))


def add_configure(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``configure``."""
    parser.add_argument("--iracing-id", type=customer_number, metavar="N", help=_("your iRacing customer number"))
    given = parser.add_mutually_exclusive_group()
    given.add_argument(
        "--team", type=Path, metavar=_("FILE"), help=_("the admin's team.json, or a key file: key and topic in one")
    )
    given.add_argument(
        "--credentials", type=Path, metavar=_("FILE"), help=_("the service account's key file; copied beside the ini")
    )
    parser.add_argument("--topic", metavar=_("TOPIC"), help=_("Pub/Sub topic: its id, or projects/…/topics/…"))


def add_demo(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``demo``."""
    parser.add_argument("--laps", type=laps, default=12, metavar="N", help=_("laps of the race (default: 12)"))
    parser.add_argument(
        "--speed", type=speed, default=120.0, metavar="1|N|max", help=_("times real time (default: 120)")
    )
    parser.add_argument("--data", type=Path, metavar=_("FOLDER"), help=_("keep the recorded race in this folder"))


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Say what may stand behind ``schema``."""
    parser.add_argument("name", metavar=_("name"), nargs="?", help=_("which one; without it: their names"))
    parser.add_argument("--all", action="store_true", help=_("every one, in one object"))
