"""`s-infra upload`: what comes to lie in the bucket, what isn't sent again, what leaves nothing behind."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s_infra import aws
from s_infra.errors import SInfraError
from s_infra.sandbox.supervisor import Sandbox
from s_infra.uploads import plan, upload
from s_infra.uploads.upload import Options, Result

Clients = Callable[[str], Any]
MIB = 1 << 20


@pytest.fixture
def bucket(
    sandbox: Sandbox, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any
) -> str:
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    name = f"uploads-{abs(hash(request.node.name)):x}"
    clients("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "train.csv": b"a,b\n1,2\n",
        "deep/er/model.json": b"{}",
        "a name + ü%20&=.txt": b"text",
        "empty.bin": b"",
        "data.csv.gz": b"\x1f\x8b",
    }
    for name, content in files.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "folder"


def run(folder: Path, url: str, **options: Any) -> Result:
    return upload.run(folder, url, Options(**options), aws.session(), lambda _: None)


def contents(clients: Clients, bucket: str) -> dict[str, bytes]:
    s3 = clients("s3")
    listed = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
    return {one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed}


def command(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("s-infra")
    return subprocess.run(
        [program, "upload", *arguments], capture_output=True, text=True, check=False, env=environment
    )


def test_a_folder_comes_to_lie_under_the_prefix_with_types_and_checksums(
    bucket: str, folder: Path, clients: Clients
) -> None:
    done = run(folder, f"s3://{bucket}/in/put/")
    files = {f"in/put/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*.*")}
    assert contents(clients, bucket) == {key: path.read_bytes() for key, path in files.items()}
    assert sorted(done.uploaded) == sorted(files)
    described = {
        key: clients("s3").head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED") for key in files
    }
    types = {key.rpartition("/")[2]: found["ContentType"] for key, found in described.items()}
    assert types == {
        "train.csv": "text/csv",
        "model.json": "application/json",
        "a name + ü%20&=.txt": "text/plain",
        "empty.bin": "application/octet-stream",
        "data.csv.gz": "application/gzip",
    }
    for key, found in described.items():
        digest = hashlib.sha256(files[key].read_bytes()).digest()
        assert found["ChecksumSHA256"] == base64.b64encode(digest).decode()


def test_only_what_differs_is_sent_again_with_or_without_the_cache(
    bucket: str, folder: Path, clients: Clients, tmp_path: Path
) -> None:
    url = f"s3://{bucket}"
    run(folder, url)
    written = {
        one["Key"]: one["LastModified"] for one in clients("s3").list_objects_v2(Bucket=bucket)["Contents"]
    }
    assert run(folder, url).uploaded == ()
    (tmp_path / "cache/s-infra/uploads.sqlite").write_bytes(b"no database")
    assert run(folder, url).unchanged == 5
    (folder / "train.csv").write_bytes(b"a,b\n1,3\n")
    clients("s3").put_object(Bucket=bucket, Key="deep/er/model.json", Body=b"[]")
    (folder / "new.csv").write_bytes(b"c\n")
    assert run(folder, url).uploaded == ("deep/er/model.json", "new.csv", "train.csv")
    assert contents(clients, bucket)["deep/er/model.json"] == b"{}"
    after = {
        one["Key"]: one["LastModified"] for one in clients("s3").list_objects_v2(Bucket=bucket)["Contents"]
    }
    assert after["empty.bin"] == written["empty.bin"]


def test_what_has_no_file_goes_after_a_preview_only(bucket: str, folder: Path, clients: Clients) -> None:
    for key in ("in/old.csv", "in/deep/old.csv", "input.csv"):
        clients("s3").put_object(Bucket=bucket, Key=key, Body=b"old")
    preview = command(str(folder), f"s3://{bucket}/in", "--delete", "--json", environment=os.environ)
    assert preview.returncode == 0, preview.stderr
    told = json.loads(preview.stdout)
    assert (told["deleted"], told["done"]) == (["in/deep/old.csv", "in/old.csv"], False)
    assert "would delete in/old.csv" in preview.stderr
    assert len(contents(clients, bucket)) == 3
    flags = ("--delete", "--yes", "--bucket-owner", "any")
    done = command(str(folder), f"s3://{bucket}/in", *flags, environment=os.environ)
    assert done.returncode == 0, done.stderr
    keys = contents(clients, bucket)
    assert "5 files uploaded (0.0 MB), 0 unchanged, 2 objects deleted" in done.stderr
    assert "input.csv" in keys
    assert not {"in/old.csv", "in/deep/old.csv"} & keys.keys()
    assert len(keys) == 6
    (folder / "empty.bin").unlink()
    last = command(str(folder), f"s3://{bucket}/in", *flags, environment=os.environ)
    assert "0 files uploaded (0.0 MB), 4 unchanged, 1 object deleted" in last.stderr


KILLED = """
import os, signal, sys
from pathlib import Path
from s_infra import aws
from s_infra.uploads import large, upload

large.PARALLEL = 1
session = aws.session()
make = session.client

def client(*arguments, **options):
    made = make(*arguments, **options)
    send = made.upload_part
    def upload_part(**given):
        if given["PartNumber"] == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return send(**given)
    made.upload_part = upload_part
    return made

