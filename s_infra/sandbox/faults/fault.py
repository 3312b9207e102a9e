"""What a fault is: its kind, what it strikes, and which of the occasions."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from s_infra.errors import SInfraError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CALLS = ("throttle", "fail", "error", "slow", "cut")
DELIVERIES = ("lose", "double", "delay")
PROGRAMS = ("kill",)
KINDS = (*CALLS, *DELIVERIES, *PROGRAMS)
# Where an event or a message can go astray: S3 to EventBridge, a rule to its target, a queue to its function,
# a topic to a subscriber.
DELIVERY_TARGETS = ("s3-event", "rule-target", "queue-message", "topic-message")
PROGRAM_TARGETS = ("training", "function", "glue")
STATUSES = (500, 502, 503, 504)
CODE = re.compile(r"[A-Za-z][\w.]*")


class UnknownFaultError(SInfraError):
    """A fault that can't be: the text names what is wrong and the choices."""


@dataclass(frozen=True)
class Fault:
    """One fault. Of the occasions that match, the `nth` and the `count - 1` after it are struck.

    With a `probability` each occasion is struck so often, by a generator of random numbers with that `seed`;
    `count` is then the most. `seconds` are how long a call, a delivery or a program goes on before.
    """

    kind: str
    target: str
    on: str = "*"
    nth: int = 1
    count: int = 1
    probability: float | None = None
    seed: int = 0
    seconds: float = 0.0
    status: int = 500
    code: str | None = None
    after: bool = False

    def described(self) -> dict[str, Any]:
        """Return the fields that say something."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name in ("kind", "target") or getattr(self, field.name) != field.default
        }


def parsed(given: Mapping[str, Any], operations: Mapping[str, Sequence[str]]) -> Fault:
    """Return the fault that is asked for; `operations` are those that can be called, by service.

    Raises:
        UnknownFaultError: there is no such kind, target or number.
    """
    unknown = sorted(set(given) - {field.name for field in fields(Fault)})
    if unknown:
        raise UnknownFaultError(f"a fault has no '{unknown[0]}'")
    kind, target = str(given.get("kind")), str(given.get("target"))
    _check_choice("kind of fault", kind, KINDS)
    if kind in CALLS:
        _check_operation(target, operations)
    else:
        _check_choice(
            f"target of '{kind}'", target, DELIVERY_TARGETS if kind in DELIVERIES else PROGRAM_TARGETS
        )
    try:
        fault = Fault(**given)
        _check_numbers(fault)
    except TypeError as error:
        raise UnknownFaultError(f"a fault has a field of another type: {error}") from error
    return fault


def _check_numbers(fault: Fault) -> None:
    if fault.nth < 1 or fault.count < 1:
        raise UnknownFaultError("'nth' and 'count' are 1 or more")
    if fault.probability is not None and not 0 < fault.probability <= 1:
        raise UnknownFaultError("'probability' is more than 0 and at most 1")
    if fault.seconds < 0:
        raise UnknownFaultError("'seconds' is 0 or more")
    if fault.kind in ("slow", "delay") and not fault.seconds:
        raise UnknownFaultError(f"'{fault.kind}' needs 'seconds'")
    if fault.kind == "error" and not CODE.fullmatch(fault.code or ""):
        raise UnknownFaultError("'error' needs 'code': AccessDeniedException")
    if fault.status not in STATUSES:
        raise UnknownFaultError(f"'status' is one of {', '.join(map(str, STATUSES))}")


def _check_operation(target: str, operations: Mapping[str, Sequence[str]]) -> None:
    service, _, operation = target.partition(":")
    _check_choice("service", service, sorted(operations))
    _check_choice(f"operation of {service}", operation, operations[service])


def _check_choice(what: str, given: str, choices: Sequence[str]) -> None:
    if given not in choices:
        raise UnknownFaultError(f"there is no {what} '{given}'; choose one of {', '.join(choices)}")
