"""What all registrations have in common: the plan that makes one, and what the hub asks of it."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, Field
from yarl import URL

from sandbox.magento import limits
from sandbox.magento.webhooks.delivery import Counts, Delivery
from sandbox.magento.webhooks.disturbance import Disturbance


def is_http(value: str) -> str:
    try:
        url = URL(value)
        url.port  # noqa: B018 - a port that is no number is told here
    except ValueError as error:
        raise ValueError(f"{value!r} is no address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(f"{value!r} is no http:// or https:// address")
    return value


Address = Annotated[str, Field(max_length=limits.WEBHOOK_URL_LENGTH), AfterValidator(is_http)]
Text = Annotated[str, Field(max_length=limits.WEBHOOK_TEXT_LENGTH)]
HeaderName = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", max_length=100)]
HeaderValue = Annotated[str, Field(pattern=r"^[\t\x20-\x7e\x80-\xff]*$", max_length=limits.WEBHOOK_TEXT_LENGTH)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=limits.WEBHOOK_LIST_LENGTH)]


class Plan(Disturbance):
    """A registration is known by its name; another one of the same name takes its place."""

    name: str = Field("", max_length=limits.WEBHOOK_NAME_LENGTH, pattern=r"^[A-Za-z0-9_.-]*$")


class Registration(Protocol):
    """One registered receiver, of whatever kind."""

    name: str
    kind: str
    closed: bool

    @property
    def counts(self) -> Counts:
        """Of its deliveries."""

    def shown(self) -> dict[str, Any]:
        """As the control interface tells it, without secrets."""

    def replay(self, delivery: Delivery) -> Delivery:
        """Send what was sent once more. Raises Lost: it can't be."""
