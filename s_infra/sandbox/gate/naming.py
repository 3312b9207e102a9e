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
# Of these the path tells, whatever type the content has.
BY_PATH = frozenset({"lambda", "s3"})
# Two pairs of S3's operations differ by a header alone.
COPYING = {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}


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
    for verb, pattern, wanted, name in _routes(service):
        if verb == method and pattern.fullmatch(path) and wanted <= set(query):
            return COPYING.get(name, name) if "x-amz-copy-source" in headers else name
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
        models = [model.operation_model(name) for name in model.operation_names]
        # A newer operation on the route of a deprecated one is the one that is meant.
        for operation in sorted(models, key=lambda one: one.deprecated):
            http = operation.http
            path, _, query = http["requestUri"].partition("?")
            names = frozenset(part.partition("=")[0] for part in query.split("&") if part)
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path.rstrip("/"))) + "/?"
            pattern = pattern.replace("[^/]+/?", ".+") if "+}" in path else pattern
            routes.setdefault((http["method"], pattern, names), operation.name)
    found = [(verb, re.compile(pattern), names, name) for (verb, pattern, names), name in routes.items()]
    # The one that asks for most of the query comes first: PutBucketLogging before CreateBucket.
    return tuple(sorted(found, key=lambda route: -len(route[2])))
