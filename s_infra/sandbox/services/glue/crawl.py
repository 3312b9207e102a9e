"""One crawl: lists the objects, tells what they are, and writes tables and partitions into the catalogue."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from s_infra.sandbox.services.glue import descriptors, grouping, partitions
from s_infra.sandbox.services.glue.classify import classify
from s_infra.sandbox.services.glue.errors import invalid

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from s_infra.sandbox.services.glue.catalog import Catalog, Database, Table
    from s_infra.sandbox.services.glue.classify import Kind
    from s_infra.sandbox.services.glue.grouping import Group, Object
    from s_infra.sandbox.services.glue.options import Options

DEPRECATED = "DEPRECATED_BY_CRAWLER"
MARK = "UPDATED_BY_CRAWLER"


class CancelledError(Exception):
    """The crawler was stopped."""


@dataclass
class Counts:
    """What a crawl did to the catalogue."""

    tables: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("Created", "Updated", "Deleted"), 0)
    )
    partitions: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("Created", "Updated", "Deleted"), 0)
    )


@dataclass
class Crawl:
    """A crawl of a crawler; `log` gets lines, `lock` is held while the catalogue is written.

    `may(action, table)` raises GlueError unless the crawler's role may do that to the catalogue.
    """

    s3: Any
    catalog: Catalog
    lock: AbstractContextManager[Any]
    crawler: Mapping[str, Any]
    options: Options
    run: str
    stopping: threading.Event
    log: Callable[[str, str], None]
    may: Callable[[str, str], None]
    counts: Counts = field(default_factory=Counts)
    _asked: set[tuple[str, str]] = field(default_factory=set)

    def carry_out(self) -> None:
        """Do it. Raises GlueError for what can't be classified, CancelledError when it is stopped."""
        found = [
            (bucket, group)
            for target in self.crawler["Targets"]["S3Targets"]
            for bucket, group in self._of_target(target)
        ]
        name = self.crawler["DatabaseName"]
        self.log("BENCHMARK", f"Classification complete, writing results to database {name}")
        with self.lock:
            if self.stopping.is_set():
                raise CancelledError
            self._ask("GetDatabase")
            if name.lower() not in self.catalog.databases:
                self._ask("CreateDatabase")
                self.catalog.create_database({"DatabaseInput": {"Name": name}})
            database = self.catalog.databases[name.lower()]
            written = [self._write(database, bucket, group) for bucket, group in found]
            self._forget(database, set(written))
        self.log("BENCHMARK", "Finished writing to Catalog")

    def _of_target(self, target: Mapping[str, Any]) -> Iterator[tuple[str, Group]]:
        bucket, _, root = target["Path"].removeprefix("s3://").partition("/")
        excluded = [exclusion(pattern) for pattern in target.get("Exclusions", [])]
        taken: dict[str, int] = {}
        objects: list[Object] = []
        for key, size in self._listed(bucket, root):
            within = key.removeprefix(root).lstrip("/")
            if any(pattern.fullmatch(within) for pattern in excluded):
                continue
            folder = key.rpartition("/")[0]
            taken[folder] = taken.get(folder, 0) + 1
            skipped = taken[folder] > target.get("SampleSize", taken[folder])
            kind = None if skipped else self._classified(bucket, key, size)
            objects.append(grouping.Object(key, size, kind))
        if not objects:
            self.log("WARN", f"There is no object at {target['Path']}")
        whole = root if not root or root.endswith("/") else f"{root}/"
        if len(objects) == 1 and objects[0].key == root:
            whole = root
        for group in grouping.groups(whole, objects, combine=self.options.combine):
            yield bucket, group

    def _listed(self, bucket: str, root: str) -> Iterator[tuple[str, int]]:
        try:
            for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=root):
                for entry in page.get("Contents", []):
                    if self.stopping.is_set():
                        raise CancelledError
                    key = entry["Key"]
                    # "a/b" is no folder of "a/bc"; what is empty says nothing.
                    beside = root and not root.endswith("/") and key[len(root) :][:1] not in ("", "/")
                    if entry["Size"] > 0 and not beside:
                        yield key, entry["Size"]
        except ClientError as error:
            raise invalid(f"s3://{bucket}/{root}: {error}") from error

    def _classified(self, bucket: str, key: str, size: int) -> Kind:
        def read(first: int, last: int) -> bytes:
            answer = self.s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{last}")
            content: bytes = answer["Body"].read()
            return content

        try:
            return classify(f"s3://{bucket}/{key}", size, read)
        except ClientError as error:
            raise invalid(f"s3://{bucket}/{key}: {error}") from error

    def _write(self, database: Database, bucket: str, group: Group) -> str:
        location = f"s3://{bucket}/{group.root}"
        before = self._at(database, location)
        taken = set(database.tables)
        name = (
            before.fields["Name"]
            if before is not None
            else grouping.table_name(bucket, group.root, self.crawler.get("TablePrefix", ""), taken)
        )
        wanted = descriptors.table(name, group, location, self.crawler["Name"], self.run, _keys(group))
        given = {"DatabaseName": database.fields["Name"], "TableInput": wanted}
        self._ask("GetTable", name)
        if before is None:
            self._ask("CreateTable", name)
            self.catalog.create_table(given)
            self._count("tables", "Created", f"Created table {name} in database {given['DatabaseName']}")
        elif self.options.updates and not self.options.new_folders_only:
            if self.options.merge_new_columns:
                _keep_columns(wanted, before)
            self._ask("UpdateTable", name)
            self.catalog.update_table(given)
            self._count("tables", "Updated", f"Updated table {name} in database {given['DatabaseName']}")
        else:
            self.log("INFO", f"Table {name} is there; its schema is left as it is")
        if group.keys:
            self._write_partitions(database.tables[name], group, location)
        return str(name)

    def _at(self, database: Database, location: str) -> Table | None:
        # A crawler knows its own tables by their place, whatever they were renamed to.
        for table in database.tables.values():
            place = (table.fields.get("StorageDescriptor") or {}).get("Location", "").rstrip("/")
            if place == location.rstrip("/"):
                return table
        return None

    def _write_partitions(self, table: Table, group: Group, location: str) -> None:
        if len(table.fields["PartitionKeys"]) != len(group.keys):
            self.log("WARN", f"Folder partition keys do not match table partition keys, skipped: {location}")
            return
        bucket = location.removeprefix("s3://").partition("/")[0]
        found, name = group.partitions(), str(table.fields["Name"])
        self._ask("BatchGetPartition", name)
        for values, objects in found.items():
            place = f"s3://{bucket}/{objects[0].key.rpartition('/')[0]}/"
            seen = any(one.kind is not None for one in objects)
            own = group if self.options.inherit or not seen else grouping.Group(place, tuple(objects))
            wanted = descriptors.partition(values, own.kind, objects, place)
            before = table.partitions.get(values)
            if before is None:
                self._ask("BatchCreatePartition", name)
                partitions.add(table, wanted)
                self._count("partitions", "Created", f"Created partition {list(values)}")
            elif self.options.updates and not self.options.new_folders_only:
                self._ask("UpdatePartition", name)
                partitions.put(table, wanted, before["CreationTime"])
                self._count("partitions", "Updated", f"Updated partition {list(values)}")
        if self.options.deletes == "DELETE_FROM_DATABASE" and not self.options.new_folders_only:
            for values in [one for one in table.partitions if one not in found]:
                self._ask("BatchDeletePartition", name)
                del table.partitions[values]
                self._count("partitions", "Deleted", f"Deleted partition {list(values)}")

    def _forget(self, database: Database, written: set[str]) -> None:
        """Do with the crawler's tables that have no object any more what its policy says."""
        for name, table in list(database.tables.items()):
            of_crawler = table.fields.get("Parameters", {}).get(MARK) == self.crawler["Name"]
            if name in written or not of_crawler or self.options.new_folders_only:
                continue
            if self.options.deletes == "DELETE_FROM_DATABASE":
                self._ask("DeleteTable", name)
                del database.tables[name]
                self._count("tables", "Deleted", f"Deleted table {name}")
            elif self.options.deletes == "DEPRECATE_IN_DATABASE":
                self._ask("UpdateTable", name)
                table.fields["Parameters"] = {**table.fields["Parameters"], DEPRECATED: self.run}
                self._count("tables", "Updated", f"Deprecated table {name}")
            else:
                self.log("INFO", f"Table {name} has no object any more")

    def _ask(self, action: str, table: str = "") -> None:
        if (action, table) not in self._asked:
            self.may(action, table)
            self._asked.add((action, table))

    def _count(self, what: str, done: str, told: str) -> None:
        getattr(self.counts, what)[done] += 1
        self.log("INFO", told)


