"""Websites, store groups and store views of a shop, numbered in the order in which the configuration names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.magento.config import Config, StoreView

ADMIN = {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1}
ROOT_CATEGORY = 2


@dataclass(frozen=True)
class Stores:
    """Views by id and by code; the first is the default one."""

    views: tuple[StoreView, ...]
    base_url: str

    def __post_init__(self) -> None:
        for name in ("id", "code"):
            found = [getattr(view, name) for view in self.views]
            if len(set(found)) < len(found):
                raise ValueError(f"two store views have the same {name}")

    def by_code(self, code: str | None) -> StoreView | None:
        """The view; the default one for None."""
        if code is None:
            return self.views[0]
        return next((view for view in self.views if view.code == code), None)

    def by_id(self, number: int) -> StoreView:
        """The view, or the default one where a document names a store of another shop."""
        return next((view for view in self.views if view.id == number), self.views[0])

    def website_codes(self) -> list[str]:
        return list(dict.fromkeys(view.website_code for view in self.views))

    def website_id(self, view: StoreView) -> int:
        return self.website_codes().index(view.website_code) + 1

    def _groups(self) -> list[tuple[str, str]]:
        return list(dict.fromkeys((view.website_code, view.group_name) for view in self.views))

    def group_id(self, view: StoreView) -> int:
        return self._groups().index((view.website_code, view.group_name)) + 1

    def shown_views(self) -> list[dict[str, Any]]:
        shown = [
            {"id": view.id, "code": view.code, "name": view.name, "website_id": self.website_id(view)}
            | {"store_group_id": self.group_id(view), "is_active": 1}
            for view in self.views
        ]
        return [*shown, ADMIN]

    def shown_groups(self) -> list[dict[str, Any]]:
        admin = {"id": 0, "website_id": 0, "root_category_id": 0, "default_store_id": 0, "name": "Default"}
        shown = [admin | {"code": "default"}]
        for number, (website, name) in enumerate(self._groups(), start=1):
            first = next(view for view in self.views if (view.website_code, view.group_name) == (website, name))
            shown.append(
                {"id": number, "website_id": self.website_id(first), "root_category_id": ROOT_CATEGORY}
                | {"default_store_id": first.id, "name": name, "code": name.lower().replace(" ", "_")}
            )
        return shown

    def shown_websites(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = [{"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0}]
        for number, code in enumerate(self.website_codes(), start=1):
            first = next(view for view in self.views if view.website_code == code)
            shown.append(
                {"id": number, "code": code, "name": first.website_name, "default_group_id": self.group_id(first)}
            )
        return shown

    def shown_configs(self, codes: list[str] | None) -> list[dict[str, Any]]:
        """Of the views named, or of all."""
        return [self._config(view) for view in self.views if codes is None or view.code in codes]

    def _config(self, view: StoreView) -> dict[str, Any]:
        urls: dict[str, str] = {}
        for prefix in ("", "secure_"):
            urls[f"{prefix}base_url"] = self.base_url
            urls[f"{prefix}base_link_url"] = f"{self.base_url}index.php/"
            urls[f"{prefix}base_static_url"] = f"{self.base_url}static/"
            urls[f"{prefix}base_media_url"] = f"{self.base_url}media/"
        return {
            "id": view.id,
            "code": view.code,
            "website_id": self.website_id(view),
            "locale": view.locale,
            "base_currency_code": view.base_currency,
            "default_display_currency_code": view.display_currency or view.base_currency,
            "timezone": view.timezone,
            "weight_unit": "lbs",
            **urls,
        }


def stores_of(config: Config) -> Stores:
    """The default view, which the configuration describes by itself, and the further ones. Raises ValueError."""
    website_name, group_name, name = config.store_name.split("\n")
    first = StoreView(
        id=config.store_id, code=config.store_code, name=name, website_code=config.website_code,
        website_name=website_name, group_name=group_name, timezone=config.timezone, base_currency=config.currency,
    )  # fmt: skip
    return Stores((first, *config.more_stores), config.base_url)


def store_name(view: StoreView) -> str:
    """As orders keep it: website, group and view, one a line."""
    return "\n".join((view.website_name, view.group_name, view.name))
