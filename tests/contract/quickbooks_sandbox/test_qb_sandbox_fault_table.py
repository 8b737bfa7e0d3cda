"""Every fault code of the reference: met by a request, or known not to be; docs/sandbox.md shows this table."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sandbox.quickbooks import SandboxConfig
from tests.contract.quickbooks_sandbox.books_client import REALM, Books, Reply, connect, line, sale
from tests.contract.quickbooks_sandbox.conftest import SEED
from tests.contract.quickbooks_sandbox.fault_cases import BY_THE_PLAN_ONLY, CASES, Case
from tests.support.quickbooks_sandbox import running

_ROOT = Path(__file__).resolve().parents[3]
_REFERENCE = _ROOT.parent / "shared/reference/quickbooks.md"
_DOCUMENT = _ROOT / "docs/sandbox.md"
_NAMESPACE = "{http://schema.intuit.com/finance/v3}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_a_fault_has_its_code_status_and_form(case: Case) -> None:
    async with running(SandboxConfig(realms=(REALM, "4711"))) as sandbox:
        await sandbox.seed(SEED)
        reply = await case.provoke(await connect(sandbox))
    assert reply.status == case.status, reply.raw.decode()
    assert reply.headers["intuit_tid"]
    {"json": _check_json, "xml": _check_xml, "gateway": _check_gateway}[case.body](case, reply)


def _check_json(case: Case, reply: Reply) -> None:
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    document = reply.json
    assert document.keys() == {"Fault", "time"} and document["Fault"].keys() == {"Error", "type"}
    assert document["Fault"]["type"] == case.kind
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[78]:00", document["time"])
    error = next(error for error in document["Fault"]["Error"] if error["code"] == case.code)
    assert error["Message"] and error["Detail"]
    assert isinstance(error.get("element"), str) is case.has_element, error


def _check_xml(case: Case, reply: Reply) -> None:
    assert reply.content_type == "application/xml"
    fault = ElementTree.fromstring(reply.raw).find(f"{_NAMESPACE}Fault")  # noqa: S314  # our own answer
    assert fault is not None and fault.get("type") == case.kind
    error = fault.find(f"{_NAMESPACE}Error")
    assert error is not None and (error.get("code"), "element" in error.attrib) == (case.code, case.has_element)
    assert error.findtext(f"{_NAMESPACE}Message") and error.findtext(f"{_NAMESPACE}Detail")


def _check_gateway(case: Case, reply: Reply) -> None:
    document = reply.json
    assert document["fault"]["type"] == case.kind and isinstance(document["time"], int)
    [error] = document["fault"]["error"]
    assert error.keys() == {"message", "detail", "code", "element"} and error["element"] is None
    assert error["code"] == case.code
    assert f"errorCode={case.code.zfill(6)}; statusCode={case.status}" in error["message"]


@pytest.mark.skipif(not _REFERENCE.exists(), reason="the reference isn't beside this checkout")
def test_every_code_of_the_reference_is_met_or_known_not_to_be() -> None:
    section = _REFERENCE.read_text().split("## 7. Faults")[1].split("\n## ")[0]
    wanted: set[str] = set()
    for row in re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE):
        codes = [int(code) for code in re.findall(r"\d{3,5}", row.split("HTTP")[0])]
        if re.fullmatch(r"\d+-\d+", row.strip()):
            codes = list(range(codes[0], codes[1] + 1, 1 if codes[0] == 4000 else 10))
        wanted |= {str(code) for code in codes}
    met = {case.code for case in CASES}
    assert wanted - met - BY_THE_PLAN_ONLY.keys() == set(), "neither met nor explained"
    assert met & BY_THE_PLAN_ONLY.keys() == set(), "met now: take it out of BY_THE_PLAN_ONLY"


@pytest.mark.parametrize("code", BY_THE_PLAN_ONLY)
async def test_the_fault_plan_answers_with_any_code(books: Books, code: str) -> None:
    await books.sandbox.add_fault(
        "status", status=400, code=code, kind="ValidationFault", body="fault", detail="as told"
    )
    reply = await books.get("customer/1")
    assert (reply.status, reply.codes, reply.detail) == (400, [code], "as told")


def test_the_table_of_the_documentation_is_that_of_the_tests() -> None:
    shown = {"json": "JSON", "xml": "XML", "gateway": "lower case"}
    rows = ["| code | HTTP | type | form | how |", "|---|---|---|---|---|"]
    rows += [f"| {c.code} | {c.status} | {c.kind} | {shown[c.body]} | {c.how} |" for c in CASES]
    table = "\n".join(rows)
    document = _DOCUMENT.read_text()
    assert table in document, f"put this table into docs/sandbox.md:\n{table}"
    for code, reason in BY_THE_PLAN_ONLY.items():
        assert f"| {code} | {reason} |" in document


async def test_the_detail_of_a_duplicate_name_has_three_forms(books: Books) -> None:
    expected = {"words": "Another customer, vendor or employee", "id": "Id=1", "null": ": null"}
    for form, text in expected.items():
        await books.sandbox.settings(duplicate_name_detail=form)
        [error] = (await books.post("customer", {"DisplayName": "Ann O'Neil"})).json["Fault"]["Error"]
        assert text in error["Detail"] and error["code"] == "6240"
        assert ("element" in error) is (form != "null")


async def test_the_detail_of_a_duplicate_number_speaks_the_companys_language(books: Books) -> None:
    made = (await books.post("invoice", sale(line(1), DocNumber="D-1"))).of("Invoice")
    for language, name in (("en", "Invoice"), ("fr", "Facture")):
        await books.sandbox.settings(fault_language=language)
        reply = await books.post("invoice", sale(line(1), DocNumber="D-1"))
        assert reply.codes == ["6140"]
        assert f"TxnType={name}" in reply.detail and f"TxnId={made['Id']}" in reply.detail


async def test_a_fault_can_hold_several_errors_of_different_codes(books: Books) -> None:
    reply = await books.post("invoice", sale(line(-1), DocNumber="x" * 22, TxnDate="soon"))
    assert {"2050", "2060"} <= set(reply.codes)


async def test_faults_are_xml_with_attributes_for_those_who_do_not_ask_for_json(books: Books) -> None:
    reply = await books.call("GET", "customer/999", headers={"Accept": "*/*"})
    assert (reply.status, reply.content_type) == (400, "application/xml")
    assert b'<Error code="610" element="">' in reply.raw and b'<Fault type="ValidationFault">' in reply.raw


@pytest.mark.parametrize("state", ["locked", "maintenance", "reset", "subscription_ended", "user_removed", "broken"])
async def test_a_company_opens_again(books: Books, state: str) -> None:
    await books.sandbox.settings(company_state=state)
    refused = await books.post("customer", {"DisplayName": "Hal"}, requestid="once")
    assert refused.status >= 400 and len(refused.codes) == 1
    reads = await books.get("customer/1")
    assert (reads.status == 200) is (state == "subscription_ended"), "only writes need a subscription"
    await books.sandbox.settings(company_state="open")
    assert (await books.post("customer", {"DisplayName": "Hal"}, requestid="once")).status == 200


async def test_the_status_of_a_state_is_a_switch(books: Books) -> None:
    await books.sandbox.settings(company_state="subscription_ended", company_state_status=200)
    reply = await books.post("customer", {"DisplayName": "Ida"})
    assert (reply.status, reply.codes) == (200, ["6190"])
    assert await books.sandbox.objects("Customer") != [] and "Ida" not in str(await books.sandbox.objects("Customer"))
