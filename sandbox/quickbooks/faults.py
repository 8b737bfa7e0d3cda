"""The fault plan: requests that are held, dropped, delayed or answered by an error, as a test asks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox import limits
from sandbox.quickbooks.errors import FaultType

Effect = Literal[
    "hold_before_commit",
    "hold_after_commit",
    "drop_before_commit",
    "drop_after_commit",
    "delay",
    "status",
    "auth_in_items",  # of a batch: 200, and each item refused with 3200
]


class Match(BaseModel):
    """Which requests a rule is for; what isn't given matches all."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "POST"] | None = None
    entity: str | None = None
    operation: str | None = None
    """create, update, void, delete, read, query, companyinfo, preferences, batch, cdc, report or token."""
    realm: str | None = None


class Rule(BaseModel):
    """One rule of the plan. seconds: of `delay`, and of a hold that ends by itself. code, detail and kind: of the fault
    that `status` answers in the bodies fault, fault_xml and lowercase."""

    model_config = ConfigDict(extra="forbid")

    match: Match = Field(default_factory=Match)
    effect: Effect
    status: int = Field(default=503, ge=200, le=599)
    body: Literal["html", "xml", "fault", "fault_xml", "lowercase"] = "html"
    code: str = Field(default="10000", pattern=r"^\d{3,5}$")
    detail: str = Field(default="An unexpected error occurred", max_length=4_000)
    kind: FaultType = "SystemFault"
    seconds: float | None = Field(default=None, ge=0, le=limits.QB_HELD_SECONDS)
    times: int | None = Field(default=None, ge=1)
    """How many requests it acts on; all, when not given."""
    skip: int = Field(default=0, ge=0)
    """How many matching requests it lets pass first."""

    @model_validator(mode="after")
    def _success_holds_a_fault(self) -> Self:
        if self.status < 400 and self.body not in ("fault", "fault_xml"):
            raise ValueError("a status below 400 needs the body fault or fault_xml")
        return self


@dataclass(frozen=True, slots=True)
class Call:
    """What a rule can see of a request."""

    method: str
    entity: str
    operation: str
    realm: str


@dataclass(slots=True)
class ActiveRule:
    """A rule with what became of it so far."""

    id: str
    rule: Rule
    matched: int = 0  # requests it acted on
    held: int = 0  # requests held now
    seen: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.rule.model_dump(mode="json"), "matched": self.matched, "held": self.held}

    async def hold(self) -> None:
        """Wait until the rule is released, or its seconds are over."""
        seconds = self.rule.seconds if self.rule.seconds is not None else limits.QB_HELD_SECONDS
        self.held += 1
        try:
            async with asyncio.timeout(seconds):
                await self.gate.wait()
        except TimeoutError:
            return
        finally:
            self.held -= 1


class TooManyRules(ValueError):
    """The plan is full."""


class FaultPlan:
    """The rules in force, in the order they were added; the first that matches acts."""

    def __init__(self) -> None:
        self._rules: dict[str, ActiveRule] = {}
        self._next = 1

    def add(self, rule: Rule) -> ActiveRule:
        """Put the rule in force. Raises TooManyRules."""
        if len(self._rules) >= limits.QB_FAULT_RULES:
            raise TooManyRules(f"a plan has at most {limits.QB_FAULT_RULES} rules; DELETE /_sandbox/faults clears it")
        active = ActiveRule(str(self._next), rule)
        self._rules[active.id] = active
        self._next += 1
        return active

    def rules(self) -> list[ActiveRule]:
        return list(self._rules.values())

    def release(self, rule_id: str) -> bool:
        """Let the held requests of the rule go on, and let it act no more. False: there is no such rule."""
        active = self._rules.get(rule_id)
        if active is None:
            return False
        active.gate.set()
        return True

    def clear(self) -> None:
        """End the plan; what is held goes on."""
        for active in self._rules.values():
            active.gate.set()
        self._rules.clear()

    def take(self, call: Call) -> ActiveRule | None:
        """The rule that acts on this request, counted."""
        for active in self._rules.values():
            if not _matches(active.rule.match, call) or active.gate.is_set():
                continue
            active.seen += 1
            if active.seen <= active.rule.skip:
                continue
            if active.rule.times is not None and active.matched >= active.rule.times:
                continue
            active.matched += 1
            return active
        return None


def _matches(match: Match, call: Call) -> bool:
    return (
        match.method in (None, call.method)
        and (match.entity is None or match.entity.lower() == call.entity.lower())
        and match.operation in (None, call.operation)
        and match.realm in (None, call.realm)
    )
