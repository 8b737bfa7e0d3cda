"""The fault plan: requests that are held, dropped, delayed or answered badly, as a test asks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox import limits
from sandbox.quickbooks.fault_rules import Match, PlanDocument, Rule


@dataclass(frozen=True, slots=True)
class Call:
    """What a rule can see of a request."""

    method: str
    entity: str
    operation: str
    realm: str


@dataclass(slots=True)
class ActiveRule:
    """A rule with what became of it so far."""

    id: str
    rule: Rule
    matched: int = 0  # requests it acted on
    held: int = 0  # requests held now
    seen: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    random: Random = field(default_factory=Random)

    def drawn_seconds(self) -> float:
        """How long this request waits."""
        return self.rule.drawn_seconds(self.random)

    def as_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.rule.model_dump(mode="json"), "matched": self.matched, "held": self.held}

    async def hold(self) -> None:
        """Wait until the rule is released, or its seconds are over."""
        seconds = self.rule.seconds if self.rule.seconds is not None else limits.QB_HELD_SECONDS
        self.held += 1
        try:
            async with asyncio.timeout(seconds):
                await self.gate.wait()
        except TimeoutError:
            return
        finally:
            self.held -= 1


class TooManyRules(ValueError):
    """The plan is full."""


class FaultPlan:
    """The rules in force, in the order they were added; the first that matches acts."""

    def __init__(self) -> None:
        self._rules: dict[str, ActiveRule] = {}
        self._next = 1
        self._random = Random(0)

    def load(self, document: PlanDocument) -> list[ActiveRule]:
        """Put the document in the place of the plan in force; what is held goes on."""
        self.clear()
        self._random.seed(document.seed)
        return [self.add(rule) for rule in document.rules]

    def add(self, rule: Rule) -> ActiveRule:
        """Put the rule in force. Raises TooManyRules."""
        if len(self._rules) >= limits.QB_FAULT_RULES:
            raise TooManyRules(f"a plan has at most {limits.QB_FAULT_RULES} rules; DELETE /_sandbox/faults clears it")
        active = ActiveRule(str(self._next), rule, random=self._random)
        self._rules[active.id] = active
        self._next += 1
        return active

    def rules(self) -> list[ActiveRule]:
        return list(self._rules.values())

    def release(self, rule_id: str) -> bool:
        """Let the held requests of the rule go on, and let it act no more. False: there is no such rule."""
        active = self._rules.get(rule_id)
        if active is None:
            return False
        active.gate.set()
        return True

    def clear(self) -> None:
        """End the plan; what is held goes on. What is drawn begins anew."""
        self._random.seed(0)
        for active in self._rules.values():
            active.gate.set()
        self._rules.clear()

    def take(self, call: Call) -> ActiveRule | None:
        """The rule that acts on this request, counted."""
        for active in self._rules.values():
            if not _matches(active.rule.match, call) or active.gate.is_set():
                continue
            active.seen += 1
            if active.seen <= active.rule.skip:
                continue
            if active.rule.times is not None and active.matched >= active.rule.times:
                continue
            if active.rule.probability < 1 and self._random.random() >= active.rule.probability:
                continue
            active.matched += 1
            return active
        return None


def _matches(match: Match, call: Call) -> bool:
    return (
        match.method in (None, call.method)
        and (match.entity is None or match.entity.lower() == call.entity.lower())
        and match.operation in (None, call.operation)
        and match.realm in (None, call.realm)
    )
