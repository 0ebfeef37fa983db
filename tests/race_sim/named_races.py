"""The races of a team that scenarios are made of, by name: a script and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from race_sim.faults import Faults, HeldStore, Kill, LineFault, Outage, Running, SimulatorRestart, SlowDisk
from race_sim.named_returns import RETURNS
from race_sim.named_scripts import ADA, BEN, CLEO, FULL, STALL_AFTER_LINE, STALL_BEFORE_LINE, script_named
from race_sim.team_script import MEMBERS, TeamScript, change, line_of, race
from teamtactics.demo.actions import Stop, Tow
from teamtactics.demo.script import Member, Track

TEN_MINUTES_S = 600.0


def race_named(name: str) -> TeamScript:
    """
    Return the race of that name.

    Raises:
        ValueError: There is no such race.
    """
    if name not in RACES:
        raise ValueError(f"no race {name!r}; there are {', '.join(RACES)}")
    made = RACES[name]()
    return replace(made, script=replace(made.script, name=name))


def _outgoing_offline(track: Track) -> TeamScript:
    """Ada's line is broken from ten seconds before her stop until ten minutes after it."""
    script = race(change(2, BEN), change(18, CLEO), laps=36, track=track, fuel_l=90.0)
    visit = line_of(script).visits[0]
    return TeamScript(
        script, Faults(outages=(Outage(ADA.customer_id, visit.from_s - 10.0, visit.until_s + TEN_MINUTES_S),))
    )


def _incoming_offline() -> TeamScript:
    """Ben's line is broken from before he gets in until two laps later: what Ada told him comes late."""
    script = race(change(2, BEN), change(7, ADA), laps=10)
    came = line_of(script).changes()[0][1].span.from_s
    return TeamScript(script, Faults(outages=(Outage(BEN.customer_id, came - 15.0, came + 45.0, LineFault.STALLED),)))


def _incoming_late(seconds: float) -> TeamScript:
    """Ben starts his client only *seconds* after he is in the car."""
    script = race(change(2, BEN), change(6, CLEO), laps=9)
    came = line_of(script).changes()[0][1].span.from_s
    others = (Running(ADA.customer_id), Running(CLEO.customer_id))
    return TeamScript(script, Faults(running=(*others, Running(BEN.customer_id, from_s=came + seconds))))


def _killed(lap: int, after_s: float, away_s: float, *, track: Track = STALL_BEFORE_LINE) -> TeamScript:
    """Who drives is killed *after_s* into *lap*, and runs again *away_s* later."""
    script = race(change(3, BEN), laps=7, track=track)
    line = line_of(script)
    at_s = line.lines[lap - 1] + after_s
    driver = line.driver_at(at_s)
    assert driver is not None, "somebody drives"
    return TeamScript(script, Faults(kills=(Kill(driver, at_s, away_s),)))


def _killed_in_stall(lap: int, laps: int) -> TeamScript:
    """Ada is killed while she stands in her stall, before she gets out."""
    script = race(change(lap, BEN), laps=laps)
    left_s = line_of(script).changes()[0][0].span.until_s
    return TeamScript(script, Faults(kills=(Kill(ADA.customer_id, left_s - 0.7, 60.0),)))


def _two_claimants() -> TeamScript:
    """In lap 3 a second client of Ada's begins, on another PC with the same picture and a store of its own."""
    script = race(change(6, BEN), laps=9)
    second = Running(ADA.customer_id, from_s=line_of(script).lines[2] + 6.0, name="ada-second-pc")
    return TeamScript(script, Faults(running=(*map(_running, MEMBERS), second)))


def _onlookers() -> TeamScript:
    """Somebody replays Ada's race on a second PC, and Cleo's ini names another member than sits there."""
    script = race(change(2, BEN), laps=5)
    replaying = Running(ADA.customer_id, name="replaying-pc", sim_mode="replay")
    wrong_id = Running(CLEO.customer_id, settings=(("iracingId", str(ADA.customer_id)),))
    return TeamScript(script, Faults(running=(_running(ADA), _running(BEN), wrong_id, replaying)))


def _without_client() -> TeamScript:
    """Ben drives five laps without a client."""
    script = race(change(2, BEN), change(7, CLEO), laps=11)
    return TeamScript(script, Faults(running=(_running(ADA), _running(CLEO))))


def _offline_laps() -> TeamScript:
    """Ben's client is offline for more than five laps, which are filled in; it comes back with the backlog."""
    script = race(change(2, BEN), change(10, CLEO), laps=13, fuel_l=80.0)
    line = line_of(script)
    return TeamScript(script, Faults(outages=(Outage(BEN.customer_id, line.lines[2] + 8.0, line.lines[8] + 2.0),)))


