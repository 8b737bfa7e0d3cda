"""When a rule of a fault plan acts, and for how long: the same for both sandboxes."""

from __future__ import annotations

from random import Random
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox import limits

Seconds = Field(default=None, ge=0, le=limits.FAULT_HELD_SECONDS, allow_inf_nan=False)


class TimedRule(BaseModel):
    """The part of a rule that needs no knowledge of the system it disturbs; each sandbox adds match and effects."""

    model_config = ConfigDict(extra="forbid")

    effect: str
    status: int = Field(default=503, ge=200, le=599)
    """Of `status`: what is answered."""
    retry_after: str | None = Field(default=None, pattern=r"^[ -~]*$", max_length=100)
    """The header Retry-After of `status`, sane or not."""
    seconds: float | None = Seconds
    """Of `delay` and `slow_body`, and of a hold that ends by itself."""
    seconds_max: float | None = Seconds
    """Of `delay` and `slow_body`: the time is drawn anew for each request, and is never above this."""
    spread: Literal["uniform", "exponential"] = "uniform"
    """How it is drawn: evenly from `seconds` on, or with `seconds` as the mean, mostly short and sometimes long."""
    probability: float = Field(default=1.0, gt=0, le=1)
    """Of acting on a request that it matches."""
    times: int | None = Field(default=None, ge=1, le=limits.QB_SWITCH_MAX)
    """How many requests it acts on; all, when not given."""
    skip: int = Field(default=0, ge=0, le=limits.QB_SWITCH_MAX)
    """How many matching requests it lets pass first."""

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
