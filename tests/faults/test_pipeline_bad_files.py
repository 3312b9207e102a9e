"""A file that can't be used fails its run with the reason, and is put away; nothing of it is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest
from pipeline_support import Clients, Deployment, deploy

from s_infra.sandbox.supervisor import Sandbox

HEADER = "sample_id,benign,radius\n"
ROWS = "".join(f"{number},{number % 2},{number}.5\n" for number in range(40))


@pytest.fixture(scope="module")
def deployment(
    sandbox: Sandbox, clients: Clients, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    with deploy(sandbox, clients, tmp_path_factory.mktemp("bad-files"), destroy=False) as deployed:
        yield deployed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty; a header"),
        (HEADER.encode(), "a header and no rows"),
        ((HEADER + ROWS).replace("benign", "good").encode(), "no column 'benign'"),
        ((HEADER + ROWS + "41,1,large\n").encode(), "line 42: column 'radius': 'large' is no number"),
        ((HEADER + ROWS).encode("utf-16"), "not UTF-8"),
        (gzip.compress((HEADER + ROWS).encode()), "not UTF-8"),
    ],
    ids=["empty", "header only", "wrong columns", "text in a number", "UTF-16", "gzip"],
)
def test_a_file_that_cannot_be_used_is_put_away_with_the_reason(
    deployment: Deployment, clients: Clients, content: bytes, said: str
) -> None:
    s3 = clients("s3")
    landed = deployment.put("training", "bad.csv", content)
    assert deployment.follow(landed).status == "FAILED"
    record = deployment.wait_for_record(landed)
    assert said in record["cause"]
    copy = f"quarantine/{landed.run}/bad.csv"
    assert record["quarantine"] == f"s3://{landed.bucket}/{copy}"
    assert s3.get_object(Bucket=landed.bucket, Key=copy)["Body"].read() == content
    reason = json.load(
        s3.get_object(Bucket=landed.bucket, Key=f"quarantine/{landed.run}/reason.json")["Body"]
    )
    assert (reason["run"], said in reason["cause"]) == (landed.run, True)
    # It is out of the way, and not lost: a redrive reads the version that landed.
    with pytest.raises(s3.exceptions.ClientError, match="404"):
        s3.head_object(Bucket=landed.bucket, Key=landed.key)
    version = s3.get_object(Bucket=landed.bucket, Key=landed.key, VersionId=landed.version_id)
    assert version["Body"].read() == content


def test_a_byte_order_mark_does_no_harm(deployment: Deployment) -> None:
    body = (deployment.data / "train.csv").read_bytes()
    landed = deployment.put("training", "marked.csv", b"\xef\xbb\xbf" + body)
    assert [stage.state for stage in deployment.follow(landed).stages][:3] == [
        "Configure",
        "Transform",
        "Tune",
    ]
