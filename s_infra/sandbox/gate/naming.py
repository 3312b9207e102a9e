"""Names the operation that a request calls, in each of AWS's protocols."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from botocore.model import OperationNotFoundError

from s_infra.sandbox.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Services of several models that sign with one name.
ALSO_SIGNED: Mapping[str, tuple[str, ...]] = {"sagemaker": ("sagemaker-runtime",)}
# Of these the path tells, whatever type the content has.
BY_PATH = frozenset({"lambda", "s3"})


def operation_name(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, list[str]],
) -> str:
    """Return the operation that a request calls; its method and path when it calls none."""
    if service not in BY_PATH:
        if target := headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        if action := query.get("Action"):
            return action[0]
        if "x-www-form-urlencoded" in headers.get("content-type", ""):
            return parse_qs(body.decode(errors="replace")).get("Action", ["unknown"])[0]
    if found := re.search(r"/operation/(\w+)$", path):
        return found[1]
    given = {*query, *headers}
    for verb, pattern, wanted, name in _routes(service):
        if verb == method and wanted <= given and pattern.fullmatch(path):
            return name
    return f"{method} {path}"


def path_members(service: str, path: str, operation: str) -> dict[str, str]:
    """Return the members of an operation's input that are part of its path."""
    pattern = _path_of(service, operation)
    found = pattern.fullmatch(path) if pattern is not None else None
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else {}


@functools.cache
def _path_of(service: str, operation: str) -> re.Pattern[str] | None:
    from botocore.exceptions import UnknownServiceError

    for one in (service, *ALSO_SIGNED.get(service, ())):
        try:
            path = service_model(one).operation_model(operation).http["requestUri"].partition("?")[0]
        except (UnknownServiceError, OperationNotFoundError):
            continue
        if "{" not in path:
            return None
        # A greedy one, `{Key+}`, goes on over slashes.
        part = re.compile(r"\{(\w+)(\+?)\}")
        named = part.sub(lambda one: f"(?P<{one[1]}>{'.+' if one[2] else '[^/]+'})", path.rstrip("/"))
        return re.compile(named + "/?")
    return None


@functools.cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], frozenset[str], str], ...]:
    from botocore.exceptions import UnknownServiceError

    # The first of those with one route stands for all: hundreds of operations share the path "/".
    routes: dict[tuple[str, str, frozenset[str]], str] = {}
    for one in (service, *ALSO_SIGNED.get(service, ())):
        try:
            model = service_model(one)
        except UnknownServiceError:
            continue
        models = [model.operation_model(name) for name in model.operation_names]
        # A newer operation on the route of a deprecated one is the one that is meant.
        for operation in sorted(models, key=lambda one: one.deprecated):
            http = operation.http
            path, _, query = http["requestUri"].partition("?")
            names = frozenset(
                (*(part.partition("=")[0] for part in query.split("&") if part), *_told(operation))
            )
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path.rstrip("/"))) + "/?"
            pattern = pattern.replace("[^/]+/?", ".+") if "+}" in path else pattern
            routes.setdefault((http["method"], pattern, names), operation.name)
    found = [(verb, re.compile(pattern), names, name) for (verb, pattern, names), name in routes.items()]
    # The one that asks for most comes first: PutBucketLogging before CreateBucket.
    return tuple(sorted(found, key=lambda route: -len(route[2])))


def _told(operation: Any) -> Iterator[str]:
    """Give what a request of the operation must have in its query and, in small letters, its headers."""
    shape = operation.input_shape
    for name in shape.required_members if shape else ():
        place = shape.members[name].serialization
        if place.get("location") == "querystring":
            yield place["name"]
        elif place.get("location") == "header":
            yield place["name"].lower()