session.client = client
upload.run(Path(sys.argv[1]), sys.argv[2], upload.Options(), session, print)
"""


def test_parts_that_arrived_before_a_kill_are_taken_up(bucket: str, tmp_path: Path, clients: Clients) -> None:
    large = tmp_path / "large"
    large.mkdir()
    content = os.urandom(MIB) * 36
    (large / "data.bin").write_bytes(content)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(large), f"s3://{bucket}"], capture_output=True, check=False
    )
    assert killed.returncode == -9, killed.stderr
    assert contents(clients, bucket) == {}
    changed = bytearray(content)
    changed[0] ^= 1
    (large / "data.bin").write_bytes(changed)
    done = run(large, f"s3://{bucket}")
    # The first part has changed since; the second is the one that needn't be sent.
    assert (done.parts_taken_up, done.uploaded) == (1, ("data.bin",))
    assert contents(clients, bucket)["data.bin"] == bytes(changed)
    assert "Uploads" not in clients("s3").list_multipart_uploads(Bucket=bucket)
    found = clients("s3").head_object(Bucket=bucket, Key="data.bin", ChecksumMode="ENABLED")
    assert found["ChecksumSHA256"].endswith("-3")
    assert run(large, f"s3://{bucket}").unchanged == 1
    # What S3 has aborted in the meantime is sent anew.
    (tmp_path / "cache/s-infra/uploads.sqlite").unlink()
    assert run(large, f"s3://{bucket}").unchanged == 1


def test_a_large_file_that_changes_while_it_is_read_leaves_nothing(
    bucket: str, tmp_path: Path, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large"
    large.mkdir()
    (large / "data.bin").write_bytes(b"0" * (17 * MIB))
    session = aws.session()
    make = session.client

    def client(*arguments: Any, **options: Any) -> Any:
        made = make(*arguments, **options)
        send = made.upload_part

        def upload_part(**given: Any) -> Any:
            with (large / "data.bin").open("r+b") as file:
                file.write(b"1")
            return send(**given)

        made.upload_part = upload_part
        return made

    monkeypatch.setattr(session, "client", client)
    with pytest.raises(SInfraError, match="changed while it was read"):
        upload.run(large, f"s3://{bucket}", Options(), session, lambda _: None)
    assert contents(clients, bucket) == {}
    assert "Uploads" not in clients("s3").list_multipart_uploads(Bucket=bucket)


def test_a_small_file_that_changes_before_it_is_read_is_not_sent(
    bucket: str, folder: Path, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = plan.local_files

    def then_changed(*arguments: Any) -> list[plan.Local]:
        found = find(*arguments)
        (folder / "train.csv").write_bytes(b"longer than before\n")
        return found

    monkeypatch.setattr(plan, "local_files", then_changed)
    with pytest.raises(SInfraError, match="changed while it was read") as caught:
        run(folder, f"s3://{bucket}")
    assert str(caught.value.which).endswith("train.csv")
    assert "train.csv" not in contents(clients, bucket)


def test_an_object_that_s3_refuses_is_named(bucket: str, folder: Path, clients: Clients) -> None:
    key = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"
    with pytest.raises(SInfraError, match=r"AWS refused PutObject: .*SSEKMSKeyId"):
        run(folder, f"s3://{bucket}", kms_key=key)
    assert contents(clients, bucket) == {}


def test_a_key_and_an_owner_go_with_every_request() -> None:
    options = Options(owner="111111111111", kms_key="key")
    assert options.encryption == {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key"}
    assert options.headers == {
        "x-amz-expected-bucket-owner": "111111111111",
        "x-amz-server-side-encryption": "aws:kms",
        "x-amz-server-side-encryption-aws-kms-key-id": "key",
    }
    assert (Options().encryption, Options().headers) == ({}, {})


@pytest.mark.parametrize(
    ("changes", "arguments", "said"),
    [
        ({}, ("s3://no-such-bucket-at-all",), "check the bucket's name"),
        ({}, ("s3://{bucket}", "--bucket-owner", "111111111111"), "AccessDenied"),
        ({}, ("https://{bucket}",), "write it as s3://bucket/prefix"),
        ({}, ("s3://{bucket}", "--profile", "nobody"), "AWS_PROFILE"),
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            ("s3://{bucket}",),
            "there are no credentials",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, ("s3://{bucket}",), "check the network"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_sent(
    bucket: str,
    folder: Path,
    clients: Clients,
    tmp_path: Path,
    changes: dict[str, str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    given = {
        **os.environ,
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
    }
    environment = {name: value for name, value in {**given, **changes}.items() if value}
    done = command(str(folder), *(one.format(bucket=bucket) for one in arguments), environment=environment)
    assert done.returncode == 1, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert contents(clients, bucket) == {}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "your credentials have expired"),
        ("PermanentRedirect", "another Region"),
        ("AccessDenied", "have ListObjectsV2 allowed"),
    ],
)
def test_s3s_refusals_say_what_to_do(
    bucket: str, folder: Path, clients: Clients, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    def refused(self: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "ListObjectsV2")

    monkeypatch.setattr(upload._Upload, "present", refused)
    with pytest.raises(SInfraError) as caught:
        run(folder, f"s3://{bucket}")
    assert said in str(caught.value)


def test_a_folder_without_files_and_a_pipe_are_refused(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SInfraError, match="no files"):
        run(tmp_path / "empty", f"s3://{bucket}")
    os.mkfifo(tmp_path / "empty/pipe")
    with pytest.raises(SInfraError, match="only files"):
        run(tmp_path / "empty", f"s3://{bucket}")
    (tmp_path / "long").mkdir()
    (tmp_path / "long/x").write_bytes(b"")
    with pytest.raises(SInfraError, match="S3 takes 1024"):
        run(tmp_path / "long", f"s3://{bucket}/{'p' * 1023}")
