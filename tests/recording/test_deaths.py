"""Collector or writer die anywhere in what they do: the store has the same afterwards, once, in the same order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import pytest

from recording.test_collecting import NOW, Told
from recording.test_store_faults import race_frames
from support.thorough import some_of
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import ParcelKind
from teamtactics.race.tracker import Tracker
from teamtactics.recording.collector import Collector
from teamtactics.recording.following import MOST_DEATHS, Following
from teamtactics.recording.journal import Journal, Note
from teamtactics.recording.kept.recorded import RecordedSession
from teamtactics.recording.recorder import Recorder
from teamtactics.recording.seen import AGAIN_TICKS, Seen, Sight
from teamtactics.recording.writer import Writer
from teamtactics.reports.known_laps import known_laps
from teamtactics.store.store import Outbox

Stored = list[tuple[object, ...]]


class Killed(BaseException):
    """Nobody can take it for an error that he expects."""


class Again(Told):
    """A stream that tells in small pieces, and whose thread can be begun again."""

    def __init__(self) -> None:
        frames = race_frames()
        super().__init__(*(frames[at : at + 7] for at in range(0, len(frames), 7)))


def content(outbox: Outbox) -> Stored:
    """All that is stored of every session, in the order of recording."""
    found: Stored = []
    for one in reversed(outbox.sessions()):
        found.append((one.collection, one.token, one.last_session_time_s))
        found.extend(("lap", lap) for lap in known_laps(outbox, one))
        found.extend(("info", info) for info in outbox.documents(one.id, ParcelKind.INFO))
        found.extend(("message", message) for message in outbox.messages(one.id))
    return found


def record(outbox: Outbox) -> None:
    """Record the race; whoever dies is begun again at once."""
    source, journal = Again(), Journal()
    writer = Writer(journal, outbox, lambda: None)
    stop = threading.Event()
    collector = Collector(source, Tracker(), journal, stop)
    run = surviving(collector.run)
    write = surviving(writer.work)
    real = source.read

    def read(timeout_s: float) -> Sequence[Frame]:
        write()
        return real(timeout_s)

    source.read = read  # type: ignore[method-assign]
    ending = threading.Thread(target=run)
    ending.start()
    while ending.is_alive():
        write()
        ending.join(0.001)
    write()
    assert writer.backlog == 0


def surviving(body: Callable[[], object]) -> Callable[[], None]:
    lock = threading.Lock()

    def survive() -> None:
        with lock:
            for _ in range(10):
                try:
                    body()
                except Killed:
                    continue
                return

    return survive


@contextmanager
def dying(owner: type, call: str, number: int, *, is_before: bool) -> Iterator[list[int]]:
    """Let whoever makes the call for the *number*-th time die before or behind it."""
    calls: list[int] = []
    real = getattr(owner, call)

    def die(*arguments: object, **named: object) -> object:
        calls.append(1)
        is_due = len(calls) == number
        if is_due and is_before:
            raise Killed
        result = real(*arguments, **named)
        if is_due:
            raise Killed
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, call, die)
        yield calls


@contextmanager
def dying_after(ticks: list[int], owner: type, call: str, is_before: bool) -> Iterator[list[int]]:
    """Let whoever makes the call die of it once, as soon as the first death, at tick 5000, is behind him."""
    met: list[int] = []
    real = getattr(owner, call)

    def die(*arguments: object, **named: object) -> object:
        is_due = len(ticks) >= 5000 and not met
        if is_due:
            met.append(1)
        if is_due and is_before:
            raise Killed
        result = real(*arguments, **named)
        if is_due:
            raise Killed
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, call, die)
        yield met


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    with Outbox.open(tmp_path_factory.mktemp("truth") / "o.sqlite3", lambda: NOW) as outbox:
        record(outbox)
        found = content(outbox)
    assert sum(1 for one in found if one[0] == "lap") == 4
    return found


STEPS: tuple[tuple[type, str], ...] = (
    (Outbox, "append"),
    (Outbox, "begin_session"),
    (Outbox, "latest_session"),
    (Outbox, "set_meta"),
    (Recorder, "take"),
    (Recorder, "write"),
    (Recorder, "_mark"),
    (Recorder, "_open"),
    (Recorder, "_note"),
    (RecordedSession, "add"),
    (RecordedSession, "come_to"),
    (RecordedSession, "saved"),
    (Journal, "first"),
    (Journal, "done"),
    (Journal, "put"),
    (Seen, "put"),
    (Seen, "followed"),
    (Following, "_ask"),
    (Following, "_begin"),
    (Following, "_take"),
    (Tracker, "advance"),
    (Tracker, "checkpoint"),
    (Tracker, "begin"),
)


"""
Not among them: ``Seen.add``. Who dies between reading a tick and keeping it has not seen it.
"""


def beside(steps: Sequence[tuple[type, str]], quick: int) -> Sequence[object]:
    return some_of(
        [
            pytest.param(owner, call, is_before, id=f"{owner.__name__}.{call}-{'before' if is_before else 'behind'}")
            for (owner, call), is_before in product(steps, (True, False))
        ],
        quick,
    )


@pytest.mark.some(4)
@pytest.mark.parametrize(("owner", "call", "is_before"), beside(STEPS, 8))
def test_who_dies_beside_a_step_and_comes_back_leaves_no_trace(
    owner: type, call: str, *, is_before: bool, tmp_path: Path, truth: Stored
) -> None:
    met = 0
    for number in some_of((1, 2, 3, 4, 5, 6, 8, 11, 15, 20, 30, 2000), 3):
        with Outbox.open(tmp_path / f"{number}.sqlite3", lambda: NOW) as outbox:
            with dying(owner, call, number, is_before=is_before) as calls:
                record(outbox)
            assert content(outbox) == truth, f"call {number}"
        if len(calls) < number:
            break
        met += 1
    assert met, "it was called, so it was met"


WAY_BACK: tuple[tuple[type, str], ...] = (
    (Following, "anew"),
    (Following, "_lose"),
    (Tracker, "resume"),
    (Following, "settle"),
    (Following, "_begin"),
)


@pytest.mark.parametrize(("owner", "call", "is_before"), beside(WAY_BACK, 4))
def test_who_dies_again_on_the_way_back_leaves_no_trace(
    owner: type, call: str, *, is_before: bool, tmp_path: Path, truth: Stored
) -> None:
    """First in the pit lane of the race, then on the way back from there."""
    with Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        with (
            dying(Tracker, "advance", 5000, is_before=True) as ticks,
            dying_after(ticks, owner, call, is_before) as met,
        ):
            record(outbox)
        assert content(outbox) == truth
    assert met == [1], "it was called, so it was met"


def test_a_tick_that_is_died_of_again_and_again_costs_its_own_piece_and_nothing_else(
    tmp_path: Path, truth: Stored
) -> None:
    """A defect of ours in one tick on the track: that piece of seven ticks is not seen, and everything else is."""
    real, deaths = Tracker.advance, []
    practice = [frame for piece in Again()._pieces[:200] for frame in piece or ()]
    poison = practice[70 * 7 + 3]

    def advance(tracker: Tracker, frame: Frame, info: object) -> object:
        if (frame.session_num, frame.session_time) == (poison.session_num, poison.session_time):
            deaths.append(1)
            raise Killed
        return real(tracker, frame, info)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch, Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        patch.setattr(Tracker, "advance", advance)
        record(outbox)
        found = content(outbox)
    assert len(deaths) == 2
    gaps, true_gaps = ([one[1]["Gap"] for one in kept if one[0] == "lap"] for kept in (found, truth))  # type: ignore[index]
    assert len(gaps) == 4
    missed = [gap - true for gap, true in zip(gaps, true_gaps, strict=True) if gap != true]
    assert missed == [pytest.approx(7 / 60, abs=0.05)]


def sight(*at_s: float) -> Sight:
    frame = race_frames()[0]
    return Sight([frame._replace(session_time=each) for each in at_s], None, "live", lambda _: NOW)


def test_who_dies_wherever_he_goes_goes_on_with_what_comes(tmp_path: Path) -> None:
    """A defect that meets every session in mid-race: it is not tried for ever with ever more behind it."""
    real, deaths = Tracker.resume, []

    def resume(tracker: Tracker, text: str, *, skip_seen: bool = False) -> None:
        if len(deaths) < MOST_DEATHS:
            deaths.append(1)
            raise Killed
        real(tracker, text, skip_seen=skip_seen)

    with pytest.MonkeyPatch.context() as patch, Outbox.open(tmp_path / "o.sqlite3", lambda: NOW) as outbox:
        patch.setattr(Tracker, "resume", resume)
        with dying(Tracker, "advance", 5000, is_before=True):
            record(outbox)
        laps = [one[1]["LapCompleted"] for one in content(outbox) if one[0] == "lap"]  # type: ignore[index]
    assert len(deaths) == MOST_DEATHS
    assert len(laps) == 4


def test_what_the_journal_has_taken_is_not_followed_again() -> None:
    """Also when the thread dies before it could note that."""
    journal = Journal()
    seen = Seen(journal, [sight(1.0), sight(2.0, 2.1), sight(3.0)])
    seen.followed()
    assert [one.frames[0].session_time for one in seen.again(but_next=False) if one] == [1.0, 2.0, 3.0]
    assert [one.frames[0].session_time for one in seen.again(but_next=True) if one] == [1.0, 3.0]
    with dying(Journal, "put", 1, is_before=False), pytest.raises(Killed):
        seen.put(Note((), "", 2.0, NOW), behind=1)
    assert [one.frames[0].session_time for one in seen.again(but_next=False) if one] == [2.1, 3.0]


def test_what_was_followed_and_changes_nothing_is_not_kept_for_ever() -> None:
    seen = Seen(Journal())
    one = sight(*(float(at_s) for at_s in range(600)))
    for _ in range(100):
        seen.add(one)
        seen.followed()
    assert not seen.has_more
    assert AGAIN_TICKS // 2 <= sum(len(each.frames) for each in seen.again(but_next=False) if each) <= AGAIN_TICKS
