"""Errors as EventBridge Scheduler answers them."""

from __future__ import annotations


class SchedulerError(Exception):
    """An error that goes back to the caller."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def validation(message: str) -> SchedulerError:
    """Return the error for a request that isn't of the right form."""
    return SchedulerError("ValidationException", message)


def conflict(message: str) -> SchedulerError:
    """Return the error for a name that is taken."""
    return SchedulerError("ConflictException", message, 409)


def not_found(message: str) -> SchedulerError:
    """Return the error for a name that nothing has."""
    return SchedulerError("ResourceNotFoundException", message, 404)


def not_carried_out(what: str) -> SchedulerError:
    """Return the refusal of an operation, a field or a value that the sandbox doesn't carry out."""
    return SchedulerError("NotImplemented", f"s-infra sandbox: scheduler:{what} isn't carried out", 501)
