"""Token records at rest."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.quickbooks.oauth2 import ClientCredentials, TokenPair
from shared.quickbooks.vault import BadKey, Tampered, TokenRecord, UnknownKey, Vault, new_key

MOMENT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
RECORD = TokenRecord(
    version=3,
    pair=TokenPair("access-secret", "refresh-secret", MOMENT, MOMENT.replace(month=4)),
    obtained_at=MOMENT,
    previous_refresh_token="previous-secret",
)
KEY = new_key()


@given(
    st.text(max_size=30),
    st.text(min_size=1, max_size=60),
    st.none() | st.text(),
    st.sampled_from(["active", "reconnect"]),
)
def test_what_is_sealed_can_be_opened(realm: str, token: str, previous: str | None, state: str) -> None:
    record = TokenRecord(
        version=1,
        pair=TokenPair(token, token, MOMENT, MOMENT),
        obtained_at=MOMENT,
        state="reconnect" if state == "reconnect" else "active",
        previous_refresh_token=previous,
    )
    vault = Vault([KEY])
    assert vault.open(realm, vault.seal(realm, record)) == record


@given(st.data())
def test_a_record_that_was_changed_anywhere_does_not_open(data: st.DataObject) -> None:
    vault = Vault([KEY])
    sealed = bytearray(vault.seal("1", RECORD))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises((Tampered, UnknownKey)):
        vault.open("1", bytes(sealed))


@given(st.binary(max_size=100))
def test_bytes_that_are_no_record_do_not_open(data: bytes) -> None:
    with pytest.raises((Tampered, UnknownKey)):
        Vault([KEY]).open("1", data)


def test_a_record_does_not_open_for_another_realm() -> None:
    vault = Vault([KEY])
    with pytest.raises(Tampered):
        vault.open("2", vault.seal("1", RECORD))


def test_a_key_is_replaced_without_losing_records() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal("1", RECORD)
    both = Vault([new, old])
    assert both.open("1", sealed) == RECORD
    assert Vault([new]).open("1", both.seal("1", RECORD)) == RECORD
    with pytest.raises(UnknownKey):
        Vault([new]).open("1", sealed)


def test_nothing_shows_a_secret() -> None:
    shown = repr(RECORD) + repr(RECORD.pair) + repr(ClientCredentials("id", "client-secret"))
    assert "secret" not in shown.replace("client_secret", "")
    assert b"secret" not in Vault([KEY]).seal("1", RECORD)
    assert Vault([KEY]).seal("1", RECORD) != Vault([KEY]).seal("1", RECORD)


@pytest.mark.parametrize("keys", [[], ["no base64!"], ["c2hvcnQ="], [KEY, ""]])
def test_a_bad_key_is_named_by_its_place_and_not_shown(keys: list[str]) -> None:
    with pytest.raises(BadKey) as caught:
        Vault(keys)
    assert all(key not in str(caught.value) for key in keys if key)
