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
    _admin_tokens: Shelf = field(init=False)  # token -> Unix second it ends

    def __post_init__(self) -> None:
        nonces = Shelf(self.database, "nonces")
        self.verifier = Verifier(self.config.credentials, self.config.oauth_sort, self.clock, nonces)
        self._admin_tokens = Shelf(self.database, "admin tokens")

    def admit(self, request: web.Request, resource: str) -> None:
        """Raises Unauthorized or InvalidInput; `resource` is the ACL resource the route needs."""
        header = request.headers.get("Authorization", "")
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "oauth":
            path, _, query = request.raw_path.partition("?")
            self.verifier.verify(request.method, f"{request.scheme}://{request.host.lower()}{path}", query, header)
        elif scheme.lower() == "bearer" and self._is_admin(token.strip()):
            return  # an administrator may everything
        elif scheme.lower() != "bearer" or not self._is_integration(token.strip()):
            raise not_authorized(resource)
        if resource in self.config.denied_resources:
            raise not_authorized(resource)

    def admin_token(self, username: object, password: object) -> str:
        """A new administrator's token, or Unauthorized."""
        wanted = self.config.credentials
        if username != wanted.admin_username or password != wanted.admin_password:
            raise Unauthorized(
                "The account sign-in was incorrect or your account is disabled temporarily. "
                "Please wait and try again later."
            )
        token = secrets.token_urlsafe(48)
        end = int(self.clock() + limits.ADMIN_TOKEN_SECONDS)
        self._admin_tokens.put(token, end, at_most=limits.ADMIN_TOKENS)
        return token

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
