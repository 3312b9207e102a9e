"""Errors as Secrets Manager answers them."""

from __future__ import annotations

NOT_FOUND = "Secrets Manager can't find the specified secret."
MARKED = "You can't perform this operation on the secret because it was marked for deletion."


class SecretsError(Exception):
    """An error that goes back to the caller: AWS's code and message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def not_found(message: str = NOT_FOUND) -> SecretsError:
    """Return the error for a secret, a version or a label that isn't there."""
    return SecretsError("ResourceNotFoundException", message)


def invalid_request(message: str) -> SecretsError:
    """Return the error for what a secret's state doesn't allow."""
    return SecretsError("InvalidRequestException", message)


def invalid_parameter(message: str) -> SecretsError:
    """Return the error for parameters that don't go together."""
    return SecretsError("InvalidParameterException", message)
