"""Random races of a team with random faults, each the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from race_sim.faults import Faults, HeldStore, KeptAway, Kill, LineFault, Outage, Running, SimulatorRestart, SlowDisk
from race_sim.random_scripts import drivable, random_picture, varied
from race_sim.team_script import TeamScript
from race_sim.timeline import SessionLine, timeline
from teamtactics.demo.actions import ALL_TYRES, Action, DriveThrough, Service, SlowLap, Stop, Tow, Untimed
from teamtactics.demo.script import Car, Member, Script, Session, StartKind, Track

_NAMES = ("Ada Falk", "Ben Ruiz", "Cleo Dör", "Dan O'Hara")
_FIRST_ID = 420_001


def random_team_race(seed: int) -> TeamScript:
    """Return the race of *seed*: 20 to 60 short laps, 3 or 4 members, random stops, changes, outages and kills."""
    chance = Random(f"team race {seed}")
    members = tuple(Member(_FIRST_ID + n, _NAMES[n]) for n in range(chance.choice((3, 3, 4))))
    script = _script(chance, seed, members)
    # Of its own luck: what the seed has always given otherwise stays as it was.
    return TeamScript(script, _ending(Random(f"ending {seed}"), script, _faults(chance, script)))


def _script(chance: Random, seed: int, members: tuple[Member, ...]) -> Script:
    lap_time = chance.uniform(10.0, 14.0)
    car = Car(tank_l=chance.uniform(60.0, 100.0), per_lap_l=chance.uniform(1.0, 2.5), fuel_rate_lps=5.0)
    laps = chance.randint(20, 60)
    fuel = car.fuel_max_l * chance.uniform(0.6, 1.0)
    habits = Random(f"team habits {seed}")
    session = Session(
        laps=laps,
        start=chance.choice(tuple(StartKind)),
        actions=_with_crashes(habits, varied(habits, _plan(chance, laps, members, car, fuel))),
        first_driver=chance.choice(members).customer_id,
        time_of_day_s=chance.choice((50_400.0, 86_000.0, chance.uniform(0.0, 86_399.0))),
        speedup=chance.choice((1, 1, 1, 4)),
        fuel_l=fuel,
        cool_down_laps=chance.choice((0, 1)),
        after_s=30.0,
    )
    script = Script(
        name=f"team-{seed}",
        members=members,
        sessions=(session,),
        track=_track(chance, lap_time),
        car=car,
        lap_time_s=lap_time,
        variation=chance.choice((0.0, 0.01)),
        team_name="Random Racing  RED",
        session_id=300_000 + seed,
        subsession_id=400_000 + seed,
        rearm_flags=chance.choice((0, 31)),
        # The judge of a race with faults reckons in race seconds: there the clock keeps to the ticks.
        quirks=replace(
            random_picture(seed),
            fuel_zero=chance.choice((0.0, 2.0)),
            pit_road_hole=habits.choice((0.0, 0.3, 0.7)),
            slew=False,
            clock_falls=False,
        ),
        seed=seed,
    )
    return drivable(script)


def _track(chance: Random, lap_time: float) -> Track:
    """Short, with a pit road across the line and the stall before or after it, or all of it behind the line."""
    length = lap_time * chance.uniform(60.0, 72.0)
    kind = chance.choice(("before", "after", "behind"))
    if kind == "behind":
        entry, stall, pit_exit = 60.0, 60.0 + chance.uniform(40.0, 80.0), 60.0 + chance.uniform(130.0, 200.0)
    else:
        entry, pit_exit = length - chance.uniform(110.0, 150.0), chance.uniform(90.0, 130.0)
        stall = length - chance.uniform(20.0, 70.0) if kind == "before" else chance.uniform(10.0, 50.0)
    return Track(f"short ring {kind}", 902, length, entry, stall, pit_exit, chance.choice((16.7, 20.0, 22.2)))


def _plan(chance: Random, laps: int, members: tuple[Member, ...], car: Car, fuel: float) -> tuple[Action, ...]:
    """What happens lap by lap; the fuel is reckoned so that it lasts, with a lap more for each tow."""
    actions: list[Action] = []
    burn = car.per_lap_l + 0.15
    for lap in range(1, laps + 1):
        fuel -= burn
        dice = chance.random()
        if fuel < 3.0 * burn or dice < 0.09:
            stop = _stop(chance, lap, members, car, must_fuel=fuel < 12.0 * burn)
            fuel = min(car.fuel_max_l, fuel + stop.service.fuel_l)
            actions.append(stop)
        elif dice < 0.12:
            actions.append(DriveThrough(lap))
        elif dice < 0.14:
            fuel -= burn
            has_change = chance.random() < 0.5
            actions.append(
                Tow(
                    lap,
                    chance.uniform(0.2, 0.4),
                    tow_s=chance.uniform(3.0, 20.0),
                    service=chance.choice((Service(), Service(fuel_l=10.0, tyres=0x3, repair_s=5.0))),
                    next_driver=chance.choice(members).customer_id if has_change else None,
                )
            )
        dice = chance.random()
        if dice < 0.05:
            actions.append(Untimed(lap))
        elif dice < 0.09:
            actions.append(SlowLap(lap, chance.uniform(1.05, 1.4)))
    return tuple(actions)


def _with_crashes(chance: Random, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Of every third tow the reason is that the driver's simulator died, which takes some time to come back."""
    return tuple(
        replace(action, is_crash=True, away_s=chance.uniform(6.0, 30.0), stays_s=chance.uniform(0.1, 3.0))
        if isinstance(action, Tow) and chance.random() < 0.34
        else action
        for action in actions
    )


