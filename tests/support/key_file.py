"""A service account's key file as Google writes it, with a key that opens nothing."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SECRET = "MarkerOfTheKeyFile4711"
"""Stands in every secret field of the file; must never be seen anywhere else."""


def private_key() -> str:
    """A PEM whose DER has the right outer shape and nothing inside."""
    body = (SECRET.encode() * 60)[:1188]
    text = base64.b64encode(b"\x30\x82" + len(body).to_bytes(2) + body).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])


def usable_private_key() -> str:
    """A PEM that signs, made for this run."""
    return (
        rsa.generate_private_key(65537, 2048)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def key_content(**changes: object) -> dict[str, object]:
    """The content of the file; *changes* replaces fields, None removes one."""
    content: dict[str, object] = {
        "type": "service_account",
        "project_id": "endurance-team",
        "private_key_id": SECRET,
        "private_key": private_key(),
        "client_email": "collector@endurance-team.iam.gserviceaccount.com",
        "client_id": SECRET,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{SECRET}",
    }
    content.update(changes)
    return {name: value for name, value in content.items() if value is not None}


def write_key_file(path: Path, **changes: object) -> Path:
    """Write the file and return its path."""
    path.write_text(json.dumps(key_content(**changes), indent=2), encoding="utf-8")
    return path


def secret_pieces() -> list[str]:
    """Every text of the file that must not be seen elsewhere: the marker and each line of the key."""
    lines = [line for line in private_key().splitlines() if line and not line.startswith("-")]
    return [SECRET, *(line for line in lines if len(line) >= 20)]
