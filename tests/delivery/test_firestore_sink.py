"""The Firestore sink against a real server, read back with Google's own client."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from support.cloud_parcels import NO_SESSION, info, lap, purge, state, stored
from support.refusing import refusing_server
from support.sinks import firestore_sink
from teamtactics.cloud.calls.channel import Channel, Method
from teamtactics.cloud.firestore import Firestore
from teamtactics.cloud.meter import Meter
from teamtactics.delivery.firestore_sink import FirestoreSink
from teamtactics.errors import (
    Contended,
    CredentialsRejected,
    DeliveryError,
    PermanentFailure,
    SinkRefused,
    TemporaryFailure,
)
from teamtactics.model.parcel import Document
from teamtactics.model.usage import Usage

ReadBack = Callable[[str], dict[str, dict[str, object]]]

pytestmark = pytest.mark.emulator


def test_documents_arrive_with_their_types(sink: FirestoreSink, collection: str, read_back: ReadBack) -> None:
    """Text, int, float, bool and null are read back as what they were; the names are the contract's."""
    wanted = [info(collection), lap(collection, 1), state(collection, 100.0)]
    sink.deliver(stored(*wanted))
    found = read_back(collection)
    assert found == {parcel.doc_id: parcel.document for parcel in wanted}
    for parcel in wanted:
        assert parcel.doc_id is not None
        assert parcel.document is not None
        assert {key: type(value) for key, value in found[parcel.doc_id].items()} == {
            key: type(value) for key, value in parcel.document.items()
        }


def test_a_lap_and_its_state_cost_one_commit_and_no_read_after_the_first(
    sink: FirestoreSink, collection: str, meter: Meter
) -> None:
    """Which state is to be replaced is known from our own last write."""
    sink.deliver(stored(lap(collection, 1), state(collection, 100.0)))
    assert meter.total == Usage(commits=1, written=2, read=1)
    sink.deliver(stored(lap(collection, 2), state(collection, 200.0), first=3))
    sink.deliver(stored(lap(collection, 3), state(collection, 300.0), first=5))
    assert meter.total == Usage(commits=3, written=6, read=1)


def test_documents_without_a_state_cost_no_read(sink: FirestoreSink, collection: str, meter: Meter) -> None:
    sink.deliver(stored(info(collection), lap(collection, 1)))
    assert meter.total == Usage(commits=1, written=2)


def test_a_backlog_goes_out_in_one_commit_with_the_newest_state(
    sink: FirestoreSink, collection: str, read_back: ReadBack, meter: Meter
) -> None:
    parcels = [parcel for n in range(1, 101) for parcel in (lap(collection, n), state(collection, n * 100.0))]
    sink.deliver(stored(*parcels))
    found = read_back(collection)
    assert len(found) == 101
    assert found["state"]["SessionTime"] == 10_000.0
    assert meter.total == Usage(commits=1, written=101, read=1)


def test_an_earlier_state_never_overwrites_a_later_one(
    sink: FirestoreSink, collection: str, read_back: ReadBack
) -> None:
    """Whatever order clients come back online in; their laps are written all the same."""
    sink.deliver(stored(state(collection, 500.0, Driver="A")))
    sink.deliver(stored(lap(collection, 3), state(collection, 300.0, Driver="B", CustomerID=8)))
    sink.deliver(stored(state(collection, 500.0, Driver="B", CustomerID=8)))
    found = read_back(collection)
    assert found["state"]["Driver"] == "A"
    assert set(found) == {"3", "state"}


def test_a_state_of_another_session_under_the_same_name_is_replaced(
    sink: FirestoreSink, collection: str, read_back: ReadBack
) -> None:
    sink.deliver(stored(state(collection, 500.0)))
    sink.deliver(stored(state(collection, 3.0, SubSessionID=1)))
    assert read_back(collection)["state"]["SessionTime"] == 3.0


