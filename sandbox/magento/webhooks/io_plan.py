"""A registration of Adobe I/O Events: who gets which events, with which fields, singly or in batches."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.magento import limits
from sandbox.magento.webhooks.io_codes import CODES, PREFIX
from sandbox.magento.webhooks.registration import Address, Plan, Text

FieldName = Annotated[str, Field(pattern=r"^(\*|\w+(\[\])?(\.\w+(\[\])?)*)$", max_length=200)]


class IoEvent(BaseModel):
    """One subscribed event. priority: sent within a second, not by the cron of each minute."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Text
    fields: Annotated[list[FieldName], Field(min_length=1, max_length=limits.WEBHOOK_LIST_LENGTH)] = ["*"]
    priority: bool = False

    @field_validator("code")
    @classmethod
    def _known(cls, value: str) -> str:
        code = value.removeprefix(PREFIX)
        if code not in CODES:
            raise ValueError(f"this shop raises no {value!r}; it raises {', '.join(CODES)}")
        return code


class IoPlan(Plan):
    """`url` is the receiver's; `client_id` what it must find as recipientclientid."""

    kind: Literal["adobe_io"]
    url: Address
    client_id: Text = "ca7b36f2000000000000000000000000"
    events: Annotated[list[IoEvent], Field(min_length=1, max_length=limits.WEBHOOK_LIST_LENGTH)]
    batch: bool = False
    handshake: Literal["challenge", "skip"] = "challenge"
    """skip: the receiver is taken as it is, for tests that are about something else."""
    provider: uuid.UUID = uuid.UUID("fb58963f-0000-4000-8000-000000000001")
    source: Text = "bookbridge.Stage"
    edition: Text = "Adobe Commerce"
    commerce_version: Text = "2.4.8"
    events_client_version: Text = "1.12.1"
    recalled_headers: bool = False
    """Whether x-adobe-event-code and x-adobe-provider come too: they are only recalled, so nobody may need them."""
