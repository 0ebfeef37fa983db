"""Random races, each the same for the same seed: any stop, change, tow and quirk that a script can tell."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from teamtactics.demo.actions import (
    ALL_TYRES,
    FAST_REPAIR_FLAG,
    TEAR_OFF_FLAG,
    Action,
    ActiveReset,
    DriveThrough,
    Filling,
    LeaveCar,
    PutBack,
    Reset,
    Service,
    SlowLap,
    Stop,
    Ticked,
    Tow,
    Untimed,
    Way,
)
from teamtactics.demo.engine import ticks
from teamtactics.demo.script import Car, Member, Quirks, Script, Session, StartKind, Track

FIRST_ID = 400_001
_NAMES = ("Ada Falk", "Ben Ruiz", "Cleo Dör", "Dan O'Hara", "Eva Lund", "Finn Maas", "Gil Roth", "Hana Ito")


def random_script(seed: int, laps: int, members: int, *, with_quirks: bool = False, is_watched: bool = True) -> Script:
    """
    Return the race of *seed*.

    Args:
        laps: Laps to the flag of the race; a practice of a few laps may come before it.

        members: Size of the team; 1 gives a single session now and then.

        is_watched: A client looks all the time. Else that is left out which it cannot make out if it was dead: holes of
            ``OnPitRoad``, a car that is put into its stall from within the pits, Active Reset.

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
    habits = Random(f"random habits {seed}")
    sessions = tuple(replace(each, actions=varied(habits, each.actions)) for each in sessions)
    if not sessions[0].is_race and is_watched:
        sessions = (_varied_practice(habits, sessions[0], is_alone=members == 1), *sessions[1:])
    is_single = members == 1 and chance.random() < 0.5
    is_offline = is_single and chance.random() < 0.5
    script = Script(
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
        quirks=replace(
            _quirks(chance, seed, with_quirks=with_quirks),
            pit_road_hole=habits.choice((0.0, 0.3, 0.7)) if is_watched else 0.0,
        ),
        seed=seed,
    )
    return drivable(script)