def test_delivering_twice_changes_nothing(
    sink: FirestoreSink, collection: str, read_back: ReadBack, meter: Meter
) -> None:
    parcels = stored(info(collection), lap(collection, 1), lap(collection, 2), state(collection, 200.0))
    sink.deliver(parcels)
    before, written = read_back(collection), meter.total.written
    sink.deliver(parcels)
    assert read_back(collection) == before
    assert meter.total.written == written


def test_a_fact_told_again_by_another_look_at_the_clock_is_there_already(
    sink: FirestoreSink, collection: str, meter: Meter, read_back: ReadBack
) -> None:
    """After a crash lap and state come with a Utc that is some milliseconds off: nothing to write, no conflict."""
    first, again = (datetime(2026, 11, 26, 1, 0, 0, ms * 1000, tzinfo=UTC) for ms in (100, 117))
    sink.deliver(stored(info(collection), lap(collection, 1, Utc=first), state(collection, 100.0, Utc=first)))
    before, written = read_back(collection), meter.total.written
    for parcel in (
        lap(collection, 1, Utc=again),
        state(collection, 100.0, Utc=again),
        info(collection, ClientVersion="9.9"),
    ):
        sink.deliver(stored(parcel))
    assert (read_back(collection), meter.total.written) == (before, written)
    assert sink.conflict is None


def test_info_is_written_once_for_a_team_and_again_when_it_changes(
    sink: FirestoreSink, collection: str, read_back: ReadBack, meter: Meter
) -> None:
    """Six members' clients know the same; another version of one of them is no change of the session."""
    for version in ("1.0.0", "1.0.0", "1.1.0", "1.0.0"):
        sink.deliver(stored(info(collection, ClientVersion=version)))
    assert (meter.total.written, read_back(collection)["info"]["ClientVersion"]) == (1, "1.0.0")
    sink.deliver(stored(info(collection, ClientVersion="1.1.0", SessionLaps=40)))
    assert (meter.total.written, read_back(collection)["info"]["SessionLaps"]) == (2, 40)


def test_another_drivers_lap_is_not_replaced(
    sink: FirestoreSink, collection: str, read_back: ReadBack, caplog: pytest.LogCaptureFixture
) -> None:
    """The first stays, the log names both, the rest of the batch is written."""
    sink.deliver(stored(lap(collection, 1, CustomerID=1, Driver="Anna")))
    with caplog.at_level(logging.WARNING):
        sink.deliver(stored(lap(collection, 1, CustomerID=2, Driver="Ben"), lap(collection, 2, CustomerID=2)))
    found = read_back(collection)
    assert [found[n]["CustomerID"] for n in ("1", "2")] == [1, 2]
    assert "lap 1 is claimed twice: Anna's client says that Anna drove it" in caplog.text


@pytest.mark.parametrize(
    "there", [{}, {"FuelUsed": 9.0}, {"Source": "teammate", "FuelLevel": None}, {"Gap": 5.7}, {"SchemaVersion": 2}]
)
def test_a_lap_that_is_there_stays_whatever_it_says(
    sink: FirestoreSink, collection: str, read_back: ReadBack, there: dict[str, Any]
) -> None:
    """What we know of it is folded in, or it is not ours to touch; the rest of the batch is written."""
    sink.deliver(stored(lap(collection, 1, **there)))
    before = read_back(collection)["1"]
    sink.deliver(stored(lap(collection, 1, FuelUsed=2.5), lap(collection, 2), state(collection, 200.0), first=2))
    found = read_back(collection)
    assert found["1"] == before
    assert (found["2"]["LapCompleted"], found["state"]["SessionTime"]) == (2, 200.0)


@pytest.mark.parametrize("poison", [2**63, math.nan, math.inf, "\ud800", object()])
def test_what_cannot_be_written_is_permanent(sink: FirestoreSink, collection: str, poison: Any) -> None:
    with pytest.raises(PermanentFailure, match="7 cannot be written"):
        sink.deliver(stored(lap(collection, 7, Driver=poison)))


