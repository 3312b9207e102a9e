"""Tables of the Data Catalog, as what Spark reads them by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from pyspark.sql.functions import col

from .utils import not_carried_out

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def table(database: str, name: str) -> dict[str, Any]:
    """Return a table as GetTable does."""
    found: dict[str, Any] = boto3.client("glue").get_table(DatabaseName=database, Name=name)["Table"]
    return found


def read(spark: SparkSession, found: dict[str, Any], predicate: str) -> DataFrame:
    """Return a table's rows, its partitions' values as columns; `predicate` is Spark's SQL over these."""
    descriptor = found["StorageDescriptor"]
    kind = {**descriptor.get("Parameters", {}), **found.get("Parameters", {})}.get("classification")
    partitions = found.get("PartitionKeys", [])
    columns = [*descriptor["Columns"], *partitions]
    reader = spark.read.option("basePath", descriptor["Location"]) if partitions else spark.read
    if kind == "csv":
        frame = _csv(reader, found, columns)
    elif kind == "json":
        frame = reader.schema(_schema(columns)).json(descriptor["Location"])
    elif kind in ("parquet", "orc"):
        frame = reader.format(kind).load(descriptor["Location"])
    else:
        raise not_carried_out(f"reading of a catalogued table of classification {kind}")
    frame = frame.where(predicate) if predicate else frame
    return frame.select(*(col(f"`{one['Name']}`") for one in columns))


def _csv(reader: Any, found: dict[str, Any], columns: list[dict[str, str]]) -> DataFrame:
    descriptor = found["StorageDescriptor"]
    parameters = {**descriptor.get("Parameters", {}), **found.get("Parameters", {})}
    serde = descriptor.get("SerdeInfo", {}).get("Parameters", {})
    separator = serde.get("field.delim", serde.get("separatorChar", parameters.get("delimiter", ",")))
    options = {"sep": separator, "header": parameters.get("skip.header.line.count") == "1"}
    # Columns go by their places: the header's names may be spelt otherwise than the table's.
    frame: DataFrame = (
        reader.options(enforceSchema=True, **options).schema(_schema(columns)).csv(descriptor["Location"])
    )
    return frame


def _schema(columns: list[dict[str, str]]) -> str:
    return ", ".join(f"`{one['Name']}` {one.get('Type', 'string')}" for one in columns)
