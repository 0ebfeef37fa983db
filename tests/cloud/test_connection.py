"""The channel is replaced when it stays broken, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from support.refusing import refusing_server
from teamtactics.cloud.connection import Connection, Endpoint
from teamtactics.cloud.fates import Where
from teamtactics.errors import DeliveryError

WHERE = Where("firestore", "the database", "a role", "Make one.")


@pytest.mark.parametrize(
    ("code", "made_in_7_calls"),
    [("UNAVAILABLE", 7), ("UNAUTHENTICATED", 7), ("DEADLINE_EXCEEDED", 4), ("INTERNAL", 3), ("NOT_FOUND", 1)],
)
def test_a_channel_that_may_be_what_is_broken_is_replaced(code: str, made_in_7_calls: int) -> None:
    """
    At once where nobody answers or a token is rejected, which would be sent again; after two answers that were late, or
    three failures of another kind; an answer of the server is no broken channel.
    """
    made: list[Any] = []

    def make(channel: Any) -> Any:
        made.append(channel)
        return FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))

    with refusing_server(code, "no") as address:
        connection: Connection[Any] = Connection(WHERE, Endpoint("unused", None, address), make)
        for _ in range(7):
            with pytest.raises(DeliveryError):
                connection.call(lambda client: client.commit({"database": "d"}, retry=None, timeout=5))
        connection.close()
    assert len(made) == made_in_7_calls
