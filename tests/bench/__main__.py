"""Runs every benchmark: figures on standard output, progress and the table of targets on standard error.

Exit code 0: every target reached. 1: one missed, not measured (no Kafka), or a webhook lost.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.bench import catalog, catalog_change, mapping, sandboxes, stock, webhooks
from tests.bench.load import note, show


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="bookbridge-bench-") as folder:
        targets = [mapping.run(), *asyncio.run(sandboxes.run(Path(folder)))]
        catalogue = Path(folder) / "catalogue"
        catalogue.mkdir()
        targets += asyncio.run(catalog.run(catalogue))
        changes = Path(folder) / "changes"
        changes.mkdir()
        targets += asyncio.run(catalog_change.run(changes))
        shelves = Path(folder) / "stock"
        shelves.mkdir()
        targets += asyncio.run(stock.run(shelves))
        note("durable webhooks on the embedded log ...")
        asyncio.run(webhooks.on_embedded(Path(folder)))
        note("durable webhooks on Kafka ...")
        targets += asyncio.run(webhooks.on_kafka(Path(folder)))
    show(targets)
    return 0 if all(target.reached for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
