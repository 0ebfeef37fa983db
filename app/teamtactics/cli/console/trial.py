"""What is only tried: in a folder of its own, and nothing of it leaves this PC."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from teamtactics.cli.console.options import own_folder
from teamtactics.errors import OptionRefused
from teamtactics.language import Said
from teamtactics.settings.places import LOG_NAME
from teamtactics.settings.settings import CloudTarget, Settings

FOLLOWED_FOLDER = "followed"
"""Of the data folder: what is read along is no part of the own record, and never delivered."""


def trial_folder(option: str, folder: Path, team: Path | None) -> Path:
    """
    Make *folder*, which *option* names, and return it.

    Args:
        team: Where what goes into the cloud is kept; None where that is not known.

    Raises:
        OptionRefused: It is a file, there can be no such folder, or it is *team*: what is there is delivered.
    """
    folder = own_folder(option, folder.absolute())
    if team is not None and folder.resolve() == team.resolve():
        raise OptionRefused(
            Said(
                "{option} {folder} is the folder of the team's record, which is delivered: name another one",
                option=option,
                folder=folder,
            )
        )
    return folder


def on_its_own(settings: Settings, folder: Path) -> Settings:
    """Return *settings* with store and log in *folder* and without a cloud."""
    return replace(
        settings,
        google_access_token=None,
        message_topic=None,
        logfile=folder / LOG_NAME,
        data_dir=folder,
        tape=False,
        cloud=CloudTarget(),
    )
