"""Webhooks out: one engine that delivers, and a module for each kind of sender that a Magento shop may have.

engine.py sends, tries again, counts and remembers; delivery.py and disturbance.py are its terms. mageos*.py are Mage-OS
Async Events, io_*.py Adobe I/O Events, commerce*.py the synchronous webhooks of Adobe Commerce, mageplaza*.py and
liquid*.py the Mageplaza module. hub.py knows the registrations, control.py takes them.
"""

from sandbox.magento.webhooks.hub import Hub

__all__ = ["Hub"]