def varied(chance: Random, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """
    Let *actions* happen in all the ways in which the simulator lets them happen (SIMULATOR#service, SIMULATOR#stop,
    SIMULATOR#change, SIMULATOR#repair).

    What is drawn here is drawn from a chance of its own: it changes no race but in this.
    """
    busy = {action.lap for action in actions if not isinstance(action, Untimed | SlowLap)}
    return tuple(
        _varied_stop(chance, action)
        if isinstance(action, Stop)
        else _varied_tow(chance, action, busy)
        if isinstance(action, Tow)
        else action
        for action in actions
    )


def drivable(script: Script) -> Script:
    """Let each filling that ends with a change go on after all, where the car would run dry without the rest of it."""
    stopped = [stop for each in script.sessions for stop in each.actions if _ends_filling(stop)]
    try:
        for _ in ticks(script) if stopped else ():
            pass
    except ValueError:
        sessions = (
            replace(each, actions=tuple(_filled(action) if action in stopped else action for action in each.actions))
            for each in script.sessions
        )
        return replace(script, sessions=tuple(sessions))
    return script


def _ends_filling(action: Action) -> bool:
    return isinstance(action, Stop) and action.filling is Filling.STOPS


def _filled(action: Action) -> Action:
    return replace(action, filling=Filling.PAUSES) if isinstance(action, Stop) else action


def _varied_practice(chance: Random, practice: Session, *, is_alone: bool) -> Session:
    """
    A car is put back from anywhere: just before and behind the line, in the lane, in its stall, in the garage.

    Active Reset is for who drives alone: nobody but the driver could see it.
    """
    laps = practice.laps + 4
    actions: list[Action] = []
    for lap in range(2, laps + 1, 2):
        fuel_l = chance.choice((None, practice.fuel_l, chance.uniform(15.0, 60.0)))
        pct = chance.choice((chance.uniform(0.02, 0.1), chance.uniform(0.1, 0.9), chance.uniform(0.9, 0.98)))
        ways: list[Action] = [
            Reset(lap, pct, fuel_l),
            LeaveCar(lap, pct, chance.choice((0.5, 2.0, 6.0, 20.0)), None, fuel_l),
            _put_back(chance, lap, fuel_l, in_stall=not is_alone and chance.random() < 0.5),
        ]
        if is_alone:
            ways.append(ActiveReset(lap, pct, chance.uniform(0.1, 0.9), chance.random() < 0.5))
        actions.append(chance.choice(ways))
    return replace(practice, laps=laps, actions=tuple(actions), fuel_l=practice.fuel_l + 15.0)


def _put_back(chance: Random, lap: int, fuel_l: float | None, *, in_stall: bool) -> PutBack:
    """Who gets out of the car in its stall, or resets it there, has put nothing back but with another tank."""
    away_s = chance.uniform(1.0, 9.0)
    way = chance.choice((Way.RESET, Way.GARAGE)) if in_stall else chance.choice(tuple(Way))
    return PutBack(lap, way, in_stall, chance.uniform(15.0, 60.0) if in_stall else fuel_l, away_s)


def _varied_tow(chance: Random, tow: Tow, busy: set[int]) -> Tow:
    """At any place where nothing else is in the way: a car that comes from its stall, or that rolls over the line."""
    places = [tow.pct]
    if tow.lap > 1 and tow.lap - 1 not in busy:
        places += [chance.uniform(0.02, 0.45)] * 2
    if tow.lap + 1 not in busy:
        places.append(chance.uniform(0.75, 0.98))
    return replace(
        tow,
        pct=chance.choice(places),
        leaves_car=chance.random() < 0.3,
        away_s=chance.choice((0.5, 1.5, 3.0, 8.0)),
        is_escape=chance.random() < 0.4,
    )


def _varied_stop(chance: Random, stop: Stop) -> Stop:
    ticked = chance.choice((Ticked.BEFORE, Ticked.BEFORE, Ticked.LANE, Ticked.STALL))
    first_flags = chance.choice((0, 0x7F, 0x1F, 0x0F))
    return replace(
        stop,
        ticked=ticked,
        first_flags=first_flags & stop.service.flags if ticked is Ticked.STALL else first_flags,
        change_after_s=chance.choice((stop.change_after_s, chance.uniform(0.05, 0.5), chance.uniform(0.5, 1.5))),
        away_s=chance.choice((stop.away_s, chance.uniform(0.5, 1.5), chance.uniform(0.5, 1.5))),
        filling=chance.choice((*Filling, Filling.WAITS)),
    )


def _quirks(chance: Random, seed: int, *, with_quirks: bool) -> Quirks:
    return replace(
        random_picture(seed),
        fuel_zero=chance.choice((0.0, 2.0)),
        zero_frame=chance.uniform(0.0, 3.0) if with_quirks else 0.0,
        missed=chance.uniform(0.0, 5.0) if with_quirks else 0.0,
    )


def random_picture(seed: int) -> Quirks:
    """Return what each member's simulator shows; drawn by itself: the race of a seed stays the race that it was."""
    shown = Random(f"random picture {seed}")
    return Quirks(
        unset=shown.choice((0.0, 6.0, 30.0)),
        slow_seat=shown.random() < 0.5,
        wrong_flag=shown.choice((0.0, 2.0)),
        picture_lag_s=shown.choice((1.0, 1.0, 0.4, shown.uniform(0.0, 1.5))),
        slew=shown.random() < 0.3,
        clock_falls=shown.random() < 0.2,
        text_lag_s=shown.choice((None, (0.4, 5.0))),
        no_team=shown.choice((0.0, 0.0, 0.5)),
        late_counter_ticks=shown.choice((0, 0, 5)),
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
