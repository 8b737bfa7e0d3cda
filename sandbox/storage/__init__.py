"""Where both sandboxes keep what must not be lost: one SQLite database, in memory or in a file."""

from sandbox.storage.database import Database, Program, StoreRefused
from sandbox.storage.shelf import Shelf

__all__ = ["Database", "Program", "Shelf", "StoreRefused"]
