"""States in which a whole company answers with a fault, whatever is asked. Set by /_sandbox/settings company_state.

Codes 100 to 150: Intuit's list of IPP error codes. 120, 130 and 6190 as callers recorded them (qbo_api#96,
python-quickbooks#120 and #369, QuickBooks-V3-PHP-SDK#211 and #257). HTTP statuses of 140, 150 and 10200 are recalled:
the switch company_state_status sets another.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.quickbooks.errors import FaultType, Problem, Refused
from sandbox.quickbooks.settings import CompanySettings, CompanyState


@dataclass(frozen=True, slots=True)
class StateFault:
    """How one state shows: the fault, its status, whether it is XML for every caller, and which calls it is for."""

    problem: Problem
    status: int
    kind: FaultType
    always_xml: bool = False
    writes_only: bool = False


_SUBSCRIPTION = (
    "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks "
    "Online Plus: the trial or the subscription is over, or a bill wasn't paid."
)
STATES: dict[CompanyState, StateFault] = {
    "locked": StateFault(
        Problem("140", "Company Locked Out", "CompanyLockedOut: somebody has the books for himself , statusCode: 403"),
        403,
        "AuthorizatonFault",
    ),
    "maintenance": StateFault(
        Problem("150", "Company Under Maintenance", "CompanyUnderMaintenance: come back later , statusCode: 503"),
        503,
        "SystemFault",
    ),
    "wrong_cluster": StateFault(
        Problem("130", "Accessing Wrong Cluster", "WrongClusterError: -11017-The wrong server , statusCode: 401", None),
        401,
        "AuthenticationFault",
        always_xml=True,
    ),
    "subscription_ended": StateFault(
        Problem("6190", "Invalid Company Status", _SUBSCRIPTION), 400, "ValidationFault", writes_only=True
    ),
    "reset": StateFault(
        Problem("10200", "Company has been reset", "The data of the company was wiped; Ids of before are void."),
        400,
        "SystemFault",
    ),
    "user_removed": StateFault(
        Problem(
            "120", "Authorization Failure", "AuthorizationFailure: -11014-No access to the company , statusCode: 403"
        ),
        403,
        "AuthorizatonFault",
    ),
    "bad_oauth": StateFault(
        Problem("100", "General Authentication Error", "AuthenticationErrorGeneral: SRV-110 , statusCode: 401", None),
        401,
        "AuthenticationFault",
        always_xml=True,
    ),
    "broken": StateFault(
        Problem("10000", "An application error has occurred", "System Failure Error: an unexpected error"),
        500,
        "SystemFault",
    ),
}


def state_fault(settings: CompanySettings, *, write: bool) -> tuple[Refused, bool] | None:
    """The fault that the company answers a call with, and whether it is XML in any case; None while it is open."""
    fault = STATES.get(settings.company_state)
    if fault is None or (fault.writes_only and not write):
        return None
    status = settings.company_state_status or fault.status
    return Refused(fault.problem, status=status, kind=fault.kind), fault.always_xml