def _keys(group: Group) -> tuple[str, ...]:
    """Return the partition keys; one that is a column's name, too, is told apart, as Hive takes no two."""
    columns = {column.name for column in group.kind.columns}
    return tuple(f"partition_{key}" if key in columns else key for key in group.keys)


def _keep_columns(wanted: dict[str, Any], before: Table) -> None:
    kept = before.fields["StorageDescriptor"]["Columns"]
    names = {column["Name"] for column in kept}
    new = [one for one in wanted["StorageDescriptor"]["Columns"] if one["Name"] not in names]
    wanted["StorageDescriptor"]["Columns"] = [*kept, *new]


def exclusion(pattern: str) -> re.Pattern[str]:
    """Return an exclude pattern of AWS's (`**` crosses folders, `*` and `?` don't, `{a,b}`, `[a-z]`)."""
    special = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")", ",": "|", "[!": "[^"}
    found, depth = "", 0
    for part in re.findall(r"\*\*|\[!|\\.|.", pattern):
        depth += {"{": 1, "}": -1}.get(part, 0)
        if part in ("[", "]", "-"):
            found += part
        elif part == "," and not depth:
            found += ","
        elif part.startswith("\\"):
            found += re.escape(part[1:])
        else:
            found += special.get(part, re.escape(part))
    try:
        return re.compile(found, re.DOTALL)
    except re.error as error:
        raise invalid(f"Exclusions: {pattern!r} is no pattern: {error}") from error
