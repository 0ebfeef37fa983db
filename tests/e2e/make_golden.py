"""Write the golden lap documents anew: ``python tests/e2e/make_golden.py``. Read the difference before you commit."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from conftest import SHARED_DATA
from e2e.test_recordings import GOLDEN, LANGLEY, RECORDINGS, as_json, lap_documents, record


def main() -> None:
    """Write one file per recording."""
    GOLDEN.mkdir(exist_ok=True)
    for name in RECORDINGS:
        with tempfile.TemporaryDirectory() as folder:
            outbox, _ = record(SHARED_DATA / LANGLEY.format(name), Path(folder))
            text = json.dumps([as_json(lap) for lap in lap_documents(outbox)], indent=1) + "\n"
            outbox.close()
        (GOLDEN / f"langley_{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
