"""Races on paper, as lap documents: what a page has to show of a day, and of a day and a night."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from teamtactics.model.parcel import Document, Value
from teamtactics.model.records import OtherSetting, PutBack
from teamtactics.model.status import CHECK_OK, Member, MemberSeen
from teamtactics.reports.known_laps import KnownSession, Mark
from teamtactics.reports.summary import LAP_COLUMNS

BEGAN = datetime(2026, 11, 28, 13, 0, 20, tzinfo=UTC)
COLLECTION = "FBP Racing  ORANGE@118486868#28814031#2"
ROGUE = '<script>alert("1")</script>&"\'><img src=http://example.com/x onerror=alert(1)>'
THREE = ((101, "Ada Falk"), (102, "Ben Ruiz"), (103, "Łukasz Żółty"))
INFO: Document = {
    "Track": "monza full",
    "TeamName": "FBP Racing  ORANGE",
    "Car": "Porsche 911 RSR",
    "SessionType": "Race",
    "EventType": "Race",
    "SessionLaps": None,
    "SessionTime": 21600.0,
    "FuelMax": 106.0,
}


@dataclass
class PaperRace:
    """
    A race that goes on stint by stint.

    Attributes:
        drivers: Number and name of each, who drive in turns of one stint.

        laps: The documents so far.
    """

    drivers: Sequence[tuple[int, str]] = THREE
    seed: int = 7
    lap_s: float = 107.5
    burned_l: float = 3.02
    stint_laps: int = 29
    wet_from: int | None = None
    laps: list[dict[str, Value]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._now_s, self._fuel_l, self._stint, self._stint_lap = 118.0, 100.0, 1, 0

    @property
    def driver(self) -> tuple[int, str]:
        return self.drivers[(self._stint - 1) % len(self.drivers)]

    def drive(self, laps: int) -> PaperRace:
        """Drive on, with a stop every *stint_laps* laps."""
        for _ in range(laps):
            self._lap(stops=self._stint_lap == self.stint_laps - 1)
        return self

    def _lap(self, *, stops: bool) -> None:
        number, rng = len(self.laps) + 1, self._random
        is_out = self._stint > 1 and self._stint_lap == 0
        pace = self.lap_s + (self._stint % 3) * 0.35 + self._fuel_l * 0.008 + rng.gauss(0, 0.28)
        pace += max(0.0, rng.gauss(-1, 1))
        wet = self.wet_from is not None and number >= self.wet_from
        took_s = pace + (6.5 if wet else 0.0) + (38.0 if is_out else 0.0) + (9.0 if stops else 0.0)
        used = self.burned_l + rng.gauss(0, 0.025) - (0.22 if wet else 0.0) + (0.3 if is_out else 0.0)
        moments: dict[str, Value] = {}
        if is_out:
            begun = self._now_s
            moments = {"StartMovingTime": begun + 24.6, "PitExitTime": begun + 36.0, "FuelAdded": 98.0 - self._fuel_l}
            self._fuel_l = 98.0
        self._fuel_l -= used
        self._now_s += took_s
        if stops:
            moments = {"PitEnterTime": self._now_s - 14.0, "StopMovingTime": self._now_s - 3.0, "PitSvFlags": 0x1F}
            moments |= {"OnPitRoad": True}
        self._stint_lap += 1
        customer, name = self.driver
        known: dict[str, Value] = {
            "LapCompleted": number,
            "LapLastLapTime": round(took_s, 4),
            "LapTimeMeasured": round(took_s + rng.uniform(-0.01, 0.01), 4) if number > 1 else took_s - 4.0,
            "CustomerID": customer,
            "Driver": name,
            "Stint": self._stint,
            "StintLap": self._stint_lap,
            "FuelLevel": round(self._fuel_l, 3),
            "FuelUsed": round(used, 3),
            "FuelAdded": 0.0,
            "OnPitRoad": False,
            "TrackTemp": round(31.0 + number / 40 - (4.0 if wet else 0.0) + rng.gauss(0, 0.1), 2),
            "AirTemp": 22.4,
            "TrackWetness": 3 if wet else 1,
            "WeatherDeclaredWet": wet,
            "PlayerTireCompound": int(wet),
            "PitSvFlags": 0x10,
            "SessionTime": round(self._now_s, 3),
            "SessionTimeOfDay": 36000.0 + round(self._now_s),
            "SessionState": 4,
            "SessionFlags": 0,
            "PlayerCarTowTime": 0.0,
            "PitRepairLeft": 0.0,
            "PitOptRepairLeft": 0.0,
            "Utc": BEGAN + timedelta(seconds=self._now_s),
            "Source": "driver",
            "Gap": 0.0,
        }
        self.laps.append({**dict.fromkeys(LAP_COLUMNS), **known, **moments})
        if stops:
            self._stint, self._stint_lap = self._stint + 1, 0

    def change(self, lap: int, **fields: Value) -> PaperRace:
        """Let something else be true of *lap*."""
        self.laps[lap - 1].update(fields)
        return self

    def back_fill(self, lap: int) -> PaperRace:
        """Let a team-mate's client have told *lap*: from outside nobody sees fuel or tyres."""
        unseen = ("FuelLevel", "FuelUsed", "FuelAdded", "PlayerTireCompound", "PlayerCarTowTime")
        return self.change(lap, **dict.fromkeys(unseen), Source="teammate")

    def without(self, *laps: int) -> list[Document]:
        """Return the documents but for those that nobody told."""
        return [lap for lap in self.laps if lap["LapCompleted"] not in laps]


