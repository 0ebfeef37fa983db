"""``Updated`` as anybody may have written it: what is read can be kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from teamtactics.cloud.wire import encoded, mirrored
from teamtactics.store.store import Outbox


@pytest.mark.parametrize("year", [1, 1969, 2026, 2262, 2300, 9999])
def test_a_document_with_a_stamp_of_any_year_can_be_kept(tmp_path: Path, year: int) -> None:
    """Firestore takes the years from 1 to 9999; nanoseconds of 64 bits end in 2262."""
    message = encoded("projects/p/databases/d/documents/c/1", {"Updated": datetime(year, 6, 1, tzinfo=UTC)})
    message.update_time.seconds = 1_790_000_000
    told = mirrored(message)
    with Outbox.open(tmp_path / "o.sqlite3", lambda: datetime.now(UTC)) as outbox:
        outbox.keep_mirror("c", [told])
        assert outbox.mirror("c").documents == (told,)
