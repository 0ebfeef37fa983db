"""The doors: which command, with which options; every command is a function that returns an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from teamtactics import __version__
from teamtactics.cli.console.options import customer_number, lap, laps, moment, speed
from teamtactics.cli.console.voice import PROGRAM, Parser
from teamtactics.errors import OptionRefused

Command = Callable[[argparse.Namespace], int]


def command_of(words: Sequence[str]) -> Callable[[], int]:
    """
    Return what *words* ask for, ready to be run.

    Raises:
        SystemExit: They ask for help, or are wrong, which is said.
    """
    arguments = build_parser().parse_args(words)
    command: Command = arguments.command
    return lambda: command(arguments)


def build_parser() -> argparse.ArgumentParser:
    """Describe all commands."""
    parser = Parser(
        prog=PROGRAM,
        description="Records laps, fuel, stints and pit stops of an iRacing team for the team's cloud.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument("--config", type=Path, metavar="INI", help="use this teamtactics.ini")
    parser.set_defaults(command=_run, headless=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_run(_sub(commands, "run", _run, "collect and deliver behind an icon in the tray; the default"))
    _sub(commands, "quit", _quit, "end the teamtactics that runs in the tray, in order")
    _add_replay(
        _sub(commands, "replay", _replay, "record and deliver a recording (.ibt) or a tape as if it were driven now")
    )
    _add_show(_sub(commands, "show", _show, "print what is recorded: sessions, laps, stints, stops"))
    _add_team(_sub(commands, "team", _team, "print whose teamtactics is there, and what is wrong where"))
    _add_follow(_sub(commands, "follow", _follow, "read a team's session along, without a simulator"))
    _add_reconcile(_sub(commands, "reconcile", _reconcile, "hold the laps recorded against the simulator's results"))
    _add_redo(_sub(commands, "redo", _redo, "play a session's tapes through the rules of this version and compare"))
    _add_deliver(_sub(commands, "deliver", _deliver, "deliver what waits, without the tray"))
    _add_check(_sub(commands, "check", _check, "check configuration, credentials, cloud and simulator"))
    _add_report(_sub(commands, "report", _report, "write a file for the developers: what is wrong, without names"))
    _add_configure(_sub(commands, "configure", _configure, "write answers into teamtactics.ini, as the installer does"))
    schema = _sub(commands, "schema", _schema, "print the JSON Schemas of the documents and messages")
    schema.add_argument("name", nargs="?", help="which one; without it: their names")
    schema.add_argument("--all", action="store_true", help="every one, in one object")
    _sub(commands, "settings", _settings, "fill in and test the most important settings in a window")
    _add_demo(_sub(commands, "demo", _demo, "play a scripted team race through the real collector, without iRacing"))
    return parser


def _sub(
    commands: argparse._SubParsersAction[Parser], name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    # Accepted before and behind the command's name; SUPPRESS keeps the one given before it.
    sub.add_argument("--config", type=Path, metavar="INI", default=argparse.SUPPRESS, help="use this teamtactics.ini")
    sub.set_defaults(command=command)
    return sub


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="without a tray icon, until SIGINT or SIGTERM")


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", type=Path, help="an .ibt file of the simulator, or a .tape of teamtactics")
    when = "UTC: 14:30, or 2026-11-26T14:30"
    parser.add_argument("--from", dest="begin", type=moment, metavar="TIME", help=f"leave out what was before ({when})")
    parser.add_argument("--to", dest="end", type=moment, metavar="TIME", help="leave out what came later")
    parser.add_argument("--speed", type=speed, default=None, metavar="1|N|max", help="times real time (default: max)")
    parser.add_argument("--local", action="store_true", help="only try it: show its laps, keep and deliver nothing")
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="record into a store of its own there, deliver nothing"
    )
    parser.add_argument("--yes", action="store_true", help="write an old session into the team's collection unasked")


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="number, collection id or 'last'; without it: the list and the last")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", dest="form", action="store_const", const="json", help="for programs")
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="lap documents for a spreadsheet")
    parser.add_argument(
        "--excel", action="store_true", help="--csv as Excel opens it: semicolons, decimal commas, byte order mark"
    )
    parser.add_argument("--to", type=Path, metavar="FILE", help="write it into this file, in the place of a former one")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="of the record there: replay and demo keep one")
    parser.set_defaults(form="table")


def _add_team(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="number, collection id or 'last'; without it: the team's last one")


def _add_follow(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="its collection, as show prints it; without it: the newest one")
    parser.add_argument("--once", action="store_true", help="read what is there, and end")


def _add_reconcile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="number, collection id or 'last'; without it: the last one")


def _add_redo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", help="number, collection id or 'last'; without it: the last one")
    parser.add_argument(
        "--write", action="store_true", help="correct what comes out differently, here and in the cloud"
    )


def _add_deliver(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--parked", action="store_true", help="also what was refused for good: the cause may be gone")


def _add_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help="end with 1 for a remark, too: no simulator runs")


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--session", help="number, collection id or 'last'; without it: the last one")
    parser.add_argument("--lap", type=lap, metavar="N", help="the tape around this lap (default: its last ten minutes)")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="write it into this folder")


def _add_configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--iracing-id", type=customer_number, metavar="N", help="your iRacing customer number")
    given = parser.add_mutually_exclusive_group()
    given.add_argument(
        "--team", type=Path, metavar="FILE", help="the admin's team.json, or a key file: key and topic in one"
    )
    given.add_argument(
        "--credentials", type=Path, metavar="FILE", help="the service account's key file; copied beside the ini"
    )
    parser.add_argument("--topic", help="Pub/Sub topic: its id, or projects/…/topics/…")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--laps", type=laps, default=12, metavar="N", help="laps of the race (default: 12)")
    parser.add_argument("--speed", type=speed, default=120.0, metavar="1|N|max", help="times real time (default: 120)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep the recorded race in this folder")


# Each command is imported when it is used: `show` needs no Google library and `check` no recording.
def _run(arguments: argparse.Namespace) -> int:
    if arguments.headless:
        from teamtactics.service.headless import run_headless

        return run_headless(arguments.config)
    from teamtactics.service.tray_app import run_tray

    return run_tray(arguments.config)


def _quit(_arguments: argparse.Namespace) -> int:
    from teamtactics.service.tray_app import quit_tray

    return quit_tray()


def _replay(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.replay import Wish, replay

    into = Wish(arguments.local, arguments.data, arguments.yes)
    return replay(arguments.config, arguments.recording, arguments.speed, arguments.begin, arguments.end, into)


def _show(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.inspect import show_recorded

    if arguments.excel and arguments.form == "json":
        raise OptionRefused("--excel is a kind of --csv: it does not go together with --json")
    if arguments.excel:
        arguments.form = "excel"
    return show_recorded(arguments.config, arguments.session, arguments.form, arguments.to, arguments.data)


def _team(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.inspect import show_members

    return show_members(arguments.config, arguments.session)


def _follow(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.follow import follow

    return follow(arguments.config, arguments.session, once=arguments.once)


def _reconcile(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.inspect import reconcile

    return reconcile(arguments.config, arguments.session)


def _redo(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.redo import redo

    return redo(arguments.config, arguments.session, may_write=arguments.write)


def _deliver(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.deliver import deliver

    return deliver(arguments.config, parked=arguments.parked)


def _check(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.inspect import check_everything

    return check_everything(arguments.config, strict=arguments.strict)


def _report(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.report import report
    from teamtactics.reports.problem.report import Wish

    return report(arguments.config, Wish(arguments.session, arguments.lap, arguments.to))


def _configure(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.configure import configure

    return configure(arguments.config, arguments.iracing_id, arguments.team or arguments.credentials, arguments.topic)


def _settings(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.setup.window import settings_window

    return settings_window(arguments.config)


def _schema(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.schema import print_schemas

    return print_schemas(arguments.name, every=arguments.all)


def _demo(arguments: argparse.Namespace) -> int:
    from teamtactics.cli.demo import demo

    return demo(arguments.laps, arguments.speed, arguments.data, arguments.config)
