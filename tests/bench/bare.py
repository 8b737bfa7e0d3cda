"""What ingest is compared with: an aiohttp handler that reads the body and does `send_and_wait`, nothing else.

Arguments: bootstrap address, topic, and `max_batch_size` of its producer in bytes. With the client library's own 16 KiB
a request to the broker carries a single webhook of 10 KB; with ours it carries a dozen.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiohttp import web
from aiokafka import AIOKafkaProducer


async def serve(bootstrap: str, topic: str, batch_bytes: int) -> None:
    """Prints its port as a JSON line and serves until killed."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_batch_size=batch_bytes
    )
    await producer.start()

    async def handle(request: web.BaseRequest) -> web.Response:
        await producer.send_and_wait(topic, await request.read(), partition=0)
        return web.Response(status=202)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(json.dumps({"listening": site.port}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
