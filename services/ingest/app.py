"""The ingest service: composition. Webhooks are received while hints are read; tokens are kept beside."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import structlog
from pydantic import SecretStr

from services.consuming import beside, consume
from services.ingest.adobe_http import AdobeHttp, new_session
from services.ingest.backfill.jobs import COMMANDS as BACKFILL_COMMANDS
from services.ingest.backfill.jobs import Jobs
from services.ingest.backfill.taking import Taking
from services.ingest.backfill.worker import Backfills
from services.ingest.cdc.teller import Teller
from services.ingest.cdc.told import ToldStore
from services.ingest.cdc.worker import CdcWorker
from services.ingest.commands import Commands
from services.ingest.connect.attempts import Attempts
from services.ingest.connect.http import ConnectPages
from services.ingest.cursors import Cursors
from services.ingest.handler import HintsHandler
from services.ingest.intuit import Intuit
from services.ingest.keepers import Keepers
from services.ingest.lists.lists import Lists
from services.ingest.lists.worker import ListsWorker
from services.ingest.reading.published import Published
from services.ingest.reading.publisher import Publisher
from services.ingest.receiver_http import Receiver, serve
from services.ingest.shops import Shops
from services.ingest.sources.connection import AdobeIo, WebhookConnection
from services.ingest.sources.quickbooks import QuickBooksApp
from services.ingest.sources.shared_secrets import SharedSecrets
from services.ingest.sweep.worker import Sweeper
from services.ingest.workers import Workers
from services.process import Process
from services.quotas import Quotas
from shared.log.loop import Progress
from shared.magento.rsa_signatures import public_key
from shared.magento.signatures import AcceptedTokens
from shared.quickbooks.webhooks import Verifiers
from shared.secrets import ConnectionSecrets
from shared.settings.loader import Loaded
from shared.topics import COMMANDS, HINTS

GROUP = "ingest"
_log = structlog.get_logger(__name__)


class IngestService:
    """Owns the realms of the partitions that the group gives it: their shops' reading and their tokens."""

    def __init__(self, process: Process, quotas: Quotas) -> None:
        self._process = process
        self._quotas = quotas
        self._progress = Progress()
        self._intuit = Intuit(process)
        self._attempts = Attempts(process.log, process.folder / "connects.sqlite")
        self._keepers = Keepers(process, quotas, self._intuit, self._attempts)
        self._cursors = Cursors(process.log, process.folder / "cursors.sqlite")
        self._lists = Lists(process.log, process.lists, self._cursors)
        lists = ListsWorker(process, self._lists, self._keepers, quotas)
        self._told = ToldStore(process.log, process.folder / "changes.sqlite")
        self._published = Published(process.log, process.folder)
        self._shops = Shops(process.session, process.secrets, process.metrics)
        self._publisher = Publisher(process.log, self._published, process.metrics)
        teller = Teller(process.log, self._told, self._lists.take, process.metrics)
        self._cdc = CdcWorker(process, self._cursors, teller, self._keepers, quotas)
        sweeper = Sweeper(process, self._shops, self._cursors, self._publisher, self._published)
        self._jobs = Jobs(self._cursors, process.settings)
        taking = Taking(self._publisher, self._published, process.metrics)
        backfills = Backfills(process.settings, self._shops, self._jobs, taking)
        self._workers = Workers(
            process,
            for_realms={"lists": lists.keep, "cdc": self._cdc.follow},
            for_connections={"sweep": sweeper.sweep, "nightly": sweeper.nightly, "backfill": backfills.work},
        )
        self.port = 0

    async def run(self) -> None:
        """Until the process stops. Raises OSError when the port is taken, StopService when going on would lose
        something."""
        process = self._process
        process.health.ready_when("ingest", self._not_ready)
        async with self._attempts, new_session() as session:
            adobe = AdobeHttp(session, process.config.adobe_keys)
            await self._serve(ConnectPages(process, self._intuit, self._attempts), adobe)

    async def _serve(self, pages: ConnectPages, adobe: AdobeHttp) -> None:
        process = self._process
        receiver = Receiver(_Connections(process), process.log, process.metrics, adobe)
        host, port = process.config.host, process.config.port
        server = await serve(receiver, process.metrics, host, port, pages=pages.by_path())
        self.port = server.port
        _log.info("webhooks are received", host=host, port=server.port)
        handler = HintsHandler(
            process.log,
            process.settings,
            self._shops,
            self._published,
            self._publisher,
            self._commands(),
            process.metrics,
        )
        try:
            async with (
                self._cursors,
                self._told,
                self._published,
                beside(process, "tokens", self._keepers.watch()),
                beside(process, "workers", self._workers.watch()),
            ):
                await consume(
                    process,
                    GROUP,
                    [HINTS, COMMANDS],
                    handler.handle,
                    progress=self._progress,
                    on_assigned=self._assigned,
                    on_revoked=self._revoked,
                    coalesce=True,
                )
        finally:
            await server.close()
            await adobe.close()

    def _commands(self) -> Commands:
        return Commands(
            {
                "refresh-token": self._keepers.refresh,
                "disconnect": self._keepers.disconnect,
                "poll": self._cdc.poke,
                **dict.fromkeys(BACKFILL_COMMANDS, self._jobs.obey),
            },
            {"reload": self._lists.obey},
        )

    def _not_ready(self) -> str | None:
        if not self.port:
            return "the port isn't open yet"
        return "the log hasn't answered yet" if self._progress.last_poll is None else None

    async def _assigned(self, partitions: Collection[int]) -> None:
        await self._keepers.own(partitions)
        await self._published.own(partitions)
        self._lists.own(partitions)
        self._workers.own(partitions)

    async def _revoked(self, partitions: Collection[int]) -> None:
        await self._workers.release(partitions)  # before the keepers: they may be waiting for a token
        await self._published.release(partitions)
        await self._lists.release(partitions)
        await self._keepers.release(partitions)


