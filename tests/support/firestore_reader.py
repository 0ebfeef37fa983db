"""Reads an emulator back through Google's own client, as a strategy program would."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from support.schemas import assert_documents


class FirestoreReader:
    """
    Args:
        address: ``host:port`` of the emulator.

        are_ours: Whether all documents are this version's; then each has to be as its schema has it.
    """

    def __init__(self, address: str, project: str, are_ours: bool = True) -> None:
        self._are_ours = are_ours
        anonymous: Any = AnonymousCredentials
        self.client: Any = firestore.Client(project=project, credentials=anonymous())
        # Not through FIRESTORE_EMULATOR_HOST: the environment belongs to the processes under test.
        channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
        self.client._firestore_api_internal = FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))

    def documents(self, collection: str) -> dict[str, dict[str, Any]]:
        """
        Return all documents of *collection* by id, as a client wrote them: without ``Updated``.

        What the server puts in is in none of ours; ``updated`` returns it.
        """
        found = self._stream(collection)
        if self._are_ours:
            assert_documents(found)
        return {
            doc_id: {name: value for name, value in fields.items() if name != "Updated"}
            for doc_id, fields in found.items()
        }

    def updated(self, collection: str) -> dict[str, datetime | None]:
        """Return when the server took each document of *collection*, by what stands in it; None where nothing does."""
        return {doc_id: fields.get("Updated") for doc_id, fields in self._stream(collection).items()}

    def laps(self, collection: str) -> list[dict[str, Any]]:
        """Return the lap documents of *collection* in their order."""
        found = self.documents(collection)
        return [found[name] for name in sorted((n for n in found if n.isdigit()), key=int)]

    def _stream(self, collection: str) -> dict[str, dict[str, Any]]:
        return {document.id: document.to_dict() for document in self.client.collection(collection).stream(timeout=10)}
