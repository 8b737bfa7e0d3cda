"""Companies from templates: at the start, while it runs, each with its country's lists."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sandbox.cli import sandbox_app
from sandbox.quickbooks.settings import SandboxConfig
from sandbox.quickbooks.templates import TEMPLATES
from tests.contract.quickbooks_sandbox.books_client import REALM, Books, connect
from tests.support.quickbooks_sandbox import QuickBooksSandbox, running, running_process

ACCOUNTS = [
    "Sales of Product Income",
    "Services",
    "Discounts given",
    "Undeposited Funds",
    "Checking",
    "Cost of Goods Sold",
    "Inventory Asset",
    "Accounts Receivable (A/R)",
    "Shipping Income",
    "Sales Tax Payable",
    "Gift Cards Outstanding",
    "Merchant Fees",
    "Payment Clearing",
    "Opening Balance Equity",
]


async def company(sandbox: QuickBooksSandbox, template: str, realm: str = "777") -> Books:
    """A caller of a company made while the sandbox runs."""
    await sandbox.control("POST", "companies", {"realm": realm, "template": template})
    return await connect(sandbox, realm)


@pytest.mark.parametrize("template", list(TEMPLATES))
async def test_each_template_keeps_the_accounts_of_the_default_company_under_their_ids(
    sandbox: QuickBooksSandbox, template: str
) -> None:
    books = await company(sandbox, template)
    rows = await books.rows("SELECT * FROM Account ORDERBY Id")
    assert [row["Name"] for row in rows[:14]] == ACCOUNTS
    assert [row["Id"] for row in rows[:14]] == [str(number) for number in range(1, 15)]
    codes = {row["Name"] for row in await books.rows("SELECT * FROM TaxCode")}
    wanted = {
        "us": {"TAX", "NON", "California", "Out of state"},
        "us-manual": {"TAX", "NON", "California", "Out of state", "Tucson"},
        "quebec": {"GST/QST QC - 9.975", "GST", "QST QC - 9.975", "HST ON", "Zero-rated", "Exempt", "Out of Scope"},
        "uk": {"20.0% S", "5.0% R", "0.0% Z", "Exempt", "No VAT"},
        "multicurrency": {"TAX", "NON", "California", "Out of state"},
    }
    assert codes == wanted[template]


async def test_companies_are_chosen_in_the_configuration_and_survive_a_reset() -> None:
    config = SandboxConfig.model_validate({"companies": {"555": "uk", "556": "quebec"}})
    async with running(config) as sandbox:
        await sandbox.control("POST", "companies", {"realm": "557", "template": "us-manual"})
        books = await connect(sandbox, "557")
        await books.post("customer", {"DisplayName": "Ann"})
        await sandbox.reset()
        known = (await sandbox.control("GET", "companies"))["companies"]
        assert known == {REALM: "us", "555": "uk", "556": "quebec", "557": "us-manual"}
        assert await books.rows("SELECT * FROM Customer") == []  # the grant is good, the books are fresh
        assert await books.rows("SELECT * FROM TaxCode WHERE Name = 'Tucson'") != []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"realm": "12x", "template": "uk"}, "digits"),
        ({"template": "uk"}, "digits"),
        ({"realm": "12", "template": "mars"}, "template must be one of us, us-manual, quebec, uk, multicurrency"),
        ({"realm": REALM, "template": "uk"}, "there already"),
    ],
)
async def test_a_company_that_cannot_be_made_is_refused_in_words(
    sandbox: QuickBooksSandbox, body: dict[str, str], reason: str
) -> None:
    with pytest.raises(AssertionError, match=f"400 .*{reason}"):
        await sandbox.control("POST", "companies", body)


async def test_a_process_is_told_its_companies_on_the_command_line() -> None:
    async with running_process(companies={"555": "uk", REALM: "quebec"}) as sandbox:
        countries = {}
        for realm in ("555", REALM):
            books = Books(sandbox, (await sandbox.grant(realm))["access_token"], realm)
            countries[realm] = (await books.get(f"companyinfo/{realm}")).of("CompanyInfo")["Country"]
    assert countries == {"555": "GB", REALM: "CA"}


@pytest.mark.parametrize("value", ["uk", "=uk", "12=mars"])
def test_the_command_line_refuses_what_names_no_template(value: str) -> None:
    result = CliRunner().invoke(sandbox_app, ["quickbooks", "--port", "0", "--company", value])
    assert result.exit_code == 2, result.output