def _stop(chance: Random, lap: int, members: tuple[Member, ...], car: Car, *, must_fuel: bool) -> Stop:
    service = Service(
        fuel_l=chance.uniform(0.6, 1.1) * car.fuel_max_l if must_fuel else chance.choice((0.0, 5.0, 20.0)),
        tyres=chance.choice((0, 0, ALL_TYRES, 0x3)),
        repair_s=chance.choice((0.0, 0.0, 0.0, chance.uniform(1.0, 15.0))),
        optional_repair_s=chance.choice((0.0, 0.0, 0.0, chance.uniform(1.0, 15.0))),
        serves_optional=chance.random() < 0.5,
    )
    if chance.random() < 0.3:
        return Stop(lap, service, wait_s=chance.uniform(1.0, 6.0))
    return Stop(
        lap,
        service,
        next_driver=chance.choice(members).customer_id,
        change_after_s=chance.uniform(1.5, 6.0),
        away_s=chance.uniform(2.0, 8.0),
    )


def _faults(chance: Random, script: Script) -> Faults:
    """Up to five things that go wrong; those of one member do not overlap."""
    (line,) = timeline(script)
    members = [member.customer_id for member in script.members]
    end_s = line.span.until_s - 30.0
    running = {member: Running(member) for member in members}
    outages: list[Outage] = []
    kills: list[Kill] = []
    restarts: list[SimulatorRestart] = []
    taken: dict[int, list[tuple[float, float]]] = {member: [] for member in members}
    if chance.random() < 0.2:
        victim = chance.choice(members)
        running[victim] = Running(victim, from_s=chance.uniform(20.0, 0.6 * end_s))
        taken[victim].append((0.0, running[victim].from_s + 5.0))
    elif chance.random() < 0.15:
        victim = chance.choice(members)
        del running[victim]
        taken[victim].append((0.0, line.span.until_s))
    for member, at_s in line.crashes:
        seat = next((seat for seat in line.seats if seat.member == member and seat.span.from_s > at_s), None)
        back_s = min(at_s + 20.0, end_s if seat is None else seat.span.from_s - 2.0)
        if member in running and not any(at_s - 8.0 < until and from_ < back_s + 8.0 for from_, until in taken[member]):
            restarts.append(SimulatorRestart(member, at_s, back_s - at_s, is_orderly=False))
            taken[member].append((at_s, back_s))
    for _ in range(chance.randint(0, 5)):
        kind = chance.choice(("outage", "outage", "kill", "kill", "restart"))
        victim = chance.choice(members)
        at_s = _moment(chance, line, end_s)
        away_s = chance.uniform(5.0, 120.0) if kind == "outage" else chance.choice((2.0, 8.0, 40.0))
        if at_s + away_s > end_s or any(
            at_s - 8.0 < until and from_ < at_s + away_s + 8.0 for from_, until in taken[victim]
        ):
            continue
        if kind == "restart" and any(s.member == victim and s.span.meets(at_s, at_s + away_s) for s in line.seats):
            continue  # nobody's car drives on without his simulator; for that there are crashes
        taken[victim].append((at_s, at_s + away_s))
        if kind == "outage":
            fault = chance.choice((LineFault.REFUSED, LineFault.STALLED))
            outages.append(Outage(victim, at_s, at_s + away_s, fault))
        elif kind == "kill":
            kills.append(Kill(victim, at_s, away_s))
        else:
            restarts.append(SimulatorRestart(victim, at_s, away_s, is_orderly=chance.random() < 0.7))
    slow, held = _disks(chance, [member for member in running if member not in {kill.member for kill in kills}], end_s)
    return Faults(tuple(running.values()), tuple(outages), tuple(kills), tuple(restarts), slow, held)


