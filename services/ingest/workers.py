"""Work without an end that each owned company or connection needs: sweeps, change data capture, lists.

A worker runs while this process owns the company's partition and settings name the company. It looks at the settings
itself, on each turn: they may change while it runs. Errors of the remote systems are the worker's to wait out; what it
raises stops the process, since a service must not look healthy without a part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from typing import Any

from services.consuming import end
from services.process import Process
from shared import limits
from shared.log.partitions import partition_for
from shared.settings.loader import Loaded

Work = Callable[[str], Coroutine[Any, Any, None]]
"""realm or connection -> its endless work. Cancelled when the company goes to another process."""

_Name = tuple[str, str]  # of the work, and of the realm or connection it is for


class Workers:
    """Starts and ends the work of what this process owns."""

    def __init__(self, process: Process, for_realms: Mapping[str, Work], for_connections: Mapping[str, Work]) -> None:
        self._process = process
        self._for_realms = for_realms
        self._for_connections = for_connections
        self._owned: set[int] = set()
        self._tasks: dict[_Name, tuple[int, asyncio.Task[None]]] = {}
        self._look_now = asyncio.Event()
        process.settings.subscribe(self._settings_changed)

    def own(self, partitions: Iterable[int]) -> None:
        """From now on the companies of these partitions are ours."""
        self._owned |= set(partitions)
        self._look_now.set()

    async def release(self, partitions: Collection[int]) -> None:
        """They are another's: returns when none of our work for them runs any more."""
        self._owned -= set(partitions)
        gone = [name for name, (partition, _) in self._tasks.items() if partition in partitions]
        await end([self._tasks.pop(name)[1] for name in gone])

    async def watch(self) -> None:
        """Until cancelled. Raises what a worker raised."""
        try:
            while True:
                self._look_now.clear()
                await self._end_moved()
                self._start()
                await self._look_now.wait()
                for _, task in self._tasks.values():
                    if task.done():
                        task.result()
                        raise RuntimeError(f"{task.get_name()} ended, which it never should")
        finally:
            await end([task for _, task in self._tasks.values()])

    async def _end_moved(self) -> None:
        """Ends the work of what settings name no more, or have given to another company: that may be another's. A
        release meanwhile finds it here still, and waits for it as well."""
        wanted = self._wanted()
        moved = {
            name: task
            for name, (partition, task) in self._tasks.items()
            if name not in wanted or wanted[name][0] != partition
        }
        await end(list(moved.values()))
        for name in moved:
            self._tasks.pop(name, None)

    def _start(self) -> None:
        for name, (partition, work) in self._wanted().items():
            if name not in self._tasks:
                task = asyncio.create_task(work(name[1]), name=" ".join(name))
                task.add_done_callback(lambda _: self._look_now.set())
                self._tasks[name] = (partition, task)

    def _wanted(self) -> dict[_Name, tuple[int, Work]]:
        wanted: dict[_Name, tuple[int, Work]] = {}
        for connection, loaded in self._process.settings.all().items():
            realm = loaded.settings.quickbooks.realm
            partition = partition_for(realm, limits.PARTITIONS)
            if partition in self._owned:
                wanted |= {(name, realm): (partition, work) for name, work in self._for_realms.items()}
                wanted |= {(name, connection): (partition, work) for name, work in self._for_connections.items()}
        return wanted

    async def _settings_changed(self, loaded: Loaded) -> None:
        self._look_now.set()
