"""A request as the gate reads it: its operation and the members that it gives."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.gate.members import MEMBERS, given
from s_infra.sandbox.gate.naming import path_members

if TYPE_CHECKING:
    from collections.abc import Mapping


KEY = re.compile(r"Credential=([^/]+)/")


@dataclass(frozen=True)
class Request:
    """One request to one operation of a service."""

    service: str
    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, list[str]]
    access_key_id: str | None

    @property
    def name(self) -> str:
        """The operation's name with its service's: `s3:PutObject`."""
        return f"{self.service}:{self.operation}"

    @cached_property
    def given(self) -> Mapping[str, Any]:
        """The members that the request gives, those of its path included; {} for what can't be read."""
        named = path_members(self.service, self.path, self.operation)
        if self.service in MEMBERS:
            return {**named, **given(self.service, self.operation, self.headers, self.body, self.query)}
        if not self.body.lstrip().startswith(b"{"):
            return named
        try:
            found = json.loads(self.body)
        except ValueError:
            return named
        return {**found, **named} if isinstance(found, dict) else named


def access_key_id(headers: Mapping[str, str], query: Mapping[str, list[str]]) -> str | None:
    """Return the access key that a request is signed with, in a header or as a presigned address."""
    found = KEY.search(headers.get("authorization", ""))
    if found:
        return found[1]
    return (query.get("X-Amz-Credential") or [""])[0].partition("/")[0] or None
