"""Connects a shop: looks at what we are allowed, proves our own address, and brings the subscriptions in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from services.ingest.subscribing.plan import Action, Step, Subscription, Wanted, plan
from services.ingest.subscribing.proof import EVENT, Proof, Verdict, prove
from services.ingest.subscribing.rights import SUBSCRIPTIONS, Found, Rights, look
from services.ingest.subscribing.shop import Done, carry_out, subscriptions_of
from shared.magento.client import MagentoClient
from shared.magento.faults import MagentoError, Refused, ShopUnavailable, Throttled, Unauthorised

COMMON_EVENTS = "CommonAsyncEvents"


@dataclass(frozen=True, slots=True)
class Options:
    """What the person asked for."""

    dry_run: bool = False
    prune: bool = False
    renew: bool = False
    test: bool = True


@dataclass(slots=True)
class Report:
    """How far it came, filled in as it goes. `problems` are for a person to mend, `unreachable` what didn't answer."""

    rights: Rights | None = None
    proof: Proof | None = None
    subscriptions: list[Done] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unreachable: str = ""
    changing: bool = False
    """Whether subscriptions are being changed: if the shop falls silent then, its last answer is missing."""
    has_senders: bool = True
    """Whether the shop has the module that sends."""

    @property
    def exit_code(self) -> int:
        """1: something must be mended; 3: shop or address can't be reached."""
        if self.unreachable:
            return 3
        return 1 if self.problems else 0


@dataclass(frozen=True, slots=True)
class Connecting:
    """One use of the command."""

    client: MagentoClient
    session: aiohttp.ClientSession
    wanted: Wanted
    token_of: Callable[[str], str]
    options: Options
    say: Callable[[str], None]

    async def run(self) -> Report:
        """All of it, or as far as it goes. Nothing is changed in the shop unless our address is proven."""
        report = Report()
        try:
            await self._steps(report)
        except (ShopUnavailable, Throttled) as error:
            report.unreachable = f"the shop gives no answer: {error.message}"
            if report.changing:
                report.unreachable += (
                    "; what it did last isn't known: run this again, it looks before it changes anything"
                )
        except MagentoError as error:
            report.problems.append(f"the shop's answer can't be used: {error.message}")
        return report

    async def _steps(self, report: Report) -> None:
        self.say("asking the shop what the integration may do")
        report.rights = await look(self.client)
        if not self._allowed(report, report.rights):
            return
        await self._check_common_events(report)
        if not self.options.dry_run and self.options.test and not await self._prove(report, report.rights):
            return
        self.say("listing the shop's subscriptions")
        steps = self._plan(await subscriptions_of(self.client), renew=self.options.renew)
        if self.options.dry_run:
            report.subscriptions = [Done(step) for step in steps]
            return
        self.say("bringing the subscriptions in order")
        report.changing = True
        async for done in carry_out(self.client, steps, self.token_of):
            report.subscriptions.append(done)
            if done.problem:
                report.problems.append(f"{done.step.event}: {done.problem}")
        report.changing = False
        await self._check_again(report, steps)

    def _plan(self, found: Sequence[Subscription], *, renew: bool) -> list[Step]:
        return plan(self.wanted, found, prune=self.options.prune, renew=renew)

    def _allowed(self, report: Report, rights: Rights) -> bool:
        """Notes what is missing; whether it makes sense to go on."""
        if not rights.signed_in:
            report.problems.append(f"the shop lets the integration in to nothing: {rights.refusal}")
            return False
        for right in rights.missing:
            report.problems.append(
                f"the integration may not {right.what}: tick {right.place} ({right.resource}) in its API tab, then "
                "save it and reauthorise it"
            )
        report.has_senders = rights.found[SUBSCRIPTIONS] is not Found.ABSENT
        if not report.has_senders:
            report.problems.append("the shop has no Mage-OS Async Events: /V1/async_events is no route of it")
        return rights.found[SUBSCRIPTIONS] is Found.GRANTED

    async def _check_common_events(self, report: Report) -> None:
        """The module sends only what another one tells it of. Who may read the list of modules isn't known for sure."""
        try:
            modules = await self.client.get("modules")
        except (Unauthorised, Refused):
            return
        if isinstance(modules, list) and not any(str(name).endswith(COMMON_EVENTS) for name in modules):
            report.problems.append(
                "the shop has Mage-OS Async Events but not its common events (mage-os/mageos-common-async-events): "
                "subscriptions are taken, and nothing is ever sent"
            )

    async def _prove(self, report: Report, rights: Rights) -> bool:
        address = self.wanted.address(EVENT)
        self.say(f"sending test events to {address}")
        proof = report.proof = await prove(self.session, address, self.token_of(EVENT), rights.newest_order)
        if proof.verdict is Verdict.UNREACHABLE:
            report.unreachable = f"{address}: {proof.text}"
        elif proof.verdict is Verdict.REFUSED:
            report.problems.append(f"{address}: {proof.text}")
        return proof.verdict is Verdict.TAKEN

    async def _check_again(self, report: Report, steps: list[Step]) -> None:
        """Whether the shop has now what was asked for."""
        if all(step.action in (Action.KEEP, Action.LEAVE) for step in steps) or report.problems:
            return
        left = self._plan(await subscriptions_of(self.client), renew=False)
        for step in left:
            if step.action not in (Action.KEEP, Action.LEAVE):
                report.problems.append(f"{step.event}: the shop did not do as asked; still to do: {step.action.value}")
