"""The only entrance to the race room: frames in, events out; no clock, no I/O, no threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from teamtactics.model.events import Event, LapFinished, LapSeen, RunEvent, RunEventKind, SessionBegan
from teamtactics.model.facts import LapFacts, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import RunState, SessionClock
from teamtactics.model.session import SessionInfo
from teamtactics.race import checkpoint
from teamtactics.race.eyes.continuity import HOLD_TICKS, TICK_S, Step, TimeLine, is_glitch, moment
from teamtactics.race.eyes.drive import await_lap_time, drive, finish_pending
from teamtactics.race.eyes.notes import Happened, LapOver, Noticed
from teamtactics.race.eyes.seat import is_driven, leave_seat, lose_simulator, take_seat, who_sits_here
from teamtactics.race.eyes.sights import facts_under_way, take_up
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.eyes.watch import name_driver, silent_for_s, watch
from teamtactics.race.memory import Memory, SessionKey, text_key
from teamtactics.race.record.live import Live
from teamtactics.race.session_change import FormerLap, SessionChange

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
        self._memory: Memory | None = None
        self._record: Live | None = None
        self._heard: RunState | None = None
        self._info: SessionInfo | None = None
        self._opening: SessionBegan | None = None
        self._opening_key: SessionKey | None = None
        self._change: SessionChange | None = None
        self._skip_until_s: float | None = None
        self._former: FormerLap | None = None
        self._names: dict[str, str] = {}

    @property
    def is_driving(self) -> bool:
        """Whether the member of this PC drives."""
        return self._memory is not None and self._memory.seat.is_driving

    @property
    def memory(self) -> Memory | None:
        """What is known of the session; for reading only. None before the first session."""
        return self._memory

    @property
    def clock(self) -> SessionClock | None:
        """How far the session that is followed has come; None before the first."""
        memory = self._memory
        if memory is None:
            return None
        key = memory.key
        return SessionClock((key.session_id, key.subsession_id, key.session_num), memory.clock.time_s)

    @property
    def state(self) -> RunState | None:
        """The car as it is known at the newest tick; None before the first session."""
        memory, record = self._memory, self._record
        if memory is None or record is None:
            return None
        take_up(memory)
        record.see(facts_under_way(memory, memory.member or 0))
        return record.state(memory, memory.clock.time_s)

    @property
    def heard(self) -> RunState | None:
        """What another member's client told last of its driving; None before it told anything."""
        return self._heard

    @property
    def is_driven(self) -> bool:
        """Whether somebody else is seen to drive the car."""
        return self._memory is not None and self._memory.outside.driven_since_s is not None

    @property
    def session(self) -> SessionKey | None:
        """The session that is followed, or was announced; None before the first."""
        return self._opening_key if self._opening_key is not None or self._memory is None else self._memory.key

    def know(self, names: Mapping[str, str]) -> None:
        """
        Learn names by customer id from earlier sessions.

        The session text names who gets into the car only seconds later (field guide 2.2).
        """
        self._names = {**names, **self._names}

    def is_following(self, frame: Frame, info: SessionInfo) -> bool:
        """Whether *frame* and *info* both belong to the session that is followed."""
        return self._memory is not None and SessionKey.of(frame, info) == self._memory.key

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

    @classmethod
    def of(cls, text: str, told: Iterable[LapFacts]) -> Tracker:
        """
        Return one that knows what *text* and *told* say and follows nothing more.

        Raises:
            CheckpointUnreadable: As ``resume``.
        """
        tracker = cls()
        tracker._follow(checkpoint.decode(Memory, text))
        tracker.learn(told)
        return tracker

    def checkpoint(self) -> str:
        """Write down all that is remembered of the session."""
        if self._memory is None:
            raise ValueError("no session is followed, there is nothing to write down")
        return checkpoint.encode(self._memory)

    def simulator_lost(self) -> None:
        """The simulator is gone; what it shows next is announced as a session again, also if it is the same."""
        if self._memory is not None:
            self._names.update(self._memory.names)
        self._memory = self._record = self._heard = None
        self._info = None
        self._change = None
        self._opening = self._opening_key = None

    def learn(self, told: Iterable[LapFacts]) -> Sequence[Event]:
        """
        Take in what is known of laps of the session that is followed: told by others, or by this client before.

        Of any of them the same may come again, in any order.
        """
        if self._record is not None:
            self._record.learn(told)
        return NOTHING

    def hear(self, state: RunState) -> None:
        """Take note of the *state* that another member's client has told of its driving; for the picture only."""
        memory = self._memory
        if memory is not None and state.customer_id != memory.member:
            self._heard = state

    @property
    def silent_driver(self) -> tuple[str, float] | None:
        """Who has been driving the car without his client telling anything, and for how long, s; None for nobody."""
        memory, info = self._memory, self._info
        if memory is None or info is None or info.own is None:
            return None
        told = self._record.last_told if self._record is not None else None
        heard = self._heard
        if heard is not None and heard.customer_id is not None and (told is None or heard.session_time_s > told[1]):
            told = (heard.customer_id, heard.session_time_s)
        for_s = silent_for_s(memory, info, told)
        return (info.own.user_name, for_s) if for_s > 0.0 else None

    def finish(self) -> Sequence[Event]:
        """The stream has ended for good: complete the lap that waits for its official time."""
        return self._close(self._memory) if self._memory is not None else NOTHING

    def advance(self, frame: Frame, info: SessionInfo | None) -> Sequence[Event]:
        """
        Take the next frame with the newest session text; return what happened, oldest first.

        Args:
            info: None while the text makes no sense yet. The same object as long as nothing changed.
        """
        memory = self._memory
        if info is not self._info and info is not None:
            self._learn(info)
        if (
            memory is None
            or frame.session_num != memory.key.session_num
            or frame.session_unique_id != memory.key.session_unique_id
        ):
            return self._open(frame)
        if self._change is not None:
            if self._change.is_certain:
                return self._open(frame)
            self._change = None
        if self._skip_until_s is not None:
            if frame.session_time <= self._skip_until_s:
                return NOTHING
            self._skip_until_s = None
        before_s = memory.clock.time_s
        step = memory.clock.step(frame)
        if step is Step.REPEATED:
            return NOTHING
        if step is Step.RESTARTED:
            self._change = SessionChange(frame.session_num, frame.session_unique_id, frame.session_time, info, True)
            return NOTHING
        return self._tick(memory, frame, step, before_s)

    def _tick(self, memory: Memory, frame: Frame, step: Step, before_s: float) -> Sequence[Event]:
        seat, info = memory.seat, self._info
        dt_s = frame.session_time - before_s
        if step is Step.LOST:
            lose_simulator(memory)
            tick, before = frame.session_tick, memory.session_tick
            memory.has_rejoined = memory.has_rejoined or (tick is not None and before is not None and tick < before)
        out: list[Noticed] = []
        if is_driven(frame):
            if is_glitch(frame):
                return NOTHING
            if seat.is_driving:
                seat.off_ticks = 0
                if step is not Step.PAUSED:
                    drive(memory, frame, dt_s, out)
            else:
                self._enter(memory, frame, out)
        elif seat.is_driving:
            leave_seat(memory, out)
        else:
            seat.on_ticks = 0
            if info is not None:
                watch(memory, frame, info, dt_s, out)
        memory.session_tick = frame.session_tick
        if memory.pending and info is not None:
            name_driver(memory, frame, info)
            await_lap_time(memory, frame, out)
        since_s = memory.state_s if seat.is_driving else None
        if since_s is not None and frame.session_time - since_s >= self.state_interval_s:
            out.append(Happened(RunEventKind.STATE_DUE, moment(frame)))
        if self._former is not None:
            return self._look_back(frame, self._tell(memory, out, frame))
        if out or (memory.lap is not None and memory.lap.is_news):
            return self._tell(memory, out, frame)
        return NOTHING

    def _look_back(self, frame: Frame, told: Sequence[Event]) -> Sequence[Event]:
        assert self._former is not None, "asked only while a former lap waits"
        found: list[Event] = []
        if self._former.look(frame, found):
            self._former = None
        return (*found, *told)

    def _enter(self, memory: Memory, frame: Frame, out: list[Noticed]) -> None:
        seat = memory.seat
        if seat.on_ticks == 0:
            seat.on_since_s = frame.session_time
        seat.on_ticks += 1
        if seat.on_ticks < HOLD_TICKS or self._info is None:
            return
        seat.is_driving, seat.on_ticks, seat.off_ticks = True, 0, 0
        record = self._record
        assert record is not None, "a session that is followed has a record"
        record.see(facts_under_way(memory, memory.member or 0))
        if not record.was_last_driver(memory.member):
            out.append(Happened(RunEventKind.DRIVER, moment(frame)))
        elif memory.state_s is None:
            memory.state_s = frame.session_time
        take_seat(memory, frame, out)

    def _tell(self, memory: Memory, noticed: Sequence[Noticed], frame: Frame | None) -> Sequence[Event]:
        """Make events of what the eyes have *noticed*."""
        record, member = self._record, memory.member or 0
        assert record is not None, "a session that is followed has a record"
        take_up(memory)
        record.see(facts_under_way(memory, member))
        out: list[Event] = []
        for one in noticed:
            if isinstance(one, LapOver):
                self._tell_lap(memory, record, one.telling, out)
            elif isinstance(one, Happened):
                if one.kind is RunEventKind.TOW and record.knows_tow(memory.under_way.lap):
                    continue
                out.append(RunEvent(one.kind, one.at, self._state(memory, record, frame)))
            else:
                out.append(one)
        if memory.lap is not None and (memory.lap.is_news or out):
            memory.lap.is_news = False
            facts = memory.lap.facts(member)
            if facts.sights or facts.moments:
                out.append(LapSeen(facts))
        return out

    def _tell_lap(self, memory: Memory, record: Live, telling: Telling, out: list[Event]) -> None:
        facts = telling.facts(memory.member or 0)
        if facts == LapFacts(facts.lap, facts.member):
            return
        record.learn([facts])
        out.append(LapSeen(facts, is_over=True))
        line = facts.line
        if facts.lap >= 1 and line is not None and line.vantage is Vantage.CAR:
            lap = record.lap(facts.lap)
            out.append(LapFinished(lap, self._state(memory, record, None), facts, record.is_whole(facts)))

    def _state(self, memory: Memory, record: Live, frame: Frame | None) -> RunState:
        last = memory.last if frame is None or not memory.seat.is_driving else frame
        memory.state_s = memory.clock.time_s if last is None else last.session_time
        return record.state(memory, memory.state_s)

    def customer_id(self, info: SessionInfo) -> int | None:
        """Tell who sits at this PC."""
        return who_sits_here(info, self.fallback_customer_id)

    def _learn(self, info: SessionInfo) -> None:
        self._info = info
        memory, own = self._memory, info.own
        if self._former is not None:
            self._former.learn(info)
        if own is None:
            return
        self._names[str(own.user_id)] = own.user_name
        if memory is None:
            return
        memory.names[str(own.user_id)] = own.user_name
        memory.member = self.customer_id(info)
        memory.stall_pct = info.stall_pct
        if self._record is not None:
            self._record.member = memory.member or 0
            self._record.know_stall(info.stall_pct)
        memory.is_team = info.is_team_session
        entry = info.session(memory.key.session_num)
        memory.is_race = entry is not None and entry.type == "Race"
        key = memory.key
        now = SessionKey(key.session_num, key.session_unique_id, *text_key(info, own))
        if now != key and self._change is None:
            # The text now describes another event: the frames since its begin belong to that one.
            self._change = SessionChange(key.session_num, key.session_unique_id, memory.clock.time_s, None, True)

    def _open(self, frame: Frame) -> Sequence[Event]:
        info, memory = self._info, self._memory
        if info is None or not info.is_live:
            return NOTHING
        if info.is_team_session and info.own is not None and info.own.is_spectator:
            # A spectator's client never writes, and whom it would follow is not its team.
            return NOTHING
        if memory is not None and not self._has_changed(frame, info):
            return NOTHING
        key = SessionKey.of(frame, info)
        if key is None:
            return NOTHING
        if self._opening is None or self._opening_key != key:
            self._opening_key = key
            seen = (frame.session_num, frame.session_unique_id, frame.session_time, memory is not None)
            self._opening = SessionBegan(info, *seen, lap_completed=frame.lap_completed)
        if memory is None:
            return (self._opening,)
        if memory.pending and frame.session_num != memory.key.session_num:
            self._former = FormerLap(memory.key.session_num, memory.pending[-1].telling.lap)
        return (*self._close(memory), self._opening)

    def _close(self, memory: Memory) -> Sequence[Event]:
        """End all waiting: the session is over."""
        out: list[Noticed] = []
        lose_simulator(memory)
        finish_pending(memory, None, out)
        return self._tell(memory, out, None)

    def _has_changed(self, frame: Frame, info: SessionInfo) -> bool:
        change = self._change
        if change is None or not change.is_to(frame):
            change = self._change = SessionChange(
                frame.session_num, frame.session_unique_id, frame.session_time, info, False
            )
        return change.is_believed(frame, info)

    def _announced(self) -> Memory:
        began, key = self._opening, self._opening_key
        if began is None or key is None:
            raise ValueError("no session was announced")
        return Memory(key=key, clock=TimeLine(time_s=began.session_time_s - TICK_S, tick=-1))

    def _follow(self, memory: Memory) -> None:
        memory.names = {**self._names, **memory.names}
        self._memory, self._record, self._heard = memory, Live(), None
        self._opening = self._opening_key = self._change = None
        self._skip_until_s = None
        if self._info is not None:
            self._learn(self._info)


def left_behind(text: str, told: Iterable[LapFacts] = ()) -> Sequence[Event]:
    """
    Read from *text* (of ``Tracker.checkpoint``) the laps that waited for an official time.

    For a session that is over: nothing of it will come any more. A text that cannot be read has no such laps.

    Args:
        told: What ``LapSeen`` told of it until then.
    """
    try:
        return Tracker.of(text, told).finish()
    except checkpoint.CheckpointUnreadable:
        return NOTHING
