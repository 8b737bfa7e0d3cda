"""Magento's error answers: a message with %1 or %name in it, its parameters beside it, and the HTTP status."""

from __future__ import annotations

from typing import Any


class MagentoError(Exception):
    """Answered to the client as Magento's ErrorProcessor would."""

    status = 400

    def __init__(self, message: str, parameters: list[Any] | dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.parameters = parameters

    def text(self) -> str:
        """The message with its parameters in their places."""
        text = self.message
        values = self.parameters or []
        named = values.items() if isinstance(values, dict) else ((str(n), v) for n, v in enumerate(values, 1))
        for name, value in named:
            text = text.replace(f"%{name}", str(value))
        return text

    def body(self) -> dict[str, Any]:
        document: dict[str, Any] = {"message": self.message}
        if self.parameters is not None:
            document["parameters"] = self.parameters
        return document


class InvalidInput(MagentoError):
    """400: InputException, StateException and every other LocalizedException."""


class Unauthorized(MagentoError):
    """401: not authenticated, and also not permitted."""

    status = 401


class NotFound(MagentoError):
    """404: no such entity, or no such route."""

    status = 404


class NotAcceptable(MagentoError):
    """406: no renderer for what is accepted; told in the form of what happens before dispatch (recalled)."""

    status = 406

    def __init__(self, accept: str) -> None:
        super().__init__(
            "Server cannot match any of the given Accept HTTP header media type(s) from the request: "
            f'"{accept}" with media types from the config of response renderer.'
        )

    def body(self) -> dict[str, Any]:
        return {"messages": {"error": [{"code": self.status, "message": self.message}]}}


class Masked(MagentoError):
    """500: what Magento hides in production mode, such as a database error."""

    status = 500


def not_authorized(resource: str) -> Unauthorized:
    """Magento answers the same for a wrong token, a missing header and a missing permission (reference 2.2)."""
    return Unauthorized("The consumer isn't authorized to access %resources.", {"resources": resource})


def no_such_entity() -> NotFound:
    return NotFound("The entity that was requested doesn't exist. Verify the entity and try again.")


def no_such_product() -> NotFound:
    return NotFound("The product that was requested doesn't exist. Verify the product and try again.")


def no_route() -> NotFound:
    return NotFound("Request does not match any route.")


def required(field: str) -> InvalidInput:
    return InvalidInput('"%fieldName" is required. Enter and try again.', {"fieldName": field})


def wrong_type(value: str, wanted: str) -> InvalidInput:
    return InvalidInput(
        'The "%value" value\'s type is invalid. The "%type" type was expected. Verify and try again.',
        {"type": wanted, "value": value},
    )


def masked_failure() -> Masked:
    return Masked("Internal Error. Details are available in Magento log file. Report ID: webapi-sandbox")


class ControlError(Exception):
    """A wrong use of the sandbox's own control routes: answered with `status` and {"error": text}."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
