"""Names the operation that a request calls, in each of AWS's protocols."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping

# Services of several models that sign with one name.
ALSO_SIGNED: Mapping[str, tuple[str, ...]] = {"sagemaker": ("sagemaker-runtime",)}


def operation_name(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, list[str]],
) -> str:
    """Return the operation that a request calls; its method and path when it calls none."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if action := query.get("Action"):
        return action[0]
    if "x-www-form-urlencoded" in headers.get("content-type", ""):
        action = parse_qs(body.decode(errors="replace")).get("Action", ["unknown"])
        return action[0]
    if found := re.search(r"/operation/(\w+)$", path):
        return found[1]
    for verb, pattern, wanted, name in _routes(service):
        if verb == method and pattern.fullmatch(path) and wanted <= set(query):
            return name
    return f"{method} {path}"


@functools.cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], frozenset[str], str], ...]:
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    session = botocore.session.get_session()
    # The first of those with one route stands for all: hundreds of operations share the path "/".
    routes: dict[tuple[str, str, frozenset[str]], str] = {}
    for one in (service, *ALSO_SIGNED.get(service, ())):
        try:
            model = session.get_service_model(one)
        except UnknownServiceError:
            continue
        for name in model.operation_names:
            http = model.operation_model(name).http
            path, _, query = http["requestUri"].partition("?")
            names = frozenset(part.partition("=")[0] for part in query.split("&") if part)
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path.rstrip("/"))) + "/?"
            pattern = pattern.replace("[^/]+/?", ".+") if "+}" in path else pattern
            routes.setdefault((http["method"], pattern, names), name)
    found = [(verb, re.compile(pattern), names, name) for (verb, pattern, names), name in routes.items()]
    # The one that asks for most of the query comes first: PutBucketLogging before CreateBucket.
    return tuple(sorted(found, key=lambda route: -len(route[2])))
