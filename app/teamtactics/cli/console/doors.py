"""The doors: which command, with which options; every command is a function that returns an exit code."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from teamtactics import __version__
from teamtactics.cli.console import arguments as behind
from teamtactics.cli.console.voice import PROGRAM, Parser
from teamtactics.errors import OptionRefused
from teamtactics.language import Said, _

Command = Callable[[argparse.Namespace], int]


def command_of(words: Sequence[str]) -> Callable[[], int]:
    """
    Return what *words* ask for, ready to be run.

    Raises:
        SystemExit: They ask for help, or are wrong, which is said.
    """
    wish = build_parser().parse_args(words)
    command: Command = wish.command
    return lambda: command(wish)


def build_parser() -> argparse.ArgumentParser:
    """Describe all commands."""
    parser = Parser(
        prog=PROGRAM,
        description=_("Records laps, fuel, stints and pit stops of an iRacing team for the team's cloud."),
    )
    shown = _("show program's version number and exit")
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}", help=shown)
    parser.add_argument("--config", type=Path, metavar="INI", help=_("use this teamtactics.ini"))
    parser.set_defaults(command=_run, headless=False)
    commands = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"))
    behind.add_run(_sub(commands, "run", _run, _("collect and deliver behind an icon in the tray; the default")))
    _sub(commands, "quit", _quit, _("end the teamtactics that runs in the tray, in order"))
    behind.add_replay(
        _sub(commands, "replay", _replay, _("record and deliver a recording (.ibt) or a tape as if it were driven now"))
    )
    behind.add_show(_sub(commands, "show", _show, _("print what is recorded: sessions, laps, stints, stops")))
    behind.add_team(_sub(commands, "team", _team, _("print whose teamtactics is there, and what is wrong where")))
    behind.add_follow(_sub(commands, "follow", _follow, _("read a team's session along, without a simulator")))
    behind.add_reconcile(
        _sub(commands, "reconcile", _reconcile, _("hold the laps recorded against the simulator's results"))
    )
    behind.add_redo(
        _sub(commands, "redo", _redo, _("play a session's tapes through the rules of this version and compare"))
    )
    behind.add_deliver(_sub(commands, "deliver", _deliver, _("deliver what waits, without the tray")))
    behind.add_check(_sub(commands, "check", _check, _("check configuration, credentials, cloud and simulator")))
    behind.add_report(
        _sub(commands, "report", _report, _("write a file for the developers: what is wrong, without names"))
    )
    behind.add_configure(
        _sub(commands, "configure", _configure, _("write answers into teamtactics.ini, as the installer does"))
    )
    behind.add_schema(_sub(commands, "schema", _schema, _("print the JSON Schemas of the documents and messages")))
    _sub(commands, "settings", _settings, _("fill in and test the most important settings in a window"))
    behind.add_demo(
        _sub(commands, "demo", _demo, _("play a scripted team race through the real collector, without iRacing"))
    )
    return parser


def _sub(
    commands: argparse._SubParsersAction[Parser], name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    # Accepted before and behind the command's name; SUPPRESS keeps the one given before it.
    sub.add_argument(
        "--config", type=Path, metavar="INI", default=argparse.SUPPRESS, help=_("use this teamtactics.ini")
    )
    sub.set_defaults(command=command)
    return sub


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
        raise OptionRefused(Said("--excel is a kind of --csv: it does not go together with --json"))
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
