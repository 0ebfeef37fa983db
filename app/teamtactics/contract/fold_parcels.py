"""What is owed to a session's collection as parcels: parts, and the numbers of laps that are there."""

from __future__ import annotations

from teamtactics.contract.parcels import told_anew
from teamtactics.model.parcel import Document, Parcel, ParcelKind


def part_parcel(collection: str, part_id: str, document: Document, session_time_s: float, over: int) -> Parcel:
    """
    Build the parcel of a part; the lap itself is folded when it is delivered.

    Args:
        over: Version of the lap's document that lacks it, 0 for none: where somebody has written over what was
            delivered, the same part is told once more.
    """
    key = f"{part_id.replace(' ', '/')}/{over}"
    return Parcel(ParcelKind.PART, key, collection, session_time_s, part_id, document)


def numbers_parcel(collection: str, token: str, lap: Document, numbers: tuple[int, int], over: int) -> Parcel:
    """
    Build the parcel of a lap's *numbers*, ``Stint`` and ``StintLap``, with the message of the lap that has them.

    Args:
        lap: Its document, which shows others.

        over: Version of that.
    """
    document: Document = {"Stint": numbers[0], "StintLap": numbers[1]}
    told = told_anew(collection, token, {**{name: lap[name] for name in lap if name != "Updated"}, **document})
    key = f"numbers/{told.doc_id}/{over}"
    return Parcel(ParcelKind.NUMBERS, key, collection, told.session_time_s, told.doc_id, document, told.message)
