"""Who may call REST: the integration (OAuth 1.0a, or its token as Bearer where allowed) or an administrator's token."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.magento import limits
from sandbox.magento.config import Config
from sandbox.magento.errors import Unauthorized, not_authorized
from sandbox.magento.oauth import Verifier
from sandbox.storage import Database, Shelf


@dataclass
class Gate:
    config: Config
    database: Database
    clock: Callable[[], float] = time.time
    verifier: Verifier = field(init=False)
    _failures: int = 0  # wrong passwords in a row
    _lock_ends: float = 0.0
    _admin_tokens: Shelf = field(init=False)  # token -> Unix second it ends

    def __post_init__(self) -> None:
        nonces = Shelf(self.database, "nonces")
        self.verifier = Verifier(self.config.credentials, self.config.oauth_sort, self.clock, nonces)
        self._admin_tokens = Shelf(self.database, "admin tokens")

    def use(self, config: Config) -> None:
        """Its switches are in force from now on."""
        self.config = config
        self.verifier.sort = config.oauth_sort

    def admit(self, request: web.Request, resource: str) -> bool:
        """Whether it is an administrator. `resource` is the ACL resource the route needs.

        Raises Unauthorized or InvalidInput.
        """
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "oauth":
            path, _, query = request.raw_path.partition("?")
            self.verifier.verify(request.method, f"{request.scheme}://{request.host.lower()}{path}", query, header)
        elif scheme.lower() == "bearer" and self._is_admin(token.strip()):
            return True  # an administrator may everything
        elif scheme.lower() != "bearer" or not self._is_integration(token.strip()):
            raise not_authorized(resource)
        if resource in self.config.denied_resources:
            raise not_authorized(resource)
        return False

    def admin_token(self, username: object, password: object) -> str:
        """A new administrator's token. Raises Unauthorized for wrong names, and while the name is locked."""
        wanted, now = self.config.credentials, self.clock()
        if username == wanted.admin_username and now >= self._lock_ends:
            if password == wanted.admin_password:
                self._failures = 0
                token = secrets.token_urlsafe(48)
                self._admin_tokens.put(token, int(now + self.config.admin_token_seconds), at_most=limits.ADMIN_TOKENS)
                return token
            self._failures += 1
            if self._failures >= limits.SIGN_IN_FAILURES:
                self._failures, self._lock_ends = 0, now + limits.SIGN_IN_LOCK_SECONDS
        raise Unauthorized(
            "The account sign-in was incorrect or your account is disabled temporarily. "
            "Please wait and try again later."
        )

    def expire_tokens(self, token: str | None = None) -> None:
        """This administrator's token, or all, cease to be good."""
        if token is None:
            self._admin_tokens.clear()
        else:
            self._admin_tokens.pop(token)

    def _is_admin(self, token: str) -> bool:
        end = self._admin_tokens.get(token)
        return end is not None and bool(end > self.clock())

    def _is_integration(self, token: str) -> bool:
        known = self.config.credentials.access_token.encode()
        return self.config.bearer and hmac.compare_digest(token.encode(errors="surrogateescape"), known)
