"""The presenter: what the icon shows next, the same on every system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from teamtactics.model.status import Status
from teamtactics.tray.menu import Choice, Switches
from teamtactics.tray.notices import Notice
from teamtactics.tray.presenter import Presenter
from teamtactics.tray.sign import Face
from tray.statuses import BY_FACE, IDLE


class Client:
    is_over = False

    def __init__(self, now: Status) -> None:
        self.now = now
        self.unsaid: list[Notice] = []

    def begin(self) -> None:
        raise AssertionError("the presenter begins nothing")

    def status(self) -> Status:
        return self.now

    def switches(self) -> Switches:
        return Switches(debug=True)

    def choose(self, choice: Choice) -> None:
        raise AssertionError(f"nobody chose {choice}")

    def answers(self) -> Sequence[Notice]:
        handed, self.unsaid = self.unsaid, []
        return handed

    def session_ends(self) -> None:
        raise AssertionError("nobody logs off")


def test_picture_and_tooltip_follow_the_status() -> None:
    client = Client(IDLE)
    presenter = Presenter(client)
    before = presenter.next()
    client.now = BY_FACE[Face.DELIVERED]
    after = presenter.next()
    assert (before.sign.face, after.sign.face) == (Face.WAITING, Face.DELIVERED)
    assert "stint 3" in after.tooltip and "stint" not in before.tooltip


def test_the_same_status_gives_the_same_picture_so_that_nothing_is_drawn_again() -> None:
    presenter = Presenter(Client(BY_FACE[Face.DELIVERED]))
    assert presenter.next() == presenter.next()


def test_several_notifications_come_one_at_a_time_and_each_once() -> None:
    client = Client(replace(IDLE, needs=("A.",), newer_client="9.9"))
    client.unsaid = [Notice("Answer", "to a click")]
    presenter = Presenter(client)
    said = [notice.title for _ in range(6) if (notice := presenter.next().notice) is not None]
    assert said == ["Teamtactics needs you", "A newer teamtactics", "Answer"]


def test_what_cannot_be_said_yet_is_said_later() -> None:
    presenter = Presenter(Client(replace(IDLE, needs=("A.",))))
    assert [presenter.next(can_notify=False).notice for _ in range(3)] == [None] * 3
    assert presenter.next().notice == Notice("Teamtactics needs you", "A.")


def test_the_menu_is_the_one_of_this_moment() -> None:
    client = Client(IDLE)
    presenter = Presenter(client)
    client.now = BY_FACE[Face.PAUSED]
    assert Choice.RESUME in [entry.choice for entry in presenter.menu()]
