"""Statements that are long, hostile or nearly right: refused in words or answered soon, never an error of our own."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.quickbooks.query_columns import _is_like
from tests.contract.quickbooks_sandbox.books_client import Books, Reply


async def _sent(books: Books, statement: str) -> Reply:
    headers = {"Content-Type": "application/text"}
    async with asyncio.timeout(10):
        return await books.call("POST", "query", data=statement.encode(), headers=headers)


async def test_a_like_of_many_percents_does_not_hold_up_the_server(books: Books) -> None:
    await books.post("customer", {"DisplayName": "a" * 90})
    reply = await _sent(books, "SELECT * FROM Customer WHERE DisplayName LIKE '" + "%a" * 40 + "b'")
    assert reply.json["QueryResponse"] == {}
    found = await books.rows("SELECT * FROM Customer WHERE DisplayName LIKE '%a%a%'")
    assert [row["DisplayName"] for row in found] == ["a" * 90]


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("abc", "abc", True), ("abc", "abcd", False), ("a%", "abc", True), ("%c", "abc", True), ("%", "", True),
        ("a%a", "a", False), ("a%a", "aa", True), ("a%b%c", "aXbXc", True), ("a%bc%c", "abc", False),
        ("%b%", "abc", True), ("%%", "x", True), ("", "", True), ("", "x", False), ("ab%ba", "aba", False),
    ],
)  # fmt: skip
def test_percent_stands_for_any_text(pattern: str, text: str, fits: bool) -> None:
    first, *rest = pattern.split("%")
    assert _is_like(text, first, rest) is fits


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        ("SELECT * FROM Customer STARTPOSITION " + "9" * 5000, []),
        ("SELECT * FROM Customer MAXRESULTS " + "9" * 5000, ["4001"]),
        ("SELECT * FROM Customer ORDERBY " + ",".join(["Id"] * 9000), []),  # noqa: S608  # a statement of QuickBooks' language
        ("SELECT * FROM Invoice WHERE TxnDate >= '2026-01-15garbage'", ["4001"]),
        ("SELECT * FROM Invoice WHERE TxnDate >= '2026-W01-1'", ["4001"]),
        ("SELECT * FROM Invoice WHERE TxnDate >= 20260101", ["4001"]),
        ("SELECT * FROM Invoice WHERE TxnDate >= '2026-01-15T00:00:00+01:00'", []),
        ("SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > '20260101'", ["4001"]),
        ("SELECT * FROM Invoice WHERE TotalAmt = '1_000'", ["4001"]),
        ("SELECT * FROM Invoice WHERE TotalAmt = true", ["4001"]),
        ("SELECT * FROM Invoice WHERE TotalAmt > 0.00000001", []),
        ("SELECT * FROM Invoice WHERE TotalAmt > \u0661\u0662", ["4000"]),
        ("SELECT * FROM\u00a0Customer", ["4000"]),
        ("SELECT * FROM Customer WHERE Id = " + "9" * 90_000, []),
    ],
)
async def test_literals_are_those_of_the_language_and_lengths_are_no_matter(
    books: Books, statement: str, codes: list[str]
) -> None:
    reply = await _sent(books, statement)
    assert (reply.status, reply.codes) == (400 if codes else 200, codes), reply.raw.decode()[:300]


async def test_a_control_character_does_not_break_an_answer_in_xml(books: Books) -> None:
    made = (await books.post("customer", {"DisplayName": "a\x01b"})).of("Customer")
    reply = await books.call("GET", f"customer/{made['Id']}", headers={"Accept": "application/xml"})
    assert reply.status == 200 and b"a?b" in reply.raw and b"\x01" not in reply.raw


async def test_a_requestid_with_a_line_break_is_no_item_of_a_batch(books: Books) -> None:
    item = {"bId": "b1", "operation": "create", "Customer": {"DisplayName": "of the batch"}}
    await books.post("batch", {"BatchItemRequest": [item]}, requestid="r")
    single = await books.post("customer", {"DisplayName": "alone"}, requestid="r\nb1")
    assert single.of("Customer")["DisplayName"] == "alone"