class _Connections:
    """The receiver's view of settings and secrets."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._made: dict[str, tuple[Loaded, WebhookConnection]] = {}
        self._verifiers = Verifiers(_revealed(process.secrets.quickbooks.webhook_verifier))

    def connection(self, name: str) -> WebhookConnection | None:
        loaded = self._process.settings.get(name)
        secrets = self._process.secrets.connections.get(name)
        if loaded is None or secrets is None:
            return None
        made = self._made.get(name)
        if made is None or made[0] is not loaded:
            made = self._made[name] = (loaded, _connection(loaded, secrets, self._process.config.adobe_validation))
        return made[1]

    def awaited(self, name: str) -> bool:
        return name in self._process.secrets.connections

    def app(self) -> QuickBooksApp:
        realms = (loaded.settings.quickbooks.realm for loaded in self._process.settings.all().values())
        return QuickBooksApp(self._verifiers, frozenset(realms))


def _connection(loaded: Loaded, secrets: ConnectionSecrets, adobe_validation: str) -> WebhookConnection:
    adobe_io, commerce, mageplaza = secrets.adobe_io, secrets.commerce, secrets.mageplaza
    return WebhookConnection(
        name=loaded.settings.connection,
        realm=loaded.settings.quickbooks.realm,
        tokens=AcceptedTokens(_revealed(secrets.webhook_tokens)),
        event_tokens={event: AcceptedTokens(_revealed(tokens)) for event, tokens in secrets.event_tokens.items()},
        adobe_io=AdobeIo(adobe_io.client_id, adobe_validation.rstrip("/")) if adobe_io else None,
        commerce_keys=tuple(public_key(pem.encode()) for pem in commerce.public_keys) if commerce else (),
        mageplaza=SharedSecrets(mageplaza.username, _revealed(mageplaza.passwords), _revealed(mageplaza.header_secrets))
        if mageplaza
        else None,
    )


def _revealed(secrets: Iterable[SecretStr]) -> list[str]:
    return [secret.get_secret_value() for secret in secrets]
