"""The query language: its grammar, what may be filtered, pages, order, escaping."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.errors import Refused
from sandbox.quickbooks.operations import create
from sandbox.quickbooks.query import Condition, Query, parse_query
from sandbox.quickbooks.query_run import run_query
from sandbox.quickbooks.schema import ENTITIES
from sandbox.quickbooks.seeds import new_company
from sandbox.quickbooks.settings import CompanySettings
from tests.contract.quickbooks_sandbox.books_client import Books, line, sale


def _quoted(value: str) -> str:
    """The text as a string of the language: apostrophe and backslash escaped by a backslash."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _where(entity: str, *conditions: str) -> str:
    """A statement of raw conditions."""
    return " ".join(["select * from", entity, "where", " and ".join(conditions)])


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("select * from Item", Query("Item")),
        ("select *, Sku from Item", Query("Item", extra=("Sku",))),
        ("SELECT COUNT(*) FROM Item", Query("Item", count=True)),
        ("Select Count ( * ) From Item", Query("Item", count=True)),
        (
            "select * from Item where Active IN (true, false) and UnitPrice >= 2.50",
            Query(
                "Item",
                conditions=(
                    Condition("Active", "IN", (True, False)),
                    Condition("UnitPrice", ">=", (Decimal("2.50"),)),
                ),
            ),
        ),
        (
            "SELECT * FROM Invoice ORDER BY TxnDate DESC, Id STARTPOSITION 11 MAXRESULTS 10",
            Query("Invoice", order=(("TxnDate", True), ("Id", False)), start=11, limit=10),
        ),
        (
            "select * from Invoice where DocNumber<='A' orderby MetaData.LastUpdatedTime asc maxresults 1000",
            Query(
                "Invoice",
                conditions=(Condition("DocNumber", "<=", ("A",)),),
                order=(("MetaData.LastUpdatedTime", False),),
                limit=1000,
            ),
        ),
        (
            r"select * from Item where Name = 'O\'Neil \\ co'",
            Query("Item", conditions=(Condition("Name", "=", ("O'Neil \\ co",)),)),
        ),
    ],
)
def test_the_documented_grammar_is_understood(statement: str, expected: Query) -> None:
    assert parse_query(statement) == expected


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("", "4000"),
        ("select", "4000"),
        ("select Id, Name from Item", "4000"),
        ("select * from", "4000"),
        ("select * from Item, Customer", "4000"),
        ("select * from Item where", "4000"),
        ("select * from Item where Name", "4000"),
        ("select * from Item where Name = ", "4000"),
        ("select * from Item where Name = Mug", "4000"),
        ("select * from Item where Name = 'Mug' or Name = 'Cup'", "4000"),
        ("select * from Item where Name != 'Mug'", "4000"),
        ("select * from Item where (Name = 'Mug')", "4000"),
        ("select * from Item where Name in ()", "4000"),
        ("select * from Item where Name in ('a'", "4000"),
        ("select * from Item where Name = 'O'Neil'", "4000"),
        ("select * from Item where Name = 'Mug\\'", "4000"),
        ("select * from Item where Name = 'a\\nb'", "4000"),
        ('select * from Item where Name = "Mug"', "4000"),
        ("select * from Item group by Name", "4000"),
        ("select * from Item maxresults 10 startposition 1", "4000"),
        ("select * from Item maxresults", "4000"),
        ("select * from Item maxresults -1", "4000"),
        ("select * from Item maxresults 1.5", "4000"),
        ("select * from Item maxresults 1001", "4001"),
        ("select * from Item maxresults 0", "4001"),
        ("select * from Item startposition 0", "4001"),
        ("select * from Spaceship", "4001"),
        ("select *, Colour from Item", "4001"),
        ("select *, from Item", "4000"),
        ("select * from Item where UnitPrice = 1%", "4000"),
        ("select * from Item where Colour = 'red'", "4001"),
        ("select * from Invoice where PrivateNote = 'x'", "4001"),
        ("select * from Invoice orderby PrivateNote", "4001"),
        ("select * from Item where Id > '3'", "4001"),
        ("select * from Item where Id like '3%'", "4001"),
        ("select * from Item where UnitPrice = 'cheap'", "4001"),
        ("select * from Invoice where TxnDate > 'yesterday'", "4001"),
        ("select * from Invoice where TotalAmt like '1%'", "4001"),
        ("select * from Item where Active = 'maybe'", "4001"),
        ("select * from Item where Name.First = 'x'", "4001"),
        ("select * from CompanyInfo where Id = '1'", "4001"),
    ],
)
def test_what_the_grammar_or_the_schema_does_not_know_is_refused(statement: str, code: str) -> None:
    company = new_company("1", Clock(), CompanySettings())
    with pytest.raises(Refused) as refused:
        run_query(company, statement)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("", 'Encountered "<EOF>" at line 0, column 0.'),
        ("select * from Item where", 'Encountered "<EOF>" at line 1, column 25.'),
        ("select * from Item where Name = 'O'Neil'", 'Encountered " <IDENTIFIER> "Neil "" at line 1, column 36.'),
        ("select *\nfrom Item\nwhere Name = 3 or", 'Encountered " <IDENTIFIER> "or "" at line 3, column 16.'),
        ("select * from Item where Name = %27", 'Lexical error at line 1, column 33.  Encountered: "%" (37)'),
        ("select * from Item where Name = \u2019a\u2019", "Lexical error at line 1, column 33."),
        ("select * from Item where Name = 'a' 5", 'Encountered " <NUMBER> "5 "" at line 1, column 37.'),
    ],
)
def test_a_fault_of_the_parser_names_line_and_column(statement: str, place: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_query(statement)
    [problem] = refused.value.problems
    assert place in problem.detail, problem.detail
    assert "element" not in problem.as_json(), "recorded faults of queries have no element"


def test_a_typographic_apostrophe_in_a_string_is_a_letter_like_others() -> None:
    query = parse_query("select * from Customer where DisplayName = 'Ann O\u2019Neil'")
    assert query.conditions[0].values == ("Ann O\u2019Neil",)


@given(_text)
def test_any_text_comes_through_its_escaping(value: str) -> None:
    query = parse_query(_where("Item", f"Name = {_quoted(value)}", f"Sku = {_quoted(value[::-1])}"))
    assert [condition.values for condition in query.conditions] == [(value,), (value[::-1],)]


@given(st.text(max_size=60))
def test_no_text_breaks_the_parser(text: str) -> None:
    for statement in (text, _where("Item", f"Name = {text}"), _where("Item", text)):
        try:
            assert parse_query(statement).entity
        except Refused as refused:
            assert refused.problems[0].code in ("4000", "4001")


@given(
    st.lists(st.text("ab%_'\\é", min_size=1, max_size=6), unique_by=str.casefold, max_size=12),
    st.text("ab%_'\\é", max_size=4),
)
def test_equality_and_like_find_what_python_finds(names: list[str], wanted: str) -> None:
    company = new_company("1", Clock(), CompanySettings())
    kept = []
    for name in names:
        if name.strip() == name:
            create(company, ENTITIES["Department"], {"Name": name})
            kept.append(name)
    found = run_query(company, _where("Department", f"Name like {_quoted(wanted)}")).get("Department", [])
    pieces = wanted.split("%")

    def like(name: str) -> bool:
        if len(pieces) == 1:
            return name == wanted
        if not name.startswith(pieces[0]):
            return False
        rest = name[len(pieces[0]) :]
        for piece in pieces[1:-1]:
            at = rest.find(piece)
            if at < 0:
                return False
            rest = rest[at + len(piece) :]
        return rest.endswith(pieces[-1])

    assert sorted(row["Name"] for row in found) == sorted(name for name in kept if like(name))
    for name in kept:
        [row] = run_query(company, _where("Department", f"Name = {_quoted(name.upper())}"))["Department"]
        assert row["Name"].casefold() == name.casefold()


async def _fill(books: Books) -> None:
    for number in range(1, 13):
        body = sale(line(number), DocNumber=f"N{number:02}", TxnDate=f"2026-05-{number:02}")
        await books.post("salesreceipt" if number % 2 else "invoice", body)


async def test_pages_are_1_based_and_100_long_unless_told(books: Books) -> None:
    await books.sandbox.seed({"Department": [{"Name": f"D{number:03}"} for number in range(130)]})
    first = (await books.query("select * from Department orderby Name")).json["QueryResponse"]
    assert (first["startPosition"], first["maxResults"], "totalCount" in first) == (1, 100, False)
    rest = (await books.query("select * from Department orderby Name startposition 101")).json["QueryResponse"]
    assert (rest["startPosition"], rest["maxResults"]) == (101, 30)
    names = [row["Name"] for row in first["Department"] + rest["Department"]]
    assert names == [f"D{number:03}" for number in range(130)]
    beyond = await books.query("select * from Department startposition 131")
    assert beyond.json["QueryResponse"] == {}
    assert (await books.query("select count(*) from Department")).json["QueryResponse"] == {"totalCount": 130}


async def test_total_count_comes_with_invoices_only(books: Books) -> None:
    await _fill(books)
    invoices = (await books.query("select * from Invoice maxresults 2")).json["QueryResponse"]
    assert (invoices["maxResults"], invoices["totalCount"]) == (2, 6)
    receipts = (await books.query("select * from SalesReceipt maxresults 2")).json["QueryResponse"]
    assert "totalCount" not in receipts


async def test_filters_combine_and_compare_by_type(books: Books) -> None:
    await _fill(books)
    rows = await books.rows("select * from Invoice where TotalAmt > '9' and TxnDate < '2026-05-12'")
    assert [row["DocNumber"] for row in rows] == ["N10"]
    rows = await books.rows("select * from SalesReceipt where docnumber in ('n03', 'N05', 'N06') orderby TxnDate desc")
    assert [row["DocNumber"] for row in rows] == ["N05", "N03"]
    rows = await books.rows("select * from SalesReceipt where CustomerRef = '1' orderby TotalAmt maxresults 1")
    assert [row["TotalAmt"] for row in rows] == [1]
    assert await books.rows("select * from SalesReceipt where CustomerRef = '2'") == []
    rows = await books.rows("select * from Invoice where Id in ('2', '4', '3')")
    assert {row["Id"] for row in rows} == {"2", "4"}


async def test_times_compare_as_instants(books: Books) -> None:
    await _fill(books)
    last = (await books.rows("select * from Invoice where DocNumber = 'N12'"))[0]["MetaData"]["LastUpdatedTime"]
    rows = await books.rows(_where("Invoice", f"MetaData.LastUpdatedTime >= '{last}'", "DocNumber = 'N12'"))
    assert [row["DocNumber"] for row in rows] == ["N12"]
    later = "select count(*) from Invoice where MetaData.LastUpdatedTime > '2099-01-01T00:00:00Z'"
    assert (await books.query(later)).json["QueryResponse"] == {"totalCount": 0}


async def test_inactive_rows_are_hidden_unless_asked_for(books: Books) -> None:
    await books.post("customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    assert [row["Id"] for row in await books.rows("select * from Customer")] == ["1"]
    both = await books.rows("select * from Customer where Active IN (true, false) orderby Id")
    assert [row["Id"] for row in both] == ["1", "2"]
    assert [row["Id"] for row in await books.rows("select * from Customer where Active = false")] == ["2"]
    assert await books.rows("select * from Customer where Id = '2'") == []


async def test_a_name_with_an_apostrophe_needs_its_backslash(books: Books) -> None:
    assert (await books.query("select * from Customer where DisplayName = 'Ann O'Neil'")).codes == ["4000"]
    rows = await books.rows(r"select * from Customer where DisplayName = 'ANN O\'NEIL'")
    assert [row["Id"] for row in rows] == ["1"]


async def test_a_statement_may_come_as_the_text_of_a_post(books: Books) -> None:
    statement = b"select * from Item where Sku = 'mug-1'"
    for kind in ("application/text", "text/plain"):
        reply = await books.call("POST", "query", data=statement, headers={"Content-Type": kind})
        assert [row["Name"] for row in reply.json["QueryResponse"]["Item"]] == ["Mug"]
    wrong = await books.call("POST", "query", data=statement, headers={"Content-Type": "application/json"})
    assert wrong.status == 415


async def test_reads_are_metered_and_refused_ones_are_not(books: Books) -> None:
    await asyncio.gather(
        books.query("select * from Item"),
        books.query("selct"),
        books.get("item/1"),
        books.get("item/99"),
        books.get("preferences"),
    )
    await books.post("customer", {"DisplayName": "New"})
    usage = await books.sandbox.usage()
    assert (usage["metered"], usage["unmetered"]) == (3, 1)
    assert usage["by_kind"] == {"query": 1, "read": 1, "preferences": 1, "create": 1}
    assert usage["refused"] == {"4000": 1, "610": 1}
