"""The List operations' filters, order and pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.sagemaker.errors import validation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DEFAULT_PAGE = 10

Described = dict[str, Any]


def matching(items: Iterable[Described], request: Mapping[str, Any], kind: str) -> list[Described]:
    """Return the descriptions that pass the filters; `kind` is the fields' prefix (`TrainingJob`)."""
    return [item for item in items if _passes(item, request, kind)]


def _passes(item: Described, request: Mapping[str, Any], kind: str) -> bool:
    if (part := request.get("NameContains")) is not None and part not in item[f"{kind}Name"]:
        return False
    if (status := request.get("StatusEquals")) is not None and item[f"{kind}Status"] != status:
        return False
    for field in ("CreationTime", "LastModifiedTime"):
        after, before = request.get(f"{field}After"), request.get(f"{field}Before")
        if after is not None and item[field] <= float(after):
            return False
        if before is not None and item[field] >= float(before):
            return False
    return True


def ordered(
    items: list[Described],
    request: Mapping[str, Any],
    keys: Mapping[str, Callable[[Described], Any]],
    *,
    by: str,
    order: str,
) -> list[Described]:
    """Return the items by the request's SortBy and SortOrder, or by these where it has none."""
    key = keys[request.get("SortBy", by)]
    return sorted(items, key=key, reverse=request.get("SortOrder", order) == "Descending")


def page(items: list[Described], request: Mapping[str, Any], field: str) -> dict[str, Any]:
    """Return one page of summaries under `field`, with a NextToken when there are more."""
    token = request.get("NextToken") or "0"
    if not token.isdigit():
        raise validation("Invalid pagination token.")
    start, size = int(token), int(request.get("MaxResults") or DEFAULT_PAGE)
    answer: dict[str, Any] = {field: items[start : start + size]}
    if start + size < len(items):
        answer["NextToken"] = str(start + size)
    return answer


def kept(item: Described, *fields: str) -> Described:
    """Return the summary of a description: these fields, as far as it has them."""
    return {field: item[field] for field in fields if item.get(field) is not None}
