"""Client, tokens and quota together, against the sandbox: books with state that enforce QuickBooks' rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import aiohttp
import pytest

from shared import limits
from shared.quickbooks import faults, queries
from shared.quickbooks.client import QuickBooksClient
from shared.quickbooks.oauth2 import ClientCredentials, OAuth2Client, TokenPair, discover
from shared.quickbooks.paths import create_path, update_path, void_path
from shared.quickbooks.quota import WHOLE, Quota
from shared.quickbooks.requestids import requestid
from shared.quickbooks.tokens import TokenFollower, TokenKeeper
from shared.quickbooks.vault import TokenRecord
from shared.wire import encode
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running


@dataclass
class Books:
    """A connected realm, its keeper, and a client that has the whole quota."""

    sandbox: QuickBooksSandbox
    session: aiohttp.ClientSession
    oauth: OAuth2Client
    keeper: TokenKeeper
    saved: list[TokenRecord]
    client: QuickBooksClient = field(init=False)
    customer: str = ""
    item: str = ""

    def __post_init__(self) -> None:
        self.client = self.another(WHOLE)

    def another(self, share: Fraction) -> QuickBooksClient:
        """A client with a quota of its own, as in another process."""
        return QuickBooksClient(self.session, self.sandbox.base_url, self.sandbox.realm, self.keeper, Quota(share))

    def receipt(self, number: str, amount: Decimal = Decimal("12.10"), **more: Any) -> dict[str, Any]:
        line = {
            "DetailType": "SalesItemLineDetail",
            "Amount": amount,
            "SalesItemLineDetail": {"ItemRef": {"value": self.item}, "TaxCodeRef": {"value": "NON"}},
        }
        return {"DocNumber": number, "CustomerRef": {"value": self.customer}, "Line": [line], **more}


@pytest.fixture
async def books() -> AsyncIterator[Books]:
    async with running() as sandbox, aiohttp.ClientSession() as session:
        grant = await sandbox.grant()
        now = datetime.now(UTC)
        pair = TokenPair(
            grant["access_token"], grant["refresh_token"], now + timedelta(hours=1), now + timedelta(days=100)
        )
        oauth = OAuth2Client(
            session,
            await discover(session, sandbox.discovery_url),
            ClientCredentials(sandbox.client_id, sandbox.client_secret),
        )
        saved: list[TokenRecord] = []

        async def save(realm: str, record: TokenRecord) -> None:
            await asyncio.sleep(0.05)
            saved.append(record)

        record = TokenRecord(1, pair, now)
        keeper = TokenKeeper(sandbox.realm, oauth.refresh, save, record=record, settle_seconds=0.2)
        books = Books(sandbox, session, oauth, keeper, saved)
        seeded = await sandbox.seed(
            {
                "Customer": [{"DisplayName": "O'Neil \\ Co"}],
                "Item": [{"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}}],
            }
        )
        books.customer, books.item = seeded["Customer"][0]["Id"], seeded["Item"][0]["Id"]
        yield books
        await keeper.close()


def new_id(sandbox: QuickBooksSandbox, order: int, generation: int = 1) -> str:
    return requestid(sandbox.realm, f"shop:order:{order}", "salesreceipt", "create", generation)


async def test_a_write_repeated_with_its_requestid_makes_one_document_and_gives_the_first_answer(books: Books) -> None:
    body = encode(books.receipt("M-1"))
    first = await books.client.write(create_path("SalesReceipt"), body, new_id(books.sandbox, 1))
    second = await books.client.write(create_path("SalesReceipt"), body, new_id(books.sandbox, 1))
    assert first == second
    assert (await books.sandbox.ledger())["count"] == 1
    assert (await books.sandbox.usage())["metered"] == 0


async def test_a_reply_dropped_after_the_commit_is_an_unknown_outcome_that_the_same_bytes_resolve(books: Books) -> None:
    await books.sandbox.add_fault("drop_after_commit", match={"operation": "create"}, times=1)
    body = encode(books.receipt("M-1"))
    with pytest.raises(faults.OutcomeUnknown):
        await books.client.write("salesreceipt", body, new_id(books.sandbox, 1))
    assert (await books.sandbox.ledger())["count"] == 1
    written = await books.client.write("salesreceipt", body, new_id(books.sandbox, 1))
    assert written["DocNumber"] == "M-1"
    assert (await books.sandbox.ledger())["count"] == 1


async def test_twenty_calls_with_an_expired_token_make_one_refresh_and_one_document_each(books: Books) -> None:
    await books.sandbox.settings(rotate_refresh_after_seconds=0, refresh_seconds=0.3, refresh_race="kill")
    await books.sandbox.expire_tokens()
    before = (await books.sandbox.usage())["token_requests"]

    async def one(order: int) -> None:
        body = encode(books.receipt(f"M-{order}"))
        await books.client.write("salesreceipt", body, new_id(books.sandbox, order))

    await asyncio.gather(*(one(order) for order in range(20)))
    assert (await books.sandbox.usage())["token_requests"] - before == 1
    assert (await books.sandbox.ledger())["count"] == 20
    assert [record.version for record in books.saved] == [2]


async def test_a_second_refresher_loses_its_grant_and_both_are_told_to_reconnect(books: Books) -> None:
    """Why there is one keeper a realm: the sandbox treats a race as Intuit may, and withdraws the grant."""
    await books.sandbox.settings(rotate_refresh_after_seconds=0, refresh_seconds=0.3, refresh_race="kill")
    record = books.keeper.record
    assert record is not None

    async def save(realm: str, saved: TokenRecord) -> None:
        pass

    second = TokenKeeper(books.sandbox.realm, books.oauth.refresh, save, record=record, settle_seconds=0.2)
    results = await asyncio.gather(
        books.keeper.refused(record.pair.access_token),
        second.refused(record.pair.access_token),
        return_exceptions=True,
    )
    assert [isinstance(result, faults.Reconnect) for result in results] == [False, True]
    won = books.saved[-1]
    with pytest.raises(faults.Reconnect):  # the winner's tokens were dead when they came
        await books.keeper.refused(won.pair.access_token)
    assert [saved.state for saved in books.saved] == ["active", "reconnect"]


async def test_a_refresh_whose_reply_is_lost_goes_on_with_the_same_token_while_it_was_not_replaced(
    books: Books,
) -> None:
    await books.sandbox.add_fault("drop_after_commit", match={"operation": "token"}, times=1)
    await books.sandbox.expire_tokens()
    await books.client.write("salesreceipt", encode(books.receipt("M-1")), new_id(books.sandbox, 1))
    assert [(record.version, record.state) for record in books.saved] == [(2, "active")]


async def test_a_refresh_whose_reply_is_lost_after_the_token_was_replaced_needs_a_person(books: Books) -> None:
    await books.sandbox.settings(rotate_refresh_after_seconds=0)
    await books.sandbox.add_fault("drop_after_commit", match={"operation": "token"}, times=1)
    await books.sandbox.expire_tokens()
    with pytest.raises(faults.Reconnect):
        await books.client.write("salesreceipt", encode(books.receipt("M-1")), new_id(books.sandbox, 1))
    assert [record.state for record in books.saved] == ["reconnect"]
    assert (await books.sandbox.ledger())["count"] == 0


async def test_a_follower_writes_with_the_token_that_the_keeper_renewed_for_it(books: Books) -> None:
    async def ask(realm: str, version: int) -> None:
        assert books.keeper.record is not None
        await books.keeper.refused(books.keeper.record.pair.access_token)
        follower.adopt(books.saved[-1])

    follower = TokenFollower(books.sandbox.realm, ask, record=books.keeper.record)
    client = QuickBooksClient(books.session, books.sandbox.base_url, books.sandbox.realm, follower, Quota())
    await books.sandbox.expire_tokens()
    await client.write("salesreceipt", encode(books.receipt("M-1")), new_id(books.sandbox, 1))
    assert (await books.sandbox.ledger())["count"] == 1


async def test_three_services_under_load_never_meet_the_throttle(books: Books) -> None:
    clients = [books.another(limits.QUOTA_SHARES[name]) for name in ("orders", "catalog", "ingest")]

    async def one(client: QuickBooksClient, order: int) -> None:
        await client.write("salesreceipt", encode(books.receipt(f"M-{order}")), new_id(books.sandbox, order))

    loads = [clients[0]] * 25 + [clients[1]] * 10 + [clients[2]] * 10
    await asyncio.gather(*(one(client, order) for order, client in enumerate(loads)))
    usage = await books.sandbox.usage()
    assert usage["throttled"] == 0
    assert usage["peak_per_second"] <= 10
    assert usage["peak_concurrent"] <= 10
    assert (await books.sandbox.ledger())["count"] == 45


async def test_a_throttle_all_the_same_waits_as_it_asks_and_the_same_bytes_go_through_later(books: Books) -> None:
    await books.sandbox.add_fault("status", match={"operation": "create"}, status=429, body="xml", times=1)
    body = encode(books.receipt("M-1"))
    with pytest.raises(faults.Throttled) as caught:
        await books.client.write("salesreceipt", body, new_id(books.sandbox, 1))
    assert 60 <= caught.value.wait_seconds <= 60 + limits.THROTTLE_JITTER_SECONDS
    await books.another(WHOLE).write("salesreceipt", body, new_id(books.sandbox, 1))
    assert (await books.sandbox.ledger())["count"] == 1


@pytest.mark.parametrize(("status", "body"), [(502, "html"), (503, "html"), (500, "fault")])
async def test_a_failing_server_leaves_the_outcome_of_a_write_unknown_and_a_read_unavailable(
    books: Books, status: int, body: str
) -> None:
    await books.sandbox.add_fault("status", status=status, body=body, match={"realm": books.sandbox.realm})
    with pytest.raises(faults.OutcomeUnknown):
        await books.client.write("salesreceipt", encode(books.receipt("M-1")), new_id(books.sandbox, 1))
    with pytest.raises(faults.Unavailable):
        await books.client.company_info()


async def test_a_stale_token_a_taken_number_and_a_taken_name_are_told_apart(books: Books) -> None:
    written = await books.client.write("salesreceipt", encode(books.receipt("M-1")), new_id(books.sandbox, 1))
    change = {"Id": written["Id"], "SyncToken": written["SyncToken"], "sparse": True, "PrivateNote": "changed"}
    await books.client.write(update_path("SalesReceipt"), encode(change), "update-1")
    with pytest.raises(faults.StaleObject):
        await books.client.write(update_path("SalesReceipt"), encode(change | {"PrivateNote": "again"}), "update-2")
    with pytest.raises(faults.NumberTaken):
        await books.client.write("salesreceipt", encode(books.receipt("M-1")), new_id(books.sandbox, 2))
    with pytest.raises(faults.NameTaken):
        await books.client.write("customer", encode({"DisplayName": "O'Neil \\ Co"}), "customer-1")
    gone = {**books.receipt("M-2"), "CustomerRef": {"value": "99999"}}
    with pytest.raises(faults.Missing):
        await books.client.write("salesreceipt", encode(gone), new_id(books.sandbox, 3))
    with pytest.raises(faults.Missing):
        await books.client.read("SalesReceipt", "99999")


@pytest.mark.parametrize(("entity", "extra"), [("SalesReceipt", {"sparse": True}), ("Invoice", {})])
async def test_both_types_of_sale_are_voided_and_keep_their_number(
    books: Books, entity: str, extra: dict[str, Any]
) -> None:
    written = await books.client.write(create_path(entity), encode(books.receipt("M-1")), "create-1")
    body = {"Id": written["Id"], "SyncToken": written["SyncToken"], **extra}
    voided = await books.client.write(void_path(entity), encode(body), "void-1")
    assert voided["TotalAmt"] == 0
    assert (await books.client.read(entity, written["Id"]))["DocNumber"] == "M-1"


async def test_two_and_a_half_thousand_rows_cost_three_metered_calls_and_come_once_each(books: Books) -> None:
    await books.sandbox.seed({"Customer": [{"DisplayName": f"Buyer {number}"} for number in range(2499)]})
    rows = [row async for row in books.client.query_all("Customer")]
    assert len(rows) == 2500
    assert Counter(row["Id"] for row in rows).most_common(1)[0][1] == 1
    assert (await books.sandbox.usage())["metered"] == 3
    assert await books.client.count("Customer") == 2500


async def test_a_name_with_apostrophe_and_backslash_is_found(books: Books) -> None:
    found = await books.client.query(queries.select("Customer", queries.equals("DisplayName", "O'Neil \\ Co")))
    assert [row["Id"] for row in found] == [books.customer]


async def test_company_and_preferences_are_read_and_metered(books: Books) -> None:
    assert (await books.client.company_info())["Country"] == "US"
    assert (await books.client.preferences())["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert (await books.sandbox.usage())["metered"] == 2


async def test_an_amount_arrives_and_comes_back_to_the_cent(books: Books) -> None:
    body = encode(books.receipt("M-1", Decimal("70368744177.03"), TxnTaxDetail={"TotalTax": 0}))
    written = await books.client.write("salesreceipt", body, new_id(books.sandbox, 1))
    assert written["TotalAmt"] == Decimal("70368744177.03")
    assert isinstance(written["TotalAmt"], Decimal)
