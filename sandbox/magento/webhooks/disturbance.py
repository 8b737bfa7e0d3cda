"""How the deliveries of a registration are disturbed: parts of a plan that every kind of sender has."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.magento import limits


class Disturbance(BaseModel):
    """Copies of each event, losses, spread over a window in random order, no faster than a rate. Repeats by seed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    copies_min: int = Field(1, ge=1, le=20)
    copies_max: int = Field(1, ge=1, le=20)
    lose: float = Field(0.0, ge=0, le=1)
    """Fraction of copies that never leave the shop."""
    shuffle: bool = False
    """Copies are spread over half a second, so that neighbours overtake each other."""
    delay_seconds: float = Field(0.0, ge=0, le=limits.WEBHOOK_DELAY_MAX_SECONDS)
    """Each copy is held back by a random time up to this, by the shop's clock."""
    rate_per_second: float | None = Field(None, gt=0)
    time_scale: float = Field(1.0, ge=0, le=10)
    """Multiplies the sender's own waits (0.01: a retry after 1 s comes after 10 ms)."""
    seed: int = 0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.copies_min > self.copies_max:
            raise ValueError(f"copies_min {self.copies_min} is above copies_max {self.copies_max}")
        return self

    @property
    def window_seconds(self) -> float:
        """How far copies may be apart."""
        return max(limits.WEBHOOK_SHUFFLE_SECONDS if self.shuffle else 0.0, self.delay_seconds)


UNDISTURBED = Disturbance()
