"""Errors as CloudWatch answers them."""

from __future__ import annotations


class CloudWatchError(Exception):
    """An error that goes back to the caller.

    `shape` is its name in the JSON and CBOR protocols, `code` in the query protocol (and what SDKs show).
    """

    def __init__(self, shape: str, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.shape, self.code, self.message, self.status = shape, code, message, status


def validation(message: str) -> CloudWatchError:
    """Return the error for a request that isn't of the right form."""
    return CloudWatchError("ValidationException", "ValidationError", message)


def missing(message: str) -> CloudWatchError:
    """Return the error for a parameter that is required."""
    return CloudWatchError("MissingRequiredParameterException", "MissingParameter", message)


def bad_value(message: str) -> CloudWatchError:
    """Return the error for a value that isn't allowed."""
    return CloudWatchError("InvalidParameterValueException", "InvalidParameterValue", message)


def bad_combination(message: str) -> CloudWatchError:
    """Return the error for parameters that don't go together."""
    return CloudWatchError("InvalidParameterCombinationException", "InvalidParameterCombination", message)


def bad_token() -> CloudWatchError:
    """Return the error for a NextToken that wasn't given out."""
    return CloudWatchError("InvalidNextToken", "InvalidNextToken", "The next token is not valid.")


def not_found(message: str) -> CloudWatchError:
    """Return the error for a name that nothing has."""
    return CloudWatchError("ResourceNotFound", "ResourceNotFound", message, 404)


def not_carried_out(what: str) -> CloudWatchError:
    """Return the refusal of an operation, a field or a value that the sandbox doesn't carry out."""
    message = f"s-infra sandbox: monitoring:{what} isn't carried out"
    return CloudWatchError("NotImplemented", "NotImplemented", message, 501)
