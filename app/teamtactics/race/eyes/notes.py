"""What the eyes have noticed in a tick and others must hear of."""

from __future__ import annotations

from dataclasses import dataclass

from teamtactics.model.events import LineCrossed, Remark, RunEventKind
from teamtactics.model.records import Moment
from teamtactics.race.eyes.telling import Telling


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that a run event tells of."""

    kind: RunEventKind
    at: Moment


@dataclass(frozen=True, slots=True)
class LapOver:
    """A lap has ended and nothing of its end is waited for any more."""

    telling: Telling


Noticed = Happened | LapOver | LineCrossed | Remark
