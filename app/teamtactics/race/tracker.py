"""The only entrance to the race room: frames in, events out; no clock, no I/O, no threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from teamtactics.model.events import Event, SessionBegan
from teamtactics.model.facts import LapFacts
from teamtactics.model.frame import Frame
from teamtactics.model.records import PutBack, RunState, SessionClock
from teamtactics.model.retold import Told
from teamtactics.model.session import SessionInfo
from teamtactics.race import checkpoint
from teamtactics.race.eyes.continuity import TICK_S, Step, TimeLine
from teamtactics.race.eyes.seat import lose_simulator, who_sits_here
from teamtactics.race.eyes.sights import facts_under_way
from teamtactics.race.memory import Memory, SessionKey, text_key
from teamtactics.race.session_change import Doubt, FormerLap, SessionChange, lacks_team, takes_back
from teamtactics.race.teller import Teller

NOTHING: Sequence[Event] = ()


class Tracker:
    """
    Follows one car through one session after another.

    ``advance`` takes frames and returns what happened. When a frame opens a session that is not followed yet, the last
    event returned is ``SessionBegan`` and the frame has not been consumed: call ``begin`` or ``resume``, then give
    ``advance`` the same frame again. That is the moment to look for a checkpoint.

    The same frames and texts always give the same events, and ``checkpoint`` holds all there is to remember: cutting
    anywhere and resuming changes nothing.
    """

    def __init__(self, state_interval_s: float = 30.0, fallback_customer_id: int | None = None) -> None:
        """
        Args:
            state_interval_s: While driving, the longest time without a state, s.

            fallback_customer_id: Who sits here, for recordings that do not say (2015).
        """
        self.state_interval_s = state_interval_s
        self.fallback_customer_id = fallback_customer_id
        self._teller: Teller | None = None
        self._info: SessionInfo | None = None
        self._opening: tuple[SessionKey, SessionBegan] | None = None
        self._change: SessionChange | None = None
        self._skip_until_s: float | None = None
        self._former: FormerLap | None = None
        self._names: dict[str, str] = {}
        self._doubt, self._no_team = Doubt(), Doubt()

    @property
    def is_driving(self) -> bool:
        """Whether the member of this PC drives."""
        return self._teller is not None and self._teller.memory.seat.is_driving

    @property
    def memory(self) -> Memory | None:
        """What the eyes remember of the session; for reading only. None before the first session."""
        return None if self._teller is None else self._teller.memory

    @property
    def clock(self) -> SessionClock | None:
        """How far the session that is followed has come; None before the first."""
        return None if self._teller is None else self._teller.clock

    @property
    def state(self) -> RunState | None:
        """The car as it is known at the newest tick; None before the first session."""
        return None if self._teller is None else self._teller.state

    @property
    def heard(self) -> RunState | None:
        """What another member's client told last of its driving; None before it told anything."""
        return None if self._teller is None else self._teller.heard

    @property
    def put_back(self) -> PutBack | None:
        """What the member of this PC, who drives, may want to put back of what the driver before had."""
        return None if self._teller is None else self._teller.put_back

    @property
    def is_driven(self) -> bool:
        """Whether somebody else is seen to drive the car."""
        return self._teller is not None and self._teller.memory.outside.driven_since_s is not None

    @property
    def session(self) -> SessionKey | None:
        """The session that is followed, or was announced; None before the first."""
        if self._opening is not None:
            return self._opening[0]
        return None if self._teller is None else self._teller.memory.key

    def know(self, names: Mapping[str, str]) -> None:
        """
        Learn names by customer id from earlier sessions.

        The session text names who gets into the car only seconds later (SIMULATOR#lag).
        """
        self._names = {**names, **self._names}

    def is_following(self, frame: Frame, info: SessionInfo) -> bool:
        """Whether *frame* and *info* both belong to the session that is followed."""
        return self._teller is not None and SessionKey.of(frame, info) == self._teller.memory.key

    def begin(self) -> None:
        """Follow the session that was just announced from its first frame seen."""
        self._follow(self._announced())

    def resume(self, text: str, told: Iterable[LapFacts] = (), *, skip_seen: bool = False) -> None:
        """
        Follow the session that was just announced from where *text* (of ``checkpoint``) left it.

        Args:
            told: What ``LapSeen`` told of it until then.

            skip_seen: The stream is a recording that starts again: pass over what the checkpoint has seen already.

        Raises:
            CheckpointUnreadable: Nothing was changed; call ``begin``.
        """
        fresh = self._announced()
        memory = checkpoint.decode(Memory, text)
        memory.key = fresh.key
        self._follow(memory)
        self.learn(told)
        self._skip_until_s = memory.clock.time_s if skip_seen else None
        memory.clock.is_resumed = True

    def checkpoint(self) -> str:
        """Write down all that is remembered of the session."""
        if self._teller is None:
            raise ValueError("no session is followed, there is nothing to write down")
        return checkpoint.encode(self._teller.memory)

    def simulator_lost(self) -> None:
        """The simulator is gone; what it shows next is announced as a session again, also if it is the same."""
        if self._teller is not None:
            self._names.update(self._teller.memory.names)
        self._teller = None
        self._info = None
        self._change = self._opening = None

    def learn(self, told: Iterable[LapFacts]) -> None:
        """Take in what somebody saw of laps of the session that is followed; the same may come again, in any order."""
        if self._teller is not None:
            self._teller.learn(told)

    def tell(self, told: Mapping[int, Told]) -> None:
        """Take in what stands in the session's collection of these laps now, by any client."""
        if self._teller is not None:
            self._teller.tell(told)

    def hear(self, state: RunState) -> None:
        """Take note of the *state* that another member's client has told of its driving; for the picture only."""
        if self._teller is not None:
            self._teller.hear(state)

    def name_of(self, customer_id: int) -> str | None:
        """Return by which name somebody was ever seen in the car; None for nobody."""
        names = self._names if self._teller is None else {**self._names, **self._teller.memory.names}
        return names.get(str(customer_id))

    @property
    def silent_driver(self) -> tuple[int, str, float] | None:
        """Who has been driving the car without his client telling anything, his name, and for how long, s; or None."""
        teller, info = self._teller, self._info
        if teller is None or info is None or info.own is None:
            return None
        for_s = teller.silent_for_s(info)
        return (info.own.user_id, info.own.user_name, for_s) if for_s > 0.0 else None

    def finish(self) -> Sequence[Event]:
        """The stream has ended for good: complete the lap that waits for its official time."""
        return NOTHING if self._teller is None else self._teller.close()

    def advance(self, frame: Frame, info: SessionInfo | None) -> Sequence[Event]:
        """
        Take the next frame with the newest session text; return what happened, oldest first.

        Args:
            info: None while the text makes no sense yet. The same object as long as nothing changed.
        """
        teller = self._teller
        if info is not self._info and info is not None:
            followed = None if teller is None else teller.memory.key
            if self._doubt.is_over(takes_back(info, followed), frame.session_time):
                self._learn(info)
        if teller is None:
            return self._open(frame)
        memory = teller.memory
        if frame.session_num != memory.key.session_num or frame.session_unique_id != memory.key.session_unique_id:
            return self._open(frame)
        if self._change is not None:
            if self._change.is_certain:
                return self._open(frame)
            self._change = None
        if self._skip_until_s is not None:
            if frame.session_time <= self._skip_until_s:
                return NOTHING
            self._skip_until_s = None
        step = memory.clock.step(frame)
        if step is Step.REPEATED:
            return NOTHING
        if step is Step.RESTARTED:
            self._change = SessionChange(frame.session_num, frame.session_unique_id, frame.session_time, info, True)
            return NOTHING
        told = teller.tick(frame, self._info, step, memory.clock.elapsed_s, self.state_interval_s)
        return told if self._former is None else self._look_back(frame, told)

    def _look_back(self, frame: Frame, told: Sequence[Event]) -> Sequence[Event]:
        assert self._former is not None, "asked only while a former lap waits"
        found: list[Event] = []
        if self._former.look(frame, found):
            self._former = None
        return (*found, *told)

    def customer_id(self, info: SessionInfo) -> int | None:
        """Tell who sits at this PC."""
        return who_sits_here(info, self.fallback_customer_id)

    def _learn(self, info: SessionInfo) -> None:
        self._info = info
        teller, own = self._teller, info.own
        if self._former is not None:
            self._former.learn(info)
        if own is None:
            return
        self._names[str(own.user_id)] = own.user_name
        if teller is None:
            return
        teller.read(info, own, self.customer_id(info))
        memory, key = teller.memory, teller.memory.key
        if text_key(info, own) != key.of_text and self._change is None:
            # The text now describes another event: the frames since its begin belong to that one.
            self._change = SessionChange(key.session_num, key.session_unique_id, memory.clock.time_s, None, True)

    def _open(self, frame: Frame) -> Sequence[Event]:
        info, memory = self._info, self.memory
        if info is None or not info.is_live:
            return NOTHING
        if info.is_team_session and info.own is not None and info.own.is_spectator:
            # A spectator's client never writes, and whom it would follow is not its team.
            return NOTHING
        is_whole = self._no_team.is_over(lacks_team(info), frame.session_time)
        if not is_whole or (memory is not None and not self._has_changed(frame, info)):
            return NOTHING
        if (key := SessionKey.of(frame, info)) is None:
            return NOTHING
        if self._opening is None or self._opening[0] != key:
            seen = (frame.session_num, frame.session_unique_id, frame.session_time, memory is not None)
            self._opening = key, SessionBegan(info, *seen, lap_completed=frame.lap_completed)
        began = self._opening[1]
        if memory is None:
            return (began,)
        if memory.pending and frame.session_num != memory.key.session_num:
            self._former = FormerLap(memory.key.session_num, memory.pending[-1].telling.lap)
        return (*self.finish(), began)

    def _has_changed(self, frame: Frame, info: SessionInfo) -> bool:
        change = self._change
        if change is None or not change.is_to(frame):
            change = self._change = SessionChange(
                frame.session_num, frame.session_unique_id, frame.session_time, info, False
            )
        return change.is_believed(frame, info)

    def _announced(self) -> Memory:
        if self._opening is None:
            raise ValueError("no session was announced")
        key, began = self._opening
        return Memory(key=key, clock=TimeLine(time_s=began.session_time_s - TICK_S, tick=-1))

    def _follow(self, memory: Memory) -> None:
        memory.names = {**self._names, **memory.names}
        self._teller = Teller(memory)
        self._opening = self._change = self._skip_until_s = None
        if self._info is not None:
            self._learn(self._info)


def facts_left(text: str) -> Sequence[LapFacts]:
    """
    Read from *text* (of ``Tracker.checkpoint``) what was seen of the laps of which more was to come.

    For when nobody goes on there: a line that waits for its time, or for being taken back, stands in the checkpoint
    alone.

    Raises:
        CheckpointUnreadable: It tells nothing.
    """
    memory = checkpoint.decode(Memory, text)
    lose_simulator(memory)
    told = facts_under_way(memory, memory.member or 0)
    return [facts for facts in told if facts.sights or facts.moments]