def state_after(laps: Sequence[Document], seconds: float = 41.0, **fields: Value) -> Document:
    """What the one in the car told so many seconds after the last line."""
    last = dict(laps[-1])
    burned, line_s, utc = last["FuelUsed"], last["SessionTime"], last["Utc"]
    assert isinstance(burned, float) and isinstance(line_s, float) and isinstance(utc, datetime)
    level = last["FuelLevel"]
    assert isinstance(level, float)
    now: dict[str, Value] = {
        **{name: None for name in last if name.startswith(("Pit", "Start", "Stop"))},
        "SessionTime": line_s + seconds,
        "Utc": utc + timedelta(seconds=seconds),
        "FuelLevel": level - burned * seconds / 107.0,
        "FuelAtLapStart": level,
        "FuelAdded": 0.0,
    }
    return {**last, **now, **fields}


def member(
    customer_id: int, name: str, seen_s: float, trouble: str | None = None, *, version: str = "1.0.0", **told: Any
) -> MemberSeen:
    """A member as he is seen now; who was not heard of for eleven minutes is gone."""
    is_gone = seen_s > 660.0
    of_client = {"is_in_car": False, "waiting": 0, "check": trouble or CHECK_OK, "text_encoding": None, "utc": None}
    one = Member(customer_id=customer_id, name=name, client_version=version, **{**of_client, **told})
    return MemberSeen(one, seen_s, is_gone, None if is_gone else trouble)


TEAM = (
    member(101, "Ada Falk", 42.0, is_in_car=True),
    member(102, "Ben Ruiz", 188.0),
    member(106, "Bo Lind", 31.0, "2 items wait there for a server.", waiting=2, check=CHECK_OK),
    member(104, "Cy Orr", 12.0, "The Pub/Sub topic does not exist: create it, or correct messageTopic."),
    member(105, "Dee Marsh-Okonkwo", 250.0, "Runs teamtactics 0.9.2, this is 1.0.0.", version="0.9.2"),
    member(103, "Łukasz Żółty", 5_400.0),
)
LEFT_OVER = PutBack(
    11_300.0,
    "Łukasz Żółty",
    11_290.0,
    (
        OtherSetting("dcABS", 6.0, 4.0),
        OtherSetting("dcAntiRollFront", 3.0, 5.0),
        OtherSetting("dcBrakeBias", 52.0, 54.5),
        OtherSetting("dcTractionControl", 6.0, 3.0),
        OtherSetting("dcTractionControlToggle", True, False),
    ),
)


def known(
    laps: Sequence[Document],
    state: Document | None = None,
    marks: Mapping[int, frozenset[Mark]] | None = None,
    info: Document = INFO,
    told_utc: datetime | None = None,
) -> KnownSession:
    """All that is known of such a race."""
    return KnownSession(laps, info, state, marks or {}, told_utc)


def race_day() -> KnownSession:
    """Six hours, three drivers, half of it driven: a tow, laps that are missing, back-filled, confirmed nowhere."""
    race = PaperRace(wet_from=71).drive(102)
    race.change(19, LapLastLapTime=None).change(44, LapLastLapTime=171.2, LapTimeMeasured=171.2)
    race.change(63, Gap=14.0).back_fill(90).back_fill(91)
    race.change(82, LapLastLapTime=None, PlayerCarTowTime=48.0, PitRepairLeft=95.0, PitOptRepairLeft=20.0)
    laps = race.without(57, 58)
    marks = {101: frozenset({Mark.ONLY_HERE}), 102: frozenset({Mark.ONLY_HERE}), 30: frozenset({Mark.AMENDED})}
    marks |= {lap: frozenset({Mark.ONLY_THERE}) for lap in range(1, 13)}
    state = state_after(laps, InCar={"dcDiffEntry": 2.0, **{one.name: one.own for one in LEFT_OVER.settings}})
    return known(laps, state, marks, told_utc=BEGAN + timedelta(seconds=11_558))


def day_and_night(laps: int = 780) -> KnownSession:
    """Twenty-four hours, four drivers."""
    four = (*THREE, (104, "Marie-Claire de la Fontaine-Dubois"))
    race = PaperRace(four, seed=24, wet_from=None).drive(laps)
    race.change(301, LapLastLapTime=None, PlayerCarTowTime=30.0)
    info = {**INFO, "SessionTime": 86400.0, "Track": "nurburgring combinedshortb"}
    return known(race.laps, state_after(race.laps), info=info, told_utc=BEGAN + timedelta(seconds=85_890))


def full_of_markup() -> KnownSession:
    """Names as somebody would write them who wants to break a page."""
    rogue = ROGUE
    names = (rogue, "</svg></style></title>{{ 7*7 }}{% raw %}", "\u202eoliver\u0000\ud800")
    race = PaperRace(tuple(enumerate(names, start=1)), stint_laps=6).drive(20)
    info = {**INFO, "Track": rogue, "TeamName": rogue, "Car": "<b>car</b>", "SessionType": rogue, "EventType": "<i>"}
    return known(race.laps, state_after(race.laps), info=info)
