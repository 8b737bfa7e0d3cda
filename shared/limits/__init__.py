"""Every bound of the product, with its reason. Units are in the names.

A value that operators may need to change has a setting of the same name; the rest is fixed on purpose.

The bounds stand in a module for each part of the product, and are used as `limits.NAME`, wherever they stand.
"""

from __future__ import annotations

from shared.limits.catalogue import *
from shared.limits.log import *
from shared.limits.processes import *
from shared.limits.quickbooks import *
from shared.limits.receiving import *
from shared.limits.shops import *
from shared.limits.sizes import *
from shared.limits.stock import *
