"""All state of one sandbox: companies, tokens, throttles, memories, the fault plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.quickbooks.clock import Clock
from sandbox.quickbooks.faults import FaultPlan
from sandbox.quickbooks.idempotency import RequestMemory
from sandbox.quickbooks.oauth import TokenStore
from sandbox.quickbooks.openid import Signer
from sandbox.quickbooks.seeds import new_company, put_automated_rates, settings_of
from sandbox.quickbooks.settings import CompanySettings, SandboxConfig, ServerSettings
from sandbox.quickbooks.store import Company
from sandbox.quickbooks.templates import TEMPLATES
from sandbox.quickbooks.throttle import Throttle
from sandbox.quickbooks.usage import Usage, usage_document
from sandbox.quickbooks.webhooks import WebhookHub


@dataclass(slots=True)
class Realm:
    """One company with what is counted and remembered about its callers."""

    company: Company
    server: ServerSettings
    throttle: Throttle
    memory: RequestMemory
    usage: Usage


class World:
    """The sandbox behind the HTTP layer."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.clock = Clock()
        self.server = config.server.model_copy()
        self.tokens = TokenStore(self.clock, self.server)
        self.signer = Signer()
        self.faults = FaultPlan()
        self.webhooks = WebhookHub(self.clock)
        self.templates: dict[str, str] = {realm: config.companies.get(realm, "us") for realm in config.realms}
        self.templates |= config.companies
        self.realms = {realm: self._new_realm(realm) for realm in self.templates}

    def reset(self) -> None:
        """Fresh books, memories, counters and switches; grants and the clock stay, so callers stay connected."""
        self.faults.clear()
        self.webhooks.clear()
        _assign(self.server, self.config.server.model_dump())
        self.tokens.token_requests = 0
        for realm in self.realms:
            self.realms[realm] = self._new_realm(realm)

    def add_company(self, realm: str, template: str) -> Company:
        """A further company, made from the template; it stays over a reset. Raises KeyError for an unknown template."""
        self.templates[realm] = TEMPLATES[template].name
        self.realms[realm] = self._new_realm(realm)
        return self.realms[realm].company

    def companies(self, realm: str | None = None) -> list[Company]:
        """Those of the realm, or all. Raises KeyError."""
        chosen = [self.realms[realm]] if realm is not None else self.realms.values()
        return [entry.company for entry in chosen]

    def change_settings(self, patch: dict[str, Any], realm: str | None) -> dict[str, Any]:
        """Set switches; those of companies in one realm or in all. The settings in force.

        Raises pydantic.ValidationError (nothing is changed then) and KeyError for an unknown realm.
        """
        companies = self.companies(realm)
        server_patch = {name: value for name, value in patch.items() if name in ServerSettings.model_fields}
        company_patch = {name: value for name, value in patch.items() if name not in server_patch}
        server = ServerSettings.model_validate(self.server.model_dump() | server_patch)
        fresh = [CompanySettings.model_validate(c.settings.model_dump() | company_patch) for c in companies]
        _assign(self.server, server.model_dump())
        for company, settings in zip(companies, fresh, strict=True):
            taxed_otherwise = settings.tax_percent != company.settings.tax_percent
            company.settings = settings
            if taxed_otherwise:
                put_automated_rates(company)
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

    def _new_realm(self, realm: str) -> Realm:
        template = TEMPLATES[self.templates[realm]]
        settings = settings_of(template, self.config.company)
        company = new_company(realm, self.clock, settings, template=template)
        self.webhooks.watch(company)
        throttle = Throttle(self.server, self.clock.monotonic)
        return Realm(company, self.server, throttle, RequestMemory(self.clock, self.server), Usage())


def _assign(settings: ServerSettings, values: dict[str, Any]) -> None:
    """In place: throttles, memories and tokens hold the same object."""
    for name, value in values.items():
        setattr(settings, name, value)
