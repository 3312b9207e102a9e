"""Landing, held to the versions that the feature store has afterwards."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from s_infra.errors import SInfraError
from s_infra.landing import sending
from s_infra.landing.contract import of_pipeline
from s_infra.landing.landing import Landing, land
from s_infra.landing.looking import look
from s_infra.runs import pipeline as pipelines
from s_infra.runs.pipeline import Pipeline
from s_infra.sandbox.supervisor import Sandbox
from s_infra.uploads.digests import SMALLEST_PART

Clients = Callable[[str], Any]
KEY = "train/train.csv"


@pytest.fixture
def pipeline(clients: Clients, request: pytest.FixtureRequest) -> Pipeline:
    """A pipeline that consists of its feature store alone."""
    bucket = f"landing-{abs(hash(request.node.name))}"
    s3 = clients("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:demo"
    return Pipeline(
        "demo", bucket, "train/", "score/", machine, machine, *(bucket, bucket, bucket), "", bucket
    )


def versions(clients: Clients, pipeline: Pipeline) -> list[str]:
    found = clients("s3").list_object_versions(Bucket=pipeline.feature_store_bucket, Prefix=KEY)
    return [one["VersionId"] for one in found.get("Versions", [])]


def file(folder: Path, content: bytes) -> Path:
    path = folder / "train.csv"
    path.write_bytes(content)
    return path


def test_a_file_lands_once_and_again_when_its_content_changes(
    pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    s3 = clients("s3")
    path = file(tmp_path, b"a,b\n1,2\n")
    first = land(look(path), "training", pipeline, s3)
    assert first.new
    assert first.version_id in versions(clients, pipeline)
    assert first.run == pipeline.run_name(pipeline.feature_store_bucket, KEY, first.version_id)
    stored = s3.get_object(Bucket=pipeline.feature_store_bucket, Key=KEY)
    assert (stored["Body"].read(), stored["ContentType"]) == (b"a,b\n1,2\n", "text/csv")

    rerun = land(look(path), "training", pipeline, s3)
    assert (rerun.new, rerun.run) == (False, first.run)
    assert versions(clients, pipeline) == [first.version_id]

    changed = land(look(file(tmp_path, b"a,b\n3,4\n")), "training", pipeline, s3)
    assert changed.new
    assert changed.run != first.run
    assert land(look(path), "training", pipeline, s3, again=True).new
    assert len(versions(clients, pipeline)) == 3


def test_twenty_at_once_land_one_version(pipeline: Pipeline, clients: Clients, tmp_path: Path) -> None:
    looked, s3 = look(file(tmp_path, b"a,b\n1,2\n")), clients("s3")

    def one(_: int) -> Landing:
        return land(looked, "training", pipeline, s3)

    with ThreadPoolExecutor(20) as pool:
        landed = list(pool.map(one, range(20)))
    assert len({one.run for one in landed}) == 1
    assert [one.new for one in landed].count(True) == 1
    assert len(versions(clients, pipeline)) == 1


def test_a_large_file_lands_in_parts_and_whole(pipeline: Pipeline, clients: Clients, tmp_path: Path) -> None:
    content = b"a,b\n" + b"1,2\n" * (SMALLEST_PART // 2)
    looked = look(file(tmp_path, content))
    assert len(looked.parts) == 3
    s3 = clients("s3")
    assert land(looked, "training", pipeline, s3).new
    body = s3.get_object(Bucket=pipeline.feature_store_bucket, Key=KEY)["Body"].read()
    assert body == content
    assert not land(looked, "training", pipeline, s3).new


class InterruptedLandingError(Exception):
    """What a closed laptop does."""


class Instead:
    """A client some of whose calls are others'."""

    def __init__(self, client: Any, **calls: Callable[..., Any]) -> None:
        self._client, self._calls = client, calls

    def __getattr__(self, name: str) -> Any:
        return self._calls.get(name) or getattr(self._client, name)


def interrupted_after(clients: Clients, number: int) -> Any:
    """A client that sends so many parts."""
    s3 = clients("s3")
    sent: list[int] = []

    def upload_part(**given: Any) -> Any:
        if len(sent) == number:
            raise InterruptedLandingError
        sent.append(given["PartNumber"])
        return s3.upload_part(**given)

    return Instead(s3, upload_part=upload_part)


