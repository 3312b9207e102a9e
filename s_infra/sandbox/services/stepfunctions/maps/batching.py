"""ItemBatcher: several items for one child execution."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.stepfunctions.errors import (
    LARGEST_PAYLOAD_BYTES,
    StateError,
)
from s_infra.sandbox.services.stepfunctions.maps.runs import ChildInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s_infra.sandbox.services.stepfunctions.visit import Visit


def batches(visit: Visit, items: list[Any]) -> list[ChildInput]:
    """Return the inputs of the child executions: the items, or batches of them under `Items`."""
    if "ItemBatcher" not in visit.state:
        return [ChildInput(item, 1) for item in items]
    batcher = visit.language.part(visit, "ItemBatcher")
    most_items, most_bytes = (
        _bound(visit, batcher, "MaxItemsPerBatch"),
        _bound(visit, batcher, "MaxInputBytesPerBatch"),
    )
    common = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    room = min(most_bytes or LARGEST_PAYLOAD_BYTES, LARGEST_PAYLOAD_BYTES) - _size({**common, "Items": []})
    return [ChildInput({**common, "Items": batch}, len(batch)) for batch in _batches(items, most_items, room)]


def _batches(items: list[Any], most_items: int | None, room: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    used = 0
    for item in items:
        size = _size(item) + 2
        if batch and (used + size > room or len(batch) == most_items):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += size
    if batch:
        yield batch


def _bound(visit: Visit, batcher: dict[str, Any], field: str) -> int | None:
    bound = batcher.get(field)
    if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int) or bound < 1):
        cause = f"'{field}' is a positive integer, not {json.dumps(bound)}"
        raise StateError(visit.language.mistyped, cause)
    return bound


def _size(value: Any) -> int:
    return len(json.dumps(value).encode())
