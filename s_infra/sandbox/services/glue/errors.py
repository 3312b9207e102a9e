"""The service's errors."""

from __future__ import annotations


class GlueError(Exception):
    """The service answers with an error: `code` as AWS names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> GlueError:
    """Return AWS's error for input that it doesn't take."""
    return GlueError("InvalidInputException", message)


def refusal(operation: str, what: str) -> GlueError:
    """Return the refusal of something that AWS does and the sandbox doesn't."""
    return invalid(f"s-infra sandbox: glue:{operation} {what} isn't carried out")


def not_found(message: str) -> GlueError:
    """Return AWS's error for what isn't there."""
    return GlueError("EntityNotFoundException", message)


def exists(message: str) -> GlueError:
    """Return AWS's error for what is there already."""
    return GlueError("AlreadyExistsException", message)
