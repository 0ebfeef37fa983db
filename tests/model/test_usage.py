"""Google's day, and when it runs short."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from teamtactics.model.usage import FREE_READS, FREE_WRITES, NO_USAGE, Usage, quota_day, runs_short

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("midnight", "day"),
    [
        (datetime(2026, 1, 10, 8, tzinfo=UTC), date(2026, 1, 10)),
        (datetime(2026, 7, 10, 7, tzinfo=UTC), date(2026, 7, 10)),
        (datetime(2026, 3, 8, 8, tzinfo=UTC), date(2026, 3, 8)),
        (datetime(2026, 3, 9, 7, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 8, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_the_day_begins_at_midnight_pacific_also_on_the_days_of_23_and_25_hours(midnight: datetime, day: date) -> None:
    """The 8th of March and the 1st of November 2026 are those days in Los Angeles."""
    assert quota_day(midnight - MINUTE) == day - timedelta(days=1)
    assert quota_day(midnight) == quota_day(midnight + MINUTE) == day


def test_the_place_of_the_pc_decides_nothing() -> None:
    in_berlin = datetime.fromisoformat("2026-07-10T08:59:00+02:00")
    assert (quota_day(in_berlin), quota_day(in_berlin + MINUTE)) == (date(2026, 7, 9), date(2026, 7, 10))


@pytest.mark.parametrize(
    ("total", "added", "short"),
    [
        (Usage(written=15_999), Usage(written=15_999), []),
        (Usage(written=16_000), Usage(written=1), ["writes"]),
        (Usage(written=16_001), Usage(written=1), []),
        (Usage(read=1_000, told=39_000), Usage(told=1), ["reads"]),
        (Usage(read=1_000, told=38_999), Usage(told=1), []),
        (Usage(written=16_100, read=40_500), Usage(written=200, read=600), ["writes", "reads"]),
        (Usage(commits=90_000), Usage(commits=90_000), []),
        (NO_USAGE, NO_USAGE, []),
    ],
)
def test_each_quota_is_named_when_it_comes_to_four_fifths_and_only_then(
    total: Usage, added: Usage, short: list[str]
) -> None:
    assert runs_short(total, added) == short


def test_the_line_for_the_check() -> None:
    assert str(Usage(1, 812, 120, 3_000)) == "812 of 20,000 free writes, 3,120 of 50,000 free reads"
    assert (FREE_WRITES, FREE_READS) == (20_000, 50_000)


def test_without_the_zone_s_file_the_day_is_an_hour_off_in_summer_and_nothing_else() -> None:
    """Windows has none of its own; the program brings it along, and must not depend on it."""
    script = (
        "import sys; sys.modules['tzdata'] = None\n"
        "from datetime import UTC, datetime\n"
        "from teamtactics.model.usage import quota_day\n"
        "print(quota_day(datetime(2026, 1, 10, 7, 59, tzinfo=UTC)), quota_day(datetime(2026, 7, 10, 8, tzinfo=UTC)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONTZPATH": ""}, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["2026-01-09", "2026-07-10"]
