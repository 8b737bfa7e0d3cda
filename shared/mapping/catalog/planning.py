"""Products, items and links -> the plan that brings the items where the products are. Pure.

1. Which products need an item at all (choosing.py).
2. SKUs that differ by case or spaces only: people must rename one, nothing is planned for them.
3. Which item stands for each product (matching.py). An item stands for one product.
4. Names for the items that are made (naming.py), over the whole catalogue.
5. One operation for each product, or none (deciding.py), and the categories that they need (categories.py).

The same input gives the same plan, in whatever order it comes; and once a plan is applied, the next one is empty.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from shared.commerce.product import Product
from shared.mapping.books import Books
from shared.mapping.catalog.categories import Categories, Ways
from shared.mapping.catalog.choosing import choose, may_be_made
from shared.mapping.catalog.content import Contents
from shared.mapping.catalog.deciding import Decider, Wanted
from shared.mapping.catalog.matching import Match, Standing, Undecided
from shared.mapping.catalog.naming import Names
from shared.mapping.catalog.plan import CatalogPlan, Conflict, ConflictKind, SkipReason
from shared.mapping.catalog.report import Report
from shared.mapping.catalog.sold import Sold
from shared.mapping.catalog.standing import BooksItem, ProductLink
from shared.mapping.identity import SkuIdentity, identity_of
from shared.mapping.text import without_marks
from shared.settings.model import Settings
from shared.settings.products import Leaving, Workflow


@dataclass(frozen=True, slots=True)
class Sources:
    """What a plan is made from: items of the company; its links of SKUs (key -> item) and of products, of all its
    shops; its ways; what was `sold`, for the workflow of that name; and names (same_name) that are `unavailable`:
    QuickBooks refused them as taken; and what it said of categories that it wouldn't make, by full name (same_name)."""

    items: Iterable[BooksItem]
    skus: Mapping[str, str]
    products: Iterable[ProductLink]
    books: Books
    sold: Sold = field(default_factory=Sold)
    unavailable: Collection[str] = ()
    no_categories: Mapping[str, str] = field(default_factory=dict)


def plan(products: Iterable[Product], sources: Sources, settings: Settings) -> CatalogPlan:
    """The plan for all products of one connection. Empty when the workflow is off."""
    if settings.products.workflow is Workflow.OFF:
        return CatalogPlan()
    return _Planner(products, sources, settings).plan()


def with_unreadable(found: CatalogPlan, unreadable: Mapping[str, str]) -> CatalogPlan:
    """The plan with products whose snapshots can't be read: key of the snapshot -> why."""
    ends = ((int(key.rpartition(":")[2]), why) for key, why in unreadable.items())
    told = tuple(Conflict(ConflictKind.UNREADABLE, why, (number,), ("",)) for number, why in sorted(ends))
    return replace(found, conflicts=(*found.conflicts, *told))


