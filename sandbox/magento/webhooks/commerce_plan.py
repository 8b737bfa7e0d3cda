"""A hook of Adobe Commerce webhooks, with the attributes of webhooks.xml.

Source: AdobeDocs/commerce-extensibility, webhooks/xml-schema.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.magento import limits
from sandbox.magento.webhooks.moments import OBSERVERS
from sandbox.magento.webhooks.registration import Address, Headers, HeaderValue, Plan, Text

PLACE = "plugin.magento.sales.api.order_management.place"
_SAAS_PLACE = "plugin.sales.api.order_management.place"  # the same on Commerce as a Cloud Service
METHODS = (PLACE, *sorted(f"observer.{name}" for name in OBSERVERS))
_PATH = r"^\w+(\[\])?(\.\w+(\[\])?)*$"


class HookField(BaseModel):
    """name: where it goes in the body; source: where it is in the default one, the name when absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=_PATH, max_length=200)]
    source: Annotated[str, Field(pattern=_PATH, max_length=200)] | None = None


class CommercePlan(Plan):
    """Hooks of one webhook_method and type run batch by batch; those of a batch at once."""

    kind: Literal["commerce"]
    webhook_method: Text
    webhook_type: Literal["before", "after"] = "before"
    url: Address
    method: Literal["POST", "PUT", "PATCH", "GET", "DELETE"] = "POST"
    batch_name: Annotated[str, Field(pattern=r"^\w+$", max_length=100)] = "default"
    batch_order: int = 0
    priority: int = 0
    """Answers of a batch are merged in this order."""
    required: bool = True
    timeout: int = Field(0, ge=0)
    """Milliseconds; 0: none."""
    soft_timeout: int | None = Field(None, ge=0)
    """Milliseconds after which the log has a notice."""
    fallback_error_message: Text | None = None
    ttl: int = Field(0, ge=0)
    """Seconds for which the answer to the same address, body and headers is taken again."""
    headers: Headers = Field(default_factory=dict)
    fields: Annotated[list[HookField], Field(max_length=limits.WEBHOOK_LIST_LENGTH)] = Field(default_factory=list)
    sign: bool = False
    """Stores > Configuration > Adobe Services > Webhooks > digital signature: off as shipped."""
    bearer: HeaderValue | None = None
    """The IMS token of developerConsoleOauth."""

    @field_validator("webhook_method")
    @classmethod
    def _known(cls, value: str) -> str:
        method = PLACE if value == _SAAS_PLACE else value
        if method not in METHODS:
            raise ValueError(f"this shop has no {value!r}; it has {', '.join(METHODS)}")
        return value

    @property
    def point(self) -> tuple[str, str]:
        """Method and type; for an observer the type makes no difference."""
        method = PLACE if self.webhook_method == _SAAS_PLACE else self.webhook_method
        return method, self.webhook_type if method == PLACE else "observer"
