"""What POST /_sandbox/webhooks takes: where events go, in which form, and how deliveries are disturbed."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox import limits
from sandbox.quickbooks.entity_names import WEBHOOK_ENTITIES


class Disturbances(BaseModel):
    """How deliveries are late, lost and mixed up. Times are seconds on the sandbox's clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    aggregate_seconds: float = Field(default=0.0, ge=0, le=limits.QB_WEBHOOK_AGGREGATE_MAX_SECONDS)
    """How long events are collected after the first; Intuit may take five minutes."""
    answer_seconds: float = Field(default=limits.QB_WEBHOOK_ANSWER_SECONDS, gt=0, le=limits.QB_WEBHOOK_ANSWER_SECONDS)
    time_scale: float = Field(default=1.0, ge=0, le=10)
    """Multiplies the waits before retries."""
    lose: float = Field(default=0.0, ge=0, le=1)
    """Fraction of events that are never sent."""
    duplicate: float = Field(default=0.0, ge=0, le=1)
    """Fraction of events that are sent twice, in deliveries of their own when delay_seconds parts them."""
    reorder: bool = False
    """Whether the events of a delivery are shuffled."""
    delay_seconds: float = Field(default=0.0, ge=0, le=limits.QB_WEBHOOK_AGGREGATE_MAX_SECONDS)
    """Each event is held back by a random time up to this: they overtake one another."""
    seed: int = Field(default=0, ge=0, le=limits.QB_SWITCH_MAX)


class EndpointPlan(Disturbances):
    """One endpoint."""

    url: str = Field(pattern=r"^https?://", max_length=limits.QB_WEBHOOK_URL_LENGTH)
    verifier_token: str = Field(min_length=1)
    """The key of the signature: the app's, no secret of OAuth."""
    format: Literal["cloudevents", "legacy"] = "cloudevents"
    """An array of CloudEvents, or the envelope that ended on 2026-07-31."""
    entities: frozenset[str] = WEBHOOK_ENTITIES
    """Those the app has subscribed to."""

    @field_validator("entities")
    @classmethod
    def _known(cls, value: frozenset[str]) -> frozenset[str]:
        unknown = value - WEBHOOK_ENTITIES
        if unknown:
            raise ValueError(f"no webhooks for {', '.join(sorted(unknown))}; those are {sorted(WEBHOOK_ENTITIES)}")
        return value
