"""What is said of laps beside their numbers: where they are known from, and which are missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from teamtactics.contract.documents import SOURCE_TEAMMATE
from teamtactics.language import _
from teamtactics.model.parcel import Document
from teamtactics.reports.known_laps import Mark
from teamtactics.reports.page.phrases import laps_named, ranges
from teamtactics.reports.summary import number, whole, word


@dataclass(frozen=True, slots=True)
class Sign:
    """A letter behind a lap's number."""

    letter: str

    @property
    def text(self) -> str:
        """What it means."""
        said = {
            "T": _("filled in by a team-mate's client, which sees no fuel"),
            "G": _("a part of the lap was seen by nobody"),
            "H": _("not confirmed by the team's collection so far, or not all of it"),
            "C": _("only in the team's collection, not seen by this PC"),
            "A": _("put together from what several clients saw, or corrected since it was first recorded"),
        }
        return said[self.letter]


BACK_FILLED, GAP, ONLY_HERE, ONLY_THERE, AMENDED = map(Sign, "TGHCA")

OF_STORE = (ONLY_HERE, ONLY_THERE, AMENDED)
"""What no document says."""

ALL = (BACK_FILLED, GAP, ONLY_HERE, ONLY_THERE, AMENDED)
"""In the order in which they stand behind a lap and in the legend."""

_OF_MARKS = {Mark.ONLY_HERE: ONLY_HERE, Mark.ONLY_THERE: ONLY_THERE, Mark.AMENDED: AMENDED}


@dataclass(frozen=True, slots=True)
class Meaning:
    """A line of the legend: a sign that is used, and the laps that have it."""

    sign: Sign
    laps: str


@dataclass(frozen=True, slots=True)
class Signs:
    """
    The signs of a session's laps.

    Attributes:
        by_lap: Those of each lap that has one.

        legend: What is used, with its meaning.

        sentences: What holds of all laps.
    """

    by_lap: Mapping[int, Sequence[Sign]]
    legend: Sequence[Meaning]
    sentences: Sequence[str]


def signs(laps: Sequence[Document], marks: Mapping[int, frozenset[Mark]], wanted: Sequence[Sign] = ALL) -> Signs:
    """Work out the signs of *laps*, those that are wanted."""
    found = {lap: _of_lap(document, marks.get(lap, frozenset())) for lap, document in _numbered(laps)}
    everywhere = [sign for sign in (ONLY_HERE, ONLY_THERE) if found and all(sign in each for each in found.values())]
    shown = [sign for sign in wanted if sign not in everywhere]
    by_lap = {lap: [sign for sign in shown if sign in each] for lap, each in found.items()}
    having = {sign: [lap for lap, each in by_lap.items() if sign in each] for sign in shown}
    return Signs(
        {lap: each for lap, each in by_lap.items() if each},
        [Meaning(sign, laps_named(ranges(of_sign))) for sign, of_sign in having.items() if of_sign],
        [_of_all(sign) for sign in everywhere],
    )


def missing(laps: Sequence[Document]) -> list[tuple[int, int]]:
    """Return which laps between lap 1 and the last known one nobody has told of, as rows of first and last."""
    found, expected = [], 1
    for lap, _document in sorted(_numbered(laps), key=lambda each: each[0]):
        if lap > expected:
            found.append((expected, lap - 1))
        expected = max(expected, lap + 1)
    return found


def missing_text(rows: Sequence[tuple[int, int]]) -> str | None:
    """Say which laps are missing; None when none is."""
    if not rows:
        return None
    is_one = len(rows) == 1 and rows[0][0] == rows[0][1]
    said = (
        _("{laps} is missing: nobody has told of it.") if is_one else _("{laps} are missing: nobody has told of them.")
    )
    return said.format(laps=laps_named(rows))


def _of_all(sign: Sign) -> str:
    """Say once what holds of every lap, instead of at each."""
    if sign is ONLY_HERE:
        return _("All of this is on this PC only: the team's collection has not confirmed a lap of it yet.")
    return _("All of this is known from the team's collection: this PC did not see a lap of it.")


def _of_lap(lap: Document, marks: frozenset[Mark]) -> frozenset[Sign]:
    found = {_OF_MARKS[mark] for mark in marks}
    if word(lap, "Source") == SOURCE_TEAMMATE:
        found.add(BACK_FILLED)
    if number(lap, "Gap"):
        found.add(GAP)
    return frozenset(found)


def _numbered(laps: Sequence[Document]) -> list[tuple[int, Document]]:
    return [(at, lap) for lap in laps if (at := whole(lap, "LapCompleted")) is not None]
