"""Tables fit the terminal that they are printed in; no number is ever cut."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from teamtactics.model.parcel import Document
from teamtactics.reports.printing.fitting import Column, fit
from teamtactics.reports.summary import stints
from teamtactics.reports.tables import laps_table, sessions_table, stints_table
from teamtactics.store.store import SessionCounts, StoredSession

LAPS: list[Document] = [
    {
        "LapCompleted": number,
        "LapLastLapTime": 102.3456 + number,
        "LapTimeMeasured": 102.35 + number,
        "Driver": "Bartholomäus Freiherr von Unterwegs",
        "Stint": 1,
        "StintLap": number,
        "FuelLevel": 60.125 - number,
        "FuelUsed": 2.875,
        "FuelAdded": 41.5,
        "OnPitRoad": True,
        "TrackTemp": 31.2,
        "PitEnterTime": 300.0,
        "PitExitTime": 361.0,
        "PlayerCarTowTime": 20.0,
        "Source": "teammate",
        "Gap": 1.5,
    }
    for number in (8, 9, 10)
]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_table_is_no_wider_than_its_terminal_and_says_what_is_left_out(width: int, ascii_only: bool) -> None:
    for text in (
        laps_table(LAPS, (), {}, ascii_only=ascii_only, width=width),
        stints_table(stints(LAPS), ascii_only=ascii_only, width=width),
    ):
        assert max(map(len, text.splitlines())) <= width
    text = laps_table(LAPS, (), {}, ascii_only=ascii_only, width=width)
    assert "Not shown" in text
    for number in ("1:52.3456", "10"):
        assert number in text, "what stays is whole"
    assert "…" not in text


def test_without_a_width_a_table_is_whole() -> None:
    text = laps_table(LAPS, (), {}, ascii_only=False)
    for word in ("Measured", "Bartholomäus Freiherr von Unterwegs", "Gap s", "0:06:01.0"):
        assert word in text
    assert "Not shown" not in text
    assert max(map(len, text.splitlines())) > 150


def test_a_long_name_is_folded_and_not_lost() -> None:
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    name = "FBP Racing@118486868#28814031#2"
    session = StoredSession(1, name, "t", {}, now, now, 0.0, None)
    text = sessions_table([session], {1: SessionCounts()}, ascii_only=True, width=40)
    column = [line[6:25].strip(" |") for line in text.splitlines()]
    assert name.replace(" ", "") in "".join(column).replace(" ", "")


def test_what_goes_first_is_the_highest_rank() -> None:
    columns = [Column(name, ["12345678"], rank=rank) for name, rank in (("a", 0), ("b", 2), ("c", 1), ("d", 2))]
    assert fit(columns, 40).left_out == ()
    assert fit(columns, 39).left_out == ["d"]
    assert fit(columns, 29).left_out == ["b", "d"]
    assert [column.heading for column, _ in fit(columns, 1).columns] == ["a"], "what a table is about always stays"


def test_headings_fold_before_a_column_goes() -> None:
    columns = [Column("Lap", ["1"]), Column("Standing for so long", ["1.0"], rank=1)]
    fitted = fit(columns, 18)
    assert [(column.heading, width) for column, width in fitted.columns] == [("Lap", 3), ("Standing for so long", 8)]
