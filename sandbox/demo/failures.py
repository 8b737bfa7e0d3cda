"""What ends a demo early."""

from __future__ import annotations


class CouldNotRun(Exception):
    """The world can't be built, or a part of it broke: exit code 3. The text says what and where to look."""
