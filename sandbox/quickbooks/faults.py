"""The fault plan: requests that are held, dropped, delayed or answered badly, as a test asks for."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.faulting import plan
from sandbox.quickbooks.fault_rules import Match, Rule


@dataclass(frozen=True, slots=True)
class Call:
    """What a rule can see of a request."""

    method: str
    entity: str
    operation: str
    realm: str


class FaultPlan(plan.FaultPlan[Rule]):
    """The rules in force, matched by what the call is."""

    def take_call(self, call: Call) -> plan.Taken[Rule]:
        """What becomes of this call; counted."""
        return self.take(lambda rule: _matches(rule.match, call))


def _matches(match: Match, call: Call) -> bool:
    return (
        match.method in (None, call.method)
        and (match.entity is None or match.entity.lower() == call.entity.lower())
        and match.operation in (None, call.operation)
        and match.realm in (None, call.realm)
    )
