"""Puts objects in S3, crawls them and reads the tables that the crawl made."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

Clients = Callable[[str], Any]
ROLE = "arn:aws:iam::000000000000:role/any"
BUCKET = "crawled"
SALES = "id,name,price,paid,day\n1,a,1.5,true,2024-01-01\n2,b,2,false,2024-01-02\n"


class Crawls:
    """Puts objects and crawls them, each time in a folder and a database of its own."""

    def __init__(self, clients: Clients) -> None:
        self.clients, self.glue, self.s3 = clients, clients("glue"), clients("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def put(self, **bodies: Any) -> str:
        return self.put_all({f"{name}.csv": body for name, body in bodies.items()})

    def put_all(self, bodies: dict[str, str | bytes], folder: str | None = None) -> str:
        folder = folder or f"f{uuid.uuid4().hex}"
        for name, body in bodies.items():
            content = body.encode() if isinstance(body, str) else body
            self.s3.put_object(Bucket=BUCKET, Key=f"{folder}/{name}", Body=content)
        return folder

    def make(self, folder: str, target: dict[str, Any] | None = None, **fields: Any) -> str:
        name = f"crawler-{uuid.uuid4().hex}"
        targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/{folder}/", **(target or {})}]}
        given = {"DatabaseName": name, "Targets": targets, **fields}
        self.glue.create_crawler(Name=name, Role=ROLE, **given)
        return name

    def run(self, name: str) -> dict[str, Any]:
        self.glue.start_crawler(Name=name)
        return self.ended(name)

    def ended(self, name: str) -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while True:
            crawler: dict[str, Any] = self.glue.get_crawler(Name=name)["Crawler"]
            if crawler["State"] == "READY":
                return crawler
            assert time.monotonic() < deadline, crawler
            time.sleep(0.02)

    def tables(self, name: str) -> dict[str, dict[str, Any]]:
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName=name)["TableList"]}

    def table(self, bodies: dict[str, str | bytes], **fields: Any) -> dict[str, Any]:
        name = self.make(self.put_all(bodies), **fields)
        crawler = self.run(name)
        assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler
        tables = list(self.tables(name).values())
        assert len(tables) == 1, tables
        return tables[0]


def columns(described: dict[str, Any]) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in described["StorageDescriptor"]["Columns"]}


def wider(name: str, value: str) -> str:
    """The sales with one column more."""
    first, *rows = SALES.splitlines()
    return "\n".join([f"{first},{name}", *(f"{row},{value}" for row in rows), ""])
