"""Crawlers: what they make of objects in S3, and how they stand meanwhile."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError
from crawler_support import BUCKET, ROLE, SALES, Clients, Crawls, columns, wider
from events_support import Bus


@pytest.fixture(scope="module")
def crawls(clients: Clients) -> Crawls:
    return Crawls(clients)


@pytest.mark.parity(
    "glue:CreateCrawler", "glue:StartCrawler", "glue:GetCrawler", "glue:GetTables", "glue:DeleteCrawler"
)
def test_a_csv_folder_becomes_a_typed_table(crawls: Crawls) -> None:
    folder = crawls.put(a=SALES, b=SALES.replace("2,b,2,", "3,c,1e3,"))
    name = crawls.make(folder, TablePrefix="raw_")
    crawler = crawls.run(name)
    assert crawler["LastCrawl"]["Status"] == "SUCCEEDED"
    assert crawler["LastCrawl"]["LogGroup"] == "/aws-glue/crawlers"
    table = crawls.tables(name)[f"raw_{folder}"]
    assert columns(table) == {
        "id": "bigint",
        "name": "string",
        "price": "double",
        "paid": "boolean",
        "day": "string",
    }
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["PartitionKeys"] == []
    descriptor = table["StorageDescriptor"]
    assert descriptor["Location"] == f"s3://{BUCKET}/{folder}/"
    assert descriptor["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert descriptor["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
        "Parameters": {"field.delim": ","},
    }
    parameters = table["Parameters"]
    assert parameters.pop("CRAWL_RUN_ID") == crawler["LastCrawl"]["MessagePrefix"]
    size = 2 * len(SALES) + 2
    assert parameters == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": name,
        "areColumnsQuoted": "false",
        "averageRecordSize": str(size // 6),
        "classification": "csv",
        "columnsOrdered": "true",
        "compressionType": "none",
        "delimiter": ",",
        "objectCount": "2",
        "recordCount": "6",
        "sizeKey": str(size),
        "skip.header.line.count": "1",
        "typeOfData": "file",
    }
    crawls.glue.delete_crawler(Name=name)
    with pytest.raises(crawls.glue.exceptions.EntityNotFoundException):
        crawls.glue.get_crawler(Name=name)


def test_json_has_structures_and_lists(crawls: Crawls) -> None:
    rows = [
        {"ID": 1, "of": {"Name": "n", "deep": {"x": 1}}, "all": [1, 2], "big": 3, "none": None},
        {"ID": 2, "of": {"more": True}, "all": [0.5], "big": 10_000_000_000, "late": "t"},
    ]
    table = crawls.table({"rows.json": "\n".join(map(json.dumps, rows))})
    assert columns(table) == {
        "id": "int",
        "of": "struct<Name:string,deep:struct<x:int>,more:boolean>",
        "all": "array<double>",
        "big": "bigint",
        "none": "string",
        "late": "string",
    }
    assert table["Parameters"]["classification"] == "json"
    serde = table["StorageDescriptor"]["SerdeInfo"]
    assert serde["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    assert serde["Parameters"] == {"paths": "ID,all,big,late,none,of"}


@pytest.mark.parity("glue:GetPartitions", "glue:GetPartition")
def test_folders_with_keys_are_partitions(crawls: Crawls) -> None:
    bodies: dict[str, str | bytes] = {
        "Year=2023/month=12/a.csv": SALES,
        "Year=2024/month=1/a.csv": SALES,
        "Year=2024/month=2/a.csv": wider("new", "7"),
        "Year=2024/month=2/b.csv": SALES,
    }
    table = crawls.table(bodies)
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [
        ("year", "string"),
        ("month", "string"),
    ]
    assert columns(table)["new"] == "bigint"
    name, database = table["Name"], table["DatabaseName"]

    def values(expression: str) -> list[list[str]]:
        found = crawls.glue.get_partitions(DatabaseName=database, TableName=name, Expression=expression)
        return [partition["Values"] for partition in found["Partitions"]]

    assert values("") == [["2023", "12"], ["2024", "1"], ["2024", "2"]]
    assert values("year = '2024' and month in ('1', '7')") == [["2024", "1"]]
    one = crawls.glue.get_partition(DatabaseName=database, TableName=name, PartitionValues=["2024", "2"])
    found = one["Partition"]["StorageDescriptor"]
    assert found["Location"] == f"s3://{BUCKET}/{name}/Year=2024/month=2/"
    assert found["Parameters"]["objectCount"] == "2"
    before = crawls.glue.get_partition(DatabaseName=database, TableName=name, PartitionValues=["2023", "12"])
    # Each partition has the columns of its own objects.
    assert "new" not in columns(before["Partition"])


def test_folders_without_keys_are_numbered(crawls: Crawls) -> None:
    table = crawls.table({"x/a.csv": SALES, "y/a.csv": SALES})
    assert [key["Name"] for key in table["PartitionKeys"]] == ["partition_0"]


def test_what_is_unlike_is_a_table_of_its_own(crawls: Crawls) -> None:
    folder = crawls.put_all(
        {"sales/a.csv": SALES, "people/a.csv": "who,age\nx,1\ny,2\n", "odd.json": '{"a": 1}'}
    )
    name = crawls.make(folder)
    assert crawls.run(name)["LastCrawl"]["Status"] == "SUCCEEDED"
    tables = crawls.tables(name)
    assert set(tables) == {"sales", "people", "odd_json"}
    assert tables["odd_json"]["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/{folder}/odd.json"
    combined = crawls.make(
        crawls.put(a=SALES, b="who,age\nx,1\ny,2\n"),
        Configuration='{"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}}',
    )
    crawls.run(combined)
    assert [set(columns(table)) for table in crawls.tables(combined).values()] == [
        {"id", "name", "price", "paid", "day", "who", "age"}
    ]


def test_exclusions_samples_and_compression(crawls: Crawls) -> None:
    folder = crawls.put_all(
        {
            "a.csv.gz": gzip.compress(SALES.encode()),
            "b.csv.gz": gzip.compress(b"not,a,table\n"),
            "deep/er/x.csv": "a,b\n1,2\n2,3\n",
            "skip.tmp": b"\x00\x01",
            "_SUCCESS": "",
        }
    )
    name = crawls.make(folder, {"Exclusions": ["deep/**", "*.{tmp,bak}"], "SampleSize": 1})
    crawls.run(name)
    table = crawls.tables(name)[folder]
    assert columns(table)["price"] == "double"
    assert (table["StorageDescriptor"]["Compressed"], table["Parameters"]["compressionType"]) == (
        True,
        "gzip",
    )
    assert table["Parameters"]["objectCount"] == "2"


@pytest.mark.parity("glue:UpdateCrawler", "glue:GetTable")
def test_a_second_crawl_follows_its_policy(crawls: Crawls) -> None:
    folder = crawls.put_all({"k=1/a.csv": SALES})
    other = crawls.put_all({"a.csv": SALES})
    name = crawls.make(folder)
    crawls.run(name)
    crawls.put_all({"k=2/a.csv": wider("extra", "z")}, folder)
    crawls.glue.update_crawler(
        Name=name, SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "DELETE_FROM_DATABASE"}
    )
    crawls.run(name)
    table = crawls.glue.get_table(DatabaseName=name, Name=folder)["Table"]
    assert "extra" not in columns(table)
    assert table["VersionId"] == "0"
    found = crawls.glue.get_partitions(DatabaseName=name, TableName=folder)["Partitions"]
    assert [partition["Values"] for partition in found] == [["1"], ["2"]]
    assert "extra" in columns(found[1])
    crawls.glue.update_crawler(
        Name=name,
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"},
    )
    crawls.s3.delete_object(Bucket=BUCKET, Key=f"{folder}/k=1/a.csv")
    crawls.run(name)
    table = crawls.glue.get_table(DatabaseName=name, Name=folder)["Table"]
    assert ("extra" in columns(table), table["VersionId"]) == (True, "1")
    found = crawls.glue.get_partitions(DatabaseName=name, TableName=folder)["Partitions"]
    assert [partition["Values"] for partition in found] == [["2"]]
    targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/{other}"}]}
    crawls.glue.update_crawler(Name=name, Targets=targets)
    assert crawls.run(name)["Version"] == 4
    assert list(crawls.tables(name)) == [other]


def test_new_folders_only_leaves_the_table(crawls: Crawls) -> None:
    folder = crawls.put_all({"k=1/a.csv": SALES})
    policy = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
    only_new = {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    with pytest.raises(ClientError, match="must be LOG"):
        crawls.make(folder, RecrawlPolicy=only_new)
    name = crawls.make(folder, RecrawlPolicy=only_new, SchemaChangePolicy=policy)
    crawls.run(name)
    crawls.put_all({"k=2/a.csv": SALES}, folder)
    crawls.run(name)
    found = crawls.glue.get_partitions(DatabaseName=name, TableName=folder)["Partitions"]
    assert [partition["Values"] for partition in found] == [["1"], ["2"]]


@pytest.mark.parity(
    "glue:GetCrawlers", "glue:ListCrawlers", "glue:BatchGetCrawlers", "glue:GetCrawlerMetrics"
)
def test_crawlers_are_listed_with_what_they_did(crawls: Crawls) -> None:
    name = crawls.make(crawls.put(a=SALES))
    crawls.run(name)
    assert name in crawls.glue.list_crawlers()["CrawlerNames"]
    assert name in [one["Name"] for one in crawls.glue.get_crawlers()["Crawlers"]]
    found = crawls.glue.batch_get_crawlers(CrawlerNames=[name, "none"])
    assert [one["Name"] for one in found["Crawlers"]] == [name]
    assert found["CrawlersNotFound"] == ["none"]
    metrics = crawls.glue.get_crawler_metrics(CrawlerNameList=[name])["CrawlerMetricsList"][0]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (1, 0)
    assert metrics["LastRuntimeSeconds"] > 0


def test_a_crawl_is_logged_and_told_on_the_bus(crawls: Crawls) -> None:
    name = crawls.make(crawls.put_all({"k=1/a.csv": SALES}))
    bus = Bus(crawls.clients, "aws.glue")
    crawls.run(name)

    def told(state: str) -> dict[str, Any]:
        event = bus.until(lambda one: (one["detail"]["crawlerName"], one["detail"]["state"]) == (name, state))
        assert event["detail-type"] == "Glue Crawler State Change"
        return dict(event["detail"])

    told("Started")
    last = told("Succeeded")
    assert (last["tablesCreated"], last["partitionsCreated"], last["tablesDeleted"]) == ("1", "1", "0")
    logs = crawls.clients("logs")
    lines = [
        event["message"]
        for event in logs.get_log_events(
            logGroupName="/aws-glue/crawlers", logStreamName=name, startFromHead=True
        )["events"]
    ]
    assert "Running Start Crawl for Crawler" in lines[0]
    assert lines[-1].endswith("BENCHMARK : Crawler has finished running and is in state READY")


@pytest.mark.parametrize(
    ("bodies", "told"),
    [
        ({"a.orc": b"ORC\x01\x02"}, "glue:StartCrawler ORC (s3://crawled/"),
        ({"a.xml": "<rows/>"}, "glue:StartCrawler XML (s3://crawled/"),
        ({"a.parquet": b"PAR1\x00\x00"}, "a Parquet file breaks off: it has no footer"),
        ({"a.parquet": b"PAR1" + bytes(50) + b"\x08\x00\x00\x00PAR1"}, "footer can't be read"),
        ({"a.csv": "a,A\n1,2\n3,4\n"}, "Duplicate column names: a"),
        ({"a.csv.gz": b"\x1f\x8bnonsense"}, "can't be decompressed"),
    ],
)
def test_what_cannot_be_crawled_fails_the_crawl_with_the_reason(
    crawls: Crawls, bodies: dict[str, str | bytes], told: str
) -> None:
    name = crawls.make(crawls.put_all(bodies))
    last = crawls.run(name)["LastCrawl"]
    assert last["Status"] == "FAILED"
    assert told in last["ErrorMessage"]


def test_a_missing_bucket_fails_the_crawl(crawls: Crawls) -> None:
    name = f"crawler-{uuid.uuid4().hex}"
    targets = {"S3Targets": [{"Path": "s3://no-such-bucket/x"}]}
    crawls.glue.create_crawler(Name=name, Role=ROLE, DatabaseName="d", Targets=targets)
    last = crawls.run(name)["LastCrawl"]
    assert (last["Status"], "NoSuchBucket" in last["ErrorMessage"]) == ("FAILED", True)


@pytest.mark.parity("glue:StopCrawler")
def test_a_crawl_is_stopped_and_only_one_runs_at_once(crawls: Crawls) -> None:
    name = crawls.make(crawls.put_all({f"k={number}/a.csv": SALES for number in range(200)}))
    with pytest.raises(crawls.glue.exceptions.CrawlerNotRunningException):
        crawls.glue.stop_crawler(Name=name)
    crawls.glue.start_crawler(Name=name)
    for call in (crawls.glue.start_crawler, crawls.glue.delete_crawler):
        with pytest.raises(crawls.glue.exceptions.CrawlerRunningException):
            call(Name=name)
    crawls.glue.stop_crawler(Name=name)
    assert crawls.ended(name)["LastCrawl"]["Status"] == "CANCELLED"
    with pytest.raises(crawls.glue.exceptions.EntityNotFoundException):
        crawls.glue.get_tables(DatabaseName=name)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"Schedule": "cron(0 1 * * ? *)"}, "Schedule"),
        ({"Classifiers": ["mine"]}, "Classifiers"),
        ({"Targets": {"JdbcTargets": [{"ConnectionName": "c", "Path": "db/%"}]}}, "Targets.JdbcTargets"),
        ({"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVENT_MODE"}}, "CRAWL_EVENT_MODE"),
        ({"LineageConfiguration": {"CrawlerLineageSettings": "ENABLE"}}, "CrawlerLineageSettings ENABLE"),
        ({"CrawlerSecurityConfiguration": "s"}, "CrawlerSecurityConfiguration"),
        (
            {"Configuration": '{"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}}'},
            "Configuration Grouping.TableLevelConfiguration",
        ),
    ],
)
def test_refuses_by_name_what_it_would_not_do(crawls: Crawls, fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ClientError) as refused:
        crawls.make("x", **fields)
    assert "s-infra sandbox: glue:CreateCrawler " in str(refused.value)
    assert f"{what} isn't carried out" in str(refused.value)


@pytest.mark.parametrize(
    "operation", ["create_trigger", "create_connection", "create_workflow", "create_classifier"]
)
def test_other_operations_of_glue_are_refused_by_name(crawls: Crawls, operation: str) -> None:
    given: dict[str, dict[str, Any]] = {
        "create_trigger": {"Name": "t", "Type": "ON_DEMAND", "Actions": [{"JobName": "j"}]},
        "create_connection": {
            "ConnectionInput": {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": {}}
        },
        "create_workflow": {"Name": "w"},
        "create_classifier": {"CsvClassifier": {"Name": "c"}},
    }
    with pytest.raises(ClientError) as refused:
        getattr(crawls.glue, operation)(**given[operation])
    name = "".join(part.title() for part in operation.split("_"))
    assert f"glue:{name} isn't carried out" in str(refused.value)


def test_a_machine_crawls_and_waits(crawls: Crawls) -> None:
    name = crawls.make(crawls.put(a=SALES))
    sdk = "arn:aws:states:::aws-sdk:glue"
    states = {
        "Start": {
            "Type": "Task",
            "Resource": f"{sdk}:startCrawler",
            "Arguments": {"Name": name},
            "Next": "Get",
        },
        "Get": {
            "Type": "Task",
            "Resource": f"{sdk}:getCrawler",
            "Arguments": {"Name": name},
            "Output": "{% $states.result.Crawler %}",
            "Next": "Done",
        },
        "Done": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.State = 'READY' %}", "Next": "End"}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Get"},
        "End": {"Type": "Pass", "Output": "{% $states.input.LastCrawl.Status %}", "End": True},
    }
    client = crawls.clients("stepfunctions")
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "Start", "States": states})
    machine = client.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    deadline = time.monotonic() + 20
    while (found := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (found["status"], found.get("output")) == ("SUCCEEDED", '"SUCCEEDED"'), found
