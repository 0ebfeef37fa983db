"""What is owed to a session's collection as parcels: parts, and the numbers of laps that are there."""

from __future__ import annotations

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


def numbers_parcel(collection: str, lap: int, numbers: tuple[int, int], session_time_s: float, over: int) -> Parcel:
    """
    Build the parcel of a lap's *numbers*, ``Stint`` and ``StintLap``.

    Args:
        over: Version of the document that shows others.
    """
    document: Document = {"Stint": numbers[0], "StintLap": numbers[1]}
    return Parcel(ParcelKind.NUMBERS, f"numbers/{lap}/{over}", collection, session_time_s, str(lap), document)
