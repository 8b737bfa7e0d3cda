"""Orders: snapshots of shop orders become documents in the books."""
