"""Random races, each the same for the same seed: any stop, change, tow and quirk that a script can tell."""

from __future__ import annotations

from random import Random

from teamtactics.demo.actions import (
    ALL_TYRES,
    FAST_REPAIR_FLAG,
    TEAR_OFF_FLAG,
    Action,
    DriveThrough,
    LeaveCar,
    Reset,
    Service,
    SlowLap,
    Stop,
    Tow,
    Untimed,
)
from teamtactics.demo.script import Car, Member, Quirks, Script, Session, StartKind, Track

FIRST_ID = 400_001
_NAMES = ("Ada Falk", "Ben Ruiz", "Cleo Dör", "Dan O'Hara", "Eva Lund", "Finn Maas", "Gil Roth", "Hana Ito")


def random_script(seed: int, laps: int, members: int, *, with_quirks: bool = False) -> Script:
    """
    Return the race of *seed*.

    Args:
        laps: Laps to the flag of the race; a practice of a few laps may come before it.

        members: Size of the team; 1 gives a single session now and then.

        with_quirks: Also frames of zeros and missed ticks, which no client can make good to the tick.
    """
    chance = Random(f"random script {seed}")
    team = tuple(Member(FIRST_ID + n, _NAMES[n % len(_NAMES)]) for n in range(members))
    lap_time = chance.uniform(22.0, 40.0)
    track = _track(chance, lap_time)
    car = Car(tank_l=chance.uniform(60.0, 110.0), per_lap_l=chance.uniform(1.5, 3.5))
    sessions: tuple[Session, ...] = (_race(chance, laps, team, car),)
    if chance.random() < 0.2:
        sessions = (_practice(chance, team), *sessions)
    is_single = members == 1 and chance.random() < 0.5
    is_offline = is_single and chance.random() < 0.5
    return Script(
        name=f"random-{seed}",
        members=team,
        sessions=sessions,
        track=track,
        car=car,
        lap_time_s=lap_time,
        variation=chance.choice((0.0, 0.005, 0.02)),
        team_name=None if is_single else "Random Racing  RED",
        session_id=0 if is_offline else 100_000 + seed,
        subsession_id=0 if is_offline else 200_000 + seed,
        rearm_flags=chance.choice((0, 31, 31)),
        quirks=Quirks(
            fuel_zero=chance.choice((0.0, 2.0)),
            zero_frame=chance.uniform(0.0, 3.0) if with_quirks else 0.0,
            missed=chance.uniform(0.0, 5.0) if with_quirks else 0.0,
        ),
        seed=seed,
    )


def _track(chance: Random, lap_time: float) -> Track:
    """A pit road across the line with the stall before or after it, or one that lies behind the line."""
    length = lap_time * chance.uniform(40.0, 65.0)
    kind = chance.choice(("before", "after", "behind"))
    if kind == "behind":
        entry, stall, pit_exit = 0.06 * length, 0.06 * length + 100.0, 0.06 * length + 250.0
    else:
        entry, pit_exit = length - chance.uniform(180.0, 250.0), chance.uniform(130.0, 220.0)
        stall = length - chance.uniform(20.0, 120.0) if kind == "before" else chance.uniform(10.0, 90.0)
    limit = chance.choice((16.7, 20.0, 22.2))
    return Track(
        f"ring {kind}", 900, length, max(entry, 60.0), stall, pit_exit, limit, temp_c=chance.uniform(15.0, 45.0)
    )


def _race(chance: Random, laps: int, team: tuple[Member, ...], car: Car) -> Session:
    fuel = chance.uniform(0.5, 1.0) * car.fuel_max_l
    return Session(
        laps=laps,
        start=chance.choice(tuple(StartKind)),
        actions=_plan(chance, laps, team, car, fuel),
        first_driver=chance.choice(team).customer_id,
        start_time_s=chance.choice((0.0, 0.35)),
        time_of_day_s=chance.choice((50_400.0, 86_300.0, chance.uniform(0.0, 86_399.0))),
        speedup=chance.choice((1, 1, 4, 0)),
        fuel_l=fuel,
        cool_down_laps=chance.choice((0, 1, 1, 2)),
        tail_s=chance.uniform(0.5, 8.0),
        time_limit_s=chance.choice((None, 7200.0)),
    )


