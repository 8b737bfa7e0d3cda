"""The Mageplaza Webhook module: a template rendered and sent inside the save, once, whatever comes back.

Source: reference 1.6.
"""

from __future__ import annotations

import base64
import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sandbox.magento import limits
from sandbox.magento.shop import Shop
from sandbox.magento.tables import ID_FIELD, Kind
from sandbox.magento.webhooks import io_values
from sandbox.magento.webhooks.delivery import Answer, Counts, Delivery, Lost, Request, State
from sandbox.magento.webhooks.disturbance import Disturbance
from sandbox.magento.webhooks.engine import Engine
from sandbox.magento.webhooks.liquid import Template
from sandbox.magento.webhooks.moments import Moment, Name
from sandbox.magento.webhooks.registration import HeaderName, Headers, Plan, Text

_WITH_BODY = ("POST", "PUT", "DELETE")  # Magento's Curl adapter sends none with other methods
HookType = Literal[
    "order", "new_order_comment", "new_invoice", "new_shipment", "new_creditmemo", "new_customer", "update_customer",
    "delete_customer", "new_product", "update_product", "delete_product",
]  # fmt: skip
ContentType = Literal[
    "", "application/json", "application/json; charset=UTF-8", "application/x-www-form-urlencoded", "application/xml",
]  # fmt: skip
_KINDS = {
    "new_invoice": Kind.INVOICE, "new_shipment": Kind.SHIPMENT, "new_creditmemo": Kind.CREDITMEMO,
    "new_customer": Kind.CUSTOMER, "update_customer": Kind.CUSTOMER, "delete_customer": Kind.CUSTOMER,
    "new_product": Kind.PRODUCT, "update_product": Kind.PRODUCT, "delete_product": Kind.PRODUCT,
}  # fmt: skip


class Basic(BaseModel):
    """Basic authentication."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: Text
    password: Text


class MageplazaPlan(Plan):
    """One hook of the module's grid. url and body are templates."""

    kind: Literal["mageplaza"]
    hook_type: HookType = "order"
    statuses: Annotated[list[Text], Field(max_length=limits.WEBHOOK_LIST_LENGTH)] = Field(default_factory=list)
    """Of orders: the hook fires at each save while the order has one of them."""
    url: Annotated[str, Field(min_length=1, max_length=limits.WEBHOOK_URL_LENGTH)]
    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] = "POST"
    body: Text = ""
    content_type: ContentType = "application/json"
    headers: Headers = Field(default_factory=dict)
    basic: Basic | None = None
    priority: int = 0
    cron: bool = False
    """Sent by the cron of the next minute, with the model as it is then, and not inside the save."""

    @field_validator("url", "body")
    @classmethod
    def _readable(cls, value: str) -> str:
        Template(value)
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.hook_type == "order" and not self.statuses:
            raise ValueError("statuses: a hook of orders names the statuses that it fires at")
        return self


class MageplazaHook:
    """A registered hook."""

    kind = "mageplaza"

    def __init__(self, name: str, plan: MageplazaPlan, engine: Engine, shop: Shop) -> None:
        self.name = name
        self.plan = plan
        self.disturbance: Disturbance = plan
        self.closed = False
        self.counts = Counts()
        self._engine = engine
        self._shop = shop
        self._url, self._body = Template(plan.url), Template(plan.body)
        self._random = random.Random(plan.seed)

    def wants(self, moment: Moment) -> bool:
        """Whether it fires in this save. There is no look at whether an invoice and its like are new."""
        plan = self.plan
        if plan.hook_type.startswith("delete_"):
            return moment.name == "deleted" and moment.kind is _KINDS[plan.hook_type]
        if moment.name != "saved":
            return False
        if plan.hook_type == "order":
            return moment.kind is Kind.ORDER and moment.body.get("status") in plan.statuses
        if plan.hook_type == "new_order_comment":
            return moment.kind is Kind.ORDER and _comments(moment.body) > _comments(moment.before or {})
        if moment.kind is not _KINDS[plan.hook_type]:
            return False
        if moment.kind in (Kind.CUSTOMER, Kind.PRODUCT):
            return (moment.before is None) == plan.hook_type.startswith("new_")
        return True

    def wants_cron(self, moment: Moment) -> bool:
        """Whether it is put down for the cron now: with the transaction of the save."""
        names: dict[Name, Name] = {"committed": "saved", "delete_committed": "deleted"}
        return moment.name in names and self.wants(replace(moment, name=names[moment.name]))

    async def fire(self, moment: Moment) -> None:
        """Send, and wait for the answer: so does the shopper."""
        for _ in range(self._random.randint(self.plan.copies_min, self.plan.copies_max)):
            delivery = self._delivery(self._made(io_values.model(moment.kind, moment.body, moment.before)))
            if self.plan.lose and self._random.random() < self.plan.lose:
                self._engine.end(delivery, State.LOST, "lost by plan")
                continue
            self._engine.expect(delivery)
            await self._engine.attempt(delivery)

    def schedule(self, moment: Moment) -> None:
        """For the cron of the next minute."""
        kind, number = moment.kind, int(moment.body[ID_FIELD[moment.kind]])

        def made() -> Request:
            now = self._shop.get(kind, number)
            if now is None:
                raise Lost("the entity is gone")
            return self._made(io_values.model(kind, now.body, now.body))()

        seconds = (60 - self._engine.clock() % 60) * self.plan.time_scale
        self._engine.schedule(self._delivery(made), seconds)

    def prepare(self, delivery: Delivery) -> Request:
        make: Callable[[], Request] = delivery.content
        return make()

    def judge(self, delivery: Delivery, answer: Answer) -> State | float:
        """200 and 201 are success in the log; nothing follows from another answer."""
        if answer.status is None:
            return State.LOST
        return State.DELIVERED if answer.status in (200, 201) else State.DEAD

    def passed_over(self, delivery: Delivery) -> None:
        """Nothing follows."""

    def replay(self, delivery: Delivery) -> Delivery:
        """The log's Replay: the address and body of then."""
        request = delivery.request
        if request is None:
            raise Lost("it was never sent")
        again = Delivery(self, delivery.event, str(uuid.uuid4()), lambda: request)
        self._engine.schedule(again)
        return again

    def shown(self) -> dict[str, Any]:
        shown = self.plan.model_dump(mode="json", exclude={"name", "basic", "headers"})
        return {**shown, "headers": sorted(self.plan.headers), "basic": self.plan.basic is not None}

    def _delivery(self, make: Callable[[], Request]) -> Delivery:
        number = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        return Delivery(self, self.plan.hook_type, number, make)

    def _made(self, item: dict[str, Any]) -> Callable[[], Request]:
        plan = self.plan
        headers: dict[HeaderName, str] = {name.strip(): value.strip() for name, value in plan.headers.items()}
        if plan.basic is not None:
            pair = base64.b64encode(f"{plan.basic.username}:{plan.basic.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        if plan.content_type:
            headers["Content-Type"] = plan.content_type
        body = self._body.render(item).encode() if plan.method in _WITH_BODY else None
        request = Request(plan.method, self._url.render(item), headers, body, None)
        return lambda: request


def _comments(body: dict[str, Any]) -> int:
    return len(body.get("status_histories") or [])
