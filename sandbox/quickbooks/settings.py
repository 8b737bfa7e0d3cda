"""Switches of the sandbox: what Intuit leaves open has a switch with the cautious value as default."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sandbox import limits
from sandbox.quickbooks.errors import DuplicateNameForm, Language

CompanyState = Literal[
    "open",
    "locked",
    "maintenance",
    "wrong_cluster",
    "subscription_ended",
    "reset",
    "user_removed",
    "bad_oauth",
    "broken",
]
CurrencyCode = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]
Rate = Annotated[Decimal, Field(gt=0, le=limits.QB_SWITCH_MAX)]
DEFAULT_REALM = "9130350000000001"
TemplateName = Literal["us", "us-manual", "quebec", "uk", "multicurrency"]


class ServerSettings(BaseModel):
    """Switches of the server, the same for every company."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    requestid_memory: int = Field(default=limits.QB_REQUESTID_ENTRIES, ge=0, le=limits.QB_REQUESTID_ENTRIES_MAX)
    """Answers kept for replay; 0 forgets at once."""
    requestid_seconds: float = Field(default=limits.QB_REQUESTID_SECONDS, ge=0, le=limits.QB_SWITCH_MAX)
    """How long an answer is kept, on the sandbox's clock; 0 forgets at once."""
    repeat_while_running: Literal["wait", "600"] = "600"
    """What a repeat meets while the first call runs: fault 600, or the first call's answer once it is there."""
    remember_refusals: bool = True
    """Whether a refused write is replayed as refused, too."""
    rotate_refresh_after_seconds: float = Field(default=limits.QB_ROTATE_REFRESH_SECONDS, ge=0, le=limits.QB_SWITCH_MAX)
    """Age at which a refresh token's value changes; 0 changes it at each refresh."""
    refresh_race: Literal["kill", "refuse"] = "kill"
    """Two refreshes with one value: the second is refused, and with `kill` the first one's tokens die, too."""
    code_replay: Literal["kill", "refuse"] = "kill"
    """An authorization code that comes a second time: refused, and with `kill` the grant it gave dies, too."""
    consent: Literal["page", "connect", "cancel"] = "page"
    """What the authorize address does: shows its page, or answers for the user at once."""
    invalid_client_status: Literal[401, 400] = 401
    """HTTP status of wrong app keys; both have been seen."""
    grant_error_description: bool = False
    """Whether invalid_grant explains itself by error_description; recorded answers mostly don't."""
    refresh_seconds: float = Field(default=0.05, ge=0, le=limits.QB_DELAY_MAX_SECONDS)
    """How long a refresh takes; with 0 it is luck whether two at once are seen as a race."""
    access_token_seconds: int = Field(default=limits.QB_ACCESS_TOKEN_SECONDS, gt=0, le=limits.QB_SWITCH_MAX)
    calls_per_minute: int = Field(default=limits.QB_CALLS_PER_MINUTE, gt=0, le=limits.QB_SWITCH_MAX)
    calls_per_second: int = Field(default=limits.QB_CALLS_PER_SECOND, gt=0, le=limits.QB_SWITCH_MAX)
    calls_at_once: int = Field(default=limits.QB_CALLS_AT_ONCE, gt=0, le=limits.QB_SWITCH_MAX)
    batches_per_minute: int = Field(default=limits.QB_BATCHES_PER_MINUTE, gt=0, le=limits.QB_SWITCH_MAX)
    realm_batches_per_minute: int = Field(default=limits.QB_REALM_BATCHES_PER_MINUTE, gt=0, le=limits.QB_SWITCH_MAX)
    throttle_status: Literal[429, 403] = 429
    """What a throttled call meets; 403 is the older form (python-quickbooks#43, quickbooks-ruby#338)."""
    retry_after: Literal["absent", "seconds", "absurd"] = "absent"
    """The header Retry-After of a throttled call; Intuit documents none."""
    monthly_budget: int | None = Field(default=None, ge=0, le=limits.QB_SWITCH_MAX)
    """Metered calls of a calendar month over all realms (the free tier has 500,000); None: no end."""
    budget_blocks: Literal["metered", "all"] = "metered"
    """What is answered 429 once the budget is used up (recalled)."""
    batch_metering: Literal["batch", "item"] = "batch"
    """Whether a batch is one metered call, or one for each item that succeeds (not documented)."""
    batch_order: Literal["asked", "shuffled"] = "asked"
    """The order in which items are done and answered; Intuit guarantees none."""
    batch_seed: int = Field(default=0, ge=0, le=limits.QB_SWITCH_MAX)
    """Seed of the shuffled order."""
    cdc_lag_seconds: float = Field(default=0.0, ge=0, le=3_600)
    """Age at which a change appears in CDC; late rows are reported by users."""
    cdc_also_covers: frozenset[Literal["InventoryAdjustment", "CompanyInfo", "Preferences"]] = frozenset()
    """Entities of which it isn't known whether CDC covers them; those not listed are refused."""


