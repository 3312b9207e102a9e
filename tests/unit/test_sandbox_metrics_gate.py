"""CloudWatch's metrics at the gate: what passes, and what the base would answer differently than AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from s_infra.sandbox import gate

DIMENSIONS = [{"Name": "TrainingJobName", "Value": "a"}]
STATISTICS = {"Namespace": "n", "MetricName": "m", "Dimensions": DIMENSIONS, "Statistics": ["Sum"]}
METRIC = {"Namespace": "n", "MetricName": "m", "Dimensions": DIMENSIONS}


def data(scan: str = "TimestampAscending", **stat: Any) -> dict[str, Any]:
    query = {"Id": "a", "MetricStat": {"Metric": METRIC, "Period": 60, "Stat": "Sum", **stat}}
    return {"MetricDataQueries": [query], "ScanBy": scan}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("GetMetricStatistics", STATISTICS),
        ("GetMetricData", data()),
        ("ListMetrics", {"Namespace": "n", "Dimensions": DIMENSIONS}),
        ("PutMetricData", {"Namespace": "n", "MetricData": []}),
    ],
)
def test_what_the_base_does_right_passes(operation: str, request_: dict[str, Any]) -> None:
    assert gate.refused("monitoring", operation, json.dumps(request_).encode()) is None


@pytest.mark.parametrize(
    ("operation", "request_", "what"),
    [
        ("GetMetricStatistics", {**STATISTICS, "Dimensions": []}, "without Dimensions"),
        ("GetMetricStatistics", {**STATISTICS, "Unit": "Percent"}, "Unit"),
        ("GetMetricData", data("TimestampDescending"), "ScanBy TimestampDescending"),
        ("GetMetricData", data(Stat="p99"), "MetricDataQueries.MetricStat.Stat p99"),
        ("GetMetricData", data(Unit="Count"), "MetricDataQueries.MetricStat Unit"),
        ("GetMetricData", {**data(), "MaxDatapoints": 5}, "MaxDatapoints"),
        ("ListMetrics", {"RecentlyActive": "PT3H"}, "RecentlyActive"),
    ],
)
def test_the_rest_is_refused_by_name(operation: str, request_: dict[str, Any], what: str) -> None:
    body = json.dumps(request_).encode()
    assert gate.refused("monitoring", operation, body) == f"monitoring:{operation} {what}"


@pytest.mark.parametrize(
    "operation", ["GetMetricStatistics", "GetMetricData", "ListMetrics", "PutMetricData"]
)
@pytest.mark.parametrize("body", [b"Action=X&Namespace=n&Version=2010-08-01", b"\xa1iNamespacean=1"])
def test_another_protocol_than_json_is_refused(operation: str, body: bytes) -> None:
    found = gate.refused("monitoring", operation, body)
    assert found is not None
    assert "in this protocol" in found