class _Planner:
    def __init__(self, products: Iterable[Product], sources: Sources, settings: Settings) -> None:
        self._products = sorted(products, key=lambda product: product.key.id)
        self._settings = settings
        self._sold = sources.sold
        self._standing = Standing(
            settings.quickbooks.realm,
            settings.items.match,
            sources.items,
            sources.skus,
            sources.products,
            sources.unavailable,
        )
        company = sources.books.company
        ways = Ways(settings.products.make_categories, company.has_categories, sources.no_categories)
        self._categories = Categories(self._standing, ways)
        contents = Contents(settings, sources.books, self._categories)
        self._report = Report()
        self._decider = Decider(settings, contents, self._standing, self._report)
        self._claims: dict[str, Product] = {}  # item -> whom it stands for

    def plan(self) -> CatalogPlan:
        wanted = self._without_clashes(list(self._wanted()))
        matches = self._match(wanted)
        self._decide([one for one in wanted if one.product.key.id in matches], matches)
        for product in self._products:
            if product.deleted:
                self._decide_deleted(product)
        return replace(self._report.plan(), categories=self._categories.operations)

    def _wanted(self) -> Iterable[Wanted]:
        for product in self._products:
            if product.deleted:
                continue
            identity = identity_of(product.sku, self._settings.items.match)
            if (identity.sku == "?" != product.sku) or not without_marks(identity.sku).strip():
                self._report.conflict(ConflictKind.NO_SKU, "the SKU has no character that QuickBooks takes", product)
                continue
            chosen = choose(product, self._settings.products, sold=self._counts_as_sold(product, identity))
            if isinstance(chosen, SkipReason):
                self._report.skip(product, chosen)
            else:
                yield Wanted(product, identity, chosen)

    def _counts_as_sold(self, product: Product, identity: SkuIdentity) -> bool:
        """Orders go from the log in time: who has an item, or whose SKU orders used once, was sold before."""
        standing = self._standing
        known = standing.own(product) is not None or standing.leads_to(identity) is not None
        return known or self._sold.holds(product, identity)

    def _without_clashes(self, wanted: list[Wanted]) -> list[Wanted]:
        """Those whose SKU is unlike all others, and of those that clash the ones that are settled."""
        groups: dict[str, list[Wanted]] = defaultdict(list)
        for one in wanted:
            groups[" ".join(without_marks(one.identity.key).casefold().split())].append(one)
        clear = []
        for group in groups.values():
            settled = self._settled(group) if len(group) > 1 else group
            clear += settled
            if len(settled) < len(group):
                self._report.clash([one.product for one in group])
        return sorted(clear, key=lambda one: one.product.key.id)

    def _settled(self, group: list[Wanted]) -> list[Wanted]:
        """Those that have their item by the catalogue's link: they keep it. Of several with the same key one: the key
        leads to one item."""
        found: dict[str, tuple[Wanted, bool]] = {}
        for one in group:
            own = self._standing.own(one.product)
            if own is None:
                continue
            led = self._standing.leads_to(one.identity) == own.item_id
            before = found.get(one.identity.key)
            if before is None or (led and not before[1]):
                found[one.identity.key] = one, led
        return [one for one, _ in found.values()]

    def _match(self, wanted: list[Wanted]) -> dict[int, Match | None]:
        """The item of each product; None for one without. Products that people must decide about are left out.

        An item goes to the product for which most speaks. Another one that it might stand for gets an item of its own:
        a product that was renamed keeps its item, and the SKU is the other one's from now on.
        """
        found: dict[int, Match | None] = {}
        candidates: list[tuple[Match, Product]] = []
        for one in wanted:
            try:
                match = self._standing.match(one.product, one.identity)
            except Undecided as undecided:
                self._report.undecided(one.product, undecided)
                continue
            if match is not None and self._standing.governed_by_another(one.product, match.item):
                self._report.skip(one.product, SkipReason.ANOTHER_SHOPS)
                continue
            found[one.product.key.id] = None
            if match is not None:
                candidates.append((match, one.product))
        owners = Counter(match.item.id for match, _ in candidates if match.own is not None)
        for match, product in sorted(candidates, key=lambda pair: (pair[0].evidence, pair[1].key.id)):
            if owners[match.item.id] > 1:
                text = "the item in QuickBooks is linked to several products"
                self._report.conflict(ConflictKind.ITEM_SHARED, text, product, (match.item.id,))
                del found[product.key.id]
            elif self._claims.setdefault(match.item.id, product) is product:
                found[product.key.id] = match
        return found

    def _decide(self, wanted: list[Wanted], matches: dict[int, Match | None]) -> None:
        products = [one.product for one in wanted if matches[one.product.key.id] or self._may_be_made(one)]
        names = Names(self._settings.items.match, self._settings.products.names, products, self._standing.taken())
        for one in wanted:
            match = matches[one.product.key.id]
            if match is None and not self._may_be_made(one):
                self._report.skip(one.product, SkipReason.DISABLED)
                continue
            try:
                if match is None:
                    self._decider.create(one, names)
                else:
                    self._decider.change(one, match, names)
            except Undecided as undecided:
                self._report.undecided(one.product, undecided)

    def _may_be_made(self, one: Wanted) -> bool:
        return may_be_made(one.product, self._settings.products)

    def _decide_deleted(self, product: Product) -> None:
        link = self._standing.own(product)
        item = self._standing.items[link.item_id] if link is not None else None
        kept = self._settings.products.deleted is Leaving.KEEP
        if item is None or kept or not item.active or item.id in self._claims:
            self._report.skip(product, SkipReason.DELETED)
            return
        self._claims[item.id] = product  # also of a product that was deleted before, under the same SKU
        try:
            self._decider.deactivate(product, item, "the shop deleted it")
        except Undecided as undecided:
            self._report.undecided(product, undecided)
