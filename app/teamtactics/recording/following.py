"""From frames to entries of the journal: the tracker, what it is told, and what comes while the store is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as NoAnswer
from datetime import datetime
from typing import Protocol

from teamtactics.contract.names import collection_id
from teamtactics.model.events import Event, Remark, SessionBegan
from teamtactics.model.frame import Frame
from teamtactics.model.parcel import Document
from teamtactics.model.records import PutBack, RunState
from teamtactics.model.retold import Told
from teamtactics.model.session import SessionInfo
from teamtactics.model.status import CarStatus
from teamtactics.race.checkpoint import CheckpointUnreadable
from teamtactics.race.memory import Memory
from teamtactics.race.tracker import Tracker
from teamtactics.recording.car_view import car_of
from teamtactics.recording.journal import LIVE, Answer, Began, Journal, Note
from teamtactics.recording.kept import session_facts
from teamtactics.recording.narrator import line
from teamtactics.recording.seen import LOST, Seen, Sight, Tape

log = logging.getLogger(__name__)

HELD_TICKS = 20 * 60 * 60
"""
Ticks kept in memory while the store does not say what it knows of the session: twenty minutes, about 65 MB. Then it
goes on without a checkpoint.
"""

MOST_DEATHS = 6
"""So often in a row what was seen is tried again; then it goes on with what comes."""

ANSWER_AT_END_S = 2.0
"""So long the end of the program waits for an answer that is outstanding."""


class TeamStates(Protocol):
    """What the collector needs of the team; ``team.Team`` says what its methods promise."""

    def follow(self, collection: str | None, run: Document) -> None: ...
    def take(self) -> Sequence[RunState]: ...
    def laps(self) -> Mapping[int, Told]: ...
    def look(self, silent: tuple[int, str, float] | None) -> None: ...


class Following:
    """
    Lets the tracker follow what is seen and puts what comes of it into the journal.

    A session that begins is asked for at the store. Until it answers, what is seen is held and followed afterwards, as
    if it had been seen then: a store that is slow, or held by somebody, costs no tick. What was followed is kept until
    the journal tells of it: who goes on behind one that died (``anew``) follows it again.

    Threads: the collector's; ``car``, ``put_back`` and ``collection`` may be read from anywhere.
    """

    def __init__(
        self,
        tracker: Tracker,
        journal: Journal,
        on_event: Callable[[Event], None] | None = None,
        team: TeamStates | None = None,
        tape: Tape | None = None,
    ) -> None:
        self.tracker = tracker
        self.collection: str | None = None
        self.car: CarStatus | None = None
        self.put_back: PutBack | None = None
        self._journal = journal
        self._seen = Seen(journal, tape=tape)
        self._on_event = on_event
        self._team = team
        self._asked: Began | None = None
        self._info: SessionInfo | None = None
        self._last: Sight | None = None
        self._is_following = self._has_hole = False
        self._deaths = 0
        self._died_at: Frame | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the store has still to say what it knows of the session."""
        return self._asked is not None

    def see(self, sight: Sight) -> None:
        """Follow *sight*, now or as soon as the store has answered."""
        if self._has_hole:
            self._has_hole = False
            self._seen.add(LOST)
        self._seen.add(sight.held())
        self.settle(0.0)
        if self._asked is not None and self._seen.ahead_ticks > HELD_TICKS:
            self._begin_without("the store has not answered for too long")

    def lose(self) -> None:
        """The stream is gone, or is not to be followed for a while; what it shows next is announced anew."""
        self._seen.add(LOST)
        self.settle(0.0)

    def settle(self, timeout_s: float) -> None:
        """Follow what was seen, as soon as the store's answer is there if it comes within *timeout_s*."""
        while self._asked is not None or self._seen.has_more:
            if self._asked is not None:
                try:
                    answer = self._asked.answer.result(timeout_s)
                except NoAnswer:
                    return
                self._is_following = True
                self._begin(answer)
            else:
                self._is_following = True
                self._follow_next()
            self._is_following = False
        self._deaths = 0

    def end(self, *, is_complete: bool) -> None:
        """
        Write down where we are: nothing more will be seen.

        Args:
            is_complete: The stream is over for good; what still waits for a lap time is told as it is.
        """
        self.settle(ANSWER_AT_END_S)
        while self._asked is not None:
            self._begin_without("the program ends")
        memory = self.tracker.memory
        if is_complete and self._last is not None and memory is not None:
            self._note(self.tracker.finish(), *_clock_of(memory, self._last))
        self._save()

    def anew(self) -> Following:
        """
        Return one that knows nothing, to go on behind the last checkpoint that went into the journal.

        For when this one was left in the middle of a tick: its memory may be half advanced, and is worth nothing. What
        was seen since that checkpoint is followed again; what nobody saw meanwhile is a gap. A sight that it died of
        twice is left out, and all of them when it has died too often.
        """
        other = Following(
            Tracker(self.tracker.state_interval_s, self.tracker.fallback_customer_id),
            self._journal,
            self._on_event,
            self._team,
            self._seen.tape,
        )
        seen, again = self._seen, list[Sight | None]()
        other.collection, other.car, other._has_hole = self.collection, self.car, True
        other._deaths = self._deaths + self._is_following
        other._died_at = self._seen.place
        if other._deaths < MOST_DEATHS:
            is_again = other._died_at is not None and other._died_at is self._died_at
            again = seen.again(but_next=is_again)
        other._seen = Seen(self._journal, again, seen.tape, seen.came)
        return other

    def look(self) -> None:
        """Renew the picture of the car, and what is to be put back in it."""
        if self._asked is not None:
            return
        self.car = car_of(self.tracker, self._info, time.monotonic())
        self.put_back = self.tracker.put_back
        if self._team is not None:
            self._team.look(self.tracker.silent_driver)

    def _follow_next(self) -> None:
        sight = self._seen.next
        if sight is LOST:
            self._lose()
            self._seen.followed()
        elif self._follow(sight):
            self._seen.followed()

    def _follow(self, sight: Sight) -> bool:
        """Follow *sight*; return whether to its end, or to where the store has to be asked."""
        frames, info, tracker = sight.frames, sight.info, self.tracker
        if info is not self._info and info is not None:
            self._learn(info, sight)
        if self._team is not None:
            self._learn_of(self._team)
        self._last = sight
        advance = tracker.advance
        for index, frame in enumerate(frames):
            events = advance(frame, info)
            if not events:
                continue
            if isinstance(events[-1], SessionBegan):
                # Not consumed: the frame comes again when the answer is there.
                self._ask(events[-1], events[:-1], sight, index)
                return False
            self._take(events, index, sight)
        return True

    def _learn(self, info: SessionInfo, sight: Sight) -> None:
        self._info, frame, tracker = info, sight.frames[0], self.tracker
        if info.own is None or not info.is_live or not tracker.is_following(frame, info):
            return
        at_s = frame.session_time
        utc, customer_id = sight.utc_at(at_s), tracker.customer_id(info)
        self._seen.put(Note((), tracker.checkpoint(), at_s, utc, info=info, customer_id=customer_id))

    def _take(self, events: Sequence[Event], index: int, sight: Sight) -> None:
        frame = sight.frames[index]
        utc = sight.utc_of(frame.session_num, frame.session_time, frame.tick)
        self._note(events, frame.session_time, utc, behind=index + 1)
        if log.isEnabledFor(logging.DEBUG):
            # With this a wrong lap can be understood the next day: the raw tick, and what was made of it.
            log.debug("from %s", frame)
            for event in events:
                log.debug("made %s", event)

    def _note(self, events: Sequence[Event], session_time_s: float, utc: datetime, behind: int | None = None) -> None:
        if not all(isinstance(event, Remark) for event in events):
            self._seen.put(Note(tuple(events), self.tracker.checkpoint(), session_time_s, utc), behind=behind)
        self._tell(events)

    def _ask(self, began: SessionBegan, former: Sequence[Event], sight: Sight, index: int) -> None:
        """Tell the end of the former session, if any, and ask what the store knows of the one that begins."""
        frame, memory = sight.frames[index], self.tracker.memory
        utc = sight.utc_of(frame.session_num, frame.session_time, frame.tick)
        collection = collection_id(began.info, began.session_num)
        asked = Began(began, collection, self.tracker.customer_id(began.info), sight.source_key, utc)
        ended = () if memory is None else (Note(tuple(former), None, *_clock_of(memory, sight), is_last=True),)
        self._seen.put(*ended, asked, behind=index)
        self._tell(former)
        self.collection, self._asked = collection, asked

    def _begin(self, answer: Answer) -> None:
        asked = self._asked
        assert asked is not None, "only what was asked is answered"
        self.tracker.know(answer.names)
        self._resume(answer, asked)
        self._asked = None
        self._seen.put(Note((), self.tracker.checkpoint(), asked.event.session_time_s, asked.utc))
        self._tell((asked.event,))
        if self._team is not None:
            is_team = asked.event.info.is_team_session
            self._team.follow(self.collection if is_team else None, session_facts.facts(asked))

    def _resume(self, answer: Answer, asked: Began) -> None:
        if answer.checkpoint is not None:
            try:
                # A recording that starts again has been seen up to its checkpoint.
                self.tracker.resume(answer.checkpoint, skip_seen=asked.source_key != LIVE)
            except CheckpointUnreadable as error:
                log.warning("the checkpoint of %s is not used: %s", asked.collection, error)
            else:
                self.tracker.learn(answer.told)
                return
        self.tracker.begin()
        self.tracker.learn(answer.told)

    def _begin_without(self, why: str) -> None:
        assert self._asked is not None, "only what was asked is waited for"
        if self._asked.answer.cancel():
            log.warning("%s: %s goes on without what was recorded of it before", why, self.collection)
            self._begin(Answer(None, {}))
        # Else it is being given in this moment.
        self.settle(ANSWER_AT_END_S)

    def _learn_of(self, team: TeamStates) -> None:
        """Let the tracker know what others have told: of laps, and of the car."""
        if laps := team.laps():
            self.tracker.tell(laps)
        for state in team.take():
            self.tracker.hear(state)

    def _lose(self) -> None:
        self._save()
        self.tracker.simulator_lost()
        self._info = self.car = self.put_back = None

    def _save(self) -> None:
        memory = self.tracker.memory
        if memory is not None and self._last is not None:
            self._seen.put(Note((), self.tracker.checkpoint(), *_clock_of(memory, self._last)))

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            text = line(event)
            if text is not None:
                log.info("%s", text)
            if self._on_event is not None:
                self._on_event(event)


def _clock_of(memory: Memory, sight: Sight) -> tuple[float, datetime]:
    """Return how far the followed session had come when *sight* was seen, and when that was."""
    at_s = memory.clock.time_s
    return at_s, sight.utc_of(memory.key.session_num, at_s, memory.clock.tick)
