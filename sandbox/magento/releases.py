"""What differs between releases of Magento as one switch: a release sets all of them, each can be overridden."""

from __future__ import annotations

from typing import Any, Literal, get_args

from sandbox.magento import limits
from sandbox.magento.config import Config

Release = Literal["2.3.7", "2.4.4", "2.4.7", "2.4.8"]
RELEASES: tuple[Release, ...] = get_args(Release)

_SINCE_2_4_4: dict[str, Any] = {
    "bearer": False,  # enable_integration_as_bearer is off by default since then
    "out_of_range_page": "empty",  # Collection::getCurPage clamps up to 2.3.7 only
    "admin_token_seconds": limits.ADMIN_TOKEN_SECONDS,  # JWT
}
_SWITCHES: dict[Release, dict[str, Any]] = {
    "2.3.7": {
        "bearer": True,
        "out_of_range_page": "last",
        "admin_token_seconds": 4 * 3600,
        "unknown_properties": "masked",
        "reorder_relations": False,
    },
    "2.4.4": _SINCE_2_4_4 | {"reorder_relations": False},
    "2.4.7": _SINCE_2_4_4,  # a reorder gets an edit's number from here on (#39089)
    "2.4.8": _SINCE_2_4_4
    | {
        "row_totals": "2.4.8",  # #39984
        "itemized_taxes": True,
        "oauth_sort": "decoded",  # its own Hmac class
        "base_prices_bump": True,
    },
}


def config_of(release: Release, **switches: Any) -> Config:
    """The shop of a release; `switches` are fields of Config and win over the release's.

    Raises TypeError for others.
    """
    return Config(**{**_SWITCHES[release], **switches})
