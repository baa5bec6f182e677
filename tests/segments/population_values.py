"""Values that are hard to compare: of every type, of the wrong one, odd, blank, on the edge."""

import random
from collections.abc import Sequence

ODD_NAME = 'o\'dd "name" % \\ {x} ü'
TEXTS = [
    "es", "ES", "pt", "pt-BR", "Straße", "STRASSE", "İstanbul", "istanbul", "ǅ", "naïve", "nai\u0308ve", "O'Hara",
    'say "hi"', "100%", "100", "5%_", "a\\b", "a\\\\b", "{0}", "%s", "tab\there", "line\nbreak", "日本", "😀", "null",
    "true", "-1", "0", "A", "B", " es",
]  # fmt: skip
URLS = [
    "https://shop.example/coats?utm_source=news&x=1%20%", "https://shop.example/coats#red", "HTTPS://SHOP.EXAMPLE/",
    "/coats", "//", "android-app://example/'; --", "https://例え.jp/外套",
]  # fmt: skip
BLANKS = ["", " ", "\t\n", "\u00a0", "\u2003\u3000"]
NUMBERS = [
    0, 1, -1, 2, 3, 5, 10, 100, 0.1, 0.2, 0.3, 99.99, -0.5, 1e15, 123456789.123, 2**53, 10**40, 1e-20, -(10**40),
]  # fmt: skip
DATES = [
    "2026-03-29", "2026-03-30", "2026-03-31", "2026-02-28", "2024-02-29", "2023-02-29", "2026-02-30", "2026-13-01",
    "2026-03-29T23:30:00Z", "2026-03-30T00:30:00+02:00", "2026-03-28T23:00:00Z", "2026-03-29T04:59:59.999999-05:00",
    "2026-03-29 12:00:00", "2026-03-29T12:00", "2026-03-30T10:00:00+0545", "2026-03-29T24:00:00Z", "0001-01-01",
    "9999-12-31T23:59:59-12:00", "9999-12-31", "2026-3-29", "2026-03-29\n", " 2026-03-29", "２０２６-03-29",
    "1926-01-01", "1990-03-01", "2000-02-29T23:59:59Z", "2026-03-08T00:30", "2026-03-30T00:00:00+14:59",
    "2026-03-30T00:00:00+15:00",
]  # fmt: skip
VERSIONS = [
    "", " ", "10.2", "9.8", "10.2.0", "v2", "V2.0", "1.2-beta", "9" * 40, "10.10", "9.80", "1..2", ".5", "10.", "v",
    "latest", "１.２", "2.0+5", "0", "0.0.0", "010.2", "3 (12)", "9.8.0.0.1", "vv2", " 9.8", "1,5", "-1", "9.8\n",
]  # fmt: skip
LISTS = [[], ["es"], ["es", "pt"], ["ES"], ["es", 1, None], [1, 2], ["100%", "a\\b"], [["es"]], [""], ["O'Hara", "😀"]]
ITEMS: list[object] = [
    [], {}, "A", {"sku": "A"}, [{"sku": "A", "price": 5}], [{"sku": "A", "price": 5}, {"sku": "B", "price": "5"}],
    [{"sku": "B", "price": 100, "app": "10.2"}, {"sku": "A", "price": None}], [{}], [1, "A", None], [[{"sku": "A"}]],
    [{"sku": {"sku": "A"}}], [{"sku": ["es"], "gift": True}], [{"SKU": "A"}], [None, {"sku": "  ", "gift": False}],
    [{"sku": "2026-03-30", "price": 99.99, ODD_NAME: "O'Hara"}], [{"price": 0.1}, {"price": 0.2}, {"app": "v2"}],
]  # fmt: skip
OTHERS = [None, True, False, {}, {"es": 1}, {"a": {"b": 1}}]
KINDS: list[Sequence[object]] = [TEXTS, BLANKS, NUMBERS, DATES, LISTS, OTHERS, VERSIONS, ITEMS]
CUSTOM = ["plan", "score", "vip", "joined", "tags", "app", ODD_NAME]
EVENT_PROPERTIES = ["amount", "category", "gift", "delivered", "tags", "Items", "page_url", "app", ODD_NAME]
OF_NAME: dict[str, Sequence[object]] = {
    "plan": TEXTS, "score": NUMBERS, "vip": [True, False], "joined": DATES, "tags": LISTS, "app": VERSIONS,
    "amount": NUMBERS, "category": TEXTS[:4], "gift": [True, False], "delivered": DATES, "Items": ITEMS,
    "page_url": URLS,
}  # fmt: skip


def properties(names: list[str], chance: random.Random) -> dict[str, object]:
    """Mostly of the type the name stands for, sometimes of another, sometimes not there."""
    found: dict[str, object] = {}
    for name in names:
        if chance.random() < 0.8:
            pool = OF_NAME.get(name, TEXTS) if chance.random() < 0.75 else chance.choice(KINDS)
            found[name] = chance.choice(pool)
    return found
