"""Tickets, callbacks, attempts and notices of connecting: the pure parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.connect.attempts import fold
from services.ingest.connect.callback import NotConnected, Unreadable, code_of, read_callback
from services.ingest.connect.lifetimes import notice
from services.ingest.connect.tickets import Expired, Forged, Purpose, Ticket, TicketOffice
from shared.log.port import Record
from shared.quickbooks.oauth2 import TokenPair
from shared.quickbooks.vault import TokenRecord, new_key
from shared.wire import decode, encode

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OLD, NEW = new_key(), new_key()
OFFICE = TicketOffice([NEW, OLD])
TICKET = Ticket(Purpose.STATE, "attempt", "main", "9130", NOW + timedelta(minutes=15), "browser")
RECORD = TokenRecord(
    3,
    TokenPair("a", "r", NOW + timedelta(hours=1), NOW + timedelta(days=100), NOW + timedelta(days=1000)),
    NOW,
    since=NOW,
    granted_at=NOW,
)


@given(st.text(max_size=20), st.text(max_size=20), st.integers(1, 10**6))
def test_a_ticket_comes_back_as_it_went_out_also_after_the_key_was_replaced(
    connection: str, attempt: str, seconds: int
) -> None:
    ticket = replace(TICKET, connection=connection, attempt=attempt, until=NOW + timedelta(seconds=seconds))
    assert OFFICE.read(TicketOffice([OLD]).sign(ticket), Purpose.STATE, NOW) == ticket
    with pytest.raises(Expired):
        OFFICE.read(OFFICE.sign(ticket), Purpose.STATE, ticket.until)


@given(st.data())
def test_a_ticket_that_was_changed_anywhere_is_forged(data: st.DataObject) -> None:
    text = OFFICE.sign(TICKET)
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda one: one != text[position]))
    with pytest.raises(Forged):
        OFFICE.read(text[:position] + other + text[position + 1 :], Purpose.STATE, NOW)


@given(st.text(max_size=200))
def test_any_text_is_refused_as_a_ticket(text: str) -> None:
    with pytest.raises(Forged):
        OFFICE.read(text, Purpose.STATE, NOW)


def test_a_ticket_for_one_purpose_is_none_for_the_other_and_a_strangers_is_none_at_all() -> None:
    with pytest.raises(Forged):
        OFFICE.read(OFFICE.sign(TICKET), Purpose.LINK, NOW)
    with pytest.raises(Forged):
        OFFICE.read(TicketOffice([new_key()]).sign(TICKET), Purpose.STATE, NOW)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("error=access_denied", "Cancel"),
        ("error=invalid_scope", "scope"),
        ("error=%3Cb%3E", "unknown error"),
        ("code=AB1", "without"),
        ("realmId=9130", "without"),
        (f"code={'a' * 513}&realmId=9130", "without"),
        ("code=a%00b&realmId=9130", "without"),
        ("code=AB1&realmId=9130;x", "without"),
        ("code=AB1&realmId=9131", "9131"),
    ],
)
def test_a_callback_without_access_to_the_company_says_why(query: str, word: str) -> None:
    with pytest.raises(NotConnected, match=word):
        code_of(read_callback(query), TICKET)


def test_a_good_callback_gives_its_code_and_a_doubled_parameter_is_unreadable() -> None:
    assert code_of(read_callback("code=AB1&state=s&realmId=9130&x=1&x=2"), TICKET) == "AB1"
    for query in ("code=a&code=b", "state=s&state=s", "realmId=1&realmId=2", "code=" + "a" * 5000):
        with pytest.raises(Unreadable):
            read_callback(query)


def event(**content: object) -> Record:
    return Record("bookbridge.connects", 0, 0, 0, "attempt", encode(content), {})


@given(st.permutations([1, 2, 3]))
def test_the_first_claim_and_the_first_result_of_an_attempt_stand(order: list[int]) -> None:
    row: bytes | None = None
    for number in order:
        row = fold(row, event(claim=number))
        row = fold(row, event(result={"number": number}))
    assert row is not None
    assert decode(row) == {"claim": order[0], "result": {"number": order[0]}}
    assert fold(row, replace(event(), value=b"no json")) == row


@pytest.mark.parametrize(
    ("record", "urgent", "words"),
    [
        (None, True, "not connected"),
        (replace(RECORD, state="reconnect", reason="QuickBooks invalid_grant"), True, "invalid_grant"),
        (replace(RECORD, state="disconnected"), True, "disconnected"),
        (replace(RECORD, pair=replace(RECORD.pair, hard_expires_at=NOW + timedelta(days=89))), False, "in 89 days"),
        (replace(RECORD, pair=replace(RECORD.pair, hard_expires_at=NOW + timedelta(days=13))), True, "in 13 days"),
        (replace(RECORD, pair=replace(RECORD.pair, refresh_expires_at=NOW + timedelta(days=1.5))), True, "in 1 day)"),
    ],
)
def test_a_notice_says_what_is_wrong_and_what_to_type(record: TokenRecord | None, urgent: bool, words: str) -> None:
    found = notice("main", "9130", record, NOW)
    assert found is not None
    assert found.urgent is urgent
    assert words in found.text
    assert "bookbridge connect quickbooks main" in found.text


def test_there_is_no_notice_while_nobody_has_to_act() -> None:
    assert notice("main", "9130", RECORD, NOW) is None
    soon = replace(RECORD.pair, refresh_expires_at=NOW + timedelta(days=14), hard_expires_at=NOW + timedelta(days=90))
    assert notice("main", "9130", replace(RECORD, pair=soon), NOW) is None