def _ending(chance: Random, script: Script, faults: Faults) -> Faults:
    """In every fifth race somebody comes back only when it is over, or never; in half the simulators are gone then."""
    faults = replace(faults, simulators_end_first=chance.random() < 0.5)
    dice = chance.random()
    free = [running.member for running in faults.clients(()) if running.member not in faults.bad_disks]
    if dice >= 0.4 or not free:
        return faults
    (line,) = timeline(script)
    victim, end_s = chance.choice(free), line.span.until_s - 30.0
    busy_s = [running.from_s for running in faults.clients(()) if running.member == victim]
    busy_s += [outage.until_s or 0.0 for outage in faults.outages if outage.member == victim]
    busy_s += [kill.at_s + kill.away_s for kill in faults.kills if kill.member == victim]
    busy_s += [restart.at_s + restart.away_s for restart in faults.restarts if restart.member == victim]
    at_s = _moment(chance, line, end_s)
    if at_s < max(busy_s) + 10.0:
        return faults
    if dice < 0.16:
        return replace(faults, outages=(*faults.outages, Outage(victim, at_s)))
    if dice < 0.31:
        return replace(faults, kills=(*faults.kills, Kill(victim, at_s)))
    return replace(faults, kept_away=(KeptAway(victim, at_s),))


def _disks(chance: Random, members: list[int], end_s: float) -> tuple[tuple[SlowDisk, ...], tuple[HeldStore, ...]]:
    """In every fourth race a disk is in the way of somebody; who is killed has a good one: what was on it is known."""
    if not members or chance.random() >= 0.25:
        return (), ()
    victim = chance.choice(members)
    if chance.random() < 0.5:
        return (SlowDisk(victim, chance.choice((400, 900))),), ()
    return (), (HeldStore(victim, chance.uniform(0.1, 0.8) * end_s, chance.uniform(5.0, 15.0)),)


def _moment(chance: Random, line: SessionLine, end_s: float) -> float:
    """Any moment, but rather one near a stop: that is where clients have something to lose."""
    if line.visits and chance.random() < 0.6:
        visit = chance.choice(line.visits)
        return min(max(10.0, chance.uniform(visit.from_s - 12.0, visit.until_s + 12.0)), end_s)
    return chance.uniform(10.0, end_s)
