"""Processing and transform jobs that fail: the reason says where and why."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from sagemaker_support import INSTANCE, ROLE, Clients, Lab

from s_infra.sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "scripted")
    lab.put("rows/a.csv", b"1,2\n3,4\n")
    lab.put("wrong/a.csv", b"1,2\n3\n")
    lab.put("packed/a.csv.gz", b"1,2\n")
    lab.model("echo", container={"Environment": {"ANSWER": "body"}})
    lab.model("short", container={"Environment": {"ANSWER": "b'1'"}})
    return lab


def process(lab: Lab, name: str, code: str, **changes: Any) -> dict[str, Any]:
    place = {"S3Uri": f"s3://{lab.bucket}/processed/{name}", "LocalPath": "/opt/ml/processing/output"}
    lab.sagemaker.create_processing_job(
        **{
            "ProcessingJobName": name,
            "ProcessingOutputConfig": {
                "Outputs": [{"OutputName": "out", "S3Output": {**place, "S3UploadMode": "EndOfJob"}}]
            },
            "ProcessingResources": {"ClusterConfig": {**INSTANCE, "VolumeSizeInGB": 1}},
            "AppSpecification": {"ImageUri": lab.image, "ContainerEntrypoint": ["python3", "-c", code]},
            "RoleArn": ROLE,
            **changes,
        }
    )
    return lab.wait("processing_job", ProcessingJobName=name)


def test_a_program_that_exits_3_fails_its_job_and_its_message_is_kept(lab: Lab) -> None:
    code = """
open("/opt/ml/output/message", "w").write("é" * 1000)
open("/opt/ml/processing/output/half", "w").write("x")
print("no luck")
raise SystemExit(3)
"""
    job = process(lab, "exits", code)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["ExitMessage"] == "é" * 512
    assert job["FailureReason"] == (
        "AlgorithmError: See job logs for more information, exit code: 3; last in its log: no luck"
    )
    assert lab.keys("processed/exits") == []


def test_a_message_that_is_not_utf8_fails_the_job(lab: Lab) -> None:
    job = process(lab, "latin", "open('/opt/ml/output/message', 'wb').write(b'\\xe9t\\xe9')")
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == (
        "Failed",
        "ClientError: /opt/ml/output/message is not UTF-8 encoded",
    )


def test_a_program_that_hangs_is_stopped_at_its_limit(lab: Lab) -> None:
    job = process(lab, "hangs", "import time; time.sleep(600)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert job["ProcessingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("kind", "uri", "body", "message"),
    [
        (
            "S3Prefix",
            "s3://lab-bucket/nothing/",
            None,
            "no S3 objects found under S3 URL s3://lab-bucket/nothing/",
        ),
        ("ManifestFile", "s3://lab-bucket/none.manifest", None, "Data download failed"),
        ("ManifestFile", "s3://lab-bucket/bad.manifest", b'["a"]', "is not a valid manifest"),
        (
            "ManifestFile",
            "s3://lab-bucket/up.manifest",
            b'[{"prefix": "s3://lab-bucket/rows/"}, "../up"]',
            "leads out",
        ),
    ],
)
def test_input_that_is_not_there_fails_the_job(
    lab: Lab, kind: str, uri: str, body: bytes | None, message: str
) -> None:
    if body is not None:
        lab.put(uri.removeprefix("s3://lab-bucket/"), body)
    source = {"S3Uri": uri, "S3DataType": kind, "S3InputMode": "File", "LocalPath": "/opt/ml/processing/in"}
    name = f"missing-{abs(hash(uri)) % 10**8}"
    job = process(lab, name, "", ProcessingInputs=[{"InputName": "in", "S3Input": source}])
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: Data download failed")
    assert message in job["FailureReason"]


@pytest.mark.parametrize("path", ["/opt/ml/model", "/opt/ml/processing/../model", "/opt/ml/processingx"])
def test_a_local_path_elsewhere_is_refused(lab: Lab, path: str) -> None:
    place = {"S3Uri": "s3://lab-bucket/x", "LocalPath": path, "S3UploadMode": "EndOfJob"}
    outputs = {"Outputs": [{"OutputName": "o", "S3Output": place}]}
    with pytest.raises(ClientError, match="must begin with /opt/ml/processing/"):
        process(lab, "elsewhere", "", ProcessingOutputConfig=outputs)


@pytest.mark.parametrize(
    ("name", "model", "prefix", "processing", "message"),
    [
        (
            "narrow",
            "echo",
            "rows/",
            {"InputFilter": "$[5]"},
            "rows/a.csv: the filter doesn't fit the data: index 5",
        ),
        ("named", "echo", "rows/", {"OutputFilter": "$.id"}, "'id' is a name, and the record is not"),
        (
            "ragged",
            "echo",
            "wrong/",
            {"OutputFilter": "$[1]"},
            "wrong/a.csv: the filter doesn't fit the data: index 1",
        ),
        ("fewer", "short", "rows/", {"JoinSource": "Input"}, "the program answered 1 records for 2"),
    ],
)
def test_data_that_a_filter_or_a_join_does_not_fit_fails_the_job(
    lab: Lab, name: str, model: str, prefix: str, processing: dict[str, str], message: str
) -> None:
    job = lab.transform(name, model, prefix, DataProcessing=processing, output={"Accept": "text/csv"})
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: s3://lab-bucket/")
    assert message in job["FailureReason"]
    assert lab.keys(f"out/{name}/") == []


def test_what_is_no_gzip_fails_the_job(lab: Lab) -> None:
    job = lab.transform("no-gzip", "echo", "packed/", given={"CompressionType": "Gzip"})
    assert job["TransformJobStatus"] == "Failed"
    assert "packed/a.csv.gz: the object is not valid gzip" in job["FailureReason"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"given": {"SplitType": "RecordIO"}}, "TransformInput.SplitType RecordIO isn't carried out"),
        ({"given": {"SplitType": "TFRecord"}}, "TransformInput.SplitType TFRecord isn't carried out"),
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "must not exceed 100 MB"),
    ],
)
def test_a_transform_that_cannot_be_carried_out_is_refused(
    lab: Lab, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        lab.start_transform("refused", "echo", "rows/", **changes)
