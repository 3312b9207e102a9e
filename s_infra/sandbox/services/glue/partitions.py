"""The operations on a table's partitions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from s_infra.sandbox.services.glue import expressions
from s_infra.sandbox.services.glue.errors import GlueError, exists, invalid, not_found
from s_infra.sandbox.services.glue.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from s_infra.sandbox.services.glue.catalog import Catalog, Table
    from s_infra.sandbox.services.glue.jobs import Fields

LARGEST_PAGE = 1000


def add(table: Table, wanted: Mapping[str, Any]) -> None:
    """Add a partition to a table. Raises GlueError when it is there, or has not a value for each key."""
    values = tuple(wanted.get("Values") or ())
    keys = table.fields["PartitionKeys"]
    if len(values) != len(keys) or not keys:
        raise invalid("The number of partition keys do not match the number of partition values")
    if values in table.partitions:
        raise exists("Partition already exists.")
    put(table, wanted, time.time())


def put(table: Table, wanted: Mapping[str, Any], created: float) -> None:
    """Set a partition's fields, whether it is there or not."""
    table.partitions[tuple(wanted["Values"])] = {
        **{key: value for key, value in wanted.items() if value is not None},
        "DatabaseName": table.fields["DatabaseName"],
        "TableName": table.fields["Name"],
        "CreationTime": created,
        "CatalogId": table.fields["CatalogId"],
    }


def create_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out CreatePartition."""
    add(catalog.table(given, "TableName"), given["PartitionInput"])
    return {}


def batch_create_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out BatchCreatePartition."""
    table = catalog.table(given, "TableName")
    return _each(given["PartitionInputList"], lambda one: add(table, one))


def update_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out UpdatePartition."""
    table = catalog.table(given, "TableName")
    before = _find(table, given["PartitionValueList"])
    wanted = {**given["PartitionInput"]}
    wanted.setdefault("Values", before["Values"])
    if tuple(wanted["Values"]) != tuple(before["Values"]) and tuple(wanted["Values"]) in table.partitions:
        raise exists("Partition already exists.")
    del table.partitions[tuple(before["Values"])]
    put(table, wanted, before["CreationTime"])
    return {}


def get_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out GetPartition."""
    return {"Partition": _find(catalog.table(given, "TableName"), given["PartitionValues"])}


def batch_get_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out BatchGetPartition."""
    table = catalog.table(given, "TableName")
    wanted = [tuple(one["Values"]) for one in given["PartitionsToGet"]]
    # A partition that isn't there is in neither list, as on AWS.
    return {
        "Partitions": [table.partitions[one] for one in wanted if one in table.partitions],
        "UnprocessedKeys": [],
    }


def get_partitions(catalog: Catalog, given: Fields) -> Fields:
    """Carry out GetPartitions."""
    table = catalog.table(given, "TableName")
    keys = table.fields["PartitionKeys"]
    is_wanted = expressions.predicate(given.get("Expression") or "", keys)
    names = [key["Name"].lower() for key in keys]
    found = [
        fields
        for values, fields in sorted(table.partitions.items())
        if is_wanted(dict(zip(names, values, strict=True)))
    ]
    if given.get("ExcludeColumnSchema"):
        found = [_without_columns(fields) for fields in found]
    return page("Partitions", found, given, LARGEST_PAGE)


def delete_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out DeletePartition."""
    table = catalog.table(given, "TableName")
    del table.partitions[tuple(_find(table, given["PartitionValues"])["Values"])]
    return {}


def batch_delete_partition(catalog: Catalog, given: Fields) -> Fields:
    """Carry out BatchDeletePartition."""

    def delete(one: Mapping[str, Any]) -> None:
        delete_partition(catalog, {**given, "PartitionValues": one["Values"]})

    catalog.table(given, "TableName")
    return _each(given["PartitionsToDelete"], delete)


def _find(table: Table, values: list[str]) -> dict[str, Any]:
    found = table.partitions.get(tuple(values))
    if found is None:
        raise not_found("Cannot find partition.")
    return found


def _each(items: list[dict[str, Any]], do: Callable[[dict[str, Any]], None]) -> Fields:
    errors = []
    for item in items:
        try:
            do(item)
        except GlueError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
            errors.append({"PartitionValues": item.get("Values", []), "ErrorDetail": detail})
    return {"Errors": errors}


def _without_columns(fields: Mapping[str, Any]) -> dict[str, Any]:
    descriptor = dict(fields.get("StorageDescriptor") or {})
    descriptor.pop("Columns", None)
    return {**fields, "StorageDescriptor": descriptor}


OPERATIONS: Mapping[str, Callable[[Catalog, Fields], Fields]] = {
    "CreatePartition": create_partition,
    "BatchCreatePartition": batch_create_partition,
    "UpdatePartition": update_partition,
    "GetPartition": get_partition,
    "BatchGetPartition": batch_get_partition,
    "GetPartitions": get_partitions,
    "DeletePartition": delete_partition,
    "BatchDeletePartition": batch_delete_partition,
}
