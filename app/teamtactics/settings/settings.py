"""What teamtactics.ini and the environment say, checked and frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from teamtactics.errors import ConfigError, Problem
from teamtactics.settings.credentials import ServiceAccount
from teamtactics.settings.values import Language, mask_proxy, proxy_secrets


@dataclass(frozen=True, slots=True)
class CloudTarget:
    """
    Where to deliver.

    Attributes:
        project_id: The project that holds the Firestore database; None when nothing is configured.

        credentials: The checked key file; None when none is set. An emulator is used without it all the same.

        firestore_emulator: ``host:port`` of FIRESTORE_EMULATOR_HOST; None for the real one.

        pubsub_emulator: ``host:port`` of PUBSUB_EMULATOR_HOST; None for the real one.

        topic_path: ``projects/P/topics/T``; None when no topic is set or its project is not known.
    """

    project_id: str | None = None
    credentials: ServiceAccount | None = None
    firestore_emulator: str | None = None
    pubsub_emulator: str | None = None
    topic_path: str | None = None

    @property
    def firestore_configured(self) -> bool:
        """True when documents can be delivered."""
        return self.project_id is not None and bool(self.credentials or self.firestore_emulator)

    @property
    def pubsub_configured(self) -> bool:
        """True when messages can be delivered."""
        return self.topic_path is not None and bool(self.credentials or self.pubsub_emulator)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    All settings, checked. Its repr holds no secret.

    Attributes:
        ini_path: The file that was read; None when there is none.

        google_access_token: The key file that googleAccessToken names.

        message_topic: The full topic path; None when not set or its project is not known.

        iracing_id: The customer number the user says to have; the simulator's own wins.

        proxy: ``http://[user:password@]host:port``, the ini's or else the environment's; for people ``proxy_shown``.

        simulate: Recording or memory image to read instead of the simulator; it existed when the ini was read.

        state_interval_s: Seconds between two states while driving.

        data_dir: Folder of the outbox; need not exist yet.

        tape: What the simulator gives is kept, to be played again.

        tape_days: So long; None for as long as there are not too many.

        language: ``auto`` (the system's), ``en`` or ``de``; of what people read, not of the log.

        warnings: What the user should know although the program works.
    """

    ini_path: Path | None
    google_access_token: Path | None
    message_topic: str | None
    iracing_id: int | None
    proxy: str | None = field(repr=False)
    debug: bool
    logfile: Path
    simulate: Path | None
    state_interval_s: float
    data_dir: Path
    tape: bool
    tape_days: int | None
    language: Language
    cloud: CloudTarget
    warnings: tuple[Problem, ...]

    @property
    def proxy_shown(self) -> str | None:
        """The proxy without name and password."""
        return mask_proxy(self.proxy)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must never appear in a log; give them to ``setup_logging``."""
        return proxy_secrets(self.proxy)


class Unsound(ConfigError):
    """
    The ini was read and has mistakes.

    Attributes:
        sound: What it says without them: a value that is wrong counts as not set.
    """

    def __init__(self, problems: Sequence[Problem], sound: Settings) -> None:
        super().__init__(problems)
        self.sound = sound

    def is_about(self, *keys: str) -> bool:
        """Whether there is a mistake in one of *keys*."""
        wanted = {key.lower() for key in keys}
        return any((problem.key or "").lower() in wanted for problem in self.problems if not problem.is_warning)
