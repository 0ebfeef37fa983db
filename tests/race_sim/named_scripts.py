"""The scripts that scenarios are made of, by name; a command line can name them, demo and random races too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from race_sim.random_scripts import random_script
from teamtactics.demo.actions import ALL_TYRES, Action, DriveThrough, LeaveCar, Reset, Service, Stop, Tow, Untimed
from teamtactics.demo.play import default_script
from teamtactics.demo.script import Member, Script, Session, StartKind, Track

ADA, BEN, CLEO = Member(410_001, "Ada Falk"), Member(410_002, "Ben Ruiz"), Member(410_003, "Cleo Dör")
STALL_BEFORE_LINE = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=900.0, pit_exit_m=150.0, name="ring before")
STALL_AFTER_LINE = Track(length_m=1_000.0, pit_entry_m=800.0, stall_m=60.0, pit_exit_m=200.0, name="ring after")
LEFT_FRONT = 1
SHORT = Track(length_m=600.0, pit_entry_m=480.0, stall_m=540.0, pit_exit_m=60.0, name="short ring")
FULL = Service(fuel_l=25.0, tyres=ALL_TYRES)


def script_named(name: str) -> Script:
    """
    Return the script of that name: ``demo[:laps]``, ``random:seed[:laps[:members]]``, or one of ``NAMED``.

    Raises:
        ValueError: There is no such script.
    """
    kind, _, rest = name.partition(":")
    if kind == "demo":
        return default_script(int(rest or 12))
    if kind == "random":
        seed, laps, members = ([int(text) for text in rest.split(":") if text] + [0, 20, 3][rest.count(":") + 1 :])[:3]
        return random_script(seed, laps, members)
    if kind in NAMED and not rest:
        return replace(NAMED[kind](), name=kind)
    raise ValueError(f"no script {name!r}; there are demo[:laps], random:seed[:laps[:members]], {', '.join(NAMED)}")


def _team(*actions: Action, laps: int, track: Track = STALL_BEFORE_LINE, **session: object) -> Script:
    race = Session(laps=laps, actions=actions, start=StartKind.GRID, fuel_l=50.0)
    return Script(
        members=(ADA, BEN, CLEO),
        sessions=(replace(race, **session),),  # type: ignore[arg-type]  # the fields of Session
        track=track,
        lap_time_s=20.0,
    )


def _change_each(lap_and_driver: tuple[tuple[int, Member], ...], service: Service, laps: int, track: Track) -> Script:
    stops = (Stop(lap, service, next_driver=driver.customer_id) for lap, driver in lap_and_driver)
    return _team(*stops, laps=laps, track=track)


def _sessions() -> Script:
    practice = Session(
        type="Practice",
        start=StartKind.PITS,
        laps=4,
        fuel_l=30.0,
        actions=(Reset(2, 0.5, fuel_l=32.0), LeaveCar(4, 0.5, next_driver=BEN.customer_id)),
        time_limit_s=1_800.0,
    )
    race = Session(laps=4, start=StartKind.ROLLING, fuel_l=40.0, actions=(Stop(2, FULL, CLEO.customer_id),))
    return replace(_team(laps=4), sessions=(practice, race))


def _solo() -> Script:
    race = Session(laps=5, start=StartKind.PITS, fuel_l=30.0, actions=(Stop(2, FULL), Untimed(4)))
    return Script(members=(ADA,), sessions=(race,), track=STALL_BEFORE_LINE, lap_time_s=20.0, team_name=None)


def _sprint() -> Script:
    """As ``_solo`` in half the time: all that happens to one driver in an hour, for who has to wait for each tick."""
    service = Service(fuel_l=8.0, tyres=LEFT_FRONT)
    race = Session(laps=3, start=StartKind.PITS, fuel_l=30.0, actions=(Stop(2, service), Untimed(3)))
    return Script(members=(ADA,), sessions=(race,), track=SHORT, lap_time_s=12.0, team_name=None)


_FOUR_CHANGES = ((2, BEN), (4, CLEO), (6, ADA), (8, BEN))

NAMED: dict[str, Callable[[], Script]] = {
    "changes-before-line": lambda: _change_each(_FOUR_CHANGES, FULL, 10, STALL_BEFORE_LINE),
    "changes-after-line": lambda: _change_each(_FOUR_CHANGES, FULL, 10, STALL_AFTER_LINE),
    "change-without-fuel": lambda: _change_each(((2, BEN), (4, ADA)), Service(), 6, STALL_BEFORE_LINE),
    "double-stint": lambda: _team(Stop(2, FULL), Stop(4, FULL, BEN.customer_id), laps=6),
    "drive-through": lambda: _team(DriveThrough(2), DriveThrough(4), laps=5, track=STALL_AFTER_LINE),
    "tow-with-change": lambda: _team(Tow(3, 0.5, 15.0, FULL, BEN.customer_id), laps=5),
    "tow-after-stop": lambda: _team(Stop(1, FULL), Tow(2, 0.5, 15.0, Service(), BEN.customer_id), laps=4),
    "midnight": lambda: _team(Stop(2, FULL, BEN.customer_id), laps=5, time_of_day_s=86_350.0),
    "fast-day": lambda: _team(Stop(2, FULL, BEN.customer_id), laps=5, speedup=4),
    "sessions": _sessions,
    "solo": _solo,
    "sprint": _sprint,
}
