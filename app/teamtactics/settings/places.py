"""Where the ini is looked for and where data lives by default, as the environment says."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from teamtactics.language import Said

INI_NAME = "teamtactics.ini"
NOTICES_NAME = "THIRD-PARTY.txt"
LOG_NAME = "irtactics.log"
"""As users of the original know it."""
_APP = "teamtactics"
_VARIABLE = re.compile(r"%([A-Za-z_][A-Za-z0-9_()]*)?%")
"""``%NAME%``, and ``%%``, which is a per cent sign."""
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP)
_NOTHING_THERE_WINDOWS = (2, 3, 87, 123, 161, 206, 267)
"""No such file, no such folder, and what says that the name is impossible."""


def user_config_dir(env: Mapping[str, str], platform: str) -> Path:
    r"""Return the user's configuration folder: ``%APPDATA%\teamtactics``, elsewhere by XDG. It need not exist."""
    if platform == "win32":
        return _folder(env, "APPDATA", _home(env, "USERPROFILE") / "AppData" / "Roaming") / _APP
    return _folder(env, "XDG_CONFIG_HOME", _home(env, "HOME") / ".config") / _APP


def user_data_dir(env: Mapping[str, str], platform: str) -> Path:
    r"""Return the user's data folder: ``%LOCALAPPDATA%\teamtactics``, elsewhere by XDG. It need not exist."""
    if platform == "win32":
        return _folder(env, "LOCALAPPDATA", _home(env, "USERPROFILE") / "AppData" / "Local") / _APP
    return _folder(env, "XDG_DATA_HOME", _home(env, "HOME") / ".local" / "share") / _APP


def ini_candidates(program_dir: Path, env: Mapping[str, str], platform: str) -> tuple[Path, ...]:
    """Return where an ini is looked for when none is named, first choice first."""
    return (program_dir / INI_NAME, user_config_dir(env, platform) / INI_NAME)


def expanded(path: str, env: Mapping[str, str], platform: str) -> str:
    """
    Put in what ``~`` at the front and ``%NAME%`` anywhere stand for; ``%%`` is a per cent sign, as is a single one.

    Args:
        platform: On Windows the names are the same in upper and lower case, and upper in *env*.

    Raises:
        ValueError: There is no such variable, or it is empty; the text says what to do.
    """

    def value_of(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "%"
        value = env.get(name.upper() if platform == "win32" else name)
        if not value:
            raise ValueError(
                Said(
                    "there is no variable %{name}% in the environment; write the whole path (~ in front is your home "
                    "folder, and a % that is a letter of the name is written %%)",
                    name=name,
                )
            )
        return value

    if re.match(r"~(?:[\\/]|$)", path):
        home = _home(env, "USERPROFILE" if platform == "win32" else "HOME")
        return str(home) + _VARIABLE.sub(value_of, path[1:])
    return _VARIABLE.sub(value_of, path)


def literal(path: str) -> str:
    """Write a path's name into the ini so that ``expanded`` takes no part of it for a variable."""
    return path.replace("%", "%%")


def third_party_notices() -> Path | None:
    """Return where the licences of what others made are; None where teamtactics runs from its sources."""
    # Beside the program, or unpacked with the single one that unpacks itself.
    folders = (Path(sys.executable).parent, Path(getattr(sys, "_MEIPASS", "")))
    places = (folder / NOTICES_NAME for folder in folders) if getattr(sys, "frozen", False) else ()
    return next((path for path in places if is_file(path)), None)


def is_there(path: Path) -> bool:
    """Ask whether there is anything under this name; yes also when that cannot be told at the moment."""
    try:
        path.lstat()
    except ValueError:
        return False
    except OSError as error:
        number = getattr(error, "winerror", None)
        # Windows says ENOENT and EINVAL also of a network that is away; its own number tells.
        return error.errno not in _NOTHING_THERE if number is None else number not in _NOTHING_THERE_WINDOWS
    return True


def is_file(path: Path) -> bool:
    """Ask whether *path* is a file; an impossible name (too long, forbidden) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def is_dir(path: Path) -> bool:
    """Ask whether *path* is a folder; an impossible name is none."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _folder(env: Mapping[str, str], name: str, otherwise: Path) -> Path:
    """Take the folder a variable names; XDG says that a relative one is to be ignored."""
    value = env.get(name, "")
    return Path(value) if value and Path(value).is_absolute() else otherwise


def _home(env: Mapping[str, str], name: str) -> Path:
    # os.path.expanduser never fails, Path.home() raises for a service account without a home.
    home = env.get(name) or os.path.expanduser("~")  # noqa: PTH111
    # Nobody's user in a container: a folder named ~ in the current one would be removed as "rm -r ~".
    return Path(os.sep).absolute() if home == "~" else Path(home)
