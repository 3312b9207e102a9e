"""Glue: jobs in Python and Spark, crawlers and the Data Catalog. Everything else is refused by name."""

from __future__ import annotations

import functools
import json
import threading
from typing import TYPE_CHECKING, Any

from s_infra.sandbox import constraints
from s_infra.sandbox.services.glue import carried, catalog, crawlers, job_operations, partitions
from s_infra.sandbox.services.glue.errors import GlueError, invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.base import Base, Response
    from s_infra.sandbox.services.glue.jobs import Fields

CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.1"}


def install(base: Base) -> None:
    """Serve Glue in place of the base's, which runs no job as AWS does."""
    glue = Glue(base)
    base.keep_state("glue", glue.dump, glue.restore)
    base.add_service("glue", glue.handle, target_prefixes=["AWSGlue"], host_patterns=[r"glue\."])


class Glue:
    """The service: its parts, their lock and their tags."""

    def __init__(self, base: Base) -> None:
        self._lock = threading.RLock()
        self._tags: dict[str, dict[str, str]] = {}
        self._jobs = job_operations.Jobs(base, self._tags)
        self._catalog = catalog.Catalog(base.account_id, base.region, self._tags)
        self._crawlers = crawlers.Crawlers(base, self._catalog, self._lock, self._tags)
        self._operations: dict[str, Callable[[Fields], Fields]] = {
            "GetTags": self._get_tags,
            "TagResource": self._tag_resource,
            "UntagResource": self._untag_resource,
            **_bound(job_operations.OPERATIONS, self._jobs),
            **_bound(catalog.OPERATIONS, self._catalog),
            **_bound(partitions.OPERATIONS, self._catalog),
            **_bound(crawlers.OPERATIONS, self._crawlers),
        }

    def dump(self) -> tuple[object, list[str]]:
        """Return what is kept, and the names of what ends with the sandbox."""
        with self._lock:
            content, lost = self._jobs.dump()
            crawlers_kept, crawls_lost = self._crawlers.dump()
            own = {"tags": self._tags, "catalog": self._catalog.dump(), "crawlers": crawlers_kept}
            return {**content, **own}, [*lost, *crawls_lost]

    def restore(self, content: Fields) -> None:
        """Take up what `dump` gave."""
        self._tags.update(content["tags"])
        self._jobs.restore(content)
        self._catalog.restore(content["catalog"])
        self._crawlers.restore(content["crawlers"])

    async def handle(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Answer one request, in the shape of the base's handlers."""
        del method, path, query
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            if operation not in self._operations:
                raise invalid(f"s-infra sandbox: glue:{operation} isn't carried out")
            given = _parsed(body)
            check(operation, given)
            carried.check(operation, given)
            with self._lock:
                answer = self._operations[operation](given)
        except GlueError as error:
            content = {"__type": error.code, "Message": error.message}
            return 400, dict(CONTENT_TYPE), json.dumps(content).encode()
        return 200, dict(CONTENT_TYPE), json.dumps(answer).encode()

    def _get_tags(self, given: Fields) -> Fields:
        return {"Tags": self._tags_of(given)}

    def _tag_resource(self, given: Fields) -> Fields:
        self._tags_of(given).update(given["TagsToAdd"])
        return {}

    def _untag_resource(self, given: Fields) -> Fields:
        tags = self._tags_of(given)
        for key in given["TagsToRemove"]:
            tags.pop(key, None)
        return {}

    def _tags_of(self, given: Fields) -> dict[str, str]:
        # What there is has tags, if only none.
        if given["ResourceArn"] not in self._tags:
            raise not_found("Entity not found")
        return self._tags[given["ResourceArn"]]


OPERATIONS = frozenset(
    {
        *("GetTags", "TagResource", "UntagResource", *job_operations.OPERATIONS, *catalog.OPERATIONS),
        *(*partitions.OPERATIONS, *crawlers.OPERATIONS),
    }
)


def check(operation: str, given: Mapping[str, Any]) -> None:
    """Raise GlueError when a request isn't of the operation's shape."""
    found = constraints.problems("glue", operation, given)
    for problem in found:
        # Glue answers this in its own words, not as the service model's constraint.
        if problem.kind == "null":
            name = ".".join(part[:1].upper() + part[1:] for part in problem.field.split("."))
            raise invalid(f"{name} should not be null or empty.")
    if found:
        raise GlueError("ValidationException", constraints.message(found))


def _bound(
    operations: Mapping[str, Callable[[Any, Fields], Fields]], part: object
) -> dict[str, Callable[[Fields], Fields]]:
    return {name: functools.partial(operation, part) for name, operation in operations.items()}


def _parsed(body: bytes) -> Fields:
    try:
        given: Fields = json.loads(body or b"{}")
    except ValueError as error:
        raise GlueError("SerializationException", f"The request is no JSON: {error}") from error
    return given
