"""What a fault plan says: which requests a rule is for, and what becomes of them."""

from __future__ import annotations

from random import Random
from typing import Literal, Self

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
    "truncate_body",  # after the commit: half of the answer, then the connection is cut
    "slow_body",  # after the commit: the answer piece by piece over `seconds`
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
    """One rule of the plan.

    seconds: of `delay` and `slow_body`, and of a hold that ends by itself.
    code, detail and kind: of the fault that `status` answers in the bodies fault, fault_xml and lowercase.
    """

    model_config = ConfigDict(extra="forbid")

    match: Match = Field(default_factory=Match)
    effect: Effect
    status: int = Field(default=503, ge=200, le=599)
    body: Literal["html", "xml", "fault", "fault_xml", "lowercase"] = "html"
    code: str = Field(default="10000", pattern=r"^\d{3,5}$")
    detail: str = Field(default="An unexpected error occurred", max_length=4_000)
    kind: FaultType = "SystemFault"
    seconds: float | None = Field(default=None, ge=0, le=limits.QB_HELD_SECONDS)
    seconds_max: float | None = Field(default=None, ge=0, le=limits.QB_HELD_SECONDS)
    """Of `delay` and `slow_body`: the time is drawn anew for each request, and is never above this."""
    spread: Literal["uniform", "exponential"] = "uniform"
    """How it is drawn: evenly from `seconds` on, or with `seconds` as the mean, mostly short and sometimes long."""
    retry_after: str | None = Field(default=None, pattern=r"^[ -~]*$", max_length=100)
    """The header Retry-After of `status`, sane or not."""
    probability: float = Field(default=1.0, gt=0, le=1)
    """Of acting on a request that it matches."""
    times: int | None = Field(default=None, ge=1)
    """How many requests it acts on; all, when not given."""
    skip: int = Field(default=0, ge=0)
    """How many matching requests it lets pass first."""

    @model_validator(mode="after")
    def _success_holds_a_fault(self) -> Self:
        if self.status < 400 and self.body not in ("fault", "fault_xml"):
            raise ValueError("a status below 400 needs the body fault or fault_xml")
        return self

    @model_validator(mode="after")
    def _times_are_in_order(self) -> Self:
        if self.seconds_max is not None and self.seconds_max < (self.seconds or 0):
            raise ValueError("seconds_max must not be below seconds")
        return self

    def drawn_seconds(self, random: Random) -> float:
        """How long one request waits."""
        seconds = self.seconds or 0.0
        if self.seconds_max is None:
            return seconds
        if self.spread == "uniform":
            return random.uniform(seconds, self.seconds_max)
        return min(random.expovariate(1 / seconds), self.seconds_max) if seconds else 0.0


class PlanDocument(BaseModel):
    """A whole plan, as a file holds it. seed: of all that is drawn."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    rules: list[Rule] = Field(max_length=limits.QB_FAULT_RULES)
