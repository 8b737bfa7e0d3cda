"""The body of POST /_sandbox/webhooks, checked."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.magento.errors import ControlError
from sandbox.magento.subscriptions import Format
from sandbox.magento.webhooks import Plan


class WebhookPlan(BaseModel):
    """Where every event goes and how deliveries are disturbed. `{event}` in the URL becomes the event's name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url_template: str = ""
    token: str = ""
    format: Format = "3.x"
    enabled: bool = True
    events: list[str] | None = None  # None = all
    copies_min: int = Field(1, ge=1, le=20)
    copies_max: int = Field(1, ge=1, le=20)
    shuffle: bool = False
    rate_per_second: float | None = Field(None, gt=0)
    time_scale: float = Field(1.0, ge=0)
    seed: int = 0

    def disturbance(self) -> Plan:
        return Plan(self.copies_min, self.copies_max, self.shuffle, self.rate_per_second, self.time_scale, self.seed)


def read_plan(body: dict[str, Any]) -> WebhookPlan:
    """Raises ControlError (400) naming each key that is wrong."""
    try:
        plan = WebhookPlan.model_validate(body)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ControlError(400, faults) from error
    if plan.enabled and not (plan.url_template and plan.token):
        raise ControlError(400, "an enabled plan needs url_template and token")
    if plan.copies_min > plan.copies_max:
        raise ControlError(400, f"copies_min {plan.copies_min} is above copies_max {plan.copies_max}")
    return plan
