"""Status → the words of tooltip, menu and message; pure."""

from __future__ import annotations

from teamtactics.language import Said, _, local, n_
from teamtactics.model.status import CarStatus, MemberSeen, SimulatorState, SinkState, SinkStatus, Status, Witness
from teamtactics.model.words import duration, put_back_text, put_back_title
from teamtactics.tray.fitting import MENU_UNITS, TOOLTIP_UNITS, balloon, clip, one_line, shortened, utf16_units
from teamtactics.tray.sign import is_driven, tally

APP = "Teamtactics"
"""Every tooltip begins with it: Windows 11 remembers by it which icons are to be shown."""

_SINK_NAMES = {"firestore": "Firestore", "pubsub": "Pub/Sub"}
_SINK_MARKS = {SinkState.OK: "✓", SinkState.UNKNOWN: "?", SinkState.UNREACHABLE: "✗", SinkState.REFUSED: "✗"}

_SILENT_UNITS = 24
"""So much at most of the name of who drives without teamtactics: it is the news, and gives way to nothing."""


def tooltip(status: Status) -> str:
    """
    Say it all in one line.

    ``Teamtactics · stint 3 · lap 42 (7) · 31.4 L · A. Driver · iRacing ✓ Firestore ✓ · 4 laps recorded, all delivered``

    What matters stands in front and at the end: when it is too long for Windows, the driver's name gives way first,
    then who is ready, the car, and last the servers.
    """
    ready, links, ends = ([], [], []) if status.is_old else (_ready(status), [_links(status)], [laps_text(status)])
    front = [APP]
    if status.still:
        still = status.still[0]
        text = _("stands still: {part} for {time}")
        front.append(text.format(part=part_name(still.name), time=duration(still.for_s)))
    else:
        front += [_("needs you")] if status.needs or status.conflict else []
        front += [_("paused")] if status.is_paused else []
        if status.silent_driver is not None:
            front += [_("driver without teamtactics"), clip(one_line(status.silent_driver), _SILENT_UNITS)]
    car = status.car if is_driven(status) and not status.is_old else None
    facts = [] if car is None else _facts(car)
    for less in (ready, facts, links):
        while less and utf16_units(" · ".join([*front, *facts, *ready, *links, *ends])) > TOOLTIP_UNITS:
            less.pop()
    front, ends = [*front, *facts], [*ready, *links, *ends]
    driver = one_line(car.driver or "") if car is not None and status.silent_driver is None else ""
    room = TOOLTIP_UNITS - utf16_units(" · ".join([*front, "", *ends]))
    if driver and room > 1:
        front.append(clip(driver, room))
    return clip(" · ".join([*front, *ends]), TOOLTIP_UNITS)


def lines(status: Status) -> tuple[str, ...]:
    """Say the same in one to five lines, for the top of the menu and for the message on a left click."""
    needs = needs_line(status)
    return (*([] if needs is None else [needs]), *state_lines(status))


def needs_line(status: Status) -> str | None:
    """Say what stands still, or the most urgent need, in whole sentences; None when all is well."""
    if status.still:
        return _fitted(_still_line(status))
    needs = all_needs(status)
    if not needs:
        return None
    first = one_line(local(needs[0]))
    frame = _("Needs you: {need}") if len(needs) == 1 else _("Needs you (and {more} more): {need}")
    frame = frame.replace("{more}", str(len(needs) - 1))
    room = MENU_UNITS - utf16_units(frame.replace("{need}", ""))
    said = shortened(first, room, otherwise=_("choose this line, it says what to do"))
    return frame.replace("{need}", said)


def all_needs(status: Status) -> tuple[str, ...]:
    """Return the needs, and behind them what two clients do to one another."""
    return (*status.needs, *([status.conflict] if status.conflict else []))


def state_lines(status: Status) -> tuple[str, ...]:
    """Say how things stand: the situation, the car, the team, the laps; nothing of a picture that is old."""
    if status.is_old:
        return ()
    first = None if status.still else _situation(status)
    said = (first, _car_line(status), team_line(status), _delivery_line(status))
    return tuple(_fitted(line) for line in said if line and line.strip())


def team_line(status: Status) -> str | None:
    """Say how many members' clients are ready, and what is wrong at the first that is not; None without a team."""
    if not status.members:
        return None
    first = next((f": {who_is_not_ready(seen)}" for seen in status.members if not seen.is_ready), "")
    return f"{_ready(status)[0]}{first}"


def who_is_not_ready(seen: MemberSeen) -> str:
    """Say of one member what is wrong there."""
    if seen.is_gone:
        text = _("{name} has not been heard of for {time}")
        return text.format(name=seen.member.name, time=duration(seen.seen_s))
    return f"{seen.member.name}: {local(seen.trouble or '')}"


def message(status: Status) -> str:
    """Say the status as a notification, with all that a human must do."""
    if status.still:
        return balloon([standstill(status), *map(local, status.needs)])
    needs = [local(need) for need in all_needs(status)]
    said = list(state_lines(status))
    if status.put_back is not None:
        said.append(f"{put_back_title(status.put_back, _)}: {put_back_text(status.put_back, _)}")
    return balloon(needs, said)


def standstill(status: Status) -> str:
    """Say which part stands still, what becomes of the laps, and what to do."""
    if _hangs_the_disk(status):
        text = _(
            "What is recorded now is in memory only, and lost if teamtactics or the PC ends before the disk answers."
        )
    else:
        text = _("What was recorded until then is on this PC's disk.")
    return f"{_still_line(status)}.\n{text}"


def sink_name(name: str) -> str:
    """Return a sink's name as people know it."""
    return _SINK_NAMES.get(name, name)


