"""The whole page of a session, worked out; the template draws it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from teamtactics.language import _, n_
from teamtactics.model.parcel import Document
from teamtactics.model.records import PutBack
from teamtactics.model.status import MemberSeen
from teamtactics.reports import summary
from teamtactics.reports.known_laps import KnownSession
from teamtactics.reports.page import marks, weather
from teamtactics.reports.page.chart import Chart
from teamtactics.reports.page.drivers import DrivingTime, Key, colours, driver_key, driving_time, name_of, shares
from teamtactics.reports.page.head import Card, Now, cards, in_car, newer_state, under_way
from teamtactics.reports.page.lap_charts import SHAPES, Course, fuel_chart, time_chart
from teamtactics.reports.page.phrases import age, title
from teamtactics.reports.page.rows import LapRows, StintLaps
from teamtactics.reports.page.tables import Table, Who, drivers_table, stints_table, stops_table
from teamtactics.reports.page.team import PutBackView, TeamView, put_back, team
from teamtactics.reports.page.wall_clock import WallClock
from teamtactics.reports.stops import stops
from teamtactics.reports.summary import moment
from teamtactics.reports.wholeness import is_under_way, sentences, wholeness


@dataclass(frozen=True, slots=True)
class Choice:
    """A session that can be chosen: the page's file beside this one, and whether it is this one."""

    href: str
    title: str
    day: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class View:
    """
    All that the template draws.

    Attributes:
        title, subtitle: What the session is, in people's words.

        age: How old it is what stands here.

        in_car: The settings of who drives; None where they are not known.

        put_back: What the member of this PC may want to put back; None for nothing.

        team: Who is there; None where nobody's client has told of itself.

        whole: The record held against the simulator's results, the answer first; without laps nothing.

        people: Who drove, with colours: the charts' legend.

        shapes: Kinds of laps in the charts, as the symbols are called.

        without_time: Of how many laps the driving time is not known, in words; None when of none.

        has_measured: Of a lap the simulator gave no time.
    """

    title: str
    subtitle: Sequence[str]
    collection: str
    age: Sequence[str]
    cards: Sequence[Card]
    in_car: str | None
    put_back: PutBackView | None
    team: TeamView | None
    whole: Sequence[str]
    charts: Sequence[Chart]
    people: Sequence[Who]
    shapes: frozenset[str]
    drivers: Table
    stints: Table
    stops: Table
    weather: Sequence[weather.WeatherChange]
    laps: Sequence[StintLaps]
    signs: marks.Signs
    without_time: str | None
    has_measured: bool


def view(
    collection: str,
    known: KnownSession,
    made_utc: datetime,
    zone: tzinfo | None = None,
    members: Sequence[MemberSeen] = (),
    left_over: PutBack | None = None,
) -> View:
    """
    Work out the page.

    Args:
        made_utc: Now.

        zone: In which times of day are said; None for this PC's own.

        members: Who has been there.

        left_over: What is to be put back.
    """
    laps = summary.in_order(known.laps)
    state = newer_state(laps, known.state)
    clock = WallClock([*laps, *([] if state is None else [state])], zone)
    pending = under_way(laps, state)
    visits = stops([*laps, *([] if pending is None else [pending])])
    stints, of_stint = summary.stints(laps), dict(summary.by_stint(laps))
    colour_of, absent = colours([*laps, *([] if state is None else [state])]), marks.missing(laps)
    people = _people(laps, colour_of)
    kinds = summary.lap_kinds(laps)
    signs = marks.signs(laps, known.marks)
    rows = LapRows(clock, people, kinds, signs.by_lap, visits)
    course = Course(laps, stints, absent, colour_of, kinds)
    driven = driving_time(laps)
    return View(
        title=title(known.info, collection),
        subtitle=_subtitle(known.info, laps, clock),
        collection=collection,
        age=_age(laps, state, known.told_utc, made_utc, clock),
        cards=cards(Now(laps, state, visits, known.info, clock, colour_of, kinds)) if laps or state is not None else [],
        in_car=in_car(state),
        put_back=put_back(left_over),
        team=team(members, made_utc, clock, colour_of),
        whole=_whole(laps, known, made_utc),
        charts=[each for each in (time_chart(course), fuel_chart(course)) if each is not None] if laps else [],
        people=list(people.values()),
        shapes=frozenset(SHAPES[kind] for kind in kinds.values()),
        drivers=drivers_table(shares(laps, kinds, driven)),
        stints=stints_table(stints, of_stint, people, clock),
        stops=stops_table(visits, people, clock),
        weather=weather.changes(laps, clock),
        laps=[rows.of(stint, of_stint[stint.stint]) for stint in stints],
        signs=signs,
        without_time=_without_time(driven),
        has_measured=any(_is_measured(lap) for lap in laps),
    )


def _whole(laps: Sequence[Document], known: KnownSession, made_utc: datetime) -> Sequence[str]:
    if not laps:
        return ()
    return sentences(wholeness(laps, known.results, is_under_way=is_under_way(laps, made_utc)))


def _without_time(driven: DrivingTime) -> str | None:
    laps = driven.unknown_laps
    said = n_("{count} lap that nobody saw begin", "{count} laps that nobody saw begin", laps)
    return said.format(count=laps) if laps else None


def _people(laps: Iterable[Document], colour_of: Mapping[Key, int]) -> dict[Key, Who]:
    driven: dict[Key, list[Document]] = {}
    for lap in laps:
        driven.setdefault(driver_key(lap), []).append(lap)
    return {key: Who(name_of(of_driver), colour_of.get(key)) for key, of_driver in driven.items()}


def _subtitle(info: Document, laps: Sequence[Document], clock: WallClock) -> Sequence[str]:
    utc = next((at for lap in laps if (at := moment(lap, "Utc")) is not None), None)
    car, day = summary.word(info, "Car"), None if utc is None else clock.day(utc)
    return [text for text in (car, day) if text is not None]


def _age(
    laps: Sequence[Document],
    state: Document | None,
    told_utc: datetime | None,
    made_utc: datetime,
    clock: WallClock,
) -> Sequence[str]:
    found = []
    if state is not None and (at := moment(state, "Utc")) is not None:
        old = age((made_utc - at).total_seconds())
        found.append(_("as of {time}, {age}").format(time=clock.of(at), age=old))
    if laps and (line := moment(laps[-1], "Utc")) is not None:
        found.append(_("last lap {time}").format(time=clock.of(line)))
    if told_utc is not None:
        found.append(_("newest word of the team's collection {time}").format(time=clock.of(told_utc)))
    made = _("page made {time} ({zone})")
    return [*found, made.format(time=clock.moment(made_utc), zone=clock.zone_at(made_utc))]


def _is_measured(lap: Document) -> bool:
    return summary.number(lap, "LapLastLapTime") is None and summary.lap_time_s(lap) is not None
