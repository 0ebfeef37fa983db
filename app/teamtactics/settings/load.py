"""teamtactics.ini and the environment → frozen Settings; every mistake is reported at once, with line and remedy."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from teamtactics.errors import ConfigError, Problem, said_by
from teamtactics.language import Said
from teamtactics.settings.credentials import CredentialsProblem, ServiceAccount, read_service_account
from teamtactics.settings.environment import read_environment
from teamtactics.settings.ini import IniEntry, IniFile, decode_ini, encoding_of, parse_ini
from teamtactics.settings.ini_file import find_ini, foreign_letters, read_ini
from teamtactics.settings.places import (
    INI_NAME,
    LOG_NAME,
    expanded,
    ini_candidates,
    is_dir,
    is_file,
    is_there,
    user_data_dir,
)
from teamtactics.settings.settings import CloudTarget, Settings, Unsound
from teamtactics.settings.values import (
    FREE_QUOTA_INTERVAL_S,
    HIDDEN,
    read_customer_id,
    read_days,
    read_interval_s,
    read_language,
    read_proxy,
    read_switch,
    read_topic,
    shown_value,
)

LOCAL_PROJECT = "teamtactics-local"
"""The project when only emulators are used and GOOGLE_CLOUD_PROJECT names no other."""
STATE_INTERVAL_DEFAULT_S = 30.0

_PATHS = frozenset({"googleaccesstoken", "logfile", "simulate", "datadir"})

T = TypeVar("T")


def load_settings(config: Path | None, program_dir: Path, env: Mapping[str, str], platform: str) -> Settings:
    """
    Find and read the ini and return what it says; without any ini, defaults with which everything stays local.

    Nothing is written and no folder is made.

    Args:
        config: The file named by ``--config``; None to look in the usual places.

        program_dir: The folder of the program, the first usual place.

        env: The environment as the process began with it: ``use_environment`` changes ``os.environ``.

        platform: ``sys.platform``.

    Raises:
        ConfigError: Something is wrong; carries every mistake there is, and as ``Unsound`` the settings without them.
    """
    return _interpret(config, program_dir, env, platform).settings()


def load_usable_settings(
    config: Path | None, program_dir: Path, env: Mapping[str, str], platform: str
) -> tuple[Settings, ConfigError | None]:
    """
    Read the ini as ``load_settings`` does, but go on without what is wrong in it; the error says what that is.

    For the tray: a driver with a mistyped key still wants every lap recorded, on this PC at least. Of an ini that
    cannot be read at the moment (``ConfigError.is_unread``) nothing is known, so nothing may be recorded by it.
    """
    try:
        interpreter = _interpret(config, program_dir, env, platform)
    except ConfigError as unreadable:
        path = Path(unreadable.problems[0].file)
        return _Interpreter(path, IniFile({}, ()), env, platform).usable()[0], unreadable
    return interpreter.usable()


def _interpret(config: Path | None, program_dir: Path, env: Mapping[str, str], platform: str) -> _Interpreter:
    path = find_ini(config, ini_candidates(program_dir, env, platform))
    if path is None:
        text = Said(
            "there is none; looked for at {places}. Defaults are used and everything stays on this PC",
            places=" / ".join(str(place) for place in ini_candidates(program_dir, env, platform)),
        )
        ini = IniFile({}, (Problem(INI_NAME, None, None, None, text, is_warning=True),))
    else:
        raw = read_ini(path)
        ini = parse_ini(decode_ini(raw), str(path))
        ini = replace(ini, problems=(*ini.problems, *foreign_letters(ini, str(path), encoding_of(raw)[1])))
    return _Interpreter(path, ini, env, platform)


class _Interpreter:
    """Turns one ini into Settings, collecting every problem on the way."""

    def __init__(self, path: Path | None, ini: IniFile, env: Mapping[str, str], platform: str) -> None:
        self._path = path
        self._file = INI_NAME if path is None else str(path)
        self._entries = ini.entries
        self._env = env
        self._platform = platform
        self._problems = list(ini.problems)
        self._wrong = {problem.key.lower() for problem in ini.problems if problem.key and not problem.is_warning}
        self._entries = {key: entry for key, entry in map(self._expanded, ini.entries.items()) if entry is not None}

    def _expanded(self, of: tuple[str, IniEntry]) -> tuple[str, IniEntry | None]:
        """Put in what ``~`` and the variables of the environment stand for in a path."""
        key, entry = of
        if key not in _PATHS:
            return key, entry
        try:
            return key, replace(entry, value=expanded(entry.value, self._env, self._platform))
        except ValueError as error:
            self._report(entry, said_by(error))
            return key, None

    def settings(self) -> Settings:
        settings, error = self.usable()
        if error is not None:
            raise error
        return settings

    def usable(self) -> tuple[Settings, ConfigError | None]:
        """Return what can be used, and what is wrong; a value that is wrong counts as not set."""
        data_dir = self._data_dir()
        credentials = self._credentials()
        environment = read_environment(self._env, self._value("proxy", read_proxy))
        self._problems += environment.problems
        cloud = self._cloud(credentials, environment.emulators)
        settings = Settings(
            ini_path=self._path,
            google_access_token=None if credentials is None else credentials.path,
            message_topic=cloud.topic_path,
            iracing_id=self._value("iracingid", read_customer_id),
            proxy=environment.proxy,
            debug=self._value("debug", read_switch) or False,
            logfile=self._logfile(data_dir),
            simulate=self._simulate(),
            state_interval_s=self._state_interval_s(),
            data_dir=data_dir,
            tape=self._value("tape", read_switch) is not False,
            tape_days=self._value("tapedays", read_days),
            language=self._value("language", read_language) or "auto",
            cloud=cloud,
            warnings=tuple(problem for problem in self._problems if problem.is_warning),
        )
        if any(not problem.is_warning for problem in self._problems):
            return settings, Unsound(sorted(self._problems, key=lambda problem: problem.line or 0), settings)
        return settings, None

    def _value(self, key: str, rule: Callable[[str], T]) -> T | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        try:
            return rule(entry.value)
        except ValueError as error:
            self._report(entry, said_by(error))
            return None

    def _absolute(self, value: str) -> Path:
        """Take a path relative to the ini; normalised, because people read it in messages."""
        folder = Path() if self._path is None else self._path.parent
        return Path(os.path.normpath(folder / value))

    def _data_dir(self) -> Path:
        entry = self._entries.get("datadir")
        if entry is None:
            return user_data_dir(self._env, self._platform)
        path = self._absolute(entry.value)
        if is_file(path):
            self._report(entry, Said("is a file; allowed is a folder, which is made when it does not exist"))
            return user_data_dir(self._env, self._platform)
        return path

    def _logfile(self, data_dir: Path) -> Path:
        entry = self._entries.get("logfile")
        beside = self._path is not None and os.access(self._path.parent, os.W_OK)
        usual = (self._path.parent if self._path is not None and beside else data_dir) / LOG_NAME
        if entry is None:
            return usual
        path = self._absolute(entry.value)
        if is_dir(path):
            example = Path(entry.value) / LOG_NAME
            self._report(entry, Said("is a folder; name a file in it, e.g. {example}", example=example))
        elif path in self._read_files():
            self._report(entry, Said("is a file that is only to be read; name another, e.g. {name}", name=LOG_NAME))
        else:
            return path
        return usual

    def _read_files(self) -> set[Path | None]:
        named = (self._entries.get(key) for key in ("googleaccesstoken", "simulate"))
        return {self._path, *(self._absolute(entry.value) for entry in named if entry)}

    def _simulate(self) -> Path | None:
        entry = self._entries.get("simulate")
        if entry is None:
            return None
        path = self._absolute(entry.value)
        if not is_file(path):
            text = Said("there is no file {path}; name a recording (.ibt) or a memory image (.dump)", path=path)
            self._report(entry, text)
            return None
        return path

    def _state_interval_s(self) -> float:
        interval_s = self._value("stateinterval", read_interval_s) or STATE_INTERVAL_DEFAULT_S
        if interval_s < FREE_QUOTA_INTERVAL_S:
            text = Said("so often, a 24-hour race with six members needs more than Google's free 50,000 reads a day")
            self._report(self._entries["stateinterval"], text, is_warning=True)
        return interval_s

    def _credentials(self) -> ServiceAccount | None:
        entry = self._entries.get("googleaccesstoken")
        if entry is None:
            return None
        path = self._absolute(entry.value)
        if not is_there(path):
            # Without the path, unless it can only be one: people paste the token itself here.
            where = "" if shown_value(entry.key, entry.value) == HIDDEN else f" {path}"
            text = Said(
                "there is no file{where}; allowed is the name of the service account's key file (.json) "
                "from the Google Cloud console, not a key or token itself",
                where=where,
            )
            self._report(entry, text)
            return None
        account = read_service_account(path)
        if isinstance(account, CredentialsProblem):
            self._report(entry, account.text, is_passing=account.is_passing)
            return None
        return account

    def _cloud(self, credentials: ServiceAccount | None, emulators: Mapping[str, str]) -> CloudTarget:
        firestore, pubsub = emulators.get("FIRESTORE_EMULATOR_HOST"), emulators.get("PUBSUB_EMULATOR_HOST")
        local = self._env.get("GOOGLE_CLOUD_PROJECT", "").strip() or LOCAL_PROJECT
        real = None if credentials is None else credentials.project_id
        # Each sink by itself: with one emulator the other may still be the real one, with the key file's project.
        topic_project = local if pubsub else real
        return CloudTarget(
            project_id=local if firestore or (pubsub and real is None) else real,
            credentials=credentials,
            firestore_emulator=firestore,
            pubsub_emulator=pubsub,
            topic_path=self._topic_path(topic_project),
        )

    def _topic_path(self, project: str | None) -> str | None:
        topic = self._value("messagetopic", read_topic)
        if topic is None:
            return None
        if project is None and not {"googleaccesstoken"} & (self._wrong | self._entries.keys()):
            text = Said("no messages are sent before googleAccessToken names a key file; until then they are kept here")
            self._report(self._entries["messagetopic"], text, is_warning=True)
        if topic.startswith("projects/"):
            return topic
        return None if project is None else f"projects/{project}/topics/{topic}"

    def _report(self, entry: IniEntry, message: str, *, is_warning: bool = False, is_passing: bool = False) -> None:
        shown = shown_value(entry.key, entry.value)
        if not is_warning:
            self._wrong.add(entry.key.lower())
        self._problems.append(Problem(self._file, entry.line, entry.key, shown, message, is_warning, is_passing))