def part(thread: str) -> str:
    """Return what a thread does for people, as its name."""
    names = {
        "collector": Said("recorder"),
        "writer": Said("recorder's disk"),
        "courier-firestore": Said("delivery to Firestore"),
        "courier-pubsub": Said("delivery to Pub/Sub"),
        "team-watch": Said("watch of the team"),
        "presence": Said("word to the team"),
        "board": Said("status"),
        "commands": Said("menu"),
        "listener": Said("answer to other starts"),
        "log-file": Said("log"),
        "log-console": Said("console"),
    }
    return names.get(thread, thread)


def part_name(thread: str) -> str:
    """Return the same in the language in use."""
    return local(part(thread))


def laps_text(status: Status) -> str:
    """Say how many laps are recorded, and whether they have arrived: ``2 laps recorded, all delivered``."""
    laps, waits = status.counts.recorded_laps, status.laps_waiting
    taking = [sink_name(sink.name) for sink in status.sinks if sink.state is not SinkState.REFUSED]
    if not status.sinks:
        if not laps:
            return _("no lap recorded yet")
        text = n_("{laps} lap recorded, on this PC only", "{laps} laps recorded, on this PC only", laps)
    elif not status.counts.sinks:
        return _("whether all is delivered is not known now")
    elif waits:
        text = n_(
            "{laps} lap recorded, {waits} still to be delivered",
            "{laps} laps recorded, {waits} still to be delivered",
            laps,
        )
    elif not laps:
        return _("no lap recorded yet")
    elif tally(status).refused:
        text = n_("{laps} lap recorded, not all delivered", "{laps} laps recorded, not all delivered", laps)
    elif taking and len(taking) < len(status.sinks):
        text = n_("{laps} lap recorded, delivered to {sinks}", "{laps} laps recorded, all delivered to {sinks}", laps)
    else:
        text = n_("{laps} lap recorded, delivered", "{laps} laps recorded, all delivered", laps)
    return text.format(laps=laps, waits=waits, sinks=", ".join(taking))


def _fitted(line: str) -> str:
    return shortened(one_line(line), MENU_UNITS)


def _still_line(status: Status) -> str:
    still = status.still[0]
    part, time = part_name(still.name), duration(still.for_s)
    if _hangs_the_disk(status):
        text = _("The {part} has not answered for {time}: do not quit, check the drive")
        return text.format(part=part_name("writer"), time=time)
    if still.name == "log-file":
        # All else goes on, and a new start would wait for the same drive.
        return _("The {part} has not answered for {time}: do not quit, check its drive").format(part=part, time=time)
    return _("The {part} has not answered for {time}: quit and start teamtactics").format(part=part, time=time)


def _hangs_the_disk(status: Status) -> bool:
    """Tell whether the writer stands still: whoever quits now loses what waits for it."""
    return any(still.name == "writer" for still in status.still)


def _ready(status: Status) -> list[str]:
    if not status.members:
        return []
    ready = sum(seen.is_ready for seen in status.members)
    return [_("{ready} of {all} ready").format(ready=ready, all=len(status.members))]


def _links(status: Status) -> str:
    marks = {SimulatorState.WAITING: "✗", SimulatorState.CONNECTED: "✓", SimulatorState.REPLAY: _("replay")}
    sinks = [f"{sink_name(sink.name)} {_SINK_MARKS.get(sink.state, '?')}" for sink in status.sinks]
    return " ".join([f"iRacing {marks[status.simulator]}", *sinks])


def _facts(car: CarStatus) -> list[str]:
    lap = "–" if car.lap_completed is None or car.lap_completed < 0 else str(car.lap_completed)
    facts = [
        _("stint {stint}").format(stint=car.stint),
        _("lap {lap} ({stint_lap})").format(lap=lap, stint_lap=car.stint_lap),
    ]
    if car.fuel_level_l is not None:
        facts.append(_("{fuel:.1f} L").format(fuel=car.fuel_level_l))
    return facts


def _situation(status: Status) -> str:
    if status.is_paused:
        return _("Paused until the next session: nothing is recorded")
    if status.simulator is SimulatorState.REPLAY:
        return _("iRacing shows a replay: nothing is recorded")
    if status.simulator is SimulatorState.WAITING:
        return _("Waiting for iRacing")
    if status.is_driving:
        return _("You drive: recording")
    if status.silent_driver is not None:
        name = one_line(status.silent_driver)
        return _("{name} drives without teamtactics: laps come without fuel").format(name=name)
    if is_driven(status) and status.car is not None:
        driver = status.car.driver
        return _("A team-mate drives") if not driver else _("{name} drives").format(name=one_line(driver))
    return _("Connected to iRacing")


def _car_line(status: Status) -> str | None:
    car = status.car
    if car is None or status.simulator is not SimulatorState.CONNECTED:
        return status.collection
    facts = [*([car.driver] if car.driver else []), *_facts(car)]
    if car.on_pit_road:
        facts.append(_("on pit road"))
    age_s = status.at_s - car.true_at_s
    if car.witness is not Witness.OWN and age_s >= 90:
        facts.append(_("{age:.0f} min old").format(age=age_s / 60))
    return " · ".join(facts)


def _delivery_line(status: Status) -> str:
    text = laps_text(status)
    troubles = (trouble for sink in status.sinks if (trouble := _trouble(sink)) is not None)
    return " · ".join([text[:1].upper() + text[1:], *troubles])


def _trouble(sink: SinkStatus) -> str | None:
    if sink.state is SinkState.UNREACHABLE:
        return _("{sink} cannot be reached").format(sink=sink_name(sink.name))
    return _("{sink} refuses").format(sink=sink_name(sink.name)) if sink.state is SinkState.REFUSED else None
