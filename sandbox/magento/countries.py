"""Countries as Magento's directory has them: two-letter codes; of some the three letters and the name."""

from __future__ import annotations

_CODES = """
    AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BA BW BV BR IO VG BN BG BF
    BI KH CM CA CV BQ KY CF TD CL CN CX CC CO KM CG CD CK CR HR CU CW CY CZ CI DK DJ DM DO EC EG SV GQ ER EE SZ
    ET FK FO FJ FI FR GF PF TF GA GM GE DE GH GI GR GL GD GP GU GT GG GN GW GY HT HM HN HK HU IS IN ID IR IQ IE
    IM IL IT JM JP JE JO KZ KE KI KW KG LA LV LB LS LR LY LI LT LU MO MG MW MY MV ML MT MH MQ MR MU YT MX FM MD
    MC MN ME MS MA MZ MM NA NR NP NL NC NZ NI NE NG NU NF KP MK MP NO OM PK PW PS PA PG PY PE PH PN PL PT QA RO
    RU RW RE WS SM ST SA SN RS SC SL SX SG SK SI SB SO ZA GS KR SS ES LK BL SH KN LC MF PM VC SD SR SJ SE CH SY
    TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UM VI UG UA AE GB US UY UZ VU VA VE VN WF EH XK YE ZM ZW
"""
COUNTRIES = frozenset(_CODES.split())
NAMED = {
    "AT": ("AUT", "Austria"),
    "AU": ("AUS", "Australia"),
    "BE": ("BEL", "Belgium"),
    "CA": ("CAN", "Canada"),
    "CH": ("CHE", "Switzerland"),
    "DE": ("DEU", "Germany"),
    "ES": ("ESP", "Spain"),
    "FR": ("FRA", "France"),
    "GB": ("GBR", "United Kingdom"),
    "IE": ("IRL", "Ireland"),
    "IT": ("ITA", "Italy"),
    "MX": ("MEX", "Mexico"),
    "NL": ("NLD", "Netherlands"),
    "NZ": ("NZL", "New Zealand"),
    "PL": ("POL", "Poland"),
    "SE": ("SWE", "Sweden"),
    "US": ("USA", "United States"),
}
"""Code -> (ISO 3166-1 alpha-3, English name): those the sandbox lists; the others are only known to exist."""
