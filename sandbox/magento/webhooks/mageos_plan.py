"""A registration of Mage-OS subscriptions: every event, or those named, to an address each."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from sandbox.magento import limits
from sandbox.magento.subscriptions import EVENTS, Format, Subscription
from sandbox.magento.webhooks import mageos
from sandbox.magento.webhooks.delivery import Counts, Delivery
from sandbox.magento.webhooks.engine import Engine
from sandbox.magento.webhooks.registration import Plan, Text, is_http


class MageosPlan(Plan):
    """Where events go. `{event}` in the URL becomes the event's name."""

    kind: Literal["mageos"] = "mageos"
    url_template: Annotated[str, Field(max_length=limits.WEBHOOK_URL_LENGTH)] = ""
    token: Text = ""
    format: Format = "3.x"
    enabled: bool = True
    events: Annotated[list[Text], Field(max_length=limits.WEBHOOK_LIST_LENGTH)] | None = None  # None = all
    store_id: int = Field(0, ge=0, le=65_535)
    publisher_passes_store: bool = False
    """Whether events carry their store, so that store_id filters: the common events carry none."""

    @field_validator("url_template")
    @classmethod
    def _an_address(cls, value: str) -> str:
        return is_http(value.replace("{event}", "event")) and value if value else value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.enabled and not (self.url_template and self.token):
            raise ValueError("an enabled plan needs url_template and token")
        return self


class MageosRegistration:
    """Subscriptions that a control call made, all with one token."""

    kind = "mageos"

    def __init__(self, name: str, plan: MageosPlan, engine: Engine) -> None:
        self.name = name
        self.plan = plan
        self.sender = mageos.MageosSender(name, plan, engine)
        self.subscriptions = [
            Subscription(
                0, event, plan.url_template.replace("{event}", event), plan.token, plan.format, True, plan.store_id,
                passes_store=plan.publisher_passes_store,
            )
            for event in (plan.events or EVENTS)
            if plan.enabled
        ]  # fmt: skip

    @property
    def counts(self) -> Counts:
        return self.sender.counts

    @property
    def closed(self) -> bool:
        return self.sender.closed

    @closed.setter
    def closed(self, value: bool) -> None:
        self.sender.closed = value

    def of(self, event: str, store_id: int) -> list[Subscription]:
        return [one for one in self.subscriptions if one.wants(event, store_id)]

    def shown(self) -> dict[str, Any]:
        return {
            **self.plan.model_dump(mode="json", exclude={"token", "name"}),
            "subscriptions": [one.shown() for one in self.subscriptions],
        }

    def replay(self, delivery: Delivery) -> Delivery:
        return mageos.replay(self.sender.engine, delivery)
