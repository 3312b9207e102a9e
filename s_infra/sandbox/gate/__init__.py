"""Refuses, by name, what the base would only say it did: services nobody uses, operations without effect."""

from __future__ import annotations

from s_infra.sandbox.gate.guard import install, refused
from s_infra.sandbox.gate.operations import CARRIED, OURS, SERVICES
from s_infra.sandbox.gate.refusals import refusal

__all__ = ["CARRIED", "OURS", "SERVICES", "install", "refusal", "refused"]
