"""The channel is replaced when it stays broken, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from support.refusing import refusing_server
from teamtactics.cloud.connection import Connection, Endpoint
from teamtactics.cloud.fates import Where
from teamtactics.cloud.wire import COMMIT
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

    class Counted(Endpoint):
        def open_channel(self, *arguments: Any) -> Any:
            made.append(super().open_channel(*arguments))
            return made[-1]

    with refusing_server(code, "no") as address:
        connection = Connection(WHERE, Counted("unused", None, address))
        for _ in range(7):
            with pytest.raises(DeliveryError):
                connection.call(lambda channel: channel.ask(COMMIT, COMMIT.request(database="d"), 5.0))
        connection.close()
    assert len(made) == made_in_7_calls
