"""What a team of six costs in Firestore, counted in front of the emulator, and how soon the waiting five know."""

from __future__ import annotations

from pathlib import Path

import pytest

from race_sim import truth
from race_sim.faults import Faults, Running
from race_sim.heard import number
from race_sim.named_scripts import ADA, BEN, CLEO, FULL, STALL_BEFORE_LINE
from race_sim.outcome import Outcome
from race_sim.team_race import Pace, TeamRace
from race_sim.truth import SessionTruth
from race_sim.verdict import judge
from support.counting_relay import CountingRelay, Counts
from teamtactics.contract.member import member_of
from teamtactics.demo.actions import DriveThrough, Stop
from teamtactics.demo.script import Member, Script, Session, StartKind
from teamtactics.model.usage import NO_USAGE, Usage
from teamtactics.team.presence import EVERY_S

SIX = (ADA, BEN, CLEO, Member(410_004, "Dan O'Hara"), Member(410_005, "Eva Lund"), Member(410_006, "Finn Maas"))
LAPS, LAP_S, STATE_INTERVAL_S = 30, 20.0, 7.0
"""
A lap of a day has 90 s and a state every 30: two between its lines. The same here, four and a half times as fast.
"""
LAPS_OF_A_DAY, CHANGES_OF_A_DAY = 24 * 40, 48
WRITES_OF_A_DAY, READS_OF_A_DAY = 8_000, 40_000
"""Of the record alone."""
FREE_WRITES, FREE_READS = 20_000, 50_000
"""What Google gives each day, for all together."""
WORDS_OF_A_DAY = round(86_400 / EVERY_S)
"""Of each member's client that is there all day and of which nothing changes."""
RENEWALS_OF_A_DAY = 48
"""A member's watch is renewed every half an hour (``team.watch``); emulators' other renewals are left out here."""
TOLD_AGAIN = 3
"""At most, in the ten seconds that a new stream asks for again: a lap or an event, a state, and perhaps a part."""
HANDOVER_LIMIT_S = 2.0


def race_of_six() -> Script:
    """Each drives five laps."""
    stops = [Stop(5 * number, FULL, member.customer_id) for number, member in enumerate(SIX[1:], 1)]
    session = Session(laps=LAPS, actions=(*stops, DriveThrough(12)), start=StartKind.GRID, fuel_l=70.0)
    return Script(members=SIX, sessions=(session,), track=STALL_BEFORE_LINE, lap_time_s=LAP_S, name="six")


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_six_members_cost_one_commit_each_time_count_it_themselves_and_know_within_two_seconds(
    tmp_path: Path, firestore_emulator: str, pubsub_emulator: str
) -> None:
    script = race_of_six()
    interval = (("stateInterval", str(STATE_INTERVAL_S)),)
    faults = Faults(running=tuple(Running(member.customer_id, settings=interval) for member in SIX))
    with CountingRelay(firestore_emulator) as relay:
        race = TeamRace(
            script, faults, tmp_path, relay.address, pubsub_emulator, Pace(driving=900.0),
            options=("--one-stream",), read_at=firestore_emulator,
        )  # fmt: skip
        outcome = race.run()
        counted = relay.counted(race.project)
    assert judge(script, faults, outcome).wrong == []
    (told,) = truth.sessions(script)
    happened = sum(kind != "session" for kind, _ in told.events)
    # Beside laps and events a state is told when a driver leaves, and when nothing else was for the interval; and each
    # of the two that share a lap brings his part of it.
    changes = len(SIX) - 1
    updates = happened + len(SIX) + 2 * changes + outcome.ticks / 60.0 / STATE_INTERVAL_S
    assert counted.commits - counted.infos <= updates
    looks = counted.calls["BatchGetDocuments"] + counted.calls["RunQuery"]
    # With each part document and parts of its lap; each client whether an older run's documents are there, info and
    # state when it begins to tell, and all that is new, twice at most, when it sees the end; and whoever was slower, or
    # got no answer in time: 62 on an idle machine, 75 on a busy one, where six clients race a hundred times too fast.
    assert looks <= 4 * changes + 5 * len(SIX) + updates / 5
    assert counted.told <= len(SIX) * counted.writes, "each change is told to each once"
    own = sum((Usage(**client["firestore"]) for client in outcome.counted.values()), NO_USAGE)
    assert own == Usage(counted.commits, counted.writes, counted.reads + counted.queried, counted.told)
    ordinary = [lap for lap in range(1, LAPS + 1) if lap % 5 or lap == LAPS]
    assert {lap: counted.written[str(lap)] for lap in ordinary} == dict.fromkeys(ordinary, 1)
    shared = {name.split()[1] for name in counted.written if name.startswith("part ")}
    assert shared == {str(lap) for lap in range(5, LAPS, 5)}
    presence = presence_of(counted)
    of_record = Usage(
        own.commits - presence.commits, own.written - presence.written, own.read, own.told - presence.told
    )
    day = of_a_day(of_record, 1 + states_of_a_lap(told, counted.states))
    print(
        f"team of six, {LAPS} laps, {happened} laps and events: {counted.commits} commits ({counted.infos} of info "
        f"alone), {counted.writes} writes, {len(counted.states)} states, {own.read} reads, {own.told} watch reads; "
        f"a day of {LAPS_OF_A_DAY} laps and {CHANGES_OF_A_DAY} changes: {day.written:,} writes, {day.all_reads:,} reads"
    )
    assert day.written <= WRITES_OF_A_DAY
    assert day.all_reads <= READS_OF_A_DAY
    # A word when he joins; at each change who gets out, who gets in; a word more where a name or a wait comes into it.
    assert len(SIX) <= presence.written <= len(SIX) + 4 * (changes + 1)
    assert presence.commits == presence.written
    assert presence.told <= len(SIX) * presence.written
    members = presence_of_a_day(presence)
    writes, reads = day.written + members.written, day.all_reads + members.told
    print(
        f"members: {presence.written} words in the race, {presence.told} watch reads of them; a day with members "
        f"switched on: {members.written:,} writes and {members.told:,} reads more, all together {writes:,} writes of "
        f"{FREE_WRITES:,} and {reads:,} reads of {FREE_READS:,} free ones"
    )
    assert writes <= FREE_WRITES
    assert reads <= FREE_READS
    delays = handover_delays(outcome, counted.states)
    p50, p99 = (delays[int(len(delays) * part)] for part in (0.5, 0.99))
    print(f"a follower knows after {p50 * 1000:.0f} ms (p50), {p99 * 1000:.0f} ms (p99) of {len(delays)}")
    assert len(delays) >= 200
    assert p99 < HANDOVER_LIMIT_S


