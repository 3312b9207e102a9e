"""A crawler's settings, read: its policies and its `Configuration`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue.errors import invalid, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Of the configuration, by the path in it: the values that are carried out.
CARRIED: Mapping[str, tuple[object, ...]] = {
    "Version": (1, 1.0),
    "Grouping.TableGroupingPolicy": ("CombineCompatibleSchemas",),
    "CrawlerOutput.Partitions.AddOrUpdateBehavior": ("InheritFromTable",),
    "CrawlerOutput.Tables.AddOrUpdateBehavior": ("MergeNewColumns",),
    "CreatePartitionIndex": (False,),
}


@dataclass(frozen=True)
class Options:
    """What a crawl does with what it finds. `deletes` is SchemaChangePolicy's DeleteBehavior."""

    combine: bool
    inherit: bool
    merge_new_columns: bool
    updates: bool
    deletes: str
    new_folders_only: bool


def read(operation: str, crawler: Mapping[str, Any]) -> Options:
    """Return a crawler's settings. Raises GlueError for one that isn't carried out, or can't be."""
    given = _configuration(operation, crawler.get("Configuration") or "{}")
    policy = crawler["SchemaChangePolicy"]
    only_new = crawler["RecrawlPolicy"]["RecrawlBehavior"] == "CRAWL_NEW_FOLDERS_ONLY"
    if only_new and (policy["UpdateBehavior"], policy["DeleteBehavior"]) != ("LOG", "LOG"):
        raise invalid(
            "The SchemaChangePolicy for a crawler with RecrawlBehavior CRAWL_NEW_FOLDERS_ONLY must be LOG"
        )
    return Options(
        combine="Grouping.TableGroupingPolicy" in given,
        inherit="CrawlerOutput.Partitions.AddOrUpdateBehavior" in given,
        merge_new_columns="CrawlerOutput.Tables.AddOrUpdateBehavior" in given,
        updates=policy["UpdateBehavior"] == "UPDATE_IN_DATABASE",
        deletes=policy["DeleteBehavior"],
        new_folders_only=only_new,
    )


def _configuration(operation: str, text: str) -> dict[str, object]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise invalid(f"Invalid configuration specified: {error}") from error
    if not isinstance(given, dict):
        raise invalid("Invalid configuration specified: it is no JSON object")
    found = dict(_leaves(given, ""))
    for path, value in found.items():
        if path not in CARRIED:
            raise refusal(operation, f"Configuration {path}")
        if value not in CARRIED[path]:
            raise refusal(operation, f"Configuration {path} {value}")
    return found


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        yield path, value
        return
    for name, inner in value.items():
        yield from _leaves(inner, f"{path}.{name}" if path else name)
