"""How sessions, spans, shares and laps are said on the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from teamtactics.language import _, n_
from teamtactics.model.parcel import Document
from teamtactics.model.words import UNKNOWN, fixed
from teamtactics.reports.summary import LapKind, word


def span(seconds: float | None) -> str:
    """Write a length of time as hours, minutes and seconds: ``2:31:10``, ``0:47:02``."""
    if seconds is None:
        return UNKNOWN
    whole = round(max(0.0, seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def age(seconds: float) -> str:
    """Say how old something is: to the second for a day, then in days."""
    days = int(seconds // 86_400)
    if days < 1:
        return _("{span} old").format(span=span(seconds))
    return n_("{count} day old", "{count} days old", days).format(count=days)


def litres(amount: float, digits: int) -> str:
    """Write an amount of fuel, on one line."""
    return f"{amount:.{digits}f}\u00a0L"


def share(part: float | None) -> str:
    """Write a share of the whole."""
    return UNKNOWN if part is None else f"{part * 100:.1f} %"


def amount(value: float | None, digits: int) -> str:
    """Write nothing for 0, where nothing happened, so that what did stands out; unknown is not 0."""
    return "" if value == 0 else fixed(value, digits)


def kind_text(kind: LapKind) -> str:
    """Say what a lap was."""
    said = {
        LapKind.CLEAN: _("clean"),
        LapKind.UNTIMED: _("not clean"),
        LapKind.SLOW: _("slow lap"),
        LapKind.IN: _("in lap"),
        LapKind.OUT: _("out lap"),
        LapKind.PITS: _("in and out"),
        LapKind.TOW: _("tow"),
        LapKind.AFTER: _("after the finish"),
    }
    return said[kind]


def ranges(laps: Iterable[int]) -> list[tuple[int, int]]:
    """Put *laps* together, first and last of each row without a hole."""
    found: list[tuple[int, int]] = []
    for lap in sorted(set(laps)):
        if found and found[-1][1] == lap - 1:
            found[-1] = (found[-1][0], lap)
        else:
            found.append((lap, lap))
    return found


def laps_named(rows: Sequence[tuple[int, int]]) -> str:
    """Name laps: ``lap 7``, ``laps 57–58, 90``."""
    text = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in rows)
    is_one = len(rows) == 1 and rows[0][0] == rows[0][1]
    return (_("lap {laps}") if is_one else _("laps {laps}")).format(laps=text)


def title(info: Document, collection: str) -> str:
    """
    Say what the session is: ``Falk & Ruiz: Race at Monza Full``.

    The team, or the driver who is alone, by the info, else as the collection is called.
    """
    team = word(info, "TeamName") or collection.partition("@")[0] or collection
    return f"{' '.join(team.split())}: {_session(info)}"


def _session(info: Document) -> str:
    kind, event = word(info, "SessionType"), word(info, "EventType")
    where = _track(info)
    named = kind or event or _("Session")
    if event is not None and kind is not None and event.lower() not in kind.lower():
        named = f"{kind} ({event})"
    return named if where is None else _("{session} at {track}").format(session=named, track=where)


def _track(info: Document) -> str | None:
    """Name the track: ``Monza Full`` of the simulator's own ``monza full``."""
    name = word(info, "Track")
    return None if name is None else " ".join(part[:1].upper() + part[1:] for part in name.split())
