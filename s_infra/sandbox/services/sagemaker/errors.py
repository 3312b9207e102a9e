"""Errors as SageMaker answers them."""

from __future__ import annotations


class SageMakerError(Exception):
    """An error that goes back to the caller: AWS's error code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class JobError(Exception):
    """What ends a job as Failed; the text is its FailureReason, in AWS's form (`AlgorithmError: …`)."""


def validation(message: str) -> SageMakerError:
    """Return the error for a request that AWS refuses."""
    return SageMakerError("ValidationException", message)


def not_found(message: str) -> SageMakerError:
    """Return the error for a name that nothing has."""
    return SageMakerError("ResourceNotFound", message)


def not_carried_out(operation: str, what: str) -> SageMakerError:
    """Return the refusal of a field, or of a value of one, that the sandbox doesn't carry out."""
    return validation(f"s-infra sandbox: sagemaker:{operation} {what} isn't carried out")
