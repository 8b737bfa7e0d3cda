"""A client of a connection's shop, signed in as its settings and secrets say."""

from __future__ import annotations

import aiohttp

from shared.magento.client import Authentication, Bearer, MagentoClient, OAuth1
from shared.magento.oauth1 import Credentials
from shared.secrets import ConnectionSecrets, Secrets
from shared.settings.loader import Loaded
from shared.settings.model import ShopAuth
from shared.telemetry.metrics import Metrics


def open_shop(
    session: aiohttp.ClientSession,
    secrets: Secrets,
    metrics: Metrics,
    loaded: Loaded,
    store_code: str | None = None,
) -> MagentoClient:
    """A client whose calls are counted, of the shop's default store view or the one named. Raises SecretsError when
    nothing signs us in."""
    name, magento = loaded.settings.connection, loaded.settings.magento
    auth = authentication(magento.auth, secrets.connection(name))

    def observe(resource: str, outcome: str, seconds: float) -> None:
        metrics.magento_calls.labels(name, resource, outcome).inc()

    return MagentoClient(session, magento.url, auth, store_code=store_code, observe=observe)


def authentication(kind: ShopAuth, secrets: ConnectionSecrets) -> Authentication:
    """How an integration signs in to its shop."""
    token = secrets.access_token.get_secret_value()
    if kind is ShopAuth.BEARER:
        return Bearer(token)
    return OAuth1(
        Credentials(
            consumer_key=secrets.consumer_key.get_secret_value(),
            consumer_secret=secrets.consumer_secret.get_secret_value(),
            access_token=token,
            access_token_secret=secrets.access_token_secret.get_secret_value(),
        )
    )
