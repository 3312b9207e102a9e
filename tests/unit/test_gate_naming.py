"""The operation that a request calls, where several share a method and a path."""

from __future__ import annotations

import pytest

from s_infra.sandbox.gate.naming import operation_name


@pytest.mark.parametrize(
    ("method", "path", "headers", "query", "name"),
    [
        ("PUT", "/bucket/key", {}, {}, "PutObject"),
        ("PUT", "/bucket/a/deep/key", {}, {}, "PutObject"),
        ("PUT", "/bucket/key", {"x-amz-copy-source": "/bucket/other"}, {}, "CopyObject"),
        ("PUT", "/bucket/key", {}, {"partNumber": ["1"], "uploadId": ["u"]}, "UploadPart"),
        ("DELETE", "/bucket/key", {}, {}, "DeleteObject"),
        ("DELETE", "/bucket/key", {}, {"uploadId": ["u"]}, "AbortMultipartUpload"),
        ("GET", "/bucket/key", {}, {}, "GetObject"),
        ("GET", "/bucket/key", {}, {"uploadId": ["u"]}, "ListParts"),
        ("GET", "/bucket", {}, {"list-type": ["2"]}, "ListObjectsV2"),
        ("POST", "/bucket/key", {}, {"uploads": [""]}, "CreateMultipartUpload"),
        ("POST", "/bucket/key", {}, {"uploadId": ["u"]}, "CompleteMultipartUpload"),
    ],
)
def test_an_operation_of_s3_is_told_by_what_it_must_have(
    method: str, path: str, headers: dict[str, str], query: dict[str, list[str]], name: str
) -> None:
    assert operation_name("s3", method, path, headers, b"", query) == name
