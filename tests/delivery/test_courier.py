"""The courier's promises, on a clock that only moves when the test says so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import pytest

from support.cloud_parcels import info, lap, purge, state
from support.memory_queue import MemoryQueue
from teamtactics.cloud.fates import SignInRejected, TooSlow, Unwritable
from teamtactics.cloud.line import Line
from teamtactics.cloud.retry import RetryPolicy
from teamtactics.delivery.courier import Courier
from teamtactics.errors import (
    Contended,
    CredentialsRejected,
    DeliveryError,
    OutboxDamaged,
    OutboxFull,
    PermanentFailure,
    SinkRefused,
    TemporaryFailure,
)
from teamtactics.model.parcel import StoredParcel
from teamtactics.model.status import SinkState, SinkStatus

DOWN = TemporaryFailure("firestore", "down")
REFUSED = SinkRefused("firestore", "no permission", "Give the account the role.")


class FakeSink:
    """Takes what ``judge`` lets pass, and remembers it batch by batch."""

    name = "firestore"
    conflict: str | None = None

    def __init__(self, max_batch: int = 200) -> None:
        self.max_batch = max_batch
        self.batches: list[list[str]] = []
        self.closed = 0
        self.trouble: DeliveryError | None = None
        self.judge: Callable[[Sequence[StoredParcel]], object] = len

    def deliver(self, parcels: Sequence[StoredParcel]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.judge(parcels)
        self.batches.append([stored.parcel.key for stored in parcels])

    def check(self) -> str:
        return "answers"

    def close(self) -> None:
        self.closed += 1


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def courier_of(sink: FakeSink, queue: MemoryQueue, clock: Clock) -> Courier:
    return Courier("firestore", lambda: sink, queue, RetryPolicy(), clock, chance=lambda: 1.0)


def keys(*numbers: int) -> list[str]:
    return [f"lap/{n}" for n in numbers]


def test_the_front_goes_first_one_collection_at_a_time(sink: FakeSink, clock: Clock) -> None:
    """A later session's parcels wait until the earlier one's are confirmed."""
    queue = MemoryQueue(lap("a", 1), state("a", 100.0), lap("b", 1), lap("a", 2))
    courier = courier_of(sink, queue, clock)
    assert [courier.step() for _ in range(4)] == [0.0, 0.0, 0.0, 30.0]
    assert sink.batches == [["lap/1", "state"], ["lap/1"], ["lap/2"]]
    assert queue.delivered["firestore"] == [1, 2, 3, 4]


def test_a_purge_goes_alone(sink: FakeSink, clock: Clock) -> None:
    courier = courier_of(sink, MemoryQueue(lap("a", 1), purge("a"), info("a"), lap("a", 2)), clock)
    while courier.step() == 0:
        pass
    assert sink.batches == [["lap/1"], ["purge"], ["info", "lap/2"]]


def test_no_batch_is_larger_than_the_sink_takes(clock: Clock) -> None:
    sink = FakeSink(max_batch=2)
    courier = courier_of(sink, MemoryQueue(*(lap("a", n) for n in range(1, 6))), clock)
    while courier.step() == 0:
        pass
    assert sink.batches == [keys(1, 2), keys(3, 4), keys(5)]


def test_a_temporary_failure_keeps_everything_and_waits_longer_each_time(sink: FakeSink, clock: Clock) -> None:
    """Nothing acknowledges, drops or parks on a failure; the waits are the policy's."""
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    sink.trouble = DOWN
    waits = []
    for _ in range(8):
        waits.append(courier.step())
        clock.now_s += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert (queue.delivered, queue.parked) == ({}, {})
    assert courier.status == SinkStatus("firestore", SinkState.UNREACHABLE, problem="down")
    sink.trouble = None
    assert courier.step() == 0.0
    assert courier.status == SinkStatus("firestore", SinkState.OK, confirmed_at_s=clock.now_s)


def test_a_new_parcel_during_the_wait_is_no_reason_to_hammer(sink: FakeSink, clock: Clock) -> None:
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    sink.trouble = DOWN
    courier.step()
    sink.trouble = None
    queue.add(lap("a", 2))
    clock.now_s += 0.4
    assert courier.step() == pytest.approx(0.6)
    assert sink.batches == []


