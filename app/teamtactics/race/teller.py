"""One session: what the eyes notice in it, what is known of it, and the events that tell of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from teamtactics.model.events import Event, LapFinished, LapSeen, Remark, RunEvent, RunEventKind
from teamtactics.model.facts import LapFacts, MomentKind, Vantage
from teamtactics.model.frame import Frame
from teamtactics.model.records import PutBack, RunState, SessionClock
from teamtactics.model.retold import Told
from teamtactics.model.session import Entry, SessionInfo
from teamtactics.model.words import put_back_text, put_back_title
from teamtactics.race.eyes.continuity import HOLD_TICKS, SEEN_STEP_S, Step, is_glitch, moment
from teamtactics.race.eyes.crossing import COUNTER_TICKS, await_lap_time, finish_pending, name_driver
from teamtactics.race.eyes.drive import drive, see_reset
from teamtactics.race.eyes.notes import Happened, LapOver, Noticed
from teamtactics.race.eyes.seat import (
    hides_line,
    is_driven,
    leave_seat,
    lose_simulator,
    set_back,
    silent_for_s,
    take_seat,
    waits_for_counter,
)
from teamtactics.race.eyes.sights import facts_under_way, take_up
from teamtactics.race.eyes.telling import Telling
from teamtactics.race.eyes.watch import watch
from teamtactics.race.memory import Memory
from teamtactics.race.put_back import LATE_S, SEATED_S, DriverChange, still_other
from teamtactics.race.record.live import Live

NOTHING: Sequence[Event] = ()
RACE = "Race"
"""``SessionType`` of a session in which a car cannot be reset, only towed (SIMULATOR#tow)."""


class Teller:
    """
    Follows the car through one session.

    Attributes:
        memory: What the eyes remember; the whole checkpoint.

        heard: What another member's client told last of its driving; None before it told anything.
    """

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.heard: RunState | None = None
        # Not in the checkpoint: it was told when it was found, and is not told again by who goes on.
        self._to_put_back: PutBack | None = None
        self._record = Live(0)  # the text tells who the member is, and of what session

    @property
    def clock(self) -> SessionClock:
        """How far the session has come."""
        key = self.memory.key
        return SessionClock((key.session_id, key.subsession_id, key.session_num), self.memory.clock.time_s)

    @property
    def state(self) -> RunState:
        """The car as it is known at the newest tick."""
        self._show()
        return self._record.state(self.memory, self.memory.clock.time_s)

    def read(self, info: SessionInfo, own: Entry, member: int | None) -> None:
        """
        Take a newer session text.

        Args:
            member: Customer id of who sits at this PC.
        """
        memory = self.memory
        memory.names[str(own.user_id)] = own.user_name
        memory.member, memory.is_team = member, info.is_team_session
        if memory.stall_pct is None:
            memory.stall_pct = info.stall_pct
        entry = info.session(memory.key.session_num)
        memory.is_race = entry is not None and entry.type == RACE
        self._record.member = member or 0
        self._record.know_stall(memory.stall_pct)
        self._record.know_team(memory.is_team)
        for pending in memory.pending:
            line = pending.telling.line
            if line is not None and line.name is None and line.driver == member:
                pending.telling.line = replace(line, name=memory.driver)

    def learn(self, told: Iterable[LapFacts]) -> None:
        """Take in what others have told of laps, or this client before."""
        self._record.learn(told)

    def tell(self, told: Mapping[int, Told]) -> None:
        """Take in what stands in the collection of these laps now."""
        self._record.tell(told)

    def hear(self, state: RunState) -> None:
        """Take note of the *state* that another member's client has told."""
        if state.customer_id != self.memory.member:
            self.heard = state
            if self.memory.change is not None:
                self.memory.change.hear(state)

    @property
    def put_back(self) -> PutBack | None:
        """What the driver before had, as far as it is not put back yet; None for nothing, or who does not drive."""
        found = self._to_put_back if self.memory.seat.is_driving else None
        return None if found is None else still_other(found, self.memory.in_car.value)

    def silent_for_s(self, info: SessionInfo) -> float:
        """Return for how long the team-mate in the car drives without his client telling anything, s; 0 for nobody."""
        told, heard = self._record.last_told, self.heard
        if heard is not None and heard.customer_id is not None and (told is None or heard.session_time_s > told[1]):
            told = (heard.customer_id, heard.session_time_s)
        return silent_for_s(self.memory, info, told)

    def tick(
        self, frame: Frame, info: SessionInfo | None, step: Step, dt_s: float, state_interval_s: float
    ) -> Sequence[Event]:
        """
        Take the next frame; return what happened, oldest first.

        Args:
            step: What it is to the one before; *dt_s*: how much later, s.

            state_interval_s: While driving, the longest time without a state, s.
        """
        memory, out = self.memory, list[Noticed]()
        seat = memory.seat
        if step is Step.LOST or (dt_s > SEEN_STEP_S and seat.is_driving and hides_line(memory, frame)):
            lose_simulator(memory)
        elif step is Step.SET_BACK:
            set_back(memory, -memory.clock.set_s)
        if memory.clock.set_s and memory.lap is not None:
            vantage = Vantage.CAR if seat.is_driving else Vantage.OUTSIDE
            memory.lap.note(MomentKind.CLOCK, moment(frame), vantage)
        if is_driven(frame):
            if is_glitch(frame):
                if seat.is_driving:
                    see_reset(memory, frame)
                return NOTHING
            if seat.is_driving:
                seat.off_ticks = 0
                if step is not Step.PAUSED:
                    drive(memory, frame, dt_s, out)
            elif info is not None:
                self._enter(frame, out)
        elif seat.is_driving:
            leave_seat(memory, out)
        else:
            seat.on_ticks = 0
            seat.garage_ticks += bool(frame.is_in_garage)
            if info is not None:
                watch(memory, frame, info, dt_s, out)
        if memory.pending and info is not None:
            name_driver(memory, frame, info)
            await_lap_time(memory, frame, out)
        if memory.change is not None and seat.is_driving:
            self._compare(memory.change, frame.session_time, out)
        since_s = memory.state_s if seat.is_driving else None
        if since_s is not None and frame.session_time - since_s >= state_interval_s:
            out.append(Happened(RunEventKind.STATE_DUE, moment(frame)))
        if out or (memory.lap is not None and memory.lap.is_news and not self._is_line_open):
            return self._tell(out)
        return NOTHING

    def close(self) -> Sequence[Event]:
        """End all waiting: the session is over."""
        out: list[Noticed] = []
        lose_simulator(self.memory)
        finish_pending(self.memory, None, out)
        return self._tell(out)

    @property
    def _is_line_open(self) -> bool:
        """Whether the line crossed last may be taken back: until then the checkpoint alone has it and what followed."""
        memory = self.memory
        lines = (pending.telling.line for pending in memory.pending)
        return memory.closing is not None or any(line and line.vantage is Vantage.CAR for line in lines)

    def _enter(self, frame: Frame, out: list[Noticed]) -> None:
        memory, seat = self.memory, self.memory.seat
        if seat.on_ticks == 0:
            seat.on_since_s = frame.session_time
        seat.on_ticks += 1
        # FuelLevel may read 0 alone in that very tick (SIMULATOR#unset): an empty tank must stay so as long again.
        if seat.on_ticks < (2 * HOLD_TICKS if frame.fuel_level == 0.0 else HOLD_TICKS):
            return
        if seat.on_ticks < COUNTER_TICKS and waits_for_counter(memory, frame):
            return
        seat.is_driving, seat.on_ticks, seat.off_ticks = True, 0, 0
        self._show()
        before = self._record.last_driver
        if before is None or before != memory.member:
            out.append(Happened(RunEventKind.DRIVER, moment(frame)))
            memory.state_s = frame.session_time
            self._change_drivers(before)
        elif memory.state_s is None:
            memory.state_s = frame.session_time
        if memory.change is not None:
            # Also of who got out again before he was told: he has sat down anew.
            memory.change.got_in_s = seat.on_since_s
        take_seat(memory, frame, out)

    def _change_drivers(self, before: int | None) -> None:
        memory, self._to_put_back = self.memory, None
        memory.change = DriverChange(memory.seat.on_since_s, before) if memory.is_team else None
        if memory.change is not None and self.heard is not None:
            memory.change.hear(self.heard)

    def _compare(self, change: DriverChange, now_s: float, out: list[Noticed]) -> None:
        """Hold the settings against those of the driver before, once, when both are known."""
        memory, seated_s = self.memory, now_s - change.got_in_s
        if seated_s > LATE_S:
            memory.change = None
        elif seated_s >= SEATED_S and change.settings is not None and memory.in_car.value is not None:
            memory.change = None
            found = self._to_put_back = change.compared(memory.in_car.value)
            if found is not None:
                out.append(Remark(f"{put_back_title(found)}: {put_back_text(found)}"))

    def _show(self) -> None:
        """Let the record know what is under way."""
        take_up(self.memory)
        self._record.see(facts_under_way(self.memory, self._record.member))

    def _tell(self, noticed: Sequence[Noticed]) -> Sequence[Event]:
        """Make events of what the eyes have *noticed*."""
        lap, out = self.memory.lap, list[Event]()
        self._show()
        for one in noticed:
            if isinstance(one, LapOver):
                self._tell_lap(one.telling, out)
            elif not isinstance(one, Happened):
                out.append(one)
            elif one.kind is not RunEventKind.TOW or not self._record.knows_tow(self.memory.under_way.lap):
                out.append(RunEvent(one.kind, one.at, self._state()))
        if lap is not None and (lap.is_news or out) and not self._is_line_open:
            lap.is_news = False
            facts = lap.facts(self._record.member)
            if facts.sights or facts.moments:
                out.append(LapSeen(facts))
        return out

    def _tell_lap(self, telling: Telling, out: list[Event]) -> None:
        facts, record = telling.facts(self._record.member), self._record
        if facts == LapFacts(facts.lap, facts.member):
            return
        record.learn([facts])
        out.append(LapSeen(facts, is_over=True))
        line = facts.line
        if facts.lap >= 1 and line is not None and line.vantage is Vantage.CAR:
            is_whole = not self.memory.is_team or record.is_whole(facts)
            out.append(LapFinished(record.lap(facts.lap), self._state(), facts, is_whole))

    def _state(self) -> RunState:
        """Hand out the state as true in the last tick in the car."""
        memory = self.memory
        memory.state_s = memory.clock.time_s if memory.last is None else memory.last.session_time
        return self._record.state(memory, memory.state_s)
