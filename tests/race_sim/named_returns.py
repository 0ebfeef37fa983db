"""Races in which somebody brings what he saw only later, or never: the promise that the record converges, by name."""

from __future__ import annotations

from collections.abc import Callable

from race_sim.faults import Faults, KeptAway, Kill, LineFault, Outage, Running
from race_sim.named_scripts import ADA, BEN, CLEO, FULL
from race_sim.relay_stop import Relay
from race_sim.team_script import MEMBERS, TeamScript, change, line_of, race
from teamtactics.demo.actions import Stop
from teamtactics.demo.script import Member, Script


def _handed_over_two_stints_ago() -> TeamScript:
    """Ada hands over offline; her line is mended when two more have handed over."""
    script = race(change(2, BEN), change(5, CLEO), change(8, BEN), laps=12, fuel_l=80.0)
    first, _, third = line_of(script).visits
    return TeamScript(script, Faults(outages=(Outage(ADA.customer_id, first.from_s - 10.0, third.until_s + 10.0),)))


def _both_offline() -> TeamScript:
    """Ada hands over to Ben, both offline; Ben is back three laps later, Ada two after him."""
    script = race(change(2, BEN), change(9, CLEO), laps=12, fuel_l=80.0)
    line = line_of(script)
    from_s = line.visits[0].from_s - 10.0
    outages = (
        Outage(ADA.customer_id, from_s, line.lines[7] + 5.0, LineFault.STALLED),
        Outage(BEN.customer_id, from_s, line.lines[5] + 5.0),
    )
    return TeamScript(script, Faults(outages=outages))


def _three_parts(*, is_second_offline: bool) -> TeamScript:
    """Ada stops in lap 3, Ben gets in and out again, Cleo leaves; Ben may come online only after the race."""
    relay = Relay(3, FULL, BEN.customer_id, third_driver=CLEO.customer_id)
    script = race(relay, change(6, ADA), laps=9)
    outage = Outage(BEN.customer_id, line_of(script).visits[0].from_s - 10.0)
    return TeamScript(script, Faults(outages=(outage,) if is_second_offline else ()))


def _one_stop() -> tuple[Script, Kill]:
    """Ada drives all of it and stops once; her client is killed from before the pit entry until after the exit."""
    script = race(Stop(3, FULL), laps=8)
    visit = line_of(script).visits[0]
    from_s = visit.from_s - 3.0
    return script, Kill(ADA.customer_id, from_s, visit.until_s + 4.0 - from_s)


def _stop_seen_by_watchers() -> TeamScript:
    script, kill = _one_stop()
    return TeamScript(script, Faults(kills=(kill,)))


def _stop_seen_by_nobody() -> TeamScript:
    """Ben starts his client half a minute after the stop, Cleo never."""
    script, kill = _one_stop()
    late = Running(BEN.customer_id, from_s=line_of(script).visits[0].until_s + 30.0)
    return TeamScript(script, Faults(running=(Running(ADA.customer_id), late), kills=(kill,)))


def _witness_after_the_race() -> TeamScript:
    """Only Ben saw the stop; he is offline by then, his PC dies, and is on again after the race, without simulator."""
    script, kill = _one_stop()
    line = line_of(script)
    return TeamScript(
        script,
        Faults(
            running=(Running(ADA.customer_id), Running(BEN.customer_id)),
            outages=(Outage(BEN.customer_id, line.visits[0].from_s - 15.0),),
            kills=(kill, Kill(BEN.customer_id, line.lines[6] + 5.0)),
            simulators_end_first=True,
        ),
    )


def _witness_never_back() -> TeamScript:
    """Only Ben saw the stop, and his PC is never online again."""
    script, kill = _one_stop()
    away = KeptAway(BEN.customer_id, line_of(script).visits[0].from_s - 15.0)
    return TeamScript(
        script,
        Faults(
            running=(Running(ADA.customer_id), Running(BEN.customer_id)),
            kills=(kill,),
            kept_away=(away,),
        ),
    )


def _two_pcs() -> TeamScript:
    """Ada has two PCs with the same picture; one of them is killed across her stop."""
    script, kill = _one_stop()
    second = Running(ADA.customer_id, name="ada-second-pc")
    return TeamScript(script, Faults(running=(*map(_running, MEMBERS), second), kills=(kill,)))


def _older_client(*, is_first_offline: bool) -> TeamScript:
    """Ben's client is an older one; Ada may be offline when she hands over to him."""
    script = race(change(2, BEN), change(6, CLEO), change(9, ADA), laps=12, fuel_l=80.0)
    line = line_of(script)
    outage = Outage(ADA.customer_id, line.visits[0].from_s - 10.0, line.lines[4] + 5.0)
    older = Running(BEN.customer_id, is_older=True)
    return TeamScript(
        script,
        Faults(
            running=(_running(ADA), older, _running(CLEO)),
            outages=(outage,) if is_first_offline else (),
        ),
    )


def _running(member: Member) -> Running:
    return Running(member.customer_id)


RETURNS: dict[str, Callable[[], TeamScript]] = {
    "handed over offline, two stints ago": _handed_over_two_stints_ago,
    "handed over with both offline": _both_offline,
    "three parts in one lap": lambda: _three_parts(is_second_offline=False),
    "three parts in one lap, the second told after the race": lambda: _three_parts(is_second_offline=True),
    "killed across a stop that watchers saw": _stop_seen_by_watchers,
    "killed across a stop that nobody saw": _stop_seen_by_nobody,
    "only witness online after the race": _witness_after_the_race,
    "only witness never online again": _witness_never_back,
    "one lap told by two PCs": _two_pcs,
    "older client among them": lambda: _older_client(is_first_offline=False),
    "older client, told late": lambda: _older_client(is_first_offline=True),
}
