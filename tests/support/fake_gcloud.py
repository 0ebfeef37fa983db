"""
A ``gcloud`` that keeps a project in a file: what the admin's script may ask, and nothing else.

The file (``FAKE_GCLOUD``) holds what there is by kind, what is to fail (the beginning of a command, what Google says to
it, how often), and every call that was made.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_GCLOUD"])


def main(words: list[str]) -> int:
    state = json.loads(STATE.read_text(encoding="utf-8"))
    state["calls"].append(words)
    if words[:4] == ["iam", "service-accounts", "keys", "create"]:
        Path(words[4]).touch()  # as the real one does before it asks
    code, said = refusal(state, " ".join(words)) or answer(state, words)
    STATE.write_text(json.dumps(state), encoding="utf-8")
    (sys.stderr if code else sys.stdout).write(said + "\n")
    return code


def refusal(state: dict[str, Any], line: str) -> tuple[int, str] | None:
    for trouble in state["troubles"]:
        if line.startswith(trouble["begins"]) and trouble["times"]:
            trouble["times"] -= 1
            return 1, f"ERROR: (gcloud) {trouble['says']}"
    return None


def answer(state: dict[str, Any], words: list[str]) -> tuple[int, str]:
    flags = {word.partition("=")[0]: word.partition("=")[2] for word in words if word.startswith("--")}
    plain = words[: next(place for place, word in enumerate(words) if word.startswith("--"))]
    match plain:
        case ["projects", "describe", name]:
            return found(state["projects"], name)
        case ["projects", "create", name]:
            if name in state["foreign"]:
                return 1, "ERROR: (gcloud.projects.create) The project ID you specified is already in use."
            state["projects"][name] = flags["--labels"]
        case ["services", "enable", *names]:
            state["services"] = sorted({*state["services"], *names})
        case ["firestore", "databases", "describe"]:
            if flags["--format"] == "value(freeTier)":
                return 0, state["free_tier"]
            return found(state["databases"], flags["--database"])
        case ["firestore", "databases", "create"]:
            state["databases"][flags["--database"]] = (
                f"{flags['--type'].upper().replace('-', '_')}\t{flags['--edition'].upper()}"
            )
        case ["pubsub", "topics", "describe", name]:
            return found(state["topics"], name)
        case ["pubsub", "topics", "create", name]:
            state["topics"][name] = name
        case ["pubsub", "subscriptions", "describe", name]:
            return found(state["subscriptions"], name)
        case ["pubsub", "subscriptions", "create", name]:
            state["subscriptions"][name] = str("--enable-message-ordering" in words)
        case ["iam", "service-accounts", "describe", account]:
            return found(state["accounts"], account)
        case ["iam", "service-accounts", "create", name]:
            account = f"{name}@{words[words.index('--project') + 1]}.iam.gserviceaccount.com"
            state["accounts"][account] = "False"
        case ["iam", "service-accounts", "disable", account]:
            state["accounts"][account] = "True"
        case ["iam", "service-accounts", "keys", "list"]:
            if flags["--iam-account"] not in state["accounts"]:
                return 1, "ERROR: (gcloud.iam.service-accounts.keys.list) PERMISSION_DENIED"
            return 0, "\n".join(state["keys"].get(flags["--iam-account"], []))
        case ["iam", "service-accounts", "keys", "create", file]:
            keys = state["keys"].setdefault(flags["--iam-account"], [])
            keys.append(f"key{len(keys) + 1}")
            Path(file).write_text(json.dumps({"of": flags["--iam-account"]}, indent=2) + "\n", encoding="utf-8")
        case ["iam", "service-accounts", "keys", "delete", key]:
            state["keys"][flags["--iam-account"]].remove(key)
        case [*_, "add-iam-policy-binding", _]:
            binding = [" ".join([*plain[:2], plain[-1]]), flags["--member"], flags["--role"]]
            if binding not in state["bindings"]:
                state["bindings"].append(binding)
        case _:
            return 2, f"ERROR: the fake gcloud knows no {plain}"
    return 0, ""


def found(things: dict[str, str], name: str) -> tuple[int, str]:
    return (0, things[name]) if name in things else (1, "ERROR: (gcloud) NOT_FOUND")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
