"""Intuit's own OAuth client (intuit-oauth), unchanged: its environment is the sandbox's discovery address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from intuitlib.config import DISCOVERY_URL
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError

from tests.contract.clients.conftest import SandboxProcess

CALLBACK = "http://127.0.0.1:9/callback"


@pytest.fixture
def client(sandbox: SandboxProcess) -> AuthClient:
    sandbox.settings(consent="connect")
    environment = f"{sandbox.base_url}/.well-known/openid_sandbox_configuration"
    return AuthClient("sandbox-client", "sandbox-secret", CALLBACK, environment)


def _connect(client: AuthClient, *scopes: Scopes) -> dict[str, list[str]]:
    url = client.get_authorization_url(list(scopes))
    answer = requests.get(url, allow_redirects=False, timeout=30)
    assert answer.status_code == 302, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def test_its_own_discovery_addresses_have_the_same_paths_here(sandbox: SandboxProcess) -> None:
    for url in DISCOVERY_URL.values():
        assert requests.get(sandbox.base_url + urlsplit(url).path, timeout=30).status_code == 200


def test_it_discovers_connects_refreshes_and_revokes(sandbox: SandboxProcess, client: AuthClient) -> None:
    assert client.token_endpoint == f"{sandbox.base_url}/oauth2/v1/tokens/bearer"
    sent_back = _connect(client, Scopes.ACCOUNTING)
    assert sent_back["state"] == [client.state_token]
    client.get_bearer_token(sent_back["code"][0], realm_id=sent_back["realmId"][0])
    assert (client.expires_in, client.x_refresh_token_expires_in) == (3600, 8_640_000)
    first = client.refresh_token
    sandbox.settings(rotate_refresh_after_seconds=0)
    client.refresh()
    assert client.refresh_token != first
    read = requests.get(
        f"{sandbox.base_url}/v3/company/{client.realm_id}/preferences",
        headers={"Authorization": f"Bearer {client.access_token}", "Accept": "application/json"},
        timeout=30,
    )
    assert read.status_code == 200
    assert client.revoke() is True
    with pytest.raises(AuthClientError) as refused:
        client.refresh()
    assert refused.value.status_code == 400 and "invalid_grant" in str(refused.value.content)
    assert refused.value.intuit_tid


def test_it_accepts_the_id_token_and_reads_who_the_user_is(client: AuthClient) -> None:
    code = _connect(client, Scopes.OPENID, Scopes.EMAIL, Scopes.ACCOUNTING)["code"][0]
    client.get_bearer_token(code)
    assert client.id_token is not None, "the library found the id token invalid"
    assert client.get_user_info().json()["email"] == "owner@sandbox.example"


def test_wrong_keys_are_its_client_error(sandbox: SandboxProcess) -> None:
    environment = f"{sandbox.base_url}/.well-known/openid_configuration"
    stranger = AuthClient("sandbox-client", "guess", CALLBACK, environment, refresh_token="RT1-x")
    with pytest.raises(AuthClientError) as refused:
        stranger.refresh()
    assert refused.value.status_code == 401 and "invalid_client" in str(refused.value.content)
