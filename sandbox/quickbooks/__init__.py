"""A QuickBooks Online company as an HTTP server with state, as strict as the real one where its rules are known."""

from sandbox.quickbooks.app import build_app
from sandbox.quickbooks.settings import SandboxConfig

__all__ = ["SandboxConfig", "build_app"]
