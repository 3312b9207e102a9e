"""Faults on request: calls that fail, deliveries that go astray, programs that are killed."""

from __future__ import annotations

from s_infra.sandbox.faults.fault import Fault, UnknownFaultError, parsed
from s_infra.sandbox.faults.registry import Faults

__all__ = ["Fault", "Faults", "UnknownFaultError", "parsed"]
