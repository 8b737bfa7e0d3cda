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


@dataclass
class Gate:
    config: Config
    clock: Callable[[], float] = time.time
    verifier: Verifier = field(init=False)
    _admin_tokens: dict[str, float] = field(default_factory=dict)  # token -> Unix second it ends

    def __post_init__(self) -> None:
        self.verifier = Verifier(self.config.credentials, self.config.oauth_sort, self.clock)

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
        self._admin_tokens[token] = self.clock() + limits.ADMIN_TOKEN_SECONDS
        return token

    def _is_admin(self, token: str) -> bool:
        now = self.clock()
        self._admin_tokens = {known: end for known, end in self._admin_tokens.items() if end > now}
        return token in self._admin_tokens

    def _is_integration(self, token: str) -> bool:
        known = self.config.credentials.access_token.encode()
        return self.config.bearer and hmac.compare_digest(token.encode(), known)