def test_one_line_when_it_fails_and_one_when_it_works_again(
    sink: FakeSink, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """With the count of attempts between them; an outage of hours does not fill the log."""
    courier = courier_of(sink, MemoryQueue(lap("a", 1)), clock)
    sink.trouble = DOWN
    with caplog.at_level(logging.INFO):
        for _ in range(50):
            clock.now_s += courier.step()
        sink.trouble = None
        courier.step()
    assert [record.getMessage() for record in caplog.records] == [
        "firestore: down. All is kept and tried again by itself. ",
        "firestore: delivering again after 50 failed attempts",
    ]


@pytest.mark.parametrize(
    ("trouble", "wait_s"), [(REFUSED, 600.0), (CredentialsRejected("firestore", "no key file", "Make a new key."), 2.0)]
)
def test_where_a_human_must_act_nothing_is_hammered(
    sink: FakeSink, clock: Clock, trouble: SinkRefused, wait_s: float
) -> None:
    """Everything is kept, the status says what to do, the next attempt by itself is ten minutes away."""
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    sink.trouble = trouble
    assert courier.step() == wait_s
    assert courier.status.state is SinkState.REFUSED
    assert courier.status.hint == trouble.hint
    assert (queue.delivered, queue.parked) == ({}, {})


def test_a_rejected_sign_in_is_tried_again_within_seconds_and_then_a_human_s_matter(
    sink: FakeSink, clock: Clock
) -> None:
    """A clock that was wrong at log-on is set right by itself; a key that was deleted is not."""
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    sink.trouble = SignInRejected("firestore", "not accepted", "Check the clock.")
    seen = []
    for _ in range(16):
        wait_s = courier.step()
        seen.append((wait_s, courier.status.state))
        clock.now_s += wait_s
    hopeful = [(wait_s, SinkState.UNREACHABLE) for wait_s in (2.0, 8.0, 15.0)]
    assert seen == [*hopeful, *[(60.0, SinkState.REFUSED)] * 10, *[(600.0, SinkState.REFUSED)] * 3]
    sink.trouble = None
    assert courier.step() == 0.0
    sink.trouble = SignInRejected("firestore", "not accepted")
    queue.add(lap("a", 2))
    assert courier.step() == 2.0, "counted anew"


def test_kick_tries_at_once_with_a_new_sink(clock: Clock) -> None:
    """Settings changed: the old connection and its credentials are gone."""
    made: list[FakeSink] = []

    def factory() -> FakeSink:
        made.append(FakeSink())
        made[0].trouble = REFUSED
        return made[-1]

    queue = MemoryQueue(lap("a", 1))
    courier = Courier("firestore", factory, queue, RetryPolicy(), clock)
    assert courier.step() == 600.0
    courier.kick()
    assert courier.step() == 0.0
    assert (made[0].closed, made[1].batches) == (1, [keys(1)])


def test_a_factory_that_refuses_is_a_refusing_sink(clock: Clock) -> None:
    """A broken key file shows when the sink is made."""

    def factory() -> FakeSink:
        raise CredentialsRejected("firestore", "no key", "Set googleAccessToken.")

    courier = Courier("firestore", factory, MemoryQueue(lap("a", 1)), RetryPolicy(), clock)
    assert courier.step() == 2.0
    assert (courier.status.state, courier.status.hint) == (SinkState.REFUSED, "Set googleAccessToken.")


def test_without_parcels_no_sink_is_made(clock: Clock) -> None:
    """And so no Google library is loaded."""
    courier = Courier("firestore", lambda: pytest.fail("made a sink"), MemoryQueue(), RetryPolicy(), clock)
    assert courier.step() == 30.0
    assert courier.status.state is SinkState.UNKNOWN


@pytest.mark.parametrize("count", [2, 3, 7, 200])
def test_one_poison_is_found_and_parked_the_rest_is_delivered_in_order(
    sink: FakeSink, clock: Clock, count: int
) -> None:
    """It is parked with its reason, never deleted, and holds nobody up."""
    poison = (count + 1) // 2

    def judge(parcels: Sequence[StoredParcel]) -> None:
        if any(stored.seq == poison for stored in parcels):
            raise PermanentFailure("firestore", "too large")

    sink.judge = judge
    queue = MemoryQueue(*(lap("a", n) for n in range(1, count + 1)))
    courier = courier_of(sink, queue, clock)
    steps = 0
    while courier.step() == 0:
        steps += 1
    assert queue.parked == {"firestore": {poison: "too large"}}
    assert sorted(queue.delivered["firestore"]) == [n for n in range(1, count + 1) if n != poison]
    assert steps < 40


def refuse_all(parcels: Sequence[StoredParcel]) -> None:
    raise PermanentFailure("firestore", f"no such thing as the place of {parcels[0].seq}", "Correct messageTopic.")


@pytest.mark.parametrize("count", [1, 2, 200])
def test_an_error_about_the_place_parks_nothing(sink: FakeSink, clock: Clock, count: int) -> None:
    """However long it lasts; a human is asked at once, and all goes out in order when the place is right."""
    queue = MemoryQueue(*(lap("a", n) for n in range(1, count + 1)))
    courier = courier_of(sink, queue, clock)
    sink.judge = refuse_all
    calls = 0
    while courier.step() == 0:
        calls += 1
    assert calls < 10
    assert (courier.status.state, courier.status.hint) == (SinkState.REFUSED, "Correct messageTopic.")
    begin_s = clock.now_s
    for _ in range(300):
        clock.now_s += courier.step()
    assert clock.now_s - begin_s > 150 * 30, "seldom"
    assert (queue.delivered, queue.parked) == ({}, {})
    sink.judge = len
    clock.now_s += 60
    while courier.step() == 0:
        pass
    assert (len(queue.delivered["firestore"]), queue.parked) == (count, {})
    assert courier.status.state is SinkState.OK


@pytest.mark.parametrize("poison", [{1, 2}, {3, 4, 5}, {20}, {1, 20}])
def test_several_poisons_are_parked_when_something_else_gets_through(
    sink: FakeSink, clock: Clock, poison: set[int]
) -> None:
    """Two in a row look like the place for a moment; a third tells the truth. The last one waits for a neighbour."""
    queue = MemoryQueue(*(lap("a", n) for n in range(1, 21)))
    courier = courier_of(sink, queue, clock)

    def judge(parcels: Sequence[StoredParcel]) -> None:
        if any(stored.seq in poison for stored in parcels):
            raise PermanentFailure("firestore", "malformed")

    sink.judge = judge
    for _ in range(100):
        clock.now_s += courier.step()
    queue.add(lap("a", 21))
    for _ in range(20):
        clock.now_s += courier.step()
    assert set(queue.parked["firestore"]) == poison
    assert set(queue.delivered["firestore"]) == set(range(1, 22)) - poison


def test_a_place_that_is_put_right_in_between_costs_no_parcel(sink: FakeSink, clock: Clock) -> None:
    """The first one was refused, the second one gets through: the first one is asked again before it is condemned."""
    queue = MemoryQueue(lap("a", 1), lap("a", 2))
    courier = courier_of(sink, queue, clock)
    tried: list[int] = []

    def judge(parcels: Sequence[StoredParcel]) -> None:
        tried.extend(stored.seq for stored in parcels)
        if len(tried) <= 3:
            raise PermanentFailure("firestore", "no such topic")

    sink.judge = judge
    while courier.step() == 0:
        pass
    assert tried == [1, 2, 1, 2, 1]
    assert (queue.delivered["firestore"], queue.parked) == ([2, 1], {})


def test_a_neighbour_is_never_taken_from_behind_a_purge(sink: FakeSink, clock: Clock) -> None:
    """It would be removed with the older session's documents; one of another session may go."""
    queue = MemoryQueue(lap("a", 1), purge("a"), lap("a", 2), lap("b", 1))
    courier = courier_of(sink, queue, clock)

    def judge(parcels: Sequence[StoredParcel]) -> None:
        if parcels[0].seq == 1:
            raise PermanentFailure("firestore", "malformed")

    sink.judge = judge
    while courier.step() == 0:
        pass
    assert sink.batches == [["lap/1"], ["purge"], ["lap/2"]]
    assert (queue.delivered["firestore"], list(queue.parked["firestore"])) == ([4, 2, 3], [1])


def test_what_we_cannot_write_ourselves_needs_no_neighbour(sink: FakeSink, clock: Clock) -> None:
    def judge(parcels: Sequence[StoredParcel]) -> None:
        raise Unwritable("firestore", f"{parcels[0].parcel.key} is no number")

    sink.judge = judge
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    assert courier.step() == 0.0
    assert queue.parked == {"firestore": {1: "lap/1 is no number"}}


def test_a_batch_that_is_too_slow_is_halved_and_grows_again_slowly(sink: FakeSink, clock: Clock) -> None:
    """A line that carries two parcels a second drains all the same, with batches of two seconds."""

    def judge(parcels: Sequence[StoredParcel]) -> None:
        clock.now_s += min(5.0, len(parcels) / 2)
        if len(parcels) > 10:
            raise TooSlow("firestore", "did not answer in time")

    sink.judge = judge
    queue = MemoryQueue(*(lap("a", n) for n in range(1, 201)))
    courier = courier_of(sink, queue, clock)
    steps = 0
    while queue.pending("firestore", 1):
        wait_s = courier.step()
        clock.now_s += wait_s
        steps += 1
    assert queue.delivered["firestore"] == list(range(1, 201))
    sizes = [len(batch) for batch in sink.batches]
    assert sizes[0] == 10
    assert set(sizes[1:-1]) <= {4, 5}
    assert steps == len(sizes) + 1


class Ear:
    """Another channel on the same line."""

    def __init__(self) -> None:
        self.heard: list[float] = []

    def line_is_back(self, outage_s: float) -> None:
        self.heard.append(outage_s)


def test_who_gets_through_ends_the_others_wait(sink: FakeSink, clock: Clock) -> None:
    """Not a wait for a human, and not more often than every five seconds, however much gets through elsewhere."""
    line, other = Line(), Ear()
    line.join(other)
    queue = MemoryQueue(lap("a", 1))
    courier = Courier("firestore", lambda: sink, queue, RetryPolicy(), clock, chance=lambda: 1.0, line=line)
    sink.trouble = DOWN
    for _ in range(7):
        wait_s = courier.step()
        clock.now_s += wait_s
    assert courier.step() == 60.0
    line.reached(other)
    assert courier.step() == 60.0, "tried, and failed again"
    line.reached(other)
    assert courier.step() == 60.0, "too soon: it waits"
    closed, clock.now_s = sink.closed, clock.now_s + 6.0
    line.reached(other)
    sink.trouble = None
    assert courier.step() == 0.0
    assert sink.closed == closed + 1, "with a new connection"
    assert other.heard == [pytest.approx(clock.now_s - 1000.0)]
    sink.trouble = REFUSED
    queue.add(lap("a", 2))
    assert courier.step() == 600.0
    clock.now_s += 6.0
    line.reached(other)
    assert courier.step() == 594.0


def test_an_error_nobody_foresaw_is_not_swallowed(sink: FakeSink, clock: Clock) -> None:
    """The owner sees a dead worker; the parcel stays."""
    queue = MemoryQueue(lap("a", 1))

    def judge(parcels: Sequence[StoredParcel]) -> None:
        raise KeyError(len(parcels))

    sink.judge = judge
    with pytest.raises(KeyError):
        courier_of(sink, queue, clock).step()
    assert queue.delivered == {}


def test_what_cannot_be_noted_is_not_sent_again(sink: FakeSink, clock: Clock) -> None:
    """A store that stays full for an hour: every item goes out once, and nothing more before that is noted."""
    queue = MemoryQueue(*(lap("a", n) for n in range(1, 301)))
    courier = courier_of(sink, queue, clock)
    mark = queue.mark_delivered
    attempts = []

    def full(sink: str, seqs: Sequence[int]) -> None:
        attempts.append(seqs)
        raise OutboxFull(f"{sink}: no room")

    queue.mark_delivered = full  # type: ignore[method-assign]  # for an hour
    until_s = clock.now_s + 3600
    while clock.now_s < until_s:
        clock.now_s += courier.step()
    assert (len(sink.batches), len(sink.batches[0])) == (1, 20)
    assert len(attempts) < 70, "backed off"
    assert courier.status.state is SinkState.OK
    queue.mark_delivered = mark  # type: ignore[method-assign]
    while queue.pending("firestore", 1):
        clock.now_s += courier.step()
    assert [len(batch) for batch in sink.batches] == [20, 40, 80, 160]
    assert queue.delivered["firestore"] == list(range(1, 301))


def test_what_is_known_of_a_store_that_was_damaged_is_forgotten(sink: FakeSink, clock: Clock) -> None:
    """The new file knows nothing of it; whoever begins the courier again finds it ready."""
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    mark = queue.mark_delivered

    def damaged(sink: str, seqs: Sequence[int]) -> None:
        raise OutboxDamaged(f"{sink} {seqs}", "aside")

    queue.mark_delivered = damaged  # type: ignore[method-assign]
    with pytest.raises(OutboxDamaged):
        courier.step()
    queue.mark_delivered = mark  # type: ignore[method-assign]
    assert courier.step() == 0.0
    assert sink.batches == [keys(1), keys(1)]


def test_contention_is_no_outage(sink: FakeSink, clock: Clock) -> None:
    """It waits a second at most, also after an outage, and says that the sink is well."""
    courier = courier_of(sink, MemoryQueue(lap("a", 1)), clock)
    sink.trouble = DOWN
    for _ in range(8):
        clock.now_s += courier.step()
    sink.trouble = Contended("firestore", "busy")
    for _ in range(30):
        wait_s = courier.step()
        assert wait_s <= 1.0
        assert courier.status.state is SinkState.OK
        clock.now_s += wait_s
    sink.trouble = DOWN
    assert courier.step() == 1.0, "counted anew"


def test_drain_delivers_what_waits(sink: FakeSink, clock: Clock) -> None:
    courier = courier_of(sink, MemoryQueue(lap("a", 1), lap("b", 1)), clock)
    assert courier.drain(clock.now_s + 3)
    assert sink.batches == [keys(1), keys(1)]


def test_drain_gives_up_at_its_deadline_and_at_a_failure(sink: FakeSink, clock: Clock) -> None:
    queue = MemoryQueue(lap("a", 1), lap("b", 1))
    courier = courier_of(sink, queue, clock)

    def slow(parcels: Sequence[StoredParcel]) -> None:
        clock.now_s += 5 * len(parcels)

    sink.judge = slow
    assert not courier.drain(clock.now_s + 3)
    assert sink.batches == [keys(1)]
    sink.trouble = DOWN
    assert not courier.drain(clock.now_s + 300)
    assert len(queue.pending("firestore", 10)) == 1


def test_run_wakes_at_the_bell_and_ends_at_the_stop_flag(sink: FakeSink) -> None:
    queue = MemoryQueue()
    courier = Courier("firestore", lambda: sink, queue)
    stop, bell = threading.Event(), threading.Event()
    worker = threading.Thread(target=courier.run, args=(stop, bell))
    worker.start()
    try:
        queue.add(lap("a", 1))
        bell.set()
        assert queue.wait_until_empty("firestore", 5)
    finally:
        stop.set()
        bell.set()
        worker.join(5)
    assert not worker.is_alive()


@pytest.mark.slow
def test_run_sees_a_stop_flag_nobody_rang_for(sink: FakeSink) -> None:
    courier = Courier("firestore", lambda: sink, MemoryQueue())
    stop = threading.Event()
    worker = threading.Thread(target=courier.run, args=(stop, threading.Event()))
    worker.start()
    stop.set()
    worker.join(5)
    assert not worker.is_alive()


def test_kick_ends_a_long_wait(sink: FakeSink) -> None:
    """A human repaired the permission and pressed reload."""
    queue = MemoryQueue(lap("a", 1))
    refused = threading.Event()

    def judge(parcels: Sequence[StoredParcel]) -> None:
        if parcels and not refused.is_set():
            refused.set()
            raise REFUSED

    sink.judge = judge
    courier = Courier("firestore", lambda: sink, queue)
    stop, bell = threading.Event(), threading.Event()
    worker = threading.Thread(target=courier.run, args=(stop, bell))
    worker.start()
    try:
        assert refused.wait(5)
        courier.kick()
        assert queue.wait_until_empty("firestore", 5)
    finally:
        stop.set()
        bell.set()
        worker.join(5)
    assert not worker.is_alive()


def test_a_conflict_the_sink_has_seen_is_part_of_its_status(sink: FakeSink, clock: Clock) -> None:
    """Also while the server cannot be reached; it goes when the sink's goes."""
    queue = MemoryQueue(lap("c", 1))
    courier = courier_of(sink, queue, clock)
    sink.conflict = "Ben's client"
    courier.step()
    assert (courier.status.state, courier.status.conflict) == (SinkState.OK, "Ben's client")
    sink.trouble = DOWN
    queue.add(lap("c", 2))
    courier.step()
    assert (courier.status.state, courier.status.conflict) == (SinkState.UNREACHABLE, "Ben's client")
    sink.trouble, sink.conflict = None, None
    clock.now_s += 60.0
    courier.step()
    assert (courier.status.state, courier.status.conflict) == (SinkState.OK, None)


def contended(*confirmed: int) -> Contended:
    error = Contended("firestore", "busy with another write")
    error.confirmed = confirmed
    return error


def test_contention_waits_briefly_and_is_no_outage(
    sink: FakeSink, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Others write the same: the sink is well, so the icon stays; only who waits for long says so, once."""
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    sink.trouble = contended()
    waits = []
    with caplog.at_level(logging.INFO):
        for _ in range(40):
            waits.append(courier.step())
            clock.now_s += waits[-1]
            assert courier.status.state is SinkState.OK
    assert waits[:6] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.0, 1.0])
    assert [record.getMessage() for record in caplog.records] == [
        "firestore: busy with another write (20 times in a row); tried again by itself"
    ]
    assert (queue.delivered, queue.parked) == ({}, {})
    sink.trouble = None
    assert courier.step() == 0.0
    assert courier.status == SinkStatus("firestore", SinkState.OK, confirmed_at_s=clock.now_s)


def test_contention_without_an_end_is_shown(sink: FakeSink, clock: Clock) -> None:
    """A precondition that always fails (a switched-off key) looks like another's write, and nothing gets through."""
    queue = MemoryQueue(lap("a", 1))
    courier = courier_of(sink, queue, clock)
    sink.trouble = contended()
    for _ in range(300):
        clock.now_s += courier.step()
    assert (courier.status.state, courier.status.problem) == (SinkState.UNREACHABLE, "busy with another write")
    sink.trouble = None
    courier.step()
    assert courier.status.state is SinkState.OK
    queue.add(lap("a", 2))
    sink.trouble = contended()
    courier.step()
    assert courier.status.state is SinkState.OK, "counted anew"


def test_after_an_outage_contention_begins_with_short_waits_and_the_icon_is_well_again(
    sink: FakeSink, clock: Clock
) -> None:
    courier = courier_of(sink, MemoryQueue(lap("a", 1)), clock)
    sink.trouble = DOWN
    for _ in range(8):
        clock.now_s += courier.step()
    assert courier.status.state is SinkState.UNREACHABLE
    sink.trouble = contended()
    assert courier.step() == pytest.approx(0.1)
    assert courier.status.state is SinkState.OK


@pytest.mark.parametrize(
    ("error", "shown", "wait_s"), [(contended(), SinkState.OK, 0.1), (DOWN, SinkState.UNREACHABLE, 1.0)]
)
def test_what_is_confirmed_of_a_batch_that_failed_is_noted_and_not_sent_again(
    sink: FakeSink, clock: Clock, error: DeliveryError, shown: SinkState, wait_s: float
) -> None:
    """The laps are there, the state waits for somebody else's write or for the network."""
    queue = MemoryQueue(lap("a", 1), state("a", 100.0), lap("a", 2))
    courier = courier_of(sink, queue, clock)
    failed = type(error)("firestore", str(error))
    failed.confirmed = (1, 3)
    sink.trouble = failed
    assert courier.step() == pytest.approx(wait_s)
    assert queue.delivered == {"firestore": [1, 3]}
    assert (courier.status.state, courier.status.confirmed_at_s) == (shown, clock.now_s)
    sink.trouble = None
    clock.now_s += wait_s
    courier.step()
    assert sink.batches == [["state"]]


def test_what_is_confirmed_beside_a_poison_is_not_parked(sink: FakeSink, clock: Clock) -> None:
    queue = MemoryQueue(lap("a", 1), state("a", 100.0))
    courier = courier_of(sink, queue, clock)
    poison = PermanentFailure("firestore", "malformed")
    poison.confirmed = (1,)
    sink.trouble = poison
    assert courier.step() == 0.0
    assert (queue.delivered, queue.parked) == ({"firestore": [1]}, {"firestore": {2: "malformed"}})