def _backlog_after_kill() -> TeamScript:
    """Ben is offline and is killed there; his PC comes back with its backlog when Cleo drives already."""
    script = race(change(2, BEN), change(7, CLEO), laps=13, fuel_l=80.0)
    line = line_of(script)
    from_s, back_s = line.lines[4] + 3.0, line.lines[9] + 3.0
    return TeamScript(
        script,
        Faults(
            outages=(Outage(BEN.customer_id, from_s, back_s),),
            kills=(Kill(BEN.customer_id, line.lines[9], 2.0),),
        ),
    )


def _simulator_restarted(*, is_orderly: bool) -> TeamScript:
    """Ada's simulator goes away in lap 3, for eight seconds; her car is towed, and she gets in again."""
    script = race(Tow(3, 0.5, 20.0, FULL, away_s=12.0, is_crash=True), change(5, BEN), laps=8)
    ((_, at_s),) = line_of(script).crashes
    return TeamScript(script, Faults(restarts=(SimulatorRestart(ADA.customer_id, at_s, 8.0, is_orderly=is_orderly),)))


def _simulator_restarted_in_stall() -> TeamScript:
    """Ada leaves her car in the stall, starts her simulator anew, and gets in again."""
    again = Stop(3, FULL, next_driver=ADA.customer_id, away_s=20.0)
    script = race(again, laps=6)
    left_s = line_of(script).seats[0].span.until_s
    return TeamScript(script, Faults(restarts=(SimulatorRestart(ADA.customer_id, left_s + 3.0, 12.0),)))


def _slow_disks(fsync_ms: int, *members: Member) -> TeamScript:
    """The disks of *members* are asleep, or behind a virus scanner."""
    disks = tuple(SlowDisk(member.customer_id, fsync_ms) for member in members)
    return TeamScript(race(change(2, BEN), change(5, ADA), laps=8), Faults(slow_disks=disks))


def _held_store(member: Member, lap: int) -> TeamScript:
    """A backup holds a member's store from *lap* on for half a minute."""
    script = race(change(2, BEN), change(5, ADA), laps=8)
    at_s = line_of(script).lines[lap - 1] + 4.0
    return TeamScript(script, Faults(held_stores=(HeldStore(member.customer_id, at_s, 30.0),)))


def _running(member: Member) -> Running:
    return Running(member.customer_id)


def _plain(name: str) -> Callable[[], TeamScript]:
    return lambda: TeamScript(script_named(name))


RACES: dict[str, Callable[[], TeamScript]] = {
    "three drivers, four changes, stall before the line": _plain("changes-before-line"),
    "three drivers, four changes, stall after the line": _plain("changes-after-line"),
    "change without refuelling": _plain("change-without-fuel"),
    "double stint": _plain("double-stint"),
    "drive-through": _plain("drive-through"),
    "tow with driver change": _plain("tow-with-change"),
    "tow after a stop": _plain("tow-after-stop"),
    "midnight": _plain("midnight"),
    "time of day at four times": _plain("fast-day"),
    "two sessions": _plain("sessions"),
    "alone": _plain("solo"),
    "outgoing client offline, stall before the line": lambda: _outgoing_offline(STALL_BEFORE_LINE),
    "outgoing client offline, stall after the line": lambda: _outgoing_offline(STALL_AFTER_LINE),
    "incoming client offline": _incoming_offline,
    "incoming client started in the stall": lambda: _incoming_late(2.0),
    "incoming client started on the track": lambda: _incoming_late(40.0),
    "killed in mid-lap": lambda: _killed(2, 8.0, 4.0),
    "killed over the line": lambda: _killed(2, 17.0, 8.0),
    "killed over a stop": lambda: _killed(3, 10.0, 25.0),
    "killed in the stall": lambda: _killed_in_stall(3, 7),
    "short": lambda: TeamScript(race(change(1, BEN), laps=2)),
    "short, killed in the stall": lambda: _killed_in_stall(1, 2),
    "two claimants": _two_claimants,
    "onlookers": _onlookers,
    "driver without a client": _without_client,
    "laps of an offline driver": _offline_laps,
    "backlog after a kill": _backlog_after_kill,
    "simulator restarted in mid-race": lambda: _simulator_restarted(is_orderly=True),
    "simulator crashed in mid-race": lambda: _simulator_restarted(is_orderly=False),
    "simulator restarted in the stall": _simulator_restarted_in_stall,
    "slow disk of one driver": lambda: _slow_disks(400, ADA),
    "very slow disks of all": lambda: _slow_disks(900, ADA, BEN, CLEO),
    "store of the driver held": lambda: _held_store(ADA, 2),
    "store of a follower held": lambda: _held_store(CLEO, 2),
    **RETURNS,
}