def states_of_a_lap(told: SessionTruth, states: list[tuple[float, float]]) -> int:
    """Return how many states a lap has, with that of its line, in which nothing happens: the most of all such laps."""
    lines = [number(lap["SessionTime"]) for lap in told.laps]
    quiet = [lap for lap in range(2, LAPS) if lap % 5 > 1 and lap not in (12, 13)]
    return max(sum(lines[lap - 2] + 0.5 < at_s <= lines[lap - 1] + 0.5 for at_s, _ in states) for lap in quiet)


def of_a_day(used: Usage, writes_of_a_lap: int) -> Usage:
    """
    Return what a day of racing costs all together, if *used* is what the race of six did.

    What goes beyond its quiet laps is charged to the changes, the start, the drive-through and the end too: too much.
    """
    laps = writes_of_a_lap * LAPS
    changes = CHANGES_OF_A_DAY / (len(SIX) - 1)
    written = writes_of_a_lap * LAPS_OF_A_DAY + (used.written - laps) * changes
    told_again = len(SIX) * RENEWALS_OF_A_DAY * TOLD_AGAIN
    told = written * used.told / used.written + told_again
    return Usage(written=round(written), read=round(used.read * changes), told=round(told))


def presence_of(counted: Counts) -> Usage:
    """Return what the members' documents cost in the race: each word a commit of its own, and no read."""
    words = sum(count for name, count in counted.written.items() if member_of(name) is not None)
    told = sum(count for name, count in counted.told_of.items() if member_of(name) is not None)
    return Usage(commits=words, written=words, told=told)


def presence_of_a_day(used: Usage) -> Usage:
    """Return what they cost in a day, if *used* is what they did in the race of six: a word each when they join."""
    at_changes = (used.written - len(SIX)) * CHANGES_OF_A_DAY / (len(SIX) - 1)
    words = round(len(SIX) * WORDS_OF_A_DAY + at_changes)
    return Usage(commits=words, written=words, told=len(SIX) * words)


def handover_delays(outcome: Outcome, states: list[tuple[float, float]]) -> list[float]:
    """Return, sorted, how long after each state reached the server each of the others' collectors took it, s."""
    written = dict(states)
    return sorted(
        heard_s - written[session_time_s]
        for name, client in outcome.counted.items()
        for session_time_s, customer_id, heard_s in client["heard"]
        if str(customer_id) != name and session_time_s in written
    )