class CompanySettings(BaseModel):
    """Switches of one company: its preferences, and how it answers where Intuit is silent."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    company_state: CompanyState = "open"
    """What the whole company answers with; company_state.py has the faults."""
    company_state_status: int | None = Field(default=None, ge=200, le=599)
    """HTTP status of that fault instead of the usual one: they vary; 6190 has been seen inside an answer 200."""
    duplicate_name_detail: DuplicateNameForm = "words"
    """What the Detail of 6240 holds: words, the id of the object that has the name, or null and no element."""
    fault_language: Language = "en"
    """Language of the Detail of 6140."""
    query_lines: int = Field(default=limits.QB_QUERY_LINES, gt=0, le=limits.QB_SWITCH_MAX)
    """Lines of all transactions that one answer of a query may have; more are fault 10100."""
    query_start_zero: Literal["refuse", "first"] = "refuse"
    """STARTPOSITION 0: fault 4001, or read as 1, as users of Intuit's PHP client rely on, whose FindAll begins at 0
    (QuickBooks-V3-PHP-SDK#473)."""
    numbers_as_text: Literal["refuse", "allow"] = "refuse"
    """An amount sent as "12.50": fault 2090, or read as a number, as users of python-quickbooks find it is."""
    custom_txn_numbers: bool = True
    number_without_custom: Literal["replace", "keep"] = "replace"
    """With custom numbers off, whether QuickBooks' own number takes the place of the one that was sent."""
    doc_number_scope: Literal["type", "sales"] = "type"
    """Whether a number is unique among documents of its type or among all sales forms."""
    allow_discount: bool = True
    allow_shipping: bool = True
    allow_deposit: bool = True
    country: str = Field(default="US", pattern="^[A-Z]{2}$")
    """Decides the tax model: sales tax in the US, tax codes on lines elsewhere."""
    multicurrency: bool = False
    home_currency: CurrencyCode = "USD"
    exchange_rates: dict[CurrencyCode, Rate] = Field(default_factory=dict)
    """Home units per foreign unit, for documents that name no rate."""
    partner_tax: Literal["on", "off"] = "on"
    """Automated sales tax (on), or the old manual model (off)."""
    using_sales_tax: bool = True
    tax_percent: Decimal = Field(default=Decimal("8.25"), ge=0, le=100)
    """What automated sales tax finds for every address."""
    tax_calculation_absent: Literal["refuse", "exclude"] = "refuse"
    """Outside the US a form without GlobalTaxCalculation: fault 2020, or TaxExcluded (both are documented)."""
    inclusive_amount: Literal["gross", "net"] = "gross"
    """With TaxInclusive, how an Amount without TaxInclusiveAmt is read."""
    discount_and_tax_codes: Literal["before_tax", "after_tax"] = "before_tax"
    """Outside the US, whether a form's discount lowers what is taxable (recalled)."""
    line_discounts: Literal["off_amount", "refuse"] = "off_amount"
    """DiscountAmt and DiscountRate of a line: taken off its amount (recalled), or fault 6000."""
    close_date_by_api: Literal["take", "ignore"] = "take"
    """BookCloseDate in an update of Preferences; the published field list calls it read-only."""
    custom_tax_code_fault: Literal["6160", "6230"] = "6160"
    """What CustomSalesTax on a form meets: both codes are documented for it, not when which."""
    arithmetic: Literal["refuse", "recompute"] = "refuse"
    """Amount != Qty x UnitPrice: fault 6070, or a silent recompute."""
    negative_lines: Literal["refuse", "allow"] = "refuse"
    update_voided: Literal["refuse", "allow"] = "refuse"
    sales_receipt_needs_customer: bool = True
    quantity_on_hand: bool = True
    bundles: Literal["read_only", "writable"] = "read_only"
    """Items of the type Group: the API only reads them; `writable` stands for the user who makes one in QuickBooks."""
    class_tracking: Literal["off", "transaction", "line"] = "off"
    track_departments: bool = False
    payment_void_call: Literal["update", "operation", "both"] = "update"
    """Voiding a Payment: `?operation=update&include=void` as Intuit's own clients do, or `?operation=void` as one page
    shows."""
    link_moves_token: bool = True
    """Whether a payment or deposit that links a transaction moves that transaction's SyncToken and LastUpdatedTime."""
    invoice_below_payments: Literal["unapply", "refuse"] = "refuse"
    """An invoice whose new total is less than what was paid: its payments are partly unapplied, or fault 6000."""
    deposit_takes_invoices: Literal["refuse", "take"] = "refuse"
    """Whether a Deposit takes what was paid with an invoice (Invoice.Deposit) out of undeposited funds; Intuit's list
    of what a Deposit may link doesn't name Invoice."""
    delete_linked: Literal["refuse", "unapply"] = "refuse"
    """Deleting an invoice or credit memo with payments: fault 800, or the payments are unapplied first."""
    stock_moves_item_time: bool = True
    """Whether a sale moves the LastUpdatedTime of the item whose quantity it changes (never its SyncToken)."""
    inventory_adjustments: Literal["allowed", "5020", "5030"] = "allowed"
    """Whether the subscription has InventoryAdjustment, or with which fault it says that it hasn't."""
    auto_apply_credit: bool = False
    """Whether a customer's open credit memos are applied to the next invoice (Preferences.AutoApplyCredit)."""
    book_close_date: date | None = None
    book_close_password: bool = False


class SandboxConfig(BaseModel):
    """What a sandbox starts with."""

    model_config = ConfigDict(extra="forbid")

    realms: tuple[str, ...] = (DEFAULT_REALM,)
    companies: dict[str, TemplateName] = Field(default_factory=dict)
    """Templates by realm. A realm not named here is a US company; one not in `realms` comes after those."""
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105  # no secret: everyone who runs the sandbox knows it
    app_name: str = "An app in development"
    """What the consent page calls the app."""
    redirect_uris: tuple[str, ...] = ()
    """Registered redirect addresses; empty takes any http or https address."""
    server: ServerSettings = Field(default_factory=ServerSettings)
    company: CompanySettings = Field(default_factory=CompanySettings)
    switches: dict[str, Any] = Field(default_factory=dict)
    """Switches of server and companies that are turned at the start and after a reset, whatever template and store say;
    as switches.parsed gives them."""


def company_choices(values: list[str]) -> dict[str, str]:
    """Options REALM=TEMPLATE as a mapping. Raises ValueError for another form, another template, no realm's id."""
    chosen = {}
    for value in values:
        realm, equals, template = value.partition("=")
        if not (realm and equals and template):
            raise ValueError(f"{value!r} is not of the form REALM=TEMPLATE")
        if not is_realm(realm):
            raise ValueError(f"a realm has at most {limits.QB_REALM_DIGITS} digits and nothing else, not {realm!r}")
        if template not in get_args(TemplateName):
            raise ValueError(f"a template is one of {', '.join(get_args(TemplateName))}, not {template!r}")
        chosen[realm] = template
    return chosen


def is_realm(text: str) -> bool:
    """Whether a company's id may be that."""
    return text.isascii() and text.isdigit() and len(text) <= limits.QB_REALM_DIGITS
