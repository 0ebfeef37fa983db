"""One race of a team as a script and its faults, and short ways to write one."""

from __future__ import annotations

from dataclasses import dataclass, field

from race_sim.faults import Faults
from race_sim.named_scripts import ADA, BEN, CLEO, FULL, STALL_BEFORE_LINE
from race_sim.timeline import SessionLine, timeline
from teamtactics.demo.actions import Action, Stop
from teamtactics.demo.script import Member, Script, Session, StartKind, Track

MEMBERS = (ADA, BEN, CLEO)


@dataclass(frozen=True, slots=True)
class TeamScript:
    """One race of a team: what happens on the track, and what goes wrong beside it."""

    script: Script
    faults: Faults = field(default_factory=Faults)


def race(*actions: Action, laps: int, track: Track = STALL_BEFORE_LINE, fuel_l: float = 60.0) -> Script:
    """Return a race of three from the grid, with laps of 20 s."""
    session = Session(laps=laps, actions=actions, start=StartKind.GRID, fuel_l=fuel_l)
    return Script(members=MEMBERS, sessions=(session,), track=track, lap_time_s=20.0)


def change(lap: int, to: Member) -> Stop:
    """Stop in *lap* with everything, and hand over."""
    return Stop(lap, FULL, next_driver=to.customer_id)


def line_of(script: Script) -> SessionLine:
    """Return when what happens in the only session of *script*."""
    (session,) = timeline(script)
    return session
