"""A receiver in a process of its own, for the test that measures its memory.

Arguments: the folder of the log. Prints the port, then serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.integration.ingest_receiver.support import running


async def main(folder: Path) -> None:
    async with running(folder, max_connections=2_000) as peer:
        sys.stdout.write(f"{peer.server.port}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