def test_parts_that_arrived_are_taken_up_from_any_machine(
    pipeline: Pipeline, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PARALLEL", 1)
    content = b"a,b\n" + b"1,2\n" * (SMALLEST_PART // 2)
    looked, bucket = look(file(tmp_path, content)), pipeline.feature_store_bucket
    with pytest.raises(InterruptedLandingError):
        land(looked, "training", pipeline, interrupted_after(clients, 2))
    assert versions(clients, pipeline) == []
    # Another file of this name begins as this one does, and then differs: its parts are its own.
    other = look(file(tmp_path, b"c,d\n" + content[4:]))
    landed = land(other, "training", pipeline, interrupted_after(clients, 3))
    assert landed.new
    s3 = clients("s3")
    assert len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 1

    again = look(file(tmp_path, content))
    told: list[str] = []
    rest = land(again, "training", pipeline, interrupted_after(clients, 1), tell=told.append)
    assert told[1:] == [
        "2 of its 3 parts came with an earlier attempt",
        "30 % are there",
        "60 % are there",
        "100 % are there",
    ]
    assert s3.get_object(Bucket=bucket, Key=KEY, VersionId=rest.version_id)["Body"].read() == content
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    assert not land(again, "training", pipeline, interrupted_after(clients, 0)).new


@pytest.mark.parametrize("status", [None, "Suspended"])
def test_a_store_without_versions_gets_nothing(
    status: str | None, pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    s3, bucket = clients("s3"), f"{pipeline.feature_store_bucket}-unversioned"
    s3.create_bucket(Bucket=bucket)
    if status is not None:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
    bare = dataclasses.replace(pipeline, feature_store_bucket=bucket)
    with pytest.raises(SInfraError, match="nothing has landed") as caught:
        land(look(file(tmp_path, b"a,b\n1,2\n")), "training", bare, s3)
    assert (caught.value.which, "enable versioning" in str(caught.value)) == (bucket, True)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_who_may_not_ask_about_versions_or_uploads_lands_all_the_same(
    pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    def denied(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Get")

    s3 = Instead(clients("s3"), get_bucket_versioning=denied, list_multipart_uploads=denied)
    content = b"a,b\n" + b"1,2\n" * (SMALLEST_PART // 4)
    assert land(look(file(tmp_path, content)), "training", pipeline, s3).new


def test_what_apply_has_landed_is_known_by_its_sha256(
    pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    s3, bucket = clients("s3"), pipeline.feature_store_bucket
    content = b"a,b\n" + b"1,2\n" * (SMALLEST_PART // 4)
    metadata = {"sha256": hashlib.sha256(content).hexdigest()}
    put = s3.put_object(Bucket=bucket, Key=KEY, Body=content, Metadata=metadata)
    landed = land(look(file(tmp_path, content)), "training", pipeline, s3)
    assert (landed.new, landed.version_id) == (False, put["VersionId"])


@pytest.mark.parametrize("size", [10, SMALLEST_PART])
def test_a_file_that_changed_since_it_was_looked_over_does_not_land(
    size: int, pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    content = b"a,b\n" + b"1,2\n" * size
    path = file(tmp_path, content)
    looked = look(path)
    path.write_bytes(content[:-2] + b"9\n")
    s3 = clients("s3")
    with pytest.raises(SInfraError, match="changed while it was read; nothing has landed"):
        land(looked, "training", pipeline, s3)
    assert versions(clients, pipeline) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=pipeline.feature_store_bucket)


def test_another_file_of_that_name_that_lands_meanwhile_stays_a_version(
    pipeline: Pipeline, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, real = clients("s3"), sending.present
    others = [b"from somebody else\n", b"and one more\n"]

    def raced(client: Any, place: sending.Place) -> sending.Present | None:
        found = real(client, place)
        if others:
            client.put_object(Bucket=place.bucket, Key=place.key, Body=others.pop())
        return found

    monkeypatch.setattr(sending, "present", raced)
    landed = land(look(file(tmp_path, b"a,b\n1,2\n")), "training", pipeline, s3)
    assert landed.new
    assert len(versions(clients, pipeline)) == 3
    assert s3.head_object(Bucket=pipeline.feature_store_bucket, Key=KEY)["VersionId"] == landed.version_id


def test_a_bucket_that_is_not_there_is_named(clients: Clients, tmp_path: Path) -> None:
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:demo"
    gone = Pipeline(
        "demo", "no-such-bucket", "train/", "score/", *(machine, machine, "x", "x", "x", "x", "x")
    )
    with pytest.raises(SInfraError, match="NoSuchBucket") as caught:
        land(look(file(tmp_path, b"a\n1\n")), "training", gone, clients("s3"))
    assert caught.value.which == "s3://no-such-bucket/train/train.csv"


@pytest.mark.parametrize("rows", [1, SMALLEST_PART // 4])
def test_a_bucket_that_somebody_else_has_taken_gets_nothing(
    rows: int, pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    machine = pipeline.training_state_machine_arn.replace("000000000000", "111111111111")
    foreign = dataclasses.replace(pipeline, training_state_machine_arn=machine)
    s3 = clients("s3")
    with pytest.raises(SInfraError, match="AWS refused") as caught:
        land(look(file(tmp_path, b"a,b\n" + b"1,2\n" * rows)), "training", foreign, s3)
    assert "allowed on it" in str(caught.value.next_step)
    assert versions(clients, pipeline) == []
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=pipeline.feature_store_bucket)


@pytest.mark.parametrize("call", ["get_bucket_versioning", "head_object", "upload_part"])
@pytest.mark.parametrize(
    ("code", "said"),
    [("ExpiredToken", "your credentials have expired"), ("PermanentRedirect", "set AWS_REGION")],
)
def test_what_s3_refuses_says_what_to_do_and_starts_nothing(
    call: str, code: str, said: str, pipeline: Pipeline, clients: Clients, tmp_path: Path
) -> None:
    def refused(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")

    content = b"a,b\n" + b"1,2\n" * (SMALLEST_PART // 4)
    with pytest.raises(SInfraError) as caught:
        land(look(file(tmp_path, content)), "training", pipeline, Instead(clients("s3"), **{call: refused}))
    assert said in str(caught.value.next_step)
    assert caught.value.which == f"s3://{pipeline.feature_store_bucket}/{KEY}"
    assert versions(clients, pipeline) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "there are no credentials"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, "set AWS_REGION"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "check the network"),
    ],
)
def test_the_command_without_credentials_region_or_network_says_so(
    changes: dict[str, str], said: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    elsewhere = {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1"}
    done = command({**sandbox.environment, **elsewhere, **changes}, file(tmp_path, b"a\n1\n"), "demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def command(changes: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Land files; the last argument is the pipeline's name."""
    program = Path(sys.executable).with_name("s-infra")
    given = {name: value for name, value in {**os.environ, **changes}.items() if value}
    return subprocess.run(
        [program, "land", *arguments[:-1], "--to", arguments[-1]],
        capture_output=True,
        text=True,
        check=False,
        env=given,
    )


def test_one_file_that_cannot_be_used_keeps_all_from_landing(
    pipeline: Pipeline, sandbox: Sandbox, clients: Clients, tmp_path: Path
) -> None:
    s3, bucket = clients("s3"), pipeline.feature_store_bucket
    clients("ssm").put_parameter(
        Name=pipelines.PARAMETER.format(bucket),
        Type="String",
        Value=json.dumps(dataclasses.asdict(pipeline)),
    )
    schema = json.dumps({"fields": [{"name": "a"}, {"name": "b"}]}).encode()
    s3.put_object(Bucket=bucket, Key="schemas/training.json", Body=schema)
    good, bad = tmp_path / "score.csv", tmp_path / "train.csv"
    good.write_bytes(b"a,b\n1,2\n")
    for content, said in (
        (b"a,c\n1,2\n", "the header doesn't keep the contract"),
        (gzip.compress(b"a,b\n1,2\n"), "compressed by gzip"),
        ("a,b\n1,2\n".encode("utf-16"), "it is UTF-16"),
    ):
        bad.write_bytes(content)
        done = command(sandbox.environment, good, bad, bucket)
        assert (done.returncode, done.stdout) == (1, "")
        assert said in done.stderr
        assert str(bad) in done.stderr
        assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [
            "schemas/training.json"
        ]
    bad.write_bytes(b"a,b\n1,2\n")
    done = command(sandbox.environment, good, bad, bucket)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split()) == 2
    assert len(versions(clients, pipeline)) == 1


def test_the_contract_is_the_one_that_lies_in_the_metadata_store(
    pipeline: Pipeline, clients: Clients
) -> None:
    s3 = clients("s3")
    assert of_pipeline(pipeline, "training", s3) is None
    schema = {"fields": [{"name": "a"}]}
    s3.put_object(
        Bucket=pipeline.metadata_store_bucket, Key="schemas/training.json", Body=json.dumps(schema).encode()
    )
    found = of_pipeline(pipeline, "training", s3)
    assert found is not None
    assert found.fields == ("a",)


def test_a_pipeline_that_no_parameter_names_is_said(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with pytest.raises(SInfraError, match="no pipeline 'churn' in this account"):
        pipelines.find("churn", tmp_path)
