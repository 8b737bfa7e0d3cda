"""Recorded and published documents, read where they lie: what we make has their shape, what they hold we take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.quickbooks_sandbox.books_client import Books, line, sale
from tests.support.quickbooks_sandbox import QuickBooksSandbox

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "samples" / "quickbooks"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the folder with the samples is not there")

_GEOGRAPHY = {"Lat", "Long"}  # Intuit looks addresses up; this sandbox doesn't, and gives addresses no ids


def _sample(name: str) -> dict[str, Any]:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"no {name}")
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


def _kind(value: Any) -> str:
    """JSON type; whole and broken numbers are one."""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def _missing(sample: Any, made: Any, path: str = "") -> list[str]:
    """Where the made document lacks a key of the sample, or has another type there."""
    if isinstance(sample, dict) and isinstance(made, dict):
        return [
            problem
            for key, value in sample.items()
            if key not in _GEOGRAPHY and not (key == "Id" and path.endswith("Addr"))
            for problem in (
                _missing(value, made[key], f"{path}.{key}") if key in made else [f"{path}.{key} is missing"]
            )
        ]
    if isinstance(sample, list) and isinstance(made, list):
        return [
            problem for one, other in zip(sample, made, strict=False) for problem in _missing(one, other, f"{path}[]")
        ]
    return [] if _kind(sample) == _kind(made) else [f"{path}: {_kind(made)} instead of {_kind(sample)}"]


async def _make_references(sandbox: QuickBooksSandbox, document: dict[str, Any]) -> dict[str, Any]:
    """The sample's references turned to objects of the same names in this company."""
    item_name = document["Line"][0]["SalesItemLineDetail"]["ItemRef"]["name"]
    wanted: dict[str, list[dict[str, Any]]] = {
        "Customer": [{"DisplayName": document["CustomerRef"]["name"]}],
        "Item": [{"Name": item_name, "Type": "Service", "IncomeAccountRef": {"value": "2"}}],
    }
    made = await sandbox.seed(wanted)
    checking = next(row["Id"] for row in await sandbox.objects("Account") if row["Name"] == "Checking")
    document["CustomerRef"] = {"value": made["Customer"][0]["Id"]}
    document["Line"][0]["SalesItemLineDetail"]["ItemRef"] = {"value": made["Item"][0]["Id"]}
    document["DepositToAccountRef"] = {"value": checking}
    return document


def _receipts() -> list[dict[str, Any]]:
    batch = _sample("doc-batch-response-mixed-faults.json")["BatchItemResponse"]
    found = [row for item in batch for row in item.get("QueryResponse", {}).get("SalesReceipt", [])]
    return [_sample("doc-salesreceipt.json")["SalesReceipt"], *found]


async def test_sample_receipts_are_taken_whole_and_come_out_in_their_shape(books: Books) -> None:
    for number, sample in enumerate(_receipts()):
        body = await _make_references(books.sandbox, json.loads(json.dumps(sample)))
        for system in ("Id", "SyncToken", "MetaData"):
            body.pop(system)
        body["DocNumber"] += f"-{number}"
        made = (await books.post("salesreceipt", body)).of("SalesReceipt")
        assert _missing(sample, json.loads((await books.get(f"salesreceipt/{made['Id']}")).raw)["SalesReceipt"]) == []
        assert (float(made["TotalAmt"]), float(made["TxnTaxDetail"]["TotalTax"])) == (sample["TotalAmt"], 0)
        await books.sandbox.reset()


async def test_the_sample_refund_is_taken_whole_and_comes_out_in_its_shape(books: Books) -> None:
    sample = _sample("doc-refundreceipt.json")["RefundReceipt"]
    body = await _make_references(books.sandbox, json.loads(json.dumps(sample)))
    for system in ("Id", "SyncToken", "MetaData"):
        body.pop(system)
    made = (await books.post("refundreceipt", body)).of("RefundReceipt")
    assert _missing(sample, json.loads((await books.get(f"refundreceipt/{made['Id']}")).raw)["RefundReceipt"]) == []
    assert float(made["TotalAmt"]) == sample["TotalAmt"]


