"""The body of POST /_sandbox/webhooks, checked and told by its kind."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from sandbox.magento.errors import ControlError
from sandbox.magento.webhooks.commerce_plan import CommercePlan
from sandbox.magento.webhooks.io_plan import IoPlan
from sandbox.magento.webhooks.mageos_plan import MageosPlan
from sandbox.magento.webhooks.mageplaza import MageplazaPlan

AnyPlan = MageosPlan | IoPlan | CommercePlan | MageplazaPlan
KINDS = ("mageos", "adobe_io", "commerce", "mageplaza")
_READER: TypeAdapter[AnyPlan] = TypeAdapter(Annotated[AnyPlan, Field(discriminator="kind")])


def read_plan(body: dict[str, Any]) -> AnyPlan:
    """Raises ControlError (400) naming each key that is wrong."""
    kind = body.get("kind", "mageos")
    if kind not in KINDS:
        raise ControlError(400, f"kind is one of {', '.join(KINDS)}, not {kind!r}")
    try:
        return _READER.validate_python({**body, "kind": kind})
    except ValidationError as error:
        raise ControlError(400, "; ".join(_told(one) for one in error.errors())) from error


def _told(fault: Any) -> str:
    where = ".".join(str(part) for part in fault["loc"] if part not in KINDS)
    text = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {text}" if where else text
