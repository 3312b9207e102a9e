"""The service's errors."""

from __future__ import annotations


class CodeBuildError(Exception):
    """The service answers with an error: `code` as AWS names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> CodeBuildError:
    """Return AWS's error for input that it doesn't take."""
    return CodeBuildError("InvalidInputException", message)


def refusal(operation: str, what: str = "", why: str = "") -> CodeBuildError:
    """Return the refusal of something that AWS does and the sandbox doesn't."""
    named = f"codebuild:{operation} {what}".rstrip()
    return invalid(f"s-infra sandbox: {named} isn't carried out{f': {why}' if why else ''}")


def not_found(message: str) -> CodeBuildError:
    """Return AWS's error for what isn't there."""
    return CodeBuildError("ResourceNotFoundException", message)
