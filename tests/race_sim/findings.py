"""What the comparison of a race with its truth has found."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Verdict:
    """
    What a race has shown.

    Attributes:
        documents: Lap documents compared.

        fields: Their fields.

        unknowable: Fields that could not be known and were not, in ``doubtful`` documents.

        excused: Fields that need not be known, by what went wrong, whether they were or not.

        wrong: One line for each thing that is not as it must be.

        parts: Documents that tell a member's part of a lap.

        late_s: How late things may have been seen, s.

        outside_s: How much older the picture from outside is than believed, or less old, s.
    """

    documents: int = 0
    fields: int = 0
    unknowable: int = 0
    doubtful: int = 0
    excused: int = 0
    filled_in: int = 0
    parts: int = 0
    messages: int = 0
    differing: int = 0
    wrong: list[str] = field(default_factory=list)
    late_s: float = 0.0
    outside_s: float = 0.0
