"""How `bookbridge connect magento` shows what it found and did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Column, Table

from services.ingest.subscribing.connect import Options, Report
from services.ingest.subscribing.plan import Action
from services.ingest.subscribing.shop import Done

_DONE = {
    Action.KEEP: "in order",
    Action.MAKE: "made",
    Action.SWITCH_ON: "switched on",
    Action.SWITCH_OFF: "switched off",
    Action.LEAVE: "left as it is",
}
_TO_DO = {
    Action.KEEP: "in order",
    Action.MAKE: "to be made",
    Action.SWITCH_ON: "to be switched on",
    Action.SWITCH_OFF: "to be switched off",
    Action.LEAVE: "left as it is",
}
OTHER_SENDERS = (
    "A shop without Mage-OS Async Events can tell of its changes by Adobe I/O Events, Adobe Commerce webhooks (both "
    "need Adobe Commerce) or Mageplaza's Webhook module: docs/ingest.md, section Senders of webhooks, says what to "
    "click. Without any, the sweep finds every change, some minutes later."
)
NOT_TESTED = (
    "Not tested, for nobody can from here: that the shop itself reaches the address, that its consumers run "
    "(bin/magento queue:consumers:start event.trigger.consumer), and which token subscriptions made earlier have "
    "(--renew makes them anew). Save an order in the shop: bookbridge_webhooks_total then counts a 202."
)
LEFT = "What is left as it is may be another deployment's. If not, --prune switches it off."


def table_of(report: Report, options: Options, base: str) -> Table:
    """A row per subscription that is wanted or ours. Addresses that begin with our public one are shown without it."""
    table = Table("event", Column(f"address at {base}", overflow="fold"), "status")
    for done in report.subscriptions:
        table.add_row(done.step.event, done.step.address.removeprefix(base), _status(done, options))
    return table


def _status(done: Done, options: Options) -> str:
    step = done.step
    if done.problem:
        return f"failed: {done.problem}" if step.action is Action.MAKE else done.problem
    text = (_TO_DO if options.dry_run else _DONE)[step.action]
    return f"{text}: {step.why}" if step.why else text


def notes(report: Report, options: Options) -> Iterator[str]:
    """What a person should know beside the table."""
    if not report.has_senders:
        yield OTHER_SENDERS
        return
    if any(done.step.action is Action.LEAVE for done in report.subscriptions):
        yield LEFT
    if report.proof is not None and report.exit_code == 0:
        yield f"Tested: {report.proof.text}."
    if report.subscriptions and report.proof is None:
        yield f"Not tested: our own address ({'--dry-run' if options.dry_run else '--no-test'})."
    if report.subscriptions:
        yield NOT_TESTED


def document_of(connection: str, report: Report, options: Options) -> dict[str, Any]:
    """The same for machines."""
    rights, proof = report.rights, report.proof
    return {
        "connection": connection,
        "rights": {right.resource: found.value for right, found in rights.found.items()} if rights else {},
        "test": {"verdict": proof.verdict.value, "text": proof.text} if proof else None,
        "dry_run": options.dry_run,
        "subscriptions": [
            {
                "event": done.step.event,
                "address": done.step.address,
                "id": done.step.id,
                "action": done.step.action.value,
                "why": done.step.why,
                "problem": done.problem,
            }
            for done in report.subscriptions
        ],
        "problems": report.problems,
        "unreachable": report.unreachable,
    }
