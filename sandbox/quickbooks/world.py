"""All state of one sandbox: companies, tokens, throttles, memories, the fault plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.quickbooks import kept
from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.fault_rules import PlanDocument
from sandbox.quickbooks.faults import FaultPlan
from sandbox.quickbooks.idempotency import RequestMemory
from sandbox.quickbooks.oauth import TokenStore
from sandbox.quickbooks.openid import Signer
from sandbox.quickbooks.profile import mark_changed, preferences
from sandbox.quickbooks.seeds import fill, put_automated_rates, settings_of
from sandbox.quickbooks.settings import CompanySettings, SandboxConfig, ServerSettings
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.switches import split
from sandbox.quickbooks.tables import PROGRAM
from sandbox.quickbooks.templates import TEMPLATES
from sandbox.quickbooks.throttle import Throttle
from sandbox.quickbooks.usage import Usage, usage_document
from sandbox.quickbooks.webhooks import WebhookHub
from sandbox.quickbooks.webhooks.plan import Disturbances
from sandbox.storage import Database, Shelf


@dataclass(slots=True)
class Realm:
    """One company with what is counted and remembered about its callers."""

    company: Company
    server: ServerSettings
    throttle: Throttle
    memory: RequestMemory
    usage: Usage
    ended: bool = False  # the books were reset: what was still under way has lost its company


class World:
    """The sandbox behind the HTTP layer."""

    def __init__(self, config: SandboxConfig, store: Path | None = None) -> None:
        """store: the file that keeps all of it; what it holds already goes on. Raises StoreRefused."""
        self.config = config
        self.database = Database(store, PROGRAM)
        found = kept.read(self.database)
        self.clock = Clock(found.ahead)
        self.server = found.server or config.server.model_copy()
        self.tokens = TokenStore(self.clock, self.server, self.database)
        self.signer = Signer()
        self.faults = FaultPlan()
        self.webhooks = WebhookHub(self.clock)
        self.templates: dict[str, str] = {realm: config.companies.get(realm, "us") for realm in config.realms}
        self.templates |= config.companies | {realm: template for realm, (template, _) in found.companies.items()}
        settings = {realm: settings for realm, (_, settings) in found.companies.items()}
        self.realms = {realm: self._opened(realm, settings.get(realm)) for realm in self.templates}
        self.change_settings(self.config.switches, None)

    def keep(self) -> None:
        """Put down clock, switches and companies; called when one of them changed."""
        companies = {realm: (self.templates[realm], entry.company.settings) for realm, entry in self.realms.items()}
        kept.write(self.database, kept.Kept(self.clock.ahead, self.server, companies))

    def reset(self) -> None:
        """Fresh books, memories, counters and switches; grants and the clock stay, so callers stay connected."""
        self.clear_faults()
        self.webhooks.clear()
        _assign(self.server, self.config.server.model_dump())
        self.tokens.token_requests = 0
        with self.database.atomic():
            for realm in self.realms:
                self._restart(realm)
            self.change_settings(self.config.switches, None)

    def load_faults(self, document: PlanDocument) -> list[str]:
        """Put the document in the place of the plan in force; ids of its rules.

        Raises pydantic.ValidationError: the switches don't go together. Nothing is changed then.
        """
        if document.settings:
            self.change_settings(document.settings, None)
        self.webhooks.usual = document.webhooks
        return [active.id for active in self.faults.load(document.seed, document.rules)]

    def clear_faults(self) -> None:
        """End the plan: its rules, and what it says of endpoints registered from now on. Switches stay."""
        self.faults.clear()
        self.webhooks.usual = Disturbances()

    def add_company(self, realm: str, template: str) -> Company:
        """A further company, made from the template; it stays over a reset. Raises KeyError for an unknown template."""
        with self.database.atomic():
            self.templates[realm] = TEMPLATES[template].name
            self._restart(realm)
            _, switches = split(self.config.switches)
            self.change_settings(switches, realm)
        return self.realms[realm].company

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError."""
        self.clock.advance(seconds)
        self.keep()
        self.webhooks.wake()

    def companies(self, realm: str | None = None) -> list[Company]:
        """Those of the realm, or all. Raises KeyError."""
        chosen = [self.realms[realm]] if realm is not None else self.realms.values()
        return [entry.company for entry in chosen]

    def change_settings(self, patch: dict[str, Any], realm: str | None) -> dict[str, Any]:
        """Set switches; those of companies in one realm or in all. The settings in force.

        Raises pydantic.ValidationError and UnknownSwitch (nothing is changed then), and KeyError for an unknown realm.
        """
        companies = self.companies(realm)
        server_patch, company_patch = split(patch)
        server = ServerSettings.model_validate(self.server.model_dump() | server_patch)
        fresh = [CompanySettings.model_validate(c.settings.model_dump() | company_patch) for c in companies]
        _assign(self.server, server.model_dump())
        with self.database.atomic():
            for company, settings in zip(companies, fresh, strict=True):
                taxed_otherwise = settings.tax_percent != company.settings.tax_percent
                told = preferences(company)
                company.settings = settings
                if preferences(company) != told:
                    mark_changed(company)
                if taxed_otherwise:
                    put_automated_rates(company)
            self.keep()
        return self.server.model_dump(mode="json") | companies[0].settings.model_dump(mode="json")

    def usage(self, realm: str | None) -> dict[str, Any]:
        """Counters of the realm, or of all. Raises KeyError."""
        chosen = [self.realms[realm]] if realm is not None else list(self.realms.values())
        return usage_document(
            [entry.usage for entry in chosen],
            [entry.throttle.counts for entry in chosen],
            month=self.clock.month(),
            replayed=sum(entry.memory.replayed for entry in chosen),
            other_body=sum(entry.memory.other_body for entry in chosen),
            token_requests=self.tokens.token_requests,
        )

    def budget_is_used_up(self) -> bool:
        """Whether the month's metered calls are spent; they are counted for the app, over all realms."""
        budget = self.server.monthly_budget
        if budget is None:
            return False
        month = self.clock.month()
        return sum(entry.usage.metered_by_month[month] for entry in self.realms.values()) >= budget

    def _restart(self, realm: str) -> None:
        """Empty books for the realm; what is under way there loses its company."""
        former = self.realms.get(realm)
        if former is not None:
            former.ended = True
            former.memory.close()
            former.company.clear()
        self.realms[realm] = self._opened(realm, None)

    def _opened(self, realm: str, settings: CompanySettings | None) -> Realm:
        """The realm with the books that the store holds, or with fresh ones."""
        template = TEMPLATES[self.templates[realm]]
        chosen = settings or settings_of(template, self.config.company)
        company = Company(realm, self.clock, chosen, self.database)
        if company.is_fresh():
            fill(company, template)
        company.keep_settings = self.keep
        self.webhooks.watch(company)
        throttle = Throttle(self.server, self.clock.monotonic)
        memory = RequestMemory(self.clock, self.server, Shelf(self.database, f"requestid {realm}"))
        return Realm(company, self.server, throttle, memory, Usage())


def _assign(settings: ServerSettings, values: dict[str, Any]) -> None:
    """In place: throttles, memories and tokens hold the same object."""
    for name, value in values.items():
        setattr(settings, name, value)
