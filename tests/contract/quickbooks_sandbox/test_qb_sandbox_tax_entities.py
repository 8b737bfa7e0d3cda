"""TaxService, TaxAgency and exchange rates, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, connect, line
from tests.contract.quickbooks_sandbox.test_qb_sandbox_companies import company
from tests.support.quickbooks_sandbox import QuickBooksSandbox


def _new(name: str, rate: Any = 7, agency: str = "1", **more: Any) -> dict[str, Any]:
    return {"TaxRateName": name, "RateValue": rate, "TaxAgencyId": agency, **more}


async def _make(books: Books, code: str, *details: dict[str, Any]) -> Any:
    return await books.post("taxservice/taxcode", {"TaxCode": code, "TaxRateDetails": list(details)})


async def test_a_code_is_made_of_new_and_known_rates_and_taxes_a_sale(sandbox: QuickBooksSandbox) -> None:
    books = await company(sandbox, "uk")
    await books.post("customer", {"DisplayName": "Ann"})
    await books.post("item", {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    agency = (await books.post("taxagency", {"DisplayName": "Isle of Man Customs"})).of("TaxAgency")
    made = (await _make(books, "Island", _new("Island levy", "7.5", agency["Id"]), {"TaxRateId": "3"})).json
    assert made.keys() == {"TaxCode", "TaxCodeId", "TaxRateDetails", "time"}
    assert made["TaxRateDetails"] == [
        {
            "TaxRateName": "Island levy",
            "TaxRateId": made["TaxRateDetails"][0]["TaxRateId"],
            "RateValue": Decimal("7.5"),
            "TaxAgencyId": agency["Id"],
            "TaxApplicableOn": "Sales",
        },
        {
            "TaxRateName": "Reduced 5%",
            "TaxRateId": "3",
            "RateValue": 5,
            "TaxAgencyId": "1",
            "TaxApplicableOn": "Sales",
        },
    ]
    [code] = await books.rows("SELECT * FROM TaxCode WHERE Name = 'Island'")
    assert (code["Id"], code["TaxGroup"]) == (made["TaxCodeId"], True)
    body = {
        "CustomerRef": {"value": "1"},
        "Line": [line(100, tax=code["Id"])],
        "GlobalTaxCalculation": "TaxExcluded",
    }
    assert (await books.post("salesreceipt", body)).of("SalesReceipt")["TotalAmt"] == Decimal("112.50")


async def test_purchase_rates_go_to_their_own_list(books: Books) -> None:
    made = (await _make(books, "Both", _new("Out", 1), _new("In", 2, TaxApplicableOn="Purchase"))).json
    code = (await books.get(f"taxcode/{made['TaxCodeId']}")).of("TaxCode")
    names = [
        [entry["TaxRateRef"]["name"] for entry in code[use]["TaxRateDetail"]]
        for use in ("SalesTaxRateList", "PurchaseTaxRateList")
    ]
    assert names == [["Out"], ["In"]]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"TaxCode": "California", "TaxRateDetails": [_new("Other")]}, "6240"),
        ({"TaxCode": "New", "TaxRateDetails": [_new("California State")]}, "6240"),
        ({"TaxCode": "New", "TaxRateDetails": [_new("Twice"), _new("twice")]}, "6240"),
        ({"TaxCode": "New"}, "2020"),
        ({"TaxCode": "New", "TaxRateDetails": [{"TaxRateName": "x", "RateValue": 1}]}, "2020"),
        ({"TaxCode": "New", "TaxRateDetails": [_new("x", 101)]}, "2090"),
        ({"TaxCode": "New", "TaxRateDetails": [_new("x", "many")]}, "2090"),
        ({"TaxCode": "New", "TaxRateDetails": [_new("x", 1, "99")]}, "2500"),
        ({"TaxCode": "New", "TaxRateDetails": [{"TaxRateId": "99"}]}, "2500"),
        ({"TaxCode": "N" * 101, "TaxRateDetails": [_new("x")]}, "2050"),
        ({"TaxCode": "New", "TaxRateDetails": [_new(f"r{n}") for n in range(51)]}, "6000"),
        ({"TaxCode": "New", "Rates": []}, "2010"),
    ],
)
async def test_what_tax_service_refuses_leaves_nothing_behind(books: Books, body: dict[str, Any], code: str) -> None:
    before = (await books.rows("SELECT * FROM TaxRate"), await books.rows("SELECT * FROM TaxCode"))
    assert (await books.post("taxservice/taxcode", body)).codes == [code]
    assert before == (await books.rows("SELECT * FROM TaxRate"), await books.rows("SELECT * FROM TaxCode"))


async def test_agencies_are_made_once_and_never_changed(books: Books) -> None:
    made = (await books.post("taxagency", {"DisplayName": "Nevada"})).of("TaxAgency")
    assert (await books.post("taxagency", {"DisplayName": "NEVADA"})).codes == ["6240"]
    assert (await books.post("taxagency", {**made, "DisplayName": "Utah"})).codes == ["500"]
    assert (await books.get(f"taxagency/{made['Id']}")).of("TaxAgency")["DisplayName"] == "Nevada"
    for path in ("taxservice", "taxservice/taxrate"):
        assert (await books.post(path, {"TaxCode": "x", "TaxRateDetails": []})).codes == ["500"]
    for entity in ("taxcode", "taxrate"):
        assert (await books.post(entity, {"Name": "x"})).codes == ["500"]


async def test_the_rate_of_a_day_is_the_last_one_before_it(sandbox: QuickBooksSandbox) -> None:
    books = await company(sandbox, "multicurrency")

    async def rate(day: str) -> Any:
        path = f"exchangerate?sourcecurrencycode=EUR&asofdate={day}"
        answer = (await books.get(path)).of("ExchangeRate")
        assert (answer["AsOfDate"], answer["TargetCurrencyCode"]) == (day, "USD")
        return answer["Rate"]

    body = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-03-01", "Rate": Decimal("1.11")}
    made = (await books.post("exchangerate", body)).of("ExchangeRate")
    assert "Id" not in made and made["SyncToken"] == "0"
    assert [await rate(day) for day in ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01", "2026-05-05")] == [
        1,
        Decimal("1.08"),
        Decimal("1.08"),
        Decimal("1.11"),
        Decimal("1.11"),
    ]
    changed = (await books.post("exchangerate", body | {"Rate": 2, "SyncToken": "0", "sparse": True})).of(
        "ExchangeRate"
    )
    assert changed["SyncToken"] == "1" and await rate("2026-03-01") == 2
    assert (await books.post("exchangerate", body | {"SyncToken": "0"})).codes == ["5010"]
    answer = (await books.query("select * from ExchangeRate where SourceCurrencyCode in ('EUR', 'INR')")).json
    rows = answer["QueryResponse"]
    assert (rows["totalCount"], rows["maxResults"]) == (2, 2)
    assert {row["AsOfDate"] for row in rows["ExchangeRate"]} == {"2026-01-01", "2026-03-01"}
    assert all("Id" not in row for row in rows["ExchangeRate"])
    [row] = await books.rows("select * from ExchangeRate where SourceCurrencyCode='EUR' and AsOfDate='2026-03-01'")
    assert row["Rate"] == 2


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("exchangerate", "2020"),
        ("exchangerate?sourcecurrencycode=EURO", "2500"),
        ("exchangerate?sourcecurrencycode=EUR&asofdate=tomorrow", "2060"),
    ],
)
async def test_a_rate_that_cannot_be_meant_is_refused(sandbox: QuickBooksSandbox, path: str, code: str) -> None:
    books = await company(sandbox, "multicurrency")
    assert (await books.get(path)).codes == [code]
    assert (await (await connect(sandbox)).get("exchangerate?sourcecurrencycode=EUR")).codes == ["6000"]


@pytest.mark.parametrize(
    ("change", "code"),
    [({"Rate": 0}, "6000"), ({"SourceCurrencyCode": "USD"}, "6000"), ({"SourceCurrencyCode": "E1"}, "2500")],
)
async def test_a_rate_that_makes_no_sense_is_not_kept(
    sandbox: QuickBooksSandbox, change: dict[str, Any], code: str
) -> None:
    books = await company(sandbox, "multicurrency")
    body = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-03-01", "Rate": 1} | change
    assert (await books.post("exchangerate", body)).codes == [code]


async def test_a_form_in_another_currency_stands_at_the_rate_of_its_day(sandbox: QuickBooksSandbox) -> None:
    books = await company(sandbox, "multicurrency")
    await books.post("item", {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": "1"}})
    body = {"CustomerRef": {"value": "1"}, "TxnDate": "2026-02-01", "Line": [line(100)]}
    assert (await books.post("invoice", body)).codes == ["2020"]  # CurrencyRef
    assert (await books.post("invoice", body | {"CurrencyRef": {"value": "GBP"}})).codes == ["6000"]
    made = (await books.post("invoice", body | {"CurrencyRef": {"value": "EUR"}})).of("Invoice")
    assert (made["ExchangeRate"], made["HomeTotalAmt"], made["HomeBalance"]) == (Decimal("1.08"), 108, 108)
    assert made["ARAccountRef"]["name"] == "Accounts Receivable (A/R) - EUR"
    memo = body | {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": Decimal("1.2")}
    credit = (await books.post("creditmemo", memo)).of("CreditMemo")
    assert (credit["HomeTotalAmt"], credit["ARAccountRef"]) == (120, made["ARAccountRef"])
    assert (await books.get("customer/1")).of("Customer")["Balance"] == 0


async def test_an_account_for_receivables_is_opened_with_the_first_form_of_a_currency(books: Books) -> None:
    await books.sandbox.settings(multicurrency=True)
    customer = (await books.post("customer", {"DisplayName": "Ida", "CurrencyRef": {"value": "SEK"}})).of("Customer")
    body = {"CustomerRef": {"value": customer["Id"]}, "CurrencyRef": {"value": "SEK"}, "Line": [line(1)]}
    first, second = [(await books.post("invoice", body)).of("Invoice") for _ in range(2)]
    assert first["ARAccountRef"] == second["ARAccountRef"] == {"value": "15", "name": "Accounts Receivable (A/R) - SEK"}
    account = (await books.get("account/15")).of("Account")
    assert (account["AccountType"], account["CurrencyRef"]["value"]) == ("Accounts Receivable", "SEK")
