"""The team on the page: who is there and ready, and what one driver leaves to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from teamtactics.language import _, local
from teamtactics.model.records import PutBack
from teamtactics.model.status import CHECK_OK, MemberSeen
from teamtactics.model.words import UNKNOWN, duration, in_order, levels, put_back_age, put_back_title, setting
from teamtactics.reports.page.drivers import Key
from teamtactics.reports.page.phrases import amount
from teamtactics.reports.page.tables import Who
from teamtactics.reports.page.wall_clock import WallClock

_DAY_S = 12 * 3600.0
"""Who was seen longer ago is told with the date."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """
    One member.

    Attributes:
        state: ``in the car``, ``ready``, ``not ready`` or ``gone``.

        look: How the state looks: ``good``, ``bad``, or ``soft`` for who is gone.

        seen: When his client was last heard of, by the clock: it stays true on a page that is not read again.

        wrong: One sentence; empty when all is well.
    """

    who: Who
    state: str
    look: str
    version: str
    seen: str
    waiting: str
    wrong: str


@dataclass(frozen=True, slots=True)
class TeamView:
    """
    The members whose clients have been there.

    Attributes:
        title: How many of them are ready.

        alarms: Who has to do something, one sentence each; who is gone may sleep.
    """

    title: str
    rows: Sequence[MemberRow]
    alarms: Sequence[str]


@dataclass(frozen=True, slots=True)
class Level:
    """One setting as drivers call it: as the one before had it, and as it is."""

    name: str
    theirs: str
    own: str


@dataclass(frozen=True, slots=True)
class PutBackView:
    """
    What who got in may want to put back.

    Attributes:
        age: That it was told long before the driver change; empty when it was not.
    """

    title: str
    levels: Sequence[Level]
    age: str


def team(
    members: Sequence[MemberSeen], made_utc: datetime, clock: WallClock, colours: Mapping[Key, int]
) -> TeamView | None:
    """
    Write who is there; None without a team.

    Args:
        made_utc: Now, when *members* were last seen so long ago.
    """
    if not members:
        return None
    ready = sum(seen.is_ready for seen in members)
    return TeamView(
        _("{ready} of {all} ready").format(ready=ready, all=len(members)),
        [_row(seen, made_utc, clock, colours) for seen in members],
        [f"{seen.member.name}: {local(seen.trouble or '')}" for seen in members if _is_alarming(seen)],
    )


def put_back(found: PutBack | None) -> PutBackView | None:
    """Write what is to be put back; None for nothing."""
    if found is None:
        return None
    by_name = {one.name: one for one in found.settings}
    rows = [Level(setting(name, _), *levels(by_name[name], _)) for name in in_order(by_name)]
    return PutBackView(put_back_title(found, _), rows, put_back_age(found, _))


def _is_alarming(seen: MemberSeen) -> bool:
    """Tell whether somebody must do something: what waits for a server goes out by itself."""
    return seen.trouble is not None and (seen.member.check != CHECK_OK or not seen.member.waiting)


def _row(seen: MemberSeen, made_utc: datetime, clock: WallClock, colours: Mapping[Key, int]) -> MemberRow:
    member = seen.member
    state, look = _state(seen)
    at = made_utc - timedelta(seconds=min(seen.seen_s, 1e9))
    return MemberRow(
        Who(member.name, colours.get(member.customer_id)),
        state,
        look,
        member.client_version or UNKNOWN,
        clock.moment(at) if seen.seen_s > _DAY_S else clock.of(at),
        amount(member.waiting, 0),
        _unheard(seen) if seen.is_gone else local(seen.trouble or ""),
    )


def _unheard(seen: MemberSeen) -> str:
    return _("Ended or offline: not heard of for {duration}.").format(duration=duration(seen.seen_s))


def _state(seen: MemberSeen) -> tuple[str, str]:
    if seen.is_gone:
        return _("gone"), "soft"
    if seen.member.is_in_car:
        return _("in the car"), "good" if seen.is_ready else "bad"
    return (_("ready"), "good") if seen.is_ready else (_("not ready"), "bad")
