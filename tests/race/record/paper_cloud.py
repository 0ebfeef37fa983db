"""A session's collection on paper, and clients that bring to it what they saw whenever they are online."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from teamtactics.contract.documents import SOURCE_DRIVER, SOURCE_TEAMMATE, lap_document
from teamtactics.contract.lap_facts import shown_lap
from teamtactics.contract.part_document import part_document, part_facts, part_id, part_of
from teamtactics.model.facts import LapFacts
from teamtactics.model.parcel import Document
from teamtactics.model.retold import Told
from teamtactics.race.record.fold import fold
from teamtactics.race.record.owed import NOTHING, Debt, OwedLap, Owing

MOST_ROUNDS = 20


@dataclass
class Cloud:
    """
    Attributes:
        documents: What stands in the collection.

        writes: How often a document was written.
    """

    documents: dict[str, Document] = field(default_factory=dict)
    writes: int = 0

    def told(self) -> dict[int, Told]:
        """Read everything, as a client does that is online."""
        laps = {int(doc_id) for doc_id in self.documents if doc_id.isdigit()}
        parts: dict[int, list[LapFacts]] = {}
        for doc_id, document in self.documents.items():
            named = part_of(doc_id)
            if named is not None:
                parts.setdefault(named[0], []).append(part_facts(doc_id, document))
        return {lap: self._told(lap, tuple(parts.get(lap, ()))) for lap in laps | parts.keys()}

    def _told(self, lap: int, parts: tuple[LapFacts, ...]) -> Told:
        document = self.documents.get(str(lap))
        if document is None:
            return Told(parts=parts)
        return Told(*shown_lap(str(lap), document), parts)

    def write(self, owed: OwedLap) -> None:
        """One commit: a lap alone must not be there yet; what comes before lap 1 has no document."""
        assert owed.parts or str(owed.lap) not in self.documents
        for part in owed.parts:
            alone = fold([part])
            assert alone is not None
            self._put(part_id(part.lap, part.member), part_document(part, alone.record, alone.is_drivers))
        if owed.lap < 1:
            return
        source = SOURCE_DRIVER if owed.folded.is_drivers else SOURCE_TEAMMATE
        self._put(str(owed.lap), lap_document(owed.folded.record, source))

    def renumber(self, lap: int, stint: int, stint_lap: int) -> None:
        """Write the numbers and nothing else."""
        self._put(str(lap), {**self.documents[str(lap)], "Stint": stint, "StintLap": stint_lap})

    def _put(self, doc_id: str, document: Document) -> None:
        self.documents[doc_id] = document
        self.writes += 1

    def laps(self) -> dict[int, Document]:
        return {int(doc_id): self.documents[doc_id] for doc_id in self.documents if doc_id.isdigit()}


class Client:
    """What one member's client does: it sees, and when it is online it brings what the collection lacks."""

    def __init__(self) -> None:
        self.owing = Owing()

    def see(self, facts: Iterable[LapFacts]) -> None:
        self.owing.see(facts)

    def debt(self, cloud: Cloud) -> Debt:
        """Read the collection and find out what it lacks."""
        told = cloud.told()
        self.owing.tell({**dict.fromkeys(range(1, 1 + max(told, default=0)), NOTHING), **told})
        return self.owing.debt()

    def come_online(self, cloud: Cloud, now_s: float = float("inf")) -> bool:
        """
        Bring what the collection lacks; return whether it lacked anything.

        Args:
            now_s: The session's clock: what is due later waits. The session is over unless it is given.
        """
        debt = self.debt(cloud)
        laps = [owed for owed in debt.laps if owed.due_s is None or owed.due_s <= now_s]
        for owed in laps:
            cloud.write(owed)
        for number in debt.numbers:
            cloud.renumber(number.lap, number.stint, number.stint_lap)
        return bool(laps or debt.numbers)


def until_quiet(cloud: Cloud, clients: Sequence[Client]) -> None:
    """Everybody comes online, again and again, until nobody has anything to bring."""
    for _ in range(MOST_ROUNDS):
        if sum(client.come_online(cloud) for client in clients) == 0:
            return
    raise AssertionError(f"they go on writing: {[client.debt(cloud) for client in clients]}")