async def test_the_sample_preferences_and_company_are_taken_whole(books: Books) -> None:
    wanted = _sample("doc-preferences.json")["Preferences"]
    made = (await books.post("preferences", wanted | {"SyncToken": "0"})).of("Preferences")
    for group, values in wanted.items():
        if isinstance(values, dict) and group not in ("MetaData", "TaxPrefs", "CurrencyPrefs"):
            different = {name for name, value in values.items() if made[group].get(name) != value}
            read_only = {"ETransactionEnabledStatus", "UseAccountNumbers", "IPNSupportEnabled"}
            assert different <= read_only, (group, different)
    company = _sample("doc-companyinfo.json")["CompanyInfo"]
    info = (await books.post("companyinfo", company | {"SyncToken": "0"})).of("CompanyInfo")
    assert (info["CompanyName"], info["NameValue"]) == (company["CompanyName"], company["NameValue"])


async def test_exchange_rates_come_in_the_shape_of_the_sample(books: Books) -> None:
    sample = _sample("doc-exchangerate-query.json")
    await books.sandbox.settings(multicurrency=True)
    for rate in sample["QueryResponse"]["ExchangeRate"]:
        made = (await books.post("exchangerate", {**rate, "MetaData": None})).of("ExchangeRate")
        assert _missing(rate, json.loads(json.dumps(made, default=float))) == []
    answer = json.loads((await books.query("select * from ExchangeRate")).raw)
    assert _missing(sample, answer) == []
    assert len(answer["QueryResponse"]["ExchangeRate"]) == sample["QueryResponse"]["totalCount"]


async def test_a_duplicate_tax_rate_is_refused_in_the_recorded_words(books: Books) -> None:
    [recorded] = _sample("ruckus-taxservice-error-dup.json")["Fault"]["Error"]
    details = [{"TaxRateName": "California State", "RateValue": 1, "TaxAgencyId": "1"}]
    reply = await books.post("taxservice/taxcode", {"TaxCode": "New", "TaxRateDetails": details})
    [error] = reply.json["Fault"]["Error"]
    assert error == recorded | {"Detail": recorded["Detail"].replace("\n", "")}


@pytest.mark.parametrize(
    ("name", "entity", "path"),
    [
        ("doc-taxcode.json", "TaxCode", "taxcode/2"),
        ("doc-taxrate.json", "TaxRate", "taxrate/3"),
    ],
)
async def test_lists_come_in_the_shape_of_the_samples(books: Books, name: str, entity: str, path: str) -> None:
    assert _missing(_sample(name), json.loads((await books.get(path)).raw)) == []


async def test_the_companys_profile_has_what_the_samples_have(books: Books) -> None:
    company = json.loads((await books.get("companyinfo/9130350000000001")).raw)
    assert _missing(_sample("doc-companyinfo.json"), company) == []
    wanted = _sample("doc-preferences.json")
    await books.sandbox.settings(book_close_date="2015-12-31")
    made = json.loads((await books.get("preferences")).raw)
    assert wanted["Preferences"].keys() <= made["Preferences"].keys()
    for group in ("AccountingInfoPrefs", "ProductAndServicesPrefs", "TaxPrefs", "CurrencyPrefs", "OtherPrefs"):
        assert _missing(wanted["Preferences"][group], made["Preferences"][group], group) == []


async def test_faults_have_the_shape_of_the_recorded_ones(books: Books) -> None:
    recorded = [
        item["Fault"]
        for item in _sample("doc-batch-response-mixed-faults.json")["BatchItemResponse"]
        if "Fault" in item
    ]
    recorded.append(_sample("ruckus-taxservice-error-dup.json")["Fault"])
    receipt = sale(line(1), CustomerRef={"value": "2"})
    made = (await books.post("salesreceipt", receipt)).of("SalesReceipt")
    change = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}
    await books.post("salesreceipt", change)
    await books.post("customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Active": False})
    ours = {}
    for reply in (
        await books.post("customer", {"DisplayName": "Ann O'Neil"}),
        await books.post("salesreceipt", receipt),
        await books.post("salesreceipt", change),
    ):
        ours[reply.codes[0]] = reply.json["Fault"]
    assert ours.keys() == {fault["Error"][0]["code"] for fault in recorded}
    for fault in recorded:
        made_fault = ours[fault["Error"][0]["code"]]
        assert _missing(fault, made_fault) == [] and made_fault["type"] == fault["type"]
        assert made_fault["Error"][0]["Message"] == fault["Error"][0]["Message"]