def _plan(chance: Random, laps: int, team: tuple[Member, ...], car: Car, fuel: float) -> tuple[Action, ...]:
    """What happens lap by lap; the fuel is reckoned so that it lasts, with a lap more for each tow."""
    actions: list[Action] = []
    burn = car.per_lap_l + 0.2
    for lap in range(1, laps + 1):
        fuel -= burn
        dice = chance.random()
        if fuel < 4.0 * burn or dice < 0.10:
            stop = _stop(chance, lap, team, _service(chance, must_fuel=fuel < 8.0 * burn, car=car))
            fuel = min(car.fuel_max_l, fuel + stop.service.fuel_l)
            actions.append(stop)
        elif dice < 0.15:
            actions.append(DriveThrough(lap))
        elif dice < 0.18:
            fuel -= burn
            has_change = chance.random() < 0.4
            actions.append(
                Tow(
                    lap,
                    chance.uniform(0.45, 0.75),
                    tow_s=chance.uniform(3.0, 45.0),
                    service=chance.choice((Service(), _service(chance, must_fuel=False, car=car))),
                    next_driver=chance.choice(team).customer_id if has_change else None,
                )
            )
        dice = chance.random()
        if dice < 0.06:
            actions.append(Untimed(lap))
        elif dice < 0.11:
            actions.append(SlowLap(lap, chance.uniform(1.05, 1.5)))
    return tuple(actions)


def _service(chance: Random, must_fuel: bool, car: Car) -> Service:
    return Service(
        fuel_l=chance.uniform(0.6, 1.1) * car.fuel_max_l if must_fuel else chance.choice((0.0, 5.0, 20.0)),
        tyres=chance.choice((0, 0, ALL_TYRES, 0x3)),
        extra_flags=chance.choice((0, 0, TEAR_OFF_FLAG, FAST_REPAIR_FLAG)),
        repair_s=chance.choice((0.0, 0.0, 0.0, chance.uniform(1.0, 30.0))),
        optional_repair_s=chance.choice((0.0, 0.0, 0.0, chance.uniform(1.0, 30.0))),
        serves_optional=chance.random() < 0.5,
    )


def _stop(chance: Random, lap: int, team: tuple[Member, ...], service: Service) -> Stop:
    """With or without a change; sometimes the one who gets out gets in again."""
    if chance.random() < 0.4:
        return Stop(lap, service, wait_s=chance.uniform(1.0, 6.0))
    return Stop(
        lap,
        service,
        next_driver=chance.choice(team).customer_id,
        change_after_s=chance.uniform(1.5, 8.0),
        away_s=chance.uniform(2.0, 12.0),
    )


def _practice(chance: Random, team: tuple[Member, ...]) -> Session:
    """A few laps from the garage, with a reset or a walk, before the race."""
    laps = chance.randint(2, 5)
    lap = chance.randint(1, laps)
    fuel = chance.uniform(20.0, 40.0)
    action: Action = chance.choice(
        (
            Reset(lap, chance.uniform(0.4, 0.8), fuel_l=fuel),
            LeaveCar(lap, chance.uniform(0.4, 0.8), next_driver=chance.choice(team).customer_id),
            Untimed(lap),
        )
    )
    return Session(
        type="Practice",
        start=StartKind.PITS,
        laps=laps,
        actions=(action,),
        first_driver=chance.choice(team).customer_id,
        fuel_l=fuel + 5.0,
        tail_s=chance.uniform(1.0, 10.0),
        time_limit_s=3600.0,
    )
