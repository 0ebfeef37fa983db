"""From what the settings say to a source."""

from __future__ import annotations

from pathlib import Path

from teamtactics.telemetry.files import open_telemetry_file
from teamtactics.telemetry.image import ImageSource
from teamtactics.telemetry.iracing import IracingSource
from teamtactics.telemetry.recording import RecordingSource, looks_like_recording
from teamtactics.telemetry.source import Source
from teamtactics.telemetry.tape.folder import SUFFIX
from teamtactics.telemetry.tape.source import TapeSource, looks_like_tape


def open_source(simulate: Path | None, speed: float | None = 1.0) -> Source:
    """
    Return the source that the settings ask for, not yet connected.

    A recording is known by its content, or by its name .ibt (then a damaged one is refused as a recording), a tape by
    its content, or by its name .tape; anything else is a memory image.

    Args:
        simulate: A recording or a memory image; None for the simulator itself.

        speed: For recordings: how many times real time; None for as fast as possible.

    Raises:
        SourceRefused: The file is missing, empty or damaged, or there can be no simulator on this machine.

        LayoutChanged: The recording lacks a variable that nothing works without.
    """
    if simulate is None:
        return IracingSource()
    with open_telemetry_file(simulate) as file:
        head = file.read(256)
    if simulate.suffix.lower() == SUFFIX or looks_like_tape(head):
        return TapeSource(simulate, speed)
    if simulate.suffix.lower() == ".ibt" or looks_like_recording(head):
        return RecordingSource(simulate, speed)
    image = ImageSource(simulate)
    image.check()
    return image
