"""A fault plan as a document: one TOML or JSON file with a part for each sandbox."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox import limits
from sandbox.faulting.reasons import reasons
from sandbox.magento.errors import ControlError
from sandbox.magento.fault_rules import PlanDocument as ShopPlan
from sandbox.magento.faults import check_routes
from sandbox.magento.rest import routes_of_a_shop
from sandbox.quickbooks.fault_rules import PlanDocument as BooksPlan
from shared.wire import NotJson, decode


class FaultFile(BaseModel):
    """The whole document. seed: of a part that has none of its own."""

    model_config = ConfigDict(extra="forbid")

    seed: int = 0
    quickbooks: BooksPlan = Field(default_factory=BooksPlan)
    magento: ShopPlan = Field(default_factory=ShopPlan)


class BadFaultFile(Exception):
    """The file can't be read as a plan; the text names the file, the place in it, and what is allowed."""


def read_fault_file(path: Path) -> FaultFile:
    """The plan in the file. Raises BadFaultFile."""
    try:
        with path.open("rb") as file:
            data = file.read(limits.FAULT_FILE_BYTES + 1)
    except OSError as error:
        raise BadFaultFile(f"{path}: {error.strerror}") from error
    if len(data) > limits.FAULT_FILE_BYTES:
        raise BadFaultFile(f"{path}: a plan has at most {limits.FAULT_FILE_BYTES} bytes")
    document = _parsed(path, data)
    try:
        plan = FaultFile.model_validate(document)
    except ValidationError as error:
        raise BadFaultFile(f"{path}: {reasons(error, FaultFile)}") from error
    for part in (plan.quickbooks, plan.magento):
        if "seed" not in part.model_fields_set:
            part.seed = plan.seed
    try:
        check_routes(plan.magento, routes_of_a_shop())
    except ControlError as error:
        raise BadFaultFile(f"{path}: magento.{error.text}") from error
    return plan


def _parsed(path: Path, data: bytes) -> dict[str, Any]:
    try:
        document = tomllib.loads(data.decode()) if path.suffix == ".toml" else decode(data)
    except NotJson as error:
        raise BadFaultFile(f"{path}: no JSON document ({error}); a plan in TOML ends in .toml") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise BadFaultFile(f"{path}: no TOML document: {error}") from error
    if not isinstance(document, dict):
        raise BadFaultFile(f"{path}: a plan is an object with seed, quickbooks and magento")
    return document
