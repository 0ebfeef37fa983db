"""The settings in force: read at the start and again when the file was saved, with what is wrong in it as a need."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from enum import Enum, auto
from pathlib import Path

from teamtactics import language
from teamtactics.errors import ConfigError
from teamtactics.language import Changed, Said, SaidOf, joined
from teamtactics.service.proxy import apply_proxy, use_environment
from teamtactics.service.startup import open_log, read_patiently
from teamtactics.settings.first_ini import program_dir
from teamtactics.settings.load import load_settings, load_usable_settings
from teamtactics.settings.places import ini_candidates, is_there
from teamtactics.settings.settings import Settings
from teamtactics.settings.watch import Watch

log = logging.getLogger(__name__)

TRY_WRONG_EVERY_S = 5.0
"""What is wrong may be mended beside the ini: the key file is put where it was looked for."""
TAKE_OVER_LIMIT_S = 90.0
"""Longer than it may take: couriers that leave are waited for."""


class Holds(Enum):
    """What is in force while the file has a mistake."""

    NOTHING = auto()
    """It cannot be read at the moment, and nothing is known of it."""
    THE_REST = auto()
    """All of it but what is wrong."""
    THE_FORMER = auto()
    """The settings before."""


Use = Callable[[Settings, Settings], None]
"""Goes on with other settings: gets those before, and the new ones."""


class Configuration:
    """
    Attributes:
        config: The ini that was named; None for the usual places.

        settings: Those in force.

        error: What is wrong with the file; None when all of it is in force.

        log: Where it goes by the settings in force.

        lock: Held while other settings are taken over, and by whoever begins with those there are.

    Threads: ``changed`` one; the rest any, ``reload`` waits for what goes on with the settings.
    """

    def __init__(
        self, config: Path | None, environ: Mapping[str, str], settings: Settings, error: ConfigError | None
    ) -> None:
        self.config = config
        self.settings, self.error = settings, error
        language.use(settings.language)
        self.lock = threading.Lock()
        self._environ = environ
        self._holds = Holds.NOTHING if error is not None and error.is_unread else Holds.THE_REST
        self._put_back_proxy = apply_proxy(settings.proxy, os.environ)
        self.log = open_log(settings, console=True)
        self._tried_s = time.monotonic()
        self._watch = Watch()
        self._watch.know(self._files())

    @classmethod
    def usable(cls, config: Path | None) -> Configuration:
        """Read the ini and go on without what is wrong in it."""
        environ = use_environment(os.environ)
        return cls(config, environ, *load_usable_settings(config, program_dir(), environ, sys.platform))

    @classmethod
    def sound(cls, config: Path | None) -> Configuration:
        """
        Read the ini, which must be without a mistake.

        Raises:
            ConfigError: With every mistake in the file.
        """
        environ = use_environment(os.environ)
        return cls(config, environ, read_patiently(config, environ), None)

    def changed(self) -> bool:
        """Say whether there is something to ``reload``; about once a second. Costs a look at the file's time."""
        if self._watch.look(self._files()):
            return True
        now_s = time.monotonic()
        if self.error is None or self._watch.is_unsettled or now_s - self._tried_s < TRY_WRONG_EVERY_S:
            return False
        self._tried_s = now_s
        try:
            self._load()
        except ConfigError as error:
            return str(error) != str(self.error) and not error.is_passing
        return True

    def reload(self, use: Use) -> ConfigError | None:
        """
        Read the ini again and go on with it; with a mistake in it the former settings stay in force.

        Returns:
            What is wrong; None when the file is in force.
        """
        with self.lock:
            self._watch.know(self._files())
            try:
                settings = self._load()
            except ConfigError as error:
                self.error, self._holds = error, Holds.THE_FORMER
                log.error("the configuration is not taken over, the former one stays in force:\n%s", error)
            else:
                self.error = None
                self._take_over(settings, use)
            return self.error

    def read_again(self, use: Use, *, is_begun: bool) -> None:
        """
        Take over what could not be read for a moment (a virus scanner, a network folder), as soon as it can be.

        Args:
            is_begun: Something goes by these settings already: with a mistake in the file they stay in force.
        """
        with self.lock:
            if self.error is None or not self.error.is_passing:
                return
            settings, error = load_usable_settings(self.config, program_dir(), self._environ, sys.platform)
            if error is not None and error.is_passing:
                return
            self.error, self._holds = error, Holds.THE_FORMER if is_begun else Holds.THE_REST
            if error is None or not is_begun:
                self._take_over(settings, use)

    def need(self) -> str | None:
        """Say what is wrong with the file, and what holds until it is mended; None when nothing is."""
        if self.error is None:
            return None
        return config_need(self.error, self._holds, keeps_laps_here=self._keeps_laps_here)

    @property
    def in_danger(self) -> bool:
        """Whether what is wrong with the file keeps laps from being recorded, or from being delivered at all."""
        return self.error is not None and (self._holds is Holds.NOTHING or self._keeps_laps_here)

    @property
    def _keeps_laps_here(self) -> bool:
        wrong = () if self.error is None else self.error.problems
        is_key_file = any(one.key is not None and one.key.lower() == "googleaccesstoken" for one in wrong)
        return is_key_file and not self.settings.cloud.firestore_configured

    def _load(self) -> Settings:
        return load_settings(self._named(), program_dir(), self._environ, sys.platform)

    def _named(self) -> Path | None:
        """Return the ini that must be there: one that has gone is a mistake, and no wish to do without."""
        if self.config is None and not any(is_there(place) for place in self._places()):
            return self.settings.ini_path
        return self.config

    def _places(self) -> tuple[Path, ...]:
        if self.config is not None:
            return (self.config,)
        return ini_candidates(program_dir(), self._environ, sys.platform)

    def _files(self) -> tuple[Path, ...]:
        key_file = self.settings.google_access_token
        return (*self._places(), *(() if key_file is None else (key_file,)))

    def _take_over(self, settings: Settings, use: Use) -> None:
        before, self.settings = self.settings, settings
        language.use(settings.language)
        if settings.proxy != before.proxy:
            self._put_back_proxy()
            self._put_back_proxy = apply_proxy(settings.proxy, os.environ)
        if (settings.logfile, settings.secrets) != (before.logfile, before.secrets):
            self.log.close()
            self.log = open_log(settings, console=True)
        if settings.debug != logging.getLogger("teamtactics").isEnabledFor(logging.DEBUG):
            self.log.set_debug(settings.debug)
        if settings.google_access_token != before.google_access_token:
            self._watch.know(self._files())
        use(before, settings)
        log.info("the configuration was read again: %s", settings.ini_path or "none (defaults)")
        for warning in settings.warnings:
            log.warning("%s", warning)


