"""Real clients of a team whose members are looked at: another version, another encoding, and what they say."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from pathlib import Path

from e2e.client import TOPIC, Client, until
from e2e.stage import Stage
from race_sim.member_image import MemberImage
from teamtactics.demo.script import Member

OLDER = "0.9"
OLDER_PROGRAM = (
    sys.executable,
    "-c",
    f"import teamtactics; teamtactics.__version__ = {OLDER!r}\n"
    "from teamtactics.cli.main import main\n"
    "raise SystemExit(main())",
)
"""The product as it is, which takes itself for another version."""


class Utf8Image(MemberImage):
    """A simulator that writes its session text as UTF-8, as a beta build does (SIMULATOR#encoding)."""

    def write_text(self, text: str) -> None:
        marked = text.replace("WeekendInfo:\n", "WeekendInfo:\n Encoding: UTF-8\n", 1)
        self._writer.write_session_text(marked.encode())


def image_of(member: Member) -> Callable[[Path], MemberImage]:
    """Return what makes the images of a team in which *member* alone has a simulator that writes UTF-8."""
    return lambda path: (Utf8Image if path.stem == str(member.customer_id) else MemberImage)(path)


def client_of(member: Member, stage: Stage, folder: Path, firestore: str, project: str) -> Client:
    """Return the client of *member*, which looks at the *stage*; not started."""
    settings = {"simulate": str(stage.images[member.customer_id]), "messageTopic": TOPIC}
    client = Client(folder / str(member.customer_id), settings, firestore, is_urgent=True)
    client.environment["GOOGLE_CLOUD_PROJECT"] = project
    return client


def said(client: Client, *arguments: str) -> tuple[int, str]:
    """Run a command of the product on the data of *client*, which may be running; return exit code and output."""
    other = copy.copy(client)
    other.process = None
    return other.run(*arguments)


def lines_of(client: Client) -> dict[str, str]:
    """Return the lines of ``teamtactics team`` at *client* by the name they begin with, and the count as ``Team``."""
    code, output = said(client, "team")
    if code:
        return {}
    # A console without UTF-8 gets a table of plain lines.
    rows = [line.replace("|", " ").split() for line in output.splitlines()]
    return {" ".join(words[:2]).partition(":")[0]: " ".join(words) for words in rows if words}


def until_listed(client: Client, name: str, *words: str, limit_s: float = 60.0) -> str:
    """Wait until ``teamtactics team`` at *client* has a line of *name* with all *words*; return it."""
    found: dict[str, str] = {}

    def is_listed() -> bool:
        found.clear()
        found.update(lines_of(client))
        return name in found and all(word in found[name] for word in words)

    until(is_listed, limit_s, lambda: f"no line of {name} with {words}: {found}\n{client.log()}")
    return found[name]
