"""Asynchronous and bulk calls: accepted at once, done later by a consumer, told of by their status."""