class TestPurge:
    def fill(self, sink: FirestoreSink, collection: str, laps: int = 3, **session: Any) -> None:
        sink.deliver(stored(info(collection, **session), state(collection, laps * 100.0, **session)))
        numbers = range(1, laps + 1)
        for first in range(0, laps, 200):
            sink.deliver(stored(*(lap(collection, n) for n in numbers[first : first + 200])))

    def test_another_subsession_is_removed(self, sink: FirestoreSink, collection: str, read_back: ReadBack) -> None:
        self.fill(sink, collection, SubSessionID=1)
        sink.deliver(stored(purge(collection)))
        assert read_back(collection) == {}

    def test_the_same_subsession_keeps_everything(
        self, sink: FirestoreSink, collection: str, read_back: ReadBack
    ) -> None:
        """A restart of the client within the session removes nothing, also when times look odd."""
        self.fill(sink, collection)
        sink.deliver(stored(purge(collection)))
        assert len(read_back(collection)) == 5

    def test_a_live_session_without_numbers_that_starts_earlier_is_a_new_one(
        self, sink: FirestoreSink, collection: str, read_back: ReadBack
    ) -> None:
        self.fill(sink, collection, **NO_SESSION)
        sink.deliver(stored(purge(collection, **NO_SESSION)))
        assert read_back(collection) == {}

    @pytest.mark.parametrize("begins", [{"live": False}, {"SessionTime": 296.0}, {"SessionTime": 400.0}])
    def test_in_doubt_nothing_is_removed(
        self, sink: FirestoreSink, collection: str, read_back: ReadBack, begins: dict[str, Any]
    ) -> None:
        self.fill(sink, collection, **NO_SESSION)
        sink.deliver(stored(purge(collection, **{**NO_SESSION, **begins})))
        assert len(read_back(collection)) == 5

    def test_a_certain_purge_removes_many_documents(
        self, sink: FirestoreSink, collection: str, read_back: ReadBack
    ) -> None:
        self.fill(sink, collection, laps=700)
        sink.deliver(stored(purge(collection, certain=True)))
        assert read_back(collection) == {}

    def test_an_empty_collection_is_no_trouble(self, sink: FirestoreSink, collection: str) -> None:
        sink.deliver(stored(purge(collection)))
        sink.deliver(stored(purge(collection, certain=True)))

    def test_cut_short_it_can_be_done_again(
        self, sink: FirestoreSink, collection: str, read_back: ReadBack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What proves the session older goes last, so the second attempt still knows."""
        self.fill(sink, collection, laps=400, SubSessionID=1)
        versions, calls = Firestore.versions, iter(range(10))

        def second_page_fails(documents: Firestore, name: str) -> dict[str, int]:
            if next(calls) == 1:
                raise TemporaryFailure("firestore", "cut")
            return versions(documents, name)

        monkeypatch.setattr(Firestore, "versions", second_page_fails)
        with pytest.raises(TemporaryFailure):
            sink.deliver(stored(purge(collection)))
        assert {"info", "state"} < set(read_back(collection))
        sink.deliver(stored(purge(collection)))
        assert read_back(collection) == {}


@pytest.mark.parametrize(
    ("code", "words", "kind", "hint"),
    [
        ("PERMISSION_DENIED", "Missing or insufficient permissions.", SinkRefused, "roles/datastore.user"),
        ("PERMISSION_DENIED", "Cloud Firestore API has not been used in project 1", SinkRefused, "Enable its API"),
        ("NOT_FOUND", "The database (default) does not exist", SinkRefused, "Create the Firestore database"),
        ("FAILED_PRECONDITION", "not available for Firestore in Datastore Mode", SinkRefused, "Native mode"),
        ("UNAUTHENTICATED", "invalid authentication credentials", CredentialsRejected, "clock"),
        ("INVALID_ARGUMENT", "Document too large", PermanentFailure, ""),
        ("INVALID_ARGUMENT", "Transaction too big. Decrease transaction size.", PermanentFailure, ""),
        ("RESOURCE_EXHAUSTED", "Quota exceeded.", TemporaryFailure, "midnight Pacific"),
        ("ABORTED", "Transaction lock timeout.", Contended, ""),
        ("FAILED_PRECONDITION", "the stored version (2) does not match the required base version (1)", Contended, ""),
        ("NOT_FOUND", "No document to update: projects/p/databases/(default)/documents/c/1", Contended, ""),
        ("INTERNAL", "", TemporaryFailure, ""),
        ("UNKNOWN", "", TemporaryFailure, ""),
        ("CANCELLED", "", TemporaryFailure, ""),
        ("ALREADY_EXISTS", "for ever", Contended, ""),
    ],
)
def test_what_the_server_says_is_told_in_our_words(
    code: str, words: str, kind: type[DeliveryError], hint: str, collection: str
) -> None:
    """Through the real client library, for a commit and for the read before it."""
    with refusing_server(code, words) as address:
        sink = firestore_sink(address)
        for parcels in (stored(lap(collection, 1)), stored(lap(collection, 1), state(collection, 100.0))):
            with pytest.raises(kind) as caught:
                sink.deliver(parcels)
            assert hint in caught.value.hint
            assert caught.value.sink == "firestore"
        sink.close()


def test_check_writes_and_leaves_nothing_behind(sink: FirestoreSink, read_back: ReadBack, meter: Meter) -> None:
    assert sink.check() == "Firestore database (default) of project teamtactics-test can be read and written"
    assert read_back("teamtactics") == {}
    assert meter.total == Usage(read=1, commits=1, written=2)


def test_check_finds_an_account_that_may_only_read() -> None:
    """It reads nothing, which is allowed, and every write is denied."""
    with refusing_server("PERMISSION_DENIED", "Missing or insufficient permissions.", {"BatchGetDocuments": b""}) as at:
        sink = firestore_sink(at)
        with pytest.raises(SinkRefused, match="no permission for Firestore database") as caught:
            sink.check()
        assert "roles/datastore.user" in caught.value.hint
        sink.close()


def test_a_state_written_between_our_look_and_our_commit_is_not_overwritten(
    firestore_emulator: str, sink: FirestoreSink, collection: str, read_back: ReadBack
) -> None:
    """The commit expects what was read and is refused; a second look sees the later state and yields."""
    sink.deliver(stored(state(collection, 100.0, CustomerID=1)))
    seen: list[object] = []

    def meanwhile(collection: str, document: Document) -> None:
        if not seen:
            sink.deliver(stored(state(collection, 300.0, CustomerID=1)))
        seen.append(document["SessionTime"])

    ours = firestore_sink(firestore_emulator, on_look=meanwhile)
    ours.deliver(stored(lap(collection, 2), state(collection, 200.0, CustomerID=2)))
    ours.close()
    found = read_back(collection)
    assert (found["state"]["SessionTime"], found["state"]["CustomerID"], found["2"]["CustomerID"]) == (300.0, 1, 4711)
    assert seen == [100.0, 300.0]


def test_our_own_last_state_is_no_reason_to_overwrite_anothers_later_one(
    firestore_emulator: str, sink: FirestoreSink, collection: str, read_back: ReadBack
) -> None:
    """What we know from our last write may be old: the commit is refused."""
    ours = firestore_sink(firestore_emulator)
    ours.deliver(stored(state(collection, 100.0, CustomerID=1)))
    sink.deliver(stored(state(collection, 300.0, CustomerID=2)))
    ours.deliver(stored(lap(collection, 1), state(collection, 200.0, CustomerID=1), first=2))
    assert read_back(collection)["state"]["SessionTime"] == 300.0
    ours.deliver(stored(state(collection, 400.0, CustomerID=1), first=4))
    assert read_back(collection)["state"]["SessionTime"] == 400.0
    ours.close()


def test_a_state_that_somebody_removed_is_written_anew(sink: FirestoreSink, collection: str, cloud: Any) -> None:
    sink.deliver(stored(state(collection, 100.0)))
    cloud.collection(collection).document("state").delete()
    sink.deliver(stored(lap(collection, 1), state(collection, 200.0), first=2))
    assert cloud.collection(collection).document("state").get().to_dict()["SessionTime"] == 200.0


@pytest.mark.timeout(60)
def test_two_clients_that_race_for_the_state_leave_the_later_one(
    firestore_emulator: str, collection: str, read_back: ReadBack
) -> None:
    """
    Whoever read before the other wrote is refused, and tries again.

    At no time does a later state give way to an earlier one, and who comes second learns of the other's.
    """
    seen: dict[int, list[float]] = {1: [], 2: []}
    start = threading.Barrier(2)

    def drive(customer_id: int) -> None:
        def note(_collection: str, document: Document) -> None:
            seen[customer_id].append(float(str(document["SessionTime"])))

        sink = firestore_sink(firestore_emulator, on_look=note)
        sink.check()
        start.wait(10)
        for n in range(60):
            # Odd and even seconds: never the same moment, and now one, now the other is ahead.
            parcels = stored(state(collection, 2.0 * n + customer_id % 2, CustomerID=customer_id))
            while True:
                try:
                    sink.deliver(parcels)
                    break
                except TemporaryFailure:
                    continue
        sink.close()

    clients = [threading.Thread(target=drive, args=(customer_id,)) for customer_id in (1, 2)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(50)
    assert not any(client.is_alive() for client in clients)
    assert read_back(collection)["state"]["SessionTime"] == 119.0
    assert seen[1] or seen[2], "they never saw each other"
    assert all(times == sorted(times) for times in seen.values()), "a later state gave way to an earlier one"


class Calls:
    """Counts the calls that go out, also those that fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.commits = self.reads = self.others = 0
        for name in ("ask", "ask_for_all"):
            monkeypatch.setattr(Channel, name, self._counted(getattr(Channel, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(channel: Channel, method: Method, *arguments: Any) -> Any:
            name = method.path.rpartition("/")[2]
            kind = {"Commit": "commits", "BatchGetDocuments": "reads"}.get(name, "others")
            setattr(self, kind, getattr(self, kind) + 1)
            return call(channel, method, *arguments)

        return counted


def test_a_lap_or_an_event_costs_the_driver_one_commit_and_no_read(
    firestore_emulator: str, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state alone, a lap with its state; one refused commit at a driver change."""
    meter = Meter()
    drivers = [firestore_sink(firestore_emulator, meter=meter) for _ in range(2)]
    calls = Calls(monkeypatch)
    facts = changes = 0
    for n in range(1, 41):
        customer_id = n // 10 % 2
        driver, first = drivers[customer_id], 10 * n
        driver.deliver(stored(lap(collection, n, CustomerID=customer_id), state(collection, n * 100.0), first=first))
        for moment in (10.0, 20.0):
            driver.deliver(stored(state(collection, n * 100.0 + moment, CustomerID=customer_id), first=first + 2))
        facts += 3
        if n % 10 == 0:
            changes += 1
    for driver in drivers:
        driver.close()
    # Who gets in for the first time has no state of his own yet and looks; later he finds that his is not the last.
    first_looks, refused = 2, changes - 1
    assert (calls.commits, calls.reads, calls.others) == (facts + refused, first_looks + refused, 0)
    assert meter.total == Usage(commits=facts, written=facts + 40, read=calls.reads)


def test_a_purge_stays_within_googles_limits(sink: FirestoreSink, read_back: ReadBack) -> None:
    """500 writes and 10 MiB a commit, in which every field's entry in an index holds the document's whole name."""
    collection = f"{'é' * 740}@{id(sink)}"
    fields = {f"AFieldOfALapDocument{n}": f"{n:0100}" for n in range(32)}
    for first in range(1, 301, 50):
        sink.deliver(stored(*(lap(collection, n, **fields) for n in range(first, first + 50)), first=first))
    sink.deliver(stored(purge(collection, certain=True)))
    assert read_back(collection) == {}
