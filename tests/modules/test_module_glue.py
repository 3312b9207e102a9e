"""The Glue components' complete examples: applied, held against what they promise, and gone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from module_support import REPOSITORY, validate, workspace
from pipeline_support import inventory

from s_infra.sandbox.supervisor import Sandbox

Clients = Callable[[str], Any]
COMPONENTS = REPOSITORY / "components/aws"


@contextlib.contextmanager
def example(name: str, sandbox: Sandbox, clients: Clients, scratch: Path) -> Iterator[dict[str, Any]]:
    """Apply an example, give its outputs, destroy it; nothing is planned between, and nothing is left."""
    made = workspace(COMPONENTS / name, sandbox, scratch)
    try:
        made.apply()
        validate(made)
        assert not made.has_changes()
        yield made.outputs()
    finally:
        made.destroy()
    assert {kind: left for kind, left in inventory(clients).items() if left} == {}


def test_a_crawler_keeps_tables_of_its_prefixes(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    glue, s3 = clients("glue"), clients("s3")
    with example("glue-crawler/examples/complete", sandbox, clients, tmp_path) as outputs:
        bodies = {
            "predictions/day=1/a.csv": "id,score\n1,0.5\n2,0.25\n",
            "predictions/trash/b.csv": "x,y\n1,2\n3,4\n",
            "features/f.csv": "id,f\n1,2\n3,4\n",
            "other/o.csv": "id,o\n1,2\n3,4\n",
        }
        for key, body in bodies.items():
            s3.put_object(Bucket="crawler-complete-store", Key=key, Body=body.encode())
        glue.start_crawler(Name=outputs["crawler"])
        deadline = time.monotonic() + 30
        while (crawler := glue.get_crawler(Name=outputs["crawler"])["Crawler"])["State"] != "READY":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert crawler["LastCrawl"]["Status"] == "SUCCEEDED", crawler
        tables = {
            table["Name"]: table for table in glue.get_tables(DatabaseName=outputs["database"])["TableList"]
        }
        assert set(tables) == {"demo_predictions", "demo_features"}
        predictions = tables["demo_predictions"]
        columns = {one["Name"]: one["Type"] for one in predictions["StorageDescriptor"]["Columns"]}
        assert columns == {"id": "bigint", "score": "double"}
        assert [key["Name"] for key in predictions["PartitionKeys"]] == ["day"]
    assert glue.list_crawlers()["CrawlerNames"] == []
    assert glue.get_databases()["DatabaseList"] == []


def test_a_spark_job_has_its_workers(sandbox: Sandbox, clients: Clients, tmp_path: Path) -> None:
    with example("glue-job/examples/complete", sandbox, clients, tmp_path) as outputs:
        job = clients("glue").get_job(JobName=outputs["job"])["Job"]
        assert (job["Command"]["Name"], job["GlueVersion"]) == ("glueetl", "5.0")
        assert (job["WorkerType"], job["NumberOfWorkers"], job["MaxCapacity"]) == ("G.2X", 3, 6.0)
        assert "library-set" not in job["DefaultArguments"]
