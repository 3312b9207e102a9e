"""Where a script's Spark session and DynamicFrames come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

from . import catalog, formats
from .dynamicframe import DynamicFrame
from .utils import not_carried_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark import SparkContext
    from pyspark.sql import DataFrame

READ_OPTIONS = frozenset({"path", "paths", "recurse", "groupFiles"})
WRITE_OPTIONS = frozenset({"path", "partitionKeys", "compression"})


class GlueContext:
    """Glue's view of a Spark context."""

    def __init__(self, sparkContext: SparkContext, **options: Any) -> None:  # noqa: N803 - Glue's name
        if options:
            raise not_carried_out(f"GlueContext({', '.join(sorted(options))})")
        self.spark_session = SparkSession(sparkContext)
        self.create_dynamic_frame = _Reader(self)
        self.create_data_frame = _DataFrameReader(self)
        self.write_dynamic_frame = _Writer(self)
        self.write_data_frame = _Writer(self)

    def get_logger(self) -> Any:
        """Return the logger of the driver (`info`, `warn`, `error`); it writes to the job's error log."""
        jvm: Any = self.spark_session.sparkContext._jvm
        return jvm.org.apache.log4j.Logger.getLogger("GlueLogger")

    def create_dynamic_frame_from_options(self, *args: Any, **given: Any) -> Any:
        """Do as `create_dynamic_frame.from_options`."""
        return self.create_dynamic_frame.from_options(*args, **given)

    def create_dynamic_frame_from_catalog(self, *args: Any, **given: Any) -> Any:
        """Do as `create_dynamic_frame.from_catalog`."""
        return self.create_dynamic_frame.from_catalog(*args, **given)

    def write_dynamic_frame_from_options(self, *args: Any, **given: Any) -> Any:
        """Do as `write_dynamic_frame.from_options`."""
        return self.write_dynamic_frame.from_options(*args, **given)

    def __getattr__(self, name: str) -> Any:
        # GlueContext is an SQLContext: what it shares with a session is the session's.
        if name in ("sql", "read", "table", "createDataFrame", "range", "udf"):
            return getattr(self.spark_session, name)
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_carried_out(f"GlueContext.{name}")


class _Refusing:
    """Ways to read or write; those that aren't here are refused by name."""

    def __init__(self, context: GlueContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_carried_out(f"{type(self).__name__.strip('_')}.{name}")


class _DataFrameReader(_Refusing):
    def from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002 - Glue's name
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DataFrame:
        """Read objects of S3."""
        del transformation_ctx
        given = dict(connection_options or {})
        _check(connection_type, given, READ_OPTIONS, "read")
        if given.get("groupFiles", "none") != "none":
            raise not_carried_out(f"connection option groupFiles {given['groupFiles']}")
        kind = formats.spark_format(format or (connection_type if connection_type != "s3" else None))
        paths = given.get("paths") or given.get("path") or []
        places = [paths] if isinstance(paths, str) else list(paths)
        reader = self._context.spark_session.read.options(**formats.reading(kind, format_options or {}))
        if given.get("recurse") in (True, "true", "True"):
            reader = reader.option("recursiveFileLookup", True)
        elif kind in ("csv", "json"):
            places = [file for place in places for file in self._directly_in(place)]
        if not places:
            raise FileNotFoundError(f"there is no object to read at {paths}")
        frame = reader.format(kind).load(places)
        if kind == "csv":
            # Without a header Glue counts from nought, and names them otherwise than Spark.
            frame = frame.toDF(*(_column(name) for name in frame.columns))
        if push_down_predicate:
            frame = frame.where(push_down_predicate)
        return frame

    def _directly_in(self, place: str) -> list[str]:
        context: Any = self._context.spark_session.sparkContext
        path = context._jvm.org.apache.hadoop.fs.Path(place)
        found = path.getFileSystem(context._jsc.hadoopConfiguration()).listStatus(path)
        # Glue doesn't go down into folders unless it is told to.
        return [str(one.getPath().toString()) for one in found if one.isFile()]

    def from_catalog(
        self,
        database: str,
        table_name: str,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] | None = None,
    ) -> DataFrame:
        """Read a table of the Data Catalog."""
        del transformation_ctx
        for name in additional_options or {}:
            raise not_carried_out(f"additional option {name} of from_catalog")
        return catalog.read(
            self._context.spark_session, catalog.table(database, table_name), push_down_predicate
        )


class _Reader(_DataFrameReader):
    def from_options(self, *args: Any, **given: Any) -> Any:
        """Read objects of S3."""
        return DynamicFrame(super().from_options(*args, **given), self._context, "")

    def from_catalog(self, *args: Any, **given: Any) -> Any:
        """Read a table of the Data Catalog."""
        return DynamicFrame(super().from_catalog(*args, **given), self._context, "")

    def from_rdd(self, data: Any, name: str, schema: Any = None, sample_ratio: Any = None) -> DynamicFrame:
        """Make a frame of an RDD."""
        frame = self._context.spark_session.createDataFrame(data, schema, sample_ratio)
        return DynamicFrame(frame, self._context, name)


class _Writer(_Refusing):
    def from_options(
        self,
        frame: DynamicFrame | DataFrame,
        connection_type: str,
        connection_options: Mapping[str, Any] | None = None,
        format: str | None = None,  # noqa: A002 - Glue's name
        format_options: Mapping[str, Any] | None = None,
        transformation_ctx: str = "",
    ) -> DynamicFrame | DataFrame:
        """Write objects to S3, beside what is there."""
        del transformation_ctx
        given = dict(connection_options or {})
        _check(connection_type, given, WRITE_OPTIONS, "write")
        kind = formats.spark_format(format or (connection_type if connection_type != "s3" else None))
        data = frame.toDF() if isinstance(frame, DynamicFrame) else frame
        writer = data.write.options(**formats.writing(kind, format_options or {})).mode("append")
        if given.get("compression"):
            writer = writer.option("compression", given["compression"])
        if given.get("partitionKeys"):
            writer = writer.partitionBy(*given["partitionKeys"])
        writer.format(kind).save(given["path"])
        return frame

    def from_catalog(self, frame: DynamicFrame, database: str, table_name: str, **given: Any) -> DynamicFrame:
        """Write to the place and in the format of a table of the Data Catalog."""
        for name in given:
            if name != "transformation_ctx":
                raise not_carried_out(f"option {name} of write_dynamic_frame.from_catalog")
        found = catalog.table(database, table_name)
        options = {
            "path": found["StorageDescriptor"]["Location"],
            "partitionKeys": [key["Name"] for key in found.get("PartitionKeys", [])],
        }
        parameters = found.get("Parameters", {})
        kind = parameters.get("classification")
        settings = {"separator": parameters.get("delimiter", ",")} if kind == "csv" else {}
        self.from_options(frame, "s3", options, kind, settings)
        return frame


def _check(connection_type: str, given: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    if connection_type not in ("s3", *formats.FORMATS):
        raise not_carried_out(f"connection type {connection_type} to {what}")
    for name in given:
        if name not in known:
            raise not_carried_out(f"connection option {name} to {what}")


def _column(name: str) -> str:
    return f"col{name[2:]}" if name.startswith("_c") and name[2:].isdigit() else name
