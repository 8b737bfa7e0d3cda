"""What a fault plan of the QuickBooks sandbox says: which requests a rule is for, and what becomes of them."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from sandbox import limits
from sandbox.faulting.reasons import reasons
from sandbox.faulting.rules import TimedRule
from sandbox.quickbooks.errors import FaultType
from sandbox.quickbooks.settings import CompanySettings, ServerSettings
from sandbox.quickbooks.webhooks.plan import Disturbances

Effect = Literal[
    "hold_before_commit",
    "hold_after_commit",
    "drop_before_commit",
    "drop_after_commit",
    "delay",
    "status",
    "truncate_body",  # after the commit: half of the answer, then the connection is cut
    "slow_body",  # after the commit: the answer piece by piece over `seconds`
    "auth_in_items",  # of a batch: 200, and each item refused with 3200
    "expire_token",  # the request's access token is no longer good, for it and for all that follow
    "revoke_grant",  # nor is its grant: a refresh is refused, too
]


class Match(BaseModel):
    """Which requests a rule is for; what isn't given matches all."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "POST"] | None = None
    entity: str | None = None
    operation: str | None = None
    """create, update, void, delete, read, query, companyinfo, preferences, batch, cdc, report or token."""
    realm: str | None = None


class Rule(TimedRule):
    """One rule of the plan. code, detail and kind: of the fault that `status` answers in the bodies fault, fault_xml
    and lowercase."""

    match: Match = Field(default_factory=Match)
    effect: Effect
    body: Literal["html", "xml", "fault", "fault_xml", "lowercase"] = "html"
    code: str = Field(default="10000", pattern=r"^\d{3,5}$")
    detail: str = Field(default="An unexpected error occurred", max_length=4_000)
    kind: FaultType = "SystemFault"

    @model_validator(mode="after")
    def _success_holds_a_fault(self) -> Self:
        if self.status < 400 and self.body not in ("fault", "fault_xml"):
            raise ValueError("a status below 400 needs the body fault or fault_xml")
        return self


class PlanDocument(BaseModel):
    """A whole plan, as a file holds it. seed: of all that is drawn."""

    model_config = ConfigDict(extra="forbid")

    seed: int = Field(default=0, ge=0, le=limits.QB_SWITCH_MAX)
    rules: list[Rule] = Field(default_factory=list, max_length=limits.FAULT_RULES)
    webhooks: Disturbances = Field(default_factory=Disturbances)
    """What an endpoint is disturbed by when its registration doesn't say."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """Switches, those of companies in all of them."""

    @field_validator("settings")
    @classmethod
    def _switches(cls, value: dict[str, Any]) -> dict[str, Any]:
        server = {name: one for name, one in value.items() if name in ServerSettings.model_fields}
        for model, switches in ((ServerSettings, server), (CompanySettings, value.keys() - server.keys())):
            try:
                model.model_validate({name: value[name] for name in switches})
            except ValidationError as error:
                raise ValueError(reasons(error, model)) from error
        return value
