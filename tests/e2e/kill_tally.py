"""What killed clients have left behind, counted: what is lost, what is there twice, what is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from support.pubsub_reader import Received


@dataclass(slots=True)
class Tally:
    """
    What was done and what came of it.

    Attributes:
        laps: Lap documents compared, in each place where they must be.

        unwitnessed: Laps without a document, because the client was dead when the car crossed the line.

        unseen: Fields that are null for the like reason, those laps' included.

        late: One line for each thing that is right only within half a second: a busy machine hides ticks from a client.

        messages: Deliveries, repeats included.

        disorderly: Sequences that did not end in order, or left something undelivered.

        wrong: One line for each thing that is not as it must be.
    """

    kills: int = 0
    sequences: int = 0
    laps: int = 0
    unwitnessed: int = 0
    unseen: int = 0
    messages: int = 0
    lost: int = 0
    doubled: int = 0
    changed: int = 0
    disorderly: int = 0
    late: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count *other* in."""
        for each in fields(Tally):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def find(self, kind: str, text: str) -> None:
        """Note one thing of *kind* (``lost``, ``doubled``, ``changed``, ``disorderly``)."""
        setattr(self, kind, getattr(self, kind) + 1)
        self.wrong.append(f"{kind}: {text}")

    def line(self) -> str:
        """Say all figures in one line."""
        figures = {each.name: getattr(self, each.name) for each in fields(Tally) if each.name != "wrong"}
        return ", ".join(f"{count} {name}" for name, count in {**figures, "late": len(self.late)}.items())


def compare_documents(
    where: str, true: Iterable[tuple[str, Mapping[str, Any]]], got: Iterable[tuple[str, Mapping[str, Any]]], to: Tally
) -> None:
    """Compare documents with the true ones by their names: each there, once, and the same in every field."""
    left: dict[str, Mapping[str, Any]] = {}
    for name, document in got:
        if name in left:
            to.find("doubled", f"{where}: {name}")
        left[name] = document
    for name, document in true:
        found = left.pop(name, None)
        if found is None:
            to.find("lost", f"{where}: {name}")
        elif found != document:
            differing = {key for key in {*document, *found} if document.get(key) != found.get(key)}
            told = ", ".join(f"{key} is {found.get(key)!r}, true is {document.get(key)!r}" for key in sorted(differing))
            to.find("changed", f"{where}: {name}: {told}")
    for name, document in left.items():
        to.find("changed", f"{where}: {name} never was: {document}")


def compare_messages(true: Mapping[str, Received], got: Sequence[Received], to: Tally) -> None:
    """Compare what was received with the true messages, by id: each at least once, and no repeat with other words."""
    for received in got:
        first = true.get(received.id)
        told = f"message {received.type} at {received.data['sessionTime']} s"
        if first is None:
            is_known = any((each.type, each.data) == (received.type, received.data) for each in true.values())
            to.find("doubled" if is_known else "changed", f"{told} with an id that never was: {received.data}")
        elif first != received:
            to.find("changed", f"{told}: {received} instead of {first}")
    for missing in true.keys() - {received.id for received in got}:
        to.find("lost", f"message {true[missing].type} at {true[missing].data['sessionTime']} s")
    to.messages += len(got)
