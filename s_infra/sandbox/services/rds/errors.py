"""Errors as RDS answers them."""

from __future__ import annotations

from s_infra.sandbox.service_models import service_model

BAD_REQUEST = 400


class RdsError(Exception):
    """An error that goes back to the caller: AWS's code and message, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = BAD_REQUEST) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def fault(shape: str, message: str) -> RdsError:
    """Return the error of a shape of the service model: `DBInstanceNotFoundFault`."""
    found = service_model("rds").shape_for(shape).metadata["error"]
    return RdsError(found["code"], message, found["httpStatusCode"])


def invalid_value(message: str) -> RdsError:
    """Return the error for a value that RDS refuses."""
    return RdsError("InvalidParameterValue", message)


def invalid_identifier(field: str) -> RdsError:
    """Return the error for a name that RDS doesn't take."""
    return invalid_value(
        f"The parameter {field} is not a valid identifier. Identifiers must begin with a letter; must "
        "contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two "
        "consecutive hyphens."
    )


def invalid_combination(message: str) -> RdsError:
    """Return the error for values that don't go together."""
    return RdsError("InvalidParameterCombination", message)


def not_carried_out(operation: str, what: str) -> RdsError:
    """Return the refusal of what the sandbox doesn't carry out."""
    return RdsError("NotImplemented", f"s-infra sandbox: rds:{operation} {what} isn't carried out", 501)
