"""A lap document of the collection as the record that it shows, and as the facts that it tells."""

from __future__ import annotations

from datetime import UTC, datetime

from teamtactics.contract.documents import SOURCE_TEAMMATE
from teamtactics.contract.foreign import DocumentRefused, Sound, moment_of, sound
from teamtactics.contract.values import AT_LINE, known_values
from teamtactics.model.facts import LapFacts
from teamtactics.model.precedence import Stored
from teamtactics.model.records import LapRecord, LapTally
from teamtactics.model.retold import retold


def lap_facts(doc_id: str, document: Stored) -> LapFacts:
    """
    Read what the lap document *doc_id* tells, whoever wrote it.

    Raises:
        DocumentRefused: It is none; the text names field and reason.
    """
    return retold(*shown_lap(doc_id, document))


def shown_lap(doc_id: str, document: Stored) -> tuple[LapRecord, bool]:
    """
    Read the record that the lap document *doc_id* shows, and whether the client of who drove it told it.

    Raises:
        DocumentRefused: It is none; the text names field and reason.
    """
    found = sound(doc_id, document)
    if str(found["LapCompleted"]) != doc_id:
        raise DocumentRefused("LapCompleted", f"LapCompleted is {found['LapCompleted']}, the document is another lap's")
    return lap_record(found), found["Source"] != SOURCE_TEAMMATE


def lap_record(found: Sound) -> LapRecord:
    """Return the record that a sound lap document, or part, shows."""
    at_s, utc = found["SessionTime"], found.get("Utc")
    stop = moment_of(found, "StopMoving")
    return LapRecord(
        lap_completed=found["LapCompleted"],
        official_s=found["LapLastLapTime"],
        measured_s=found["LapTimeMeasured"],
        customer_id=found["CustomerID"],
        driver=found["Driver"],
        stint=found["Stint"],
        stint_lap=found["StintLap"],
        fuel_level_l=found["FuelLevel"],
        fuel_used_l=found["FuelUsed"],
        on_pit_road=found["OnPitRoad"],
        track_temp_c=found["TrackTemp"],
        pit_sv_flags=found["PitSvFlags"],
        session_time_s=0.0 if at_s is None else at_s,
        time_of_day_s=found["SessionTimeOfDay"],
        session_state=found["SessionState"],
        session_flags=found["SessionFlags"],
        gap_s=found["Gap"] or 0.0,
        tally=LapTally(
            fuel_added_l=found["FuelAdded"],
            tow_s=found["PlayerCarTowTime"],
            repair_s=found["PitRepairLeft"],
            optional_repair_s=found["PitOptRepairLeft"],
            pit_enter=moment_of(found, "PitEnter"),
            stop_moving=stop,
            start_moving=moment_of(found, "StartMoving"),
            pit_exit=moment_of(found, "PitExit"),
            pit_sv_flags=None if stop is None else found["PitSvFlags"],
        ),
        was_line_seen=at_s is not None,
        utc_s=utc.timestamp() if isinstance(utc, datetime) else None,
        values=known_values({row.field: found.get(row.name) for row in AT_LINE}),
    )


def utc_of(record: LapRecord) -> datetime | None:
    """Return when the car crossed the line, as ``Utc`` says it; None when that is not known."""
    return None if record.utc_s is None else datetime.fromtimestamp(record.utc_s, UTC)
