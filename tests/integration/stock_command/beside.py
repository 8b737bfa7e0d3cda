"""Running services and `bookbridge stock` beside them."""

from __future__ import annotations

from sandbox.demo.children import Child
from services.inventory.desk import NotServed, NotYet
from services.inventory.questions import PURPOSE
from services.stock_client import Explained, StockClient
from shared.mapping.stock.decision import StockDecision
from shared.quickbooks.own_signatures import OwnSignatures
from shared.quickbooks.vault import new_key
from shared.secrets import load_secrets
from tests.support.stocking import Warehouse


class Stock:
    """`bookbridge stock` beside running services."""

    def __init__(self, goods: Warehouse) -> None:
        self._deployed = goods.deployed

    async def start(self, goods: Warehouse, *, orders: bool = True) -> None:
        """All services; on Kafka, perhaps, without the one that posts orders."""
        if self._deployed.kind == "kafka":
            await self._deployed.command("settings", "publish", str(self._deployed.document))
            for service in ("ingest", "orders", "inventory") if orders else ("ingest", "inventory"):
                await self._deployed.start(service)
        else:
            await self._deployed.start_all()
        await goods.books_tell()

    async def begin_orders(self) -> Child:
        """On Kafka alone: orders are posted from now on."""
        return await self._deployed.start("orders")

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        command, *rest = words
        return await self._deployed.command("stock", command, "--at", self.at, *rest)

    @property
    def at(self) -> str:
        """Where the service answers."""
        service = "run" if self._deployed.kind == "embedded" else "inventory"
        return f"http://127.0.0.1:{self._deployed.health[service]}"

    def renew_keys(self) -> None:
        """A new key for tokens at rest stands before the old one in the secrets file."""
        path = self._deployed.folder / "secrets.toml"
        text = path.read_text()
        assert text.count("token_keys = [") == 1
        path.write_text(text.replace("token_keys = [", f'token_keys = ["{new_key()}", '))

    async def explained(self, sku: str) -> StockDecision | None:
        """The decision as the command gets it; None while it can't be told yet."""
        keys = [key.get_secret_value() for key in load_secrets(self._deployed.folder / "secrets.toml").token_keys]
        client = StockClient([self.at], OwnSignatures(keys, PURPOSE), lambda done, of: None)
        try:
            found = await client.explain("main", sku)
        except (NotYet, NotServed):
            return None
        return found.decision if isinstance(found, Explained) else None

    async def until(self, code: int, *words: str) -> str:
        """Waits until a command ends with this code: until then it says that it can't be told yet."""
        said: list[str] = []

        async def ended() -> bool:
            found, out, err = await self(*words)
            said[:] = [out]
            assert found in (code, 2, 3), (found, out, err)
            return found == code

        await self._deployed.until(ended, f"{words} ends with {code}", 90)
        return said[0]
