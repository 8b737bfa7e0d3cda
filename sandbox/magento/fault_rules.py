"""What a fault plan of the Magento sandbox says: which requests a rule is for, and what becomes of them."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sandbox import limits
from sandbox.faulting.rules import TimedRule
from sandbox.magento.webhooks.disturbance import Disturbance

Effect = Literal[
    "delay",
    "status",
    "not_found",  # each newly placed order answers 404 to its first `times` reads: told of before the commit
    "drop_before_commit",
    "drop_after_commit",
    "hold_before_commit",
    "hold_after_commit",
    "truncate_body",  # after the commit: half of the answer, then the connection is cut
    "slow_body",  # after the commit: the answer piece by piece over `seconds`
    "bad_order",  # lists that have one of `orders` on their page are 500 as a whole (`alone`: and what shows it alone)
    "expire_token",  # the administrator's token of the request is no longer good
]
Page = Literal["html", "json", "fatal", "cdn"]


class Match(BaseModel):
    """Which requests a rule is for; what isn't given matches all. route: as in Magento's webapi.xml without /V1/, such
    as orders/:id; how a parameter is called doesn't matter, and a star at the end stands for all that follows."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    route: str | None = Field(default=None, min_length=1, max_length=200)

    def fits(self, method: str, route: str) -> bool:
        if self.method not in (None, method):
            return False
        wanted = None if self.route is None else _nameless(self.route)
        if wanted is not None and wanted.endswith("*"):
            return _nameless(route).startswith(wanted[:-1])
        return wanted in (None, _nameless(route))


def _nameless(route: str) -> str:
    """orders/:id as orders/:"""
    return "/".join(":" if part.startswith(":") else part for part in route.split("/"))


class Rule(TimedRule):
    """One rule of the plan."""

    match: Match = Field(default_factory=Match)
    effect: Effect
    body: Page = "html"
    """Of `status`: a page of the web server (503: Magento's maintenance page), Magento's error, its error before
    dispatch, or the page of a CDN."""
    orders: list[int] = Field(default_factory=list, max_length=limits.FAULT_RULES)
    """Entity ids of `bad_order`."""
    alone: bool = False
    """Of `bad_order`: they can't be shown alone either, GET orders/:id is 500."""

    @field_validator("effect", mode="before")
    @classmethod
    def _short_name(cls, value: Any) -> Any:
        return "drop_before_commit" if value == "drop" else value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.effect == "status" and self.status < 400:
            raise ValueError(f"status is an error, 400 to 599, not {self.status}")
        if self.effect == "bad_order" and not self.orders:
            raise ValueError("bad_order needs orders: the entity ids that break a list")
        if self.effect == "not_found" and self.times is None:
            raise ValueError("not_found needs times: how many reads of each new order find nothing")
        return self


class PlanDocument(BaseModel):
    """A whole plan, as a file holds it. seed: of all that is drawn."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    rules: list[Rule] = Field(default_factory=list, max_length=limits.FAULT_RULES)
    webhooks: Disturbance = Field(default_factory=Disturbance)
    """How deliveries are disturbed where POST /_sandbox/webhooks doesn't say."""
