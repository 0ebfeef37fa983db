"""A lap time and a session clock read as the simulator's own screens write them."""

from __future__ import annotations

from teamtactics.model.words import clock, lap_time


def test_times_are_written_without_rounding_into_sixty() -> None:
    assert [lap_time(s) for s in (15.2033, 59.99996, 60.0, 102.34564, 3723.5, None)] == [
        "15.2033",
        "1:00.0000",
        "1:00.0000",
        "1:42.3456",
        "62:03.5000",
        "–",
    ]
    assert lap_time(None, "no time") == "no time"
    assert [clock(s) for s in (0.0, 59.96, 3599.99, 90000.25, -5.0, None)] == [
        "0:00:00.0",
        "0:01:00.0",
        "1:00:00.0",
        "25:00:00.2",
        "-0:00:05.0",
        "–",
    ]
