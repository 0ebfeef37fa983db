"""The only entrance to the race room: frames in, events out; no clock, no I/O, no threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from teamtactics.model.events import Event, RunEvent, RunEventKind, SeenFromOutside, SessionBegan
from teamtactics.model.frame import Frame
from teamtactics.model.records import RunState
from teamtactics.model.session import SessionInfo
from teamtactics.race import checkpoint
from teamtactics.race.eyes.continuity import TICK_S, Step, TimeLine, is_glitch
from teamtactics.race.eyes.drive import await_lap_time, drive
from teamtactics.race.eyes.laps import moment
from teamtactics.race.eyes.waiting import tell_waiting
from teamtactics.race.eyes.witness import silent_for_s, watch
from teamtactics.race.late import merge_late
from teamtactics.race.leaving import is_driven, leave_seat, lose_simulator
from teamtactics.race.memory import Memory, SessionKey, text_key
from teamtactics.race.seat import who_sits_here
from teamtactics.race.session_change import FormerLap, SessionChange, close
from teamtactics.race.takeover import adopt, take_seat

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

    def resume(self, text: str, *, skip_seen: bool = False) -> None:
        """
        Follow the session that was just announced from where *text* (of ``checkpoint``) left it.

        Args:
            skip_seen: The stream is a recording that starts again: pass over what the checkpoint has seen already.

        Raises:
            CheckpointUnreadable: Nothing was changed; call ``begin``.
        """
        fresh = self._announced()
        memory = checkpoint.decode(Memory, text)
        memory.key = fresh.key
        self._follow(memory)
        self._skip_until_s = memory.clock.time_s if skip_seen else None
        memory.clock.is_resumed = True

    def checkpoint(self) -> str:
        """Write down all that is remembered of the session."""
        if self._memory is None:
            raise ValueError("no session is followed, there is nothing to write down")
        return checkpoint.encode(self._memory)

    def simulator_lost(self) -> None:
        """The simulator is gone; what it shows next is announced as a session again, also if it is the same."""
        if self._memory is not None:
            self._names.update(self._memory.names)
        self._memory = None
        self._info = None
        self._change = None
        self._opening = self._opening_key = None

    def adopt(self, state: RunState) -> Sequence[Event]:
        """
        Take over what another member's client told of the session that is followed, if it is newer than what is known.

        While the member of this PC drives, what is seen here is the newer truth; but a state of before the take-over
        that comes late is merged into what was made since.
        """
        memory = self._memory
        if memory is None:
            return NOTHING
        if memory.seat.is_driving:
            out: list[Event] = []
            merge_late(memory, state, out)
            return out
        if memory.driven_s is None or state.session_time_s > memory.driven_s:
            adopt(memory, state)
        return NOTHING

    @property
    def silent_driver(self) -> tuple[str, float] | None:
        """Who has been driving the car without his client telling anything, and for how long, s; None for nobody."""
        memory, info = self._memory, self._info
        if memory is None or info is None or info.own is None:
            return None
        for_s = silent_for_s(memory, info)
        return (info.own.user_name, for_s) if for_s > 0.0 else None

    def finish(self) -> Sequence[Event]:
        """The stream has ended for good: complete the lap that waits for its official time."""
        out: list[Event] = []
        if self._memory is not None:
            close(self._memory, out)
        return out

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
        seat = memory.seat
        dt_s = frame.session_time - before_s
        if step is Step.LOST:
            lose_simulator(memory, dt_s)
        if memory.seen_since_s is None or step is Step.LOST:
            memory.seen_since_s = frame.session_time
        out: list[Event] = []
        if self._former is not None and self._former.look(frame, out):
            self._former = None
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
            if self._info is not None:
                facts = memory.witness.facts
                watch(memory, frame, self._info)
                if memory.witness.facts is not facts:
                    out.append(SeenFromOutside(frame.session_time))
        if memory.pending is not None:
            await_lap_time(memory, frame, out)
        if memory.waiting:
            tell_waiting(memory, frame, self._info, out)
        since_s = memory.state_s if seat.is_driving else None
        if since_s is not None and frame.session_time - since_s >= self.state_interval_s:
            out.append(RunEvent(RunEventKind.STATE_DUE, moment(frame), memory.run_state(frame.session_time, frame)))
        return out or NOTHING

    def _enter(self, memory: Memory, frame: Frame, out: list[Event]) -> None:
        seat = memory.seat
        if not seat.holds(frame) or self._info is None:
            return
        seat.is_driving, seat.on_ticks, seat.off_ticks = True, 0, 0
        take_seat(memory, frame, self.customer_id(self._info), out)

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
        memory.stall_pct = info.stall_pct
        if memory.customer_id == own.user_id:
            memory.driver = own.user_name
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
        out: list[Event] = []
        if memory is not None:
            if memory.pending is not None and frame.session_num != memory.key.session_num:
                self._former = FormerLap(memory.key.session_num, memory.pending.lap_completed)
            close(memory, out)
        out.append(self._opening)
        return out

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
        self._memory = memory
        self._opening = self._opening_key = self._change = None
        self._skip_until_s = None
        if self._info is not None:
            self._learn(self._info)