def config_need(error: ConfigError, holds: Holds, *, keeps_laps_here: bool) -> str:
    """
    Say what follows, what is wrong (the first mistake, and how many more), and what to do.

    What is allowed is left to the check's page and the log: a notification is no place for a grammar.
    """
    wrong = [problem for problem in error.problems if not problem.is_warning]
    first = wrong[0]
    where: str = Path(first.file).name
    if first.line is not None:
        where = Said("{file} line {line}", file=where, line=first.line)
    if first.key is not None:
        where = joined(where, first.key, between=", ")
    others = len(wrong) - 1
    facts = {
        "where": where,
        "what": Changed(first.message, lambda text: text.partition("; ")[0].rstrip(".")),
        "more": SaidOf(" ({count} more mistake)", " ({count} more mistakes)", others) if others else "",
    }
    if holds is Holds.NOTHING:
        return Said("Nothing is recorded yet. {where}: {what}{more}. It is tried again every second.", **facts)
    if keeps_laps_here:
        return Said("Your laps stay on this PC. {where}: {what}{more}. Correct it and save the file.", **facts)
    if holds is Holds.THE_FORMER:
        return Said("The former settings go on. {where}: {what}{more}. Correct it and save the file.", **facts)
    return Said("All other settings are in force. {where}: {what}{more}. Correct it and save the file.", **facts)
