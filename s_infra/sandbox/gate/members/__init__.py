"""Which members of its operation's input a request gives, by botocore's model, and which are carried out.

A file a service of the base has `MEMBERS`: by the operation's name those of its members that the base does
something with. What isn't in it may be given empty, as SDKs and Terraform do, and is refused otherwise.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from s_infra.sandbox import query as forms
from s_infra.sandbox.gate.members import (
    dynamodb,
    ec2,
    ecr,
    events,
    functions,
    iam,
    kms,
    logs,
    s3,
    sns,
    sqs,
    ssm,
    sts,
)
from s_infra.sandbox.gate.naming import BY_PATH
from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMBERS: Mapping[str, Mapping[str, frozenset[str]]] = {
    service: {operation: frozenset(members.split()) for operation, members in table.items()}
    for service, table in {
        "dynamodb": dynamodb.MEMBERS,
        "ec2": ec2.MEMBERS,
        "ecr": ecr.MEMBERS,
        "events": events.MEMBERS,
        "iam": iam.MEMBERS,
        "kms": kms.MEMBERS,
        "lambda": functions.MEMBERS,
        "logs": logs.MEMBERS,
        "s3": s3.MEMBERS,
        "sns": sns.MEMBERS,
        "sqs": sqs.MEMBERS,
        "ssm": ssm.MEMBERS,
        "sts": sts.MEMBERS,
    }.items()
}
# Of the query protocol itself; signatures in the query begin so, too.
OF_THE_PROTOCOL = ("Action", "Version", "X-Amz-")
ENTRY = re.compile(r"(?P<name>\w+)\.(?:entry\.|member\.)?(?P<number>\d+)(?:\.(?P<rest>.+))?")


@dataclass(frozen=True)
class _Input:
    """An operation's input: members by names of headers and of the query, and the one that is the body."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    payload: str | None
    in_body: bool


@functools.cache
def _input(service: str, operation: str) -> _Input:
    shape = service_model(service).operation_model(operation).input_shape
    by: dict[str, dict[str, str]] = {"header": {}, "headers": {}, "querystring": {}, "uri": {}, "body": {}}
    for name, member in shape.members.items() if shape else ():
        wire = str(member.serialization.get("name", name))
        location = str(member.serialization.get("location", "body"))
        by[location][wire.lower() if location == "header" else wire] = name
    payload = shape.serialization.get("payload") if shape else None
    return _Input(by["header"], by["querystring"], payload, bool(by["body"]))


def given(
    service: str, operation: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]
) -> dict[str, Any]:
    """Return the members that a request gives, with their values; a body that is one member is left as bytes.

    Members of the path are left out. One that the model doesn't know has the name that it came by.
    """
    form = "x-www-form-urlencoded" in headers.get("content-type", "") or "Action" in query
    if service == "ec2":
        return _of_ec2(operation, body, query)
    if form and service not in BY_PATH:
        return _of_form({**query, **parse_qs(body.decode(errors="replace"))})
    known = _input(service, operation)
    found: dict[str, Any] = {known.headers[name]: headers[name] for name in known.headers.keys() & headers}
    for name, values in query.items():
        # Presigned addresses have headers in their query.
        member = known.query.get(name) or known.headers.get(name.lower())
        if member:
            found[member] = values[0]
    if known.payload:
        return {**found, known.payload: body} if body else found
    if known.in_body and body:
        return {**found, **json.loads(body)}
    return found


def _of_ec2(operation: str, body: bytes, query: Mapping[str, list[str]]) -> dict[str, Any]:
    # Its lists have other names in a form than in the model.
    try:
        return forms.request("ec2", operation, forms.form_of(body, query))
    except forms.MalformedError as error:
        return {str(error): True}


def _of_form(form: Mapping[str, list[str]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    several: dict[str, dict[int, dict[str, str]]] = {}
    for key, values in form.items():
        if key.startswith(OF_THE_PROTOCOL):
            continue
        if (entry := ENTRY.fullmatch(key)) is None:
            found[key] = values[0]
        else:
            rest = entry["rest"] or ""
            several.setdefault(entry["name"], {}).setdefault(int(entry["number"]), {})[rest] = values[0]
    for name, entries in several.items():
        maps = all(set(entry) <= {"key", "value"} for entry in entries.values())
        if maps:
            found[name] = {entry["key"]: entry.get("value", "") for entry in entries.values()}
        else:
            found[name] = [entries[number] for number in sorted(entries)]
    return found


def not_carried(service: str, operation: str, members: Mapping[str, Any]) -> str | None:
    """Return the first of the given members that isn't carried out, None when all are."""
    carried = MEMBERS[service][operation]
    return next((name for name, value in members.items() if name not in carried and not empty(value)), None)


def empty(value: Any) -> bool:
    """Tell whether a member that has this value says no more than one that is left out."""
    if isinstance(value, dict):
        return all(empty(one) for one in value.values())
    return value in (None, "", False, "false", [], b"")
