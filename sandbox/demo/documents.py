"""What a merchant would write: a settings document per shop, and the secrets file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.magento.config import Credentials
from sandbox.quickbooks.settings import DEFAULT_REALM, SandboxConfig
from shared.quickbooks.vault import new_key

# All states of an order but canceled; recordings that were written by clients show status names ("pending"), too.
STATES = (
    "new",
    "pending",
    "pending_payment",
    "payment_review",
    "processing",
    "holded",
    "complete",
    "closed",
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A shop as the settings see it."""

    name: str
    shop_url: str
    number_prefix: str
    webhook_token: str


def write_settings(
    folder: Path, connections: Iterable[Connection], books_url: str, *, stock: bool = False
) -> list[Path]:
    """A TOML document per connection; with `stock` the books' quantities go to the shop."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for connection in connections:
        path = folder / f"{connection.name}.toml"
        rest = '\n[stock]\ndirection = "books_to_shop"\n' if stock else ""
        path.write_text(_settings(connection, books_url) + rest, encoding="utf-8")
        paths.append(path)
    return paths


def _settings(connection: Connection, books_url: str) -> str:
    return f"""\
connection = {_text(connection.name)}

[magento]
url = {_text(connection.shop_url)}
auth = "oauth1"

[quickbooks]
realm = {_text(DEFAULT_REALM)}
environment = "sandbox"
url = {_text(books_url)}

[sales]
document = "sales_receipt"
states = {json.dumps(STATES)}
number_prefix = {_text(connection.number_prefix)}
discount_account = "Discounts given"

[items]
match = "sku"
missing = "create"
income_account = "Sales of Product Income"

[payments]
deposit_to = "Undeposited Funds"

[payments.methods.checkmo]
method = "Check"

[payments.methods.banktransfer]
deposit_to = "Checking"

[payments.methods.braintree]
method = "Visa"
deposit_to = "Payment Clearing"
"""


def write_secrets(path: Path, connections: Sequence[Connection], refresh_token: str, verifier: str) -> None:
    """Readable by its owner alone from the first byte on."""
    keys, app = Credentials(), SandboxConfig()
    parts = [
        f"token_keys = [{_text(new_key())}]\n",
        f"[quickbooks]\nclient_id = {_text(app.client_id)}\nclient_secret = {_text(app.client_secret)}\n"
        f"webhook_verifier = [{_text(verifier)}]\n",
        f"[realms.{DEFAULT_REALM}]\nrefresh_token = {_text(refresh_token)}\n",
    ]
    parts += [
        f"[connections.{connection.name}]\n"
        f"webhook_tokens = [{_text(connection.webhook_token)}]\n"
        f"consumer_key = {_text(keys.consumer_key)}\n"
        f"consumer_secret = {_text(keys.consumer_secret)}\n"
        f"access_token = {_text(keys.access_token)}\n"
        f"access_token_secret = {_text(keys.access_token_secret)}\n"
        for connection in connections
    ]
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(parts))


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are TOML's, too."""
    return json.dumps(value)
