"""Status → the words of tooltip, menu and message; pure."""

from __future__ import annotations

from teamtactics.model.status import CarStatus, MemberSeen, SimulatorState, SinkState, SinkStatus, Status, Witness
from teamtactics.model.words import duration, put_back_text, put_back_title
from teamtactics.tray.sign import is_driven, tally

TOOLTIP_UNITS = 127
"""Windows keeps 128 UTF-16 units, the last one is the end."""
MESSAGE_UNITS = 255
TITLE_UNITS = 63
"""The same for the text and the title of a notification."""
MENU_UNITS = 80
"""Chosen: a wider menu covers half of a small screen."""

STILL_IS_SAFE = "What was recorded until then is on this PC's disk."
ONLY_IN_MEMORY = (
    "What was recorded since is in memory only, and lost if teamtactics or the PC ends before the disk answers."
)

APP = "Teamtactics"
"""Every tooltip begins with it: Windows 11 remembers by it which icons are to be shown."""

_ELLIPSIS = "…"
_SINK_NAMES = {"firestore": "Firestore", "pubsub": "Pub/Sub"}
_PARTS = {
    "collector": "recorder",
    "writer": "recorder's disk",
    "courier-firestore": "delivery to Firestore",
    "courier-pubsub": "delivery to Pub/Sub",
    "team-watch": "watch of the team",
    "presence": "word to the team",
    "board": "status",
    "commands": "menu",
    "listener": "answer to other starts",
    "log-file": "log",
    "log-console": "console",
}
"""Threads as people know them."""
_SINK_MARKS = {SinkState.OK: "✓", SinkState.UNKNOWN: "?", SinkState.UNREACHABLE: "✗", SinkState.REFUSED: "✗"}
_SIMULATOR_MARKS = {SimulatorState.WAITING: "✗", SimulatorState.CONNECTED: "✓", SimulatorState.REPLAY: "replay"}
_SIMULATOR_WORDS = {
    SimulatorState.WAITING: "waiting for iRacing",
    SimulatorState.CONNECTED: "connected to iRacing",
    SimulatorState.REPLAY: "iRacing shows a replay: nothing is recorded",
}


