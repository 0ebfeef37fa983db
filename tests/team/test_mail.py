"""States between threads: what is taken, what is dropped, and that the box has a bottom."""

from __future__ import annotations

import sys
import threading

from teamtactics.model.parcel import Document
from teamtactics.team.mail import TeamMail


def state(session_time_s: float, customer_id: int = 1) -> Document:
    return {"SessionTime": session_time_s, "CustomerID": customer_id}


def test_states_are_taken_once_in_the_order_they_came() -> None:
    mail = TeamMail()
    mail.put("c", state(1.0))
    mail.put("c", state(2.0))
    assert mail.take("c") == [state(1.0), state(2.0)]
    assert mail.take("c") == ()


def test_states_of_another_session_are_dropped() -> None:
    """They say nothing about the race that is driven now."""
    mail = TeamMail()
    mail.put("practice", state(900.0))
    mail.put("race", state(1.0))
    assert mail.take("race") == [state(1.0)]
    assert mail.take("practice") == ()


def test_an_exact_repeat_is_dropped_another_drivers_word_for_the_same_moment_is_not() -> None:
    """A reconnected watch tells the present state again; a courier tells what the watch told already."""
    mail = TeamMail()
    mail.put("c", state(1.0))
    mail.put("c", state(1.0))
    assert mail.take("c") == [state(1.0)]
    mail.put("c", state(1.0))
    mail.put("c", state(1.0, customer_id=2))
    assert mail.take("c") == [state(1.0, customer_id=2)]


def test_a_session_that_is_followed_anew_begins_with_nothing_taken() -> None:
    """A client that comes back to a session has forgotten it, unless its checkpoint says otherwise."""
    mail = TeamMail()
    for name in ("c", "other", "c"):
        mail.put(name, state(1.0))
        assert mail.take(name) == [state(1.0)]


def test_a_box_nobody_empties_keeps_the_newest() -> None:
    mail = TeamMail()
    for n in range(10_000):
        mail.put("c", state(float(n)))
    taken = mail.take("c")
    assert len(taken) < 1000
    assert taken[-1] == state(9_999.0)


def test_nothing_is_lost_or_told_twice_between_threads() -> None:
    """Watch and courier put while the collector takes."""
    mail = TeamMail()
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        writers = [
            threading.Thread(target=lambda who=who: [mail.put("c", state(float(n), who)) for n in range(100)])  # type: ignore[misc]
            for who in (1, 2)
        ]
        taken: list[Document] = []
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            taken.extend(mail.take("c"))
        taken.extend(mail.take("c"))
    finally:
        sys.setswitchinterval(before)
    for who in (1, 2):
        assert [one for one in taken if one["CustomerID"] == who] == [state(float(n), who) for n in range(100)]
