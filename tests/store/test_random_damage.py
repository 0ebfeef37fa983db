"""Stores that are damaged at random while nobody looks: nothing changes, and nothing is lost without a word."""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.parcels import COLLECTION, START, event, info, lap, purge, state
from teamtactics.errors import OutboxError
from teamtactics.model.parcel import FIRESTORE, PUBSUB, Parcel
from teamtactics.store.store import Outbox, StoredSession

STORES = int(os.environ.get("TEAMTACTICS_DAMAGED_STORES", "500"))
BITS = int(os.environ.get("TEAMTACTICS_SCHEMA_BITS", "400"))
"""Of the schema's page; all of them in a nightly run."""
NOW = START
SINKS = (FIRESTORE, PUBSUB)


@dataclass(frozen=True)
class Whole:
    """A store before the damage."""

    content: bytes
    parcels: dict[str, Parcel]
    waiting: dict[str, set[str]]
    session: StoredSession


def whole_store(path: Path) -> Whole:
    """Twenty-four laps of two sessions; of the first half is delivered, the state was replaced again and again."""
    parcels: dict[str, Parcel] = {}
    with Outbox.open(path, lambda: NOW) as outbox:
        for collection in ("Ada Falk@mx5#okayama full#0", COLLECTION):
            session = outbox.begin_session(collection, "t/1", {"SessionID": 7}, START, [purge(collection)])
            for number in range(1, 13):
                told = [
                    lap(number, collection=collection, Note=f"{number}" * 60),
                    state(number * 90.0, collection, LapCompleted=number),
                    event(number * 90.0 + 3.0, collection=collection, Driver="Ada Falk"),
                    info(f"name {number // 4}", collection),
                ]
                parcels.update((f"{collection}/{parcel.key}", parcel) for parcel in told)
                parcels[f"{collection}/purge"] = purge(collection)
                at_s = number * 90.0
                outbox.append(session.id, told, checkpoint=f"left at {at_s}" * 90, session_time_s=at_s, utc=START)
            if collection != COLLECTION:
                for sink in SINKS:
                    outbox.mark_delivered(sink, [one.seq for one in outbox.pending(sink, 20)])
        waiting = {sink: set(pending(outbox, sink)) for sink in SINKS}
        found = outbox.latest_session(COLLECTION)
    assert found is not None
    return Whole(path.read_bytes(), parcels, waiting, found)


def pending(outbox: Outbox, sink: str) -> dict[str, Parcel]:
    return {f"{one.parcel.collection}/{one.parcel.key}": one.parcel for one in outbox.pending(sink, 10_000)}


def flip(content: bytearray, chance: random.Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def flip_some(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randrange(2, 40)):
        flip(content, chance)


def zero_a_page(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) // 4096) * 4096
    content[at : at + 4096] = bytes(4096)


def noise(content: bytearray, chance: random.Random) -> None:
    at, length = chance.randrange(len(content)), chance.randrange(1, 3000)
    content[at : at + length] = chance.randbytes(min(length, len(content) - at))


def cut(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content)) :]


def swap_pages(content: bytearray, chance: random.Random) -> None:
    one, other = (4096 * chance.randrange(len(content) // 4096) for _ in range(2))
    content[one : one + 4096], content[other : other + 4096] = content[other : other + 4096], content[one : one + 4096]


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    flip, flip, flip, flip_some, zero_a_page, noise, cut, swap_pages,
)  # fmt: skip


def judge(path: Path, whole: Whole) -> list[str]:
    """Open the damaged store as the client does, and say what is not as it must be."""
    wrong: list[str] = []
    outbox = Outbox.own(path, lambda: NOW, "a test")
    try:
        for sink in SINKS:
            found = pending(outbox, sink)
            parked = {f"{one.stored.parcel.collection}/{one.stored.parcel.key}" for one in outbox.parked(sink)}
            wrong += [f"{sink}: {key} changed" for key, parcel in found.items() if parcel != whole.parcels.get(key)]
            lost = whole.waiting[sink] - found.keys() - parked
            if lost and not outbox.needs:
                wrong.append(f"{sink}: {sorted(lost)[:3]} of {len(lost)} lost without a word")
        session = outbox.latest_session(COLLECTION)
        if session is None or session != whole.session:
            if not outbox.needs:
                wrong.append("the session is not the same, without a word")
            if session is not None and session.checkpoint not in (None, whole.session.checkpoint):
                wrong.append("the checkpoint changed")
            if session is not None and session.facts != whole.session.facts:
                wrong.append("the session's facts changed")
        begun = outbox.begin_session(COLLECTION, "t/2", {}, NOW)
        outbox.append(begun.id, [lap(99)], checkpoint="x", session_time_s=1.0, utc=NOW)
        if lap(99) not in pending(outbox, FIRESTORE).values():
            wrong.append("nothing can be recorded")
        counts = outbox.counts().sinks
        if counts[FIRESTORE].waiting != len(outbox.pending(FIRESTORE, 10_000)):
            wrong.append("what waits is not what is counted")
    except OutboxError as error:
        wrong.append(f"nothing can be recorded: {error}")
    finally:
        outbox.close()
    return wrong


@pytest.mark.slow
def test_of_stores_damaged_at_random_nothing_changes_and_nothing_is_lost_without_a_word(tmp_path: Path) -> None:
    whole = whole_store(tmp_path / "whole")
    wrong: list[str] = []
    for seed in range(STORES):
        chance = random.Random(seed)
        content = bytearray(whole.content)
        damage = chance.choice(DAMAGES)
        damage(content, chance)
        path = tmp_path / str(seed) / "outbox.sqlite3"
        path.parent.mkdir()
        (path.parent / "outbox.sqlite3.lock").write_bytes(b"before\ncontent\n")
        path.write_bytes(content)
        wrong += [f"{seed} {damage.__name__}: {what}" for what in judge(path, whole)]
    assert wrong == [], "\n".join(wrong[:40])


@pytest.mark.slow
def test_any_single_bit_of_the_schema_may_flip(tmp_path: Path) -> None:
    whole = whole_store(tmp_path / "whole")
    (begin,) = struct.unpack_from(">H", whole.content, 105)
    used = [*range(100 + 8 + 2 * struct.unpack_from(">H", whole.content, 103)[0]), *range(begin, 4096)]
    bits = [(byte, bit) for byte in used for bit in range(8)]
    chosen = random.Random(1).sample(bits, min(BITS, len(bits)))
    wrong: list[str] = []
    for byte, bit in chosen:
        content = bytearray(whole.content)
        content[byte] ^= 1 << bit
        path = tmp_path / f"{byte}-{bit}" / "outbox.sqlite3"
        path.parent.mkdir()
        path.write_bytes(content)
        wrong += [f"byte {byte} bit {bit}: {what}" for what in judge(path, whole)]
    assert wrong == [], f"{len(wrong)} of {len(chosen)}:\n" + "\n".join(wrong[:40])