def clip(text: str, units: int) -> str:
    """Shorten *text* to *units* UTF-16 units as Windows counts them, never in the middle of a character."""
    if utf16_units(text) <= units:
        return text
    kept, room = [], units - utf16_units(_ELLIPSIS)
    for character in text:
        room -= utf16_units(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


def one_line(text: str) -> str:
    """Fold *text* into one line: names come from the simulator and may hold anything."""
    return " ".join(text.split())


def utf16_units(text: str) -> int:
    """Count UTF-16 units: a character beyond the first plane has two. A lone surrogate counts as one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def tooltip(status: Status) -> str:
    """
    Say it all in one line.

    ``Teamtactics · stint 3 · lap 42 (7) · 31.4 L · A. Driver · iRacing ✓ Firestore ✓ 42/42``

    What matters stands in front and the driver's name gives way first when it is too long for Windows.
    """
    ends = [] if status.is_old else [*_ready(status), f"{_links(status)} {_counts(status)}".strip()]
    front = [APP]
    if status.still:
        still = status.still[0]
        front.append(f"stands still: {part_name(still.name)} for {duration(still.for_s)}")
    elif status.needs:
        front.append("needs you")
    elif status.is_paused:
        front.append("paused")
    elif status.silent_driver is not None:
        front.append("driver without teamtactics")
    car = status.car if is_driven(status) and not status.is_old else None
    if car is not None:
        front += _facts(car)
    driver = one_line(status.silent_driver or (car.driver if car is not None else None) or "")
    room = TOOLTIP_UNITS - utf16_units(" · ".join([*front, "", *ends]))
    if driver and room > 1:
        front.append(clip(driver, room))
    return clip(" · ".join([*front, *ends]), TOOLTIP_UNITS)


def lines(status: Status) -> tuple[str, ...]:
    """Say the same in two to four lines, for the top of the menu and for the message on a left click."""
    first = _still_line(status) or _needs_line(status) or _situation(status)
    if status.is_old:
        said: tuple[str | None, ...] = (first, _needs_line(status))
    else:
        said = (first, _car_line(status), team_line(status), _delivery_line(status))
    return tuple(clip(one_line(line), MENU_UNITS) for line in said if line and line.strip())


def team_line(status: Status) -> str | None:
    """Say how many members' clients are ready, and what is wrong at the first that is not; None without a team."""
    if not status.members:
        return None
    first = next((f": {who_is_not_ready(seen)}" for seen in status.members if not seen.is_ready), "")
    return f"{_ready(status)[0]}{first}"


def who_is_not_ready(seen: MemberSeen) -> str:
    """Say of one member what is wrong there."""
    if seen.is_gone:
        return f"{seen.member.name} has not been heard of for {duration(seen.seen_s)}"
    return f"{seen.member.name}: {seen.trouble}"


def message(status: Status) -> str:
    """Say the status as a notification, with all that a human must do."""
    if status.still:
        said = [_still_line(status) or "", ONLY_IN_MEMORY if _hangs_the_disk(status) else STILL_IS_SAFE, *status.needs]
    else:
        said = [*status.needs, *lines(status)[1 if status.needs else 0 :]]
        if status.put_back is not None:
            said.append(f"{put_back_title(status.put_back)}: {put_back_text(status.put_back)}")
    return clip("\n".join(said), MESSAGE_UNITS)


def sink_name(name: str) -> str:
    """Return a sink's name as people know it."""
    return _SINK_NAMES.get(name, name)


def part_name(thread: str) -> str:
    """Return what a thread does for people, as its name."""
    return _PARTS.get(thread, thread)


def _still_line(status: Status) -> str | None:
    if not status.still:
        return None
    still = status.still[0]
    part, since = part_name(still.name), duration(still.for_s)
    if _hangs_the_disk(status):
        return f"The {_PARTS['writer']} has not answered for {since}: do not quit, check the drive"
    if still.name == "log-file":
        # All else goes on, and a new start would wait for the same drive.
        return f"The {part} has not answered for {since}: do not quit, check its drive"
    return f"The {part} has not answered for {since}: quit and start teamtactics"


def _hangs_the_disk(status: Status) -> bool:
    """Tell whether the writer stands still: whoever quits now loses what waits for it."""
    return any(still.name == "writer" for still in status.still)


def _ready(status: Status) -> list[str]:
    if not status.members:
        return []
    return [f"{sum(seen.is_ready for seen in status.members)} of {len(status.members)} ready"]


def _links(status: Status) -> str:
    links = [f"iRacing {_SIMULATOR_MARKS[status.simulator]}"]
    links += [f"{sink_name(sink.name)} {_SINK_MARKS.get(sink.state, '?')}" for sink in status.sinks]
    return " ".join(links if status.sinks else [*links, "this PC only"])


def _counts(status: Status) -> str:
    """Three counts in the least space: confirmed/recorded, and what waits when something does."""
    if not status.sinks:
        return f"{status.counts.recorded} recorded"
    if not status.counts.sinks:
        return "?"
    count = tally(status)
    text = f"{count.confirmed}/{count.recorded}"
    if count.waiting:
        text += f" ({count.waiting} waiting)"
    return text + (f" ({count.refused} refused)" if count.refused else "")


def _facts(car: CarStatus) -> list[str]:
    facts = [f"stint {car.stint}", f"lap {_lap(car)} ({car.stint_lap})"]
    if car.fuel_level_l is not None:
        facts.append(f"{car.fuel_level_l:.1f} L")
    return facts


def _lap(car: CarStatus) -> str:
    return "–" if car.lap_completed is None or car.lap_completed < 0 else str(car.lap_completed)


def _needs_line(status: Status) -> str | None:
    if status.needs:
        more = f" (and {len(status.needs) - 1} more)" if len(status.needs) > 1 else ""
        return f"Needs you{more}: {status.needs[0]}"
    return f"Needs you: {status.conflict}" if status.conflict else None


def _situation(status: Status) -> str:
    words = _SIMULATOR_WORDS[status.simulator]
    if status.is_paused:
        return f"Paused until the next session: nothing is recorded ({words})"
    if status.simulator is SimulatorState.CONNECTED:
        if status.is_driving:
            return "You drive: recording"
        if status.silent_driver is not None:
            return f"{status.silent_driver} drives without teamtactics: laps come without fuel"
        if is_driven(status) and status.car is not None:
            return f"{status.car.driver or 'A team-mate'} drives"
    return words[0].upper() + words[1:]


def _car_line(status: Status) -> str | None:
    car = status.car
    if car is None or status.simulator is not SimulatorState.CONNECTED:
        return status.collection
    facts = [*([car.driver] if car.driver else []), *_facts(car)]
    if car.on_pit_road:
        facts.append("on pit road")
    age_s = status.at_s - car.true_at_s
    if car.witness is not Witness.OWN and age_s >= 90:
        facts.append(f"{age_s / 60:.0f} min old")
    return " · ".join(facts)


def _delivery_line(status: Status) -> str:
    if not status.sinks:
        stored = f"{status.counts.recorded} recorded ({status.counts.recorded_laps} laps)"
        return f"{stored}, on this PC only: no Google account is configured"
    if not status.counts.sinks:
        return "what is recorded and what waits is not known now"
    count = tally(status)
    parts = [f"{count.recorded} recorded", f"{count.confirmed} confirmed", f"{count.waiting} waiting"]
    if count.refused:
        parts.append(f"{count.refused} refused for good, see the log")
    return ", ".join(parts) + "".join(f" · {trouble}" for trouble in map(_trouble, status.sinks) if trouble)


def _trouble(sink: SinkStatus) -> str | None:
    if sink.state is SinkState.UNREACHABLE:
        return f"{sink_name(sink.name)} unreachable"
    return f"{sink_name(sink.name)} refuses" if sink.state is SinkState.REFUSED else None
