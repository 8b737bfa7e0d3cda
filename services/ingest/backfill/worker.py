"""The backfills of a connection, one after another, as long as this process owns it.

Where the shop refuses a kind (the integration has no right to products), those of that kind wait and say so, those of
other kinds go on meanwhile, and it is asked again every minute.
"""

from __future__ import annotations

import time
from collections import defaultdict

import structlog

from services.ingest.backfill.job import Job, NotPossible, State
from services.ingest.backfill.jobs import Jobs, Step
from services.ingest.backfill.run import Run
from services.ingest.backfill.taking import Taking
from services.ingest.backfill.wanted import Kind
from services.ingest.shops import NoRight, Shops
from shared import limits
from shared.log.port import LogUnavailable, NotOwner
from shared.log.signals import RetryLater, backoff
from shared.secrets import SecretsError
from shared.settings.loader import Loaded
from shared.settings.store import SettingsStore

_log = structlog.get_logger(__name__)


class Backfills:
    """See the module. `work` is one of the workers of ingest."""

    def __init__(self, settings: SettingsStore, shops: Shops, jobs: Jobs, taking: Taking) -> None:
        self._settings = settings
        self._shops = shops
        self._jobs = jobs
        self._taking = taking
        self._refused_until: defaultdict[str, dict[Kind, float]] = defaultdict(dict)  # by connection

    async def work(self, connection: str) -> None:
        """Without an end."""
        failures = 0
        while True:
            job, loaded = self._jobs.next(connection, self._refused(connection)), self._settings.get(connection)
            if job is None or loaded is None:
                await self._jobs.wait(connection, limits.BACKFILL_RECHECK_SECONDS)
                continue
            try:
                await self._go_on(job, loaded)
                failures = 0
            except (LogUnavailable, NotOwner) as error:
                failures += 1
                _log.warning("a backfill waits for the log", connection=connection, backfill=job.id, why=str(error))
                await self._jobs.wait(connection, backoff(failures))

    async def _go_on(self, job: Job, loaded: Loaded) -> None:
        """Until the job has ended or the shop is down; then until the shop may be asked again."""
        _log.info("backfill goes on", connection=job.connection, backfill=job.id, part=job.part, after_id=job.after_id)
        try:
            if job.cancel:
                await self._change(job, loaded, Job.cancelled)
            else:
                await Run(job, loaded, self._shops.shop(loaded), self._jobs, self._taking).go()
        except NoRight as refusal:  # a person must act: the backfills behind it shall not wait for that
            self._refused_until[job.connection][job.wanted.kind] = time.monotonic() + refusal.seconds
            await self._pause(job, loaded, f"{refusal}; it is tried again every minute")
        except RetryLater as later:
            await self._pause(job, loaded, str(later))
            await self._jobs.wait(job.connection, later.seconds)
        except SecretsError as error:
            await self._pause(job, loaded, str(error))
            await self._jobs.wait(job.connection, limits.SHOP_REFUSED_SECONDS)
        except NotPossible as error:  # its document was changed behind our back: by the process that owned it before
            _log.warning("a backfill is begun again", connection=job.connection, backfill=job.id, why=str(error))
        self._tell(job)

    def _refused(self, connection: str) -> set[Kind]:
        """The kinds that the shop has refused a moment ago."""
        now = time.monotonic()
        return {kind for kind, until in self._refused_until[connection].items() if until > now}

    async def _pause(self, job: Job, loaded: Loaded, why: str) -> None:
        now = self._jobs.get(job.connection, job.id) or job
        if (now.state, now.why) != (State.PAUSED, why):
            await self._change(job, loaded, lambda one, at: one.pause(why, at))

    async def _change(self, job: Job, loaded: Loaded, step: Step) -> None:
        await self._jobs.change(job.connection, loaded.settings.quickbooks.realm, job.id, step)

    def _tell(self, job: Job) -> None:
        now = self._jobs.get(job.connection, job.id) or job
        _log.info(
            "backfill ended" if now.ended else "backfill paused",
            connection=now.connection,
            backfill=now.id,
            state=now.state.value,
            why=now.why,
            read=now.read,
            published=now.published,
            unchanged=now.unchanged,
            unreadable=now.unreadable,
        )
