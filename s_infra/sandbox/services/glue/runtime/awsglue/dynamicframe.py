"""DynamicFrames as far as ordinary scripts use them: a Spark DataFrame under Glue's names.

Types are Spark's: a column has one. Choices (a column of several types), error records and their thresholds
don't exist here; what needs them is refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import Row
from pyspark.sql.functions import col, struct

from .utils import not_carried_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pyspark.sql import Column, DataFrame

    from .context import GlueContext

# Glue's names of types that Spark's SQL spells otherwise.
TYPES = {"long": "bigint", "short": "smallint", "byte": "tinyint"}


class DynamicFrame:
    """Rows with a schema."""

    def __init__(self, frame: DataFrame, glue_ctx: GlueContext, name: str = "") -> None:
        self._frame = frame
        self.glue_ctx = glue_ctx
        self.name = name

    @classmethod
    def fromDF(cls, dataframe: DataFrame, glue_ctx: GlueContext, name: str) -> DynamicFrame:  # noqa: N802
        """Make one of a DataFrame."""
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options: Sequence[Any] | None = None) -> DataFrame:  # noqa: N802 - Glue's name
        """Return the DataFrame."""
        if options:
            raise not_carried_out("DynamicFrame.toDF(options)")
        return self._frame

    def count(self) -> int:
        """Return the number of rows."""
        return int(self._frame.count())

    def show(self, num_rows: int = 20) -> None:
        """Print rows as JSON, one a line, as Glue does."""
        for line in self._frame.limit(num_rows).toJSON().collect():
            print(line)  # noqa: T201 - that is what it is for

    def schema(self) -> Any:
        """Return the schema."""
        return self._frame.schema

    def printSchema(self) -> None:  # noqa: N802 - Glue's name
        """Print the schema."""
        self._frame.printSchema()

    def select_fields(self, paths: str | Sequence[str], **ignored: Any) -> DynamicFrame:
        """Keep these fields."""
        _no_thresholds(ignored)
        return self._with(self._frame.select(*_listed(paths)))

    def drop_fields(self, paths: str | Sequence[str], **ignored: Any) -> DynamicFrame:
        """Leave these fields out; one below the top of the schema is refused."""
        _no_thresholds(ignored)
        names = _listed(paths)
        _top_level(names, self._frame, "drop_fields")
        return self._with(self._frame.drop(*(name.strip("`") for name in names)))

    def rename_field(self, oldName: str, newName: str, **ignored: Any) -> DynamicFrame:  # noqa: N803
        """Rename a field; one below the top of the schema is refused."""
        _no_thresholds(ignored)
        _top_level([oldName, newName], None, "rename_field")
        return self._with(self._frame.withColumnRenamed(oldName.strip("`"), newName.strip("`")))

    def apply_mapping(self, mappings: Iterable[Sequence[str]], **ignored: Any) -> DynamicFrame:
        """Pick, rename and cast: each mapping is (source, source type, target, target type)."""
        _no_thresholds(ignored)
        tree: dict[str, Any] = {}
        for mapping in mappings:
            source, target, kind = (
                (mapping[0], mapping[2], mapping[3]) if len(mapping) == 4 else (mapping[0], *mapping[1:3])
            )
            place = tree
            *above, last = target.split(".") if "`" not in target else [target.strip("`")]
            for part in above:
                place = place.setdefault(part, {})
            place[last] = col(source).cast(_type(kind))
        return self._with(self._frame.select(*(_built(name, part) for name, part in tree.items())))

    def filter(self, f: Callable[[dict[str, Any]], bool], **ignored: Any) -> DynamicFrame:
        """Keep the rows for which `f(record)` is true; where it raises, as on AWS, the row goes."""
        _no_thresholds(ignored)

        def keep(row: Row) -> bool:
            try:
                return bool(f(row.asDict(recursive=True)))
            except (KeyError, TypeError, ValueError):
                return False

        session = self._frame.sparkSession
        return self._with(session.createDataFrame(self._frame.rdd.filter(keep), self._frame.schema))

    def map(self, f: Callable[[dict[str, Any]], dict[str, Any]], **ignored: Any) -> DynamicFrame:
        """Put `f(record)` in each record's place; the new schema is looked up in the first rows."""
        _no_thresholds(ignored)
        rows = self._frame.rdd.map(lambda row: Row(**f(row.asDict(recursive=True))))
        return self._with(self._frame.sparkSession.createDataFrame(rows, samplingRatio=1.0))

    def join(self, paths1: Any, paths2: Any, frame2: DynamicFrame, **ignored: Any) -> DynamicFrame:
        """Join where the fields are equal."""
        _no_thresholds(ignored)
        left, right = self._frame, frame2.toDF()
        twice = set(left.columns) & set(right.columns)
        for name in twice:
            right = right.withColumnRenamed(name, f".{name}")
        pairs = zip(_listed(paths1), _listed(paths2), strict=True)
        on = [left[one] == right[f"`.{two}`" if two in twice else two] for one, two in pairs]
        return self._with(left.join(right, on))

    def resolveChoice(  # noqa: N802 - Glue's name
        self, specs: Iterable[tuple[str, str]] | None = None, choice: str = "", **ignored: Any
    ) -> DynamicFrame:
        """Cast fields: specs of (field, "cast:type"). Nothing else can be a choice here."""
        _no_thresholds(ignored)
        if choice:
            raise not_carried_out(f"resolveChoice(choice={choice!r})")
        frame = self._frame
        for name, action in specs or ():
            kind, _, wanted = action.partition(":")
            if kind != "cast":
                raise not_carried_out(f"resolveChoice action {action}")
            frame = frame.withColumn(name.strip("`"), col(name).cast(_type(wanted)))
        return self._with(frame)

    def union(self, frame2: DynamicFrame, **ignored: Any) -> DynamicFrame:
        """Put the rows of both together, by the columns' names."""
        _no_thresholds(ignored)
        return self._with(self._frame.unionByName(frame2.toDF(), allowMissingColumns=True))

    def repartition(self, num_partitions: int, **ignored: Any) -> DynamicFrame:
        """Spread the rows over so many partitions."""
        _no_thresholds(ignored)
        return self._with(self._frame.repartition(num_partitions))

    def coalesce(self, num_partitions: int, **ignored: Any) -> DynamicFrame:
        """Bring the rows into so many partitions."""
        _no_thresholds(ignored)
        return self._with(self._frame.coalesce(num_partitions))

    def getNumPartitions(self) -> int:  # noqa: N802 - Glue's name
        """Return the number of partitions."""
        return int(self._frame.rdd.getNumPartitions())

    def _with(self, frame: DataFrame) -> DynamicFrame:
        return DynamicFrame(frame, self.glue_ctx, self.name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise not_carried_out(f"DynamicFrame.{name}")


def _no_thresholds(given: dict[str, Any]) -> None:
    for name, value in given.items():
        # The first two are labels.
        if name not in ("transformation_ctx", "info") and value:
            raise not_carried_out(f"DynamicFrame argument {name}")


def _listed(paths: str | Sequence[str]) -> list[str]:
    return [paths] if isinstance(paths, str) else list(paths)


def _top_level(names: Sequence[str], frame: DataFrame | None, what: str) -> None:
    for name in names:
        if "." in name and "`" not in name and (frame is None or name not in frame.columns):
            raise not_carried_out(f"{what} of the nested field {name}")


def _type(name: str) -> str:
    return TYPES.get(name, name)


def _built(name: str, part: Any) -> Column:
    if isinstance(part, dict):
        return struct(*(_built(inner, below) for inner, below in part.items())).alias(name)
    found: Column = part.alias(name)
    return found
