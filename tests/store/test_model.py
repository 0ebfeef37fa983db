"""The outbox against a model of it in a few dictionaries, in whatever order things happen."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from support.parcels import START, at, event, info, lap, purge, state
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel, ParcelKind, sinks_of
from teamtactics.model.status import SinkCounts
from teamtactics.store.store import Outbox

SINKS = (FIRESTORE, PUBSUB)
NAMES = ("team", "solo")

some_parcel = st.one_of(
    st.builds(lap, st.integers(1, 4), st.sampled_from(["driver", "teammate"]), Gap=st.sampled_from([1, 1.0, None])),
    st.builds(state, st.integers(0, 5).map(float), Lap=st.integers(0, 1)),
    st.builds(event, st.integers(0, 3).map(float), st.sampled_from(["pitEnter", "tow"])),
    st.builds(info, st.sampled_from("ab")),
    st.just(purge()),
)


@dataclass
class Kept:
    """A parcel in the model: where it stands at each sink, and when it came."""

    session: int
    parcel: Parcel
    came: float
    at_sink: dict[str, str] = field(default_factory=dict)
    seq: int = 0


class AgainstModel(RuleBasedStateMachine):
    """``kept`` is in the order of recording: the queue of every sink can be read off it."""

    @initialize()
    def open_new(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "outbox.sqlite3"
        self.clock_s = 0.0
        self.outbox = Outbox.open(self.path, self.now)
        self.kept: list[Kept] = []
        self.sessions: dict[int, tuple[str, str | None]] = {}
        self.gone: list[int] = []

    def now(self) -> datetime:
        return at(self.clock_s)

    def teardown(self) -> None:
        self.outbox.close()
        self.folder.cleanup()

    @rule(name=st.sampled_from(NAMES))
    def begin(self, name: str) -> None:
        self.sessions[self.outbox.begin_session(name, "t", {"n": len(self.sessions)}, self.now()).id] = (name, None)

    @precondition(lambda self: self.sessions)
    @rule(data=st.data(), parcels=st.lists(some_parcel, max_size=5), checkpoint=st.none() | st.text("ab", max_size=2))
    def append(self, data: st.DataObject, parcels: list[Parcel], checkpoint: str | None) -> None:
        self.clock_s += 1
        session = data.draw(st.sampled_from(sorted(self.sessions)))
        result = self.outbox.append(session, parcels, checkpoint=checkpoint, session_time_s=1.0, utc=self.now())
        refused: list[Parcel] = []
        new: list[Kept] = []
        for parcel in parcels:
            there = next((k for k in self.kept if k.session == session and k.parcel.key == parcel.key), None)
            if there is None or self.gives_way(there.parcel, parcel):
                if there is not None:
                    self.kept.remove(there)
                    self.gone.append(there.seq)
                new = [k for k in new if k is not there]
                new.append(Kept(session, parcel, self.clock_s, dict.fromkeys(sinks_of(parcel), "waiting")))
                self.kept.append(new[-1])
            elif not self.is_same(there.parcel, parcel):
                refused.append(parcel)
        assert list(result.refused) == refused
        assert [repr(one.parcel) for one in result.stored] == [repr(k.parcel) for k in new]
        for one, k in zip(result.stored, new, strict=True):
            k.seq = one.seq
        self.sessions[session] = (self.sessions[session][0], checkpoint)

    @staticmethod
    def is_same(there: Parcel, parcel: Parcel) -> bool:
        return repr(there) == repr(parcel)

    @classmethod
    def gives_way(cls, there: Parcel, parcel: Parcel) -> bool:
        is_state = parcel.kind is ParcelKind.STATE and parcel.session_time_s >= there.session_time_s
        return is_state and not cls.is_same(there, parcel)

    @rule(sink=st.sampled_from(SINKS), count=st.integers(1, 6))
    def deliver(self, sink: str, count: int) -> None:
        seqs = [one.seq for one in self.outbox.pending(sink, count)]
        self.outbox.mark_delivered(sink, seqs)
        for k in self.kept:
            if k.seq in seqs:
                k.at_sink[sink] = "delivered"

    @precondition(lambda self: self.gone)
    @rule(sink=st.sampled_from(SINKS), data=st.data())
    def confirm_what_is_gone(self, sink: str, data: st.DataObject) -> None:
        seq = data.draw(st.sampled_from(self.gone))
        self.outbox.mark_delivered(sink, [seq])
        self.outbox.park(sink, seq, "gone")

    @precondition(lambda self: self.kept)
    @rule(sink=st.sampled_from(SINKS), data=st.data())
    def park(self, sink: str, data: st.DataObject) -> None:
        k = data.draw(st.sampled_from(self.kept))
        self.outbox.park(sink, k.seq, "no")
        if k.at_sink.get(sink) == "waiting":
            k.at_sink[sink] = "parked"

    @rule(sink=st.sampled_from(SINKS))
    def unpark(self, sink: str) -> None:
        parked = [k for k in self.kept if k.at_sink.get(sink) == "parked"]
        assert self.outbox.unpark(sink) == len(parked)
        for k in parked:
            k.at_sink[sink] = "waiting"

    @rule(age=st.integers(0, 5), sinks=st.sets(st.sampled_from(SINKS)))
    def prune(self, age: int, sinks: set[str]) -> None:
        before = self.clock_s - age
        stays = [k for k in self.kept if not (k.came < before and self.may_go(k, sinks))]
        assert self.outbox.prune(at(before), sinks) == len(self.kept) - len(stays)
        self.gone += [k.seq for k in self.kept if k not in stays]
        self.kept = stays
        # The model does not say which sessions are forgotten, only that none with a parcel or the newest ever is.
        left = {one.id for one in self.outbox.sessions()}
        assert left >= {k.session for k in stays}
        assert left >= {max(i for i, (n, _) in self.sessions.items() if n == m) for m in self.names()}
        forgotten = {i: one for i, one in self.sessions.items() if i in left}
        self.sessions = forgotten
        for one in self.outbox.sessions():
            if one.checkpoint is None and one.id not in {k.session for k in stays}:
                self.sessions[one.id] = (one.collection, None)

    def names(self) -> set[str]:
        return {name for name, _ in self.sessions.values()}

    @staticmethod
    def may_go(k: Kept, sinks: set[str]) -> bool:
        asked = [k.at_sink[sink] for sink in sinks if sink in k.at_sink]
        return bool(asked) and set(asked) == {"delivered"} and "parked" not in k.at_sink.values()

    @rule()
    def reopen(self) -> None:
        self.outbox.close()
        self.outbox = Outbox.open(self.path, self.now)
        assert self.outbox.damaged_moved_to is None

    @invariant()
    def agrees(self) -> None:
        for sink in SINKS:
            for state_name, found in (
                ("waiting", self.outbox.pending(sink, 1000)),
                ("parked", [one.stored for one in self.outbox.parked(sink)]),
            ):
                expected = [k for k in self.kept if k.at_sink.get(sink) == state_name]
                assert [(one.seq, repr(one.parcel)) for one in found] == [(k.seq, repr(k.parcel)) for k in expected]
        found_sessions = {one.id: (one.collection, one.checkpoint) for one in self.outbox.sessions()}
        assert found_sessions == self.sessions

    @invariant()
    def counts_agree(self) -> None:
        counts = self.outbox.counts()
        assert counts.recorded == len(self.kept)
        assert counts.recorded_laps == sum(k.parcel.kind is ParcelKind.LAP for k in self.kept)
        for sink in SINKS:
            states = [k.at_sink.get(sink) for k in self.kept]
            assert counts.sinks[sink] == SinkCounts(
                states.count("delivered"), states.count("waiting"), states.count("parked")
            )


AgainstModel.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAgainstModel = AgainstModel.TestCase


def test_the_model_starts_where_the_fixture_clock_does() -> None:
    assert at(0) == START
