"""US regions as Magento's directory numbers them (directory_country_region, as installed)."""

from __future__ import annotations

_LIST = """
1 AL Alabama|2 AK Alaska|4 AZ Arizona|5 AR Arkansas|12 CA California|13 CO Colorado|14 CT Connecticut|15 DE Delaware
16 DC District of Columbia|18 FL Florida|19 GA Georgia|21 HI Hawaii|22 ID Idaho|23 IL Illinois|24 IN Indiana|25 IA Iowa
26 KS Kansas|27 KY Kentucky|28 LA Louisiana|29 ME Maine|31 MD Maryland|32 MA Massachusetts|33 MI Michigan
34 MN Minnesota|35 MS Mississippi|36 MO Missouri|37 MT Montana|38 NE Nebraska|39 NV Nevada|40 NH New Hampshire
41 NJ New Jersey|42 NM New Mexico|43 NY New York|44 NC North Carolina|45 ND North Dakota|47 OH Ohio|48 OK Oklahoma
49 OR Oregon|51 PA Pennsylvania|53 RI Rhode Island|54 SC South Carolina|55 SD South Dakota|56 TN Tennessee|57 TX Texas
58 UT Utah|59 VT Vermont|61 VA Virginia|62 WA Washington|63 WV West Virginia|64 WI Wisconsin|65 WY Wyoming
"""

_ENTRIES = [line.split(" ", 2) for line in _LIST.strip().replace("\n", "|").split("|")]
REGIONS: dict[str, tuple[int, str]] = {code: (int(number), name) for number, code, name in _ENTRIES}
"""Code -> (region_id, name)."""
