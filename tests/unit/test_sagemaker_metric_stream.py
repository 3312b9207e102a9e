"""Values on their way to CloudWatch: each once, in calls of its size, and no more than fit."""

from __future__ import annotations

from typing import Any

from s_infra.sandbox.services.sagemaker import metric_stream


class CloudWatch:
    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        assert Namespace == "/n"
        self.calls.append(MetricData)


def test_values_are_sent_once_and_no_more_than_are_kept() -> None:
    fake = CloudWatch()
    stream = metric_stream.MetricStream(lambda service: fake, "/n", ("Job", "j"))
    for number in range(metric_stream.STREAM_VALUES + 7):
        stream.add("m", float(number), 0.0)
    stream.close()
    stream.close()
    assert stream.dropped == 7
    assert max(map(len, fake.calls)) <= metric_stream.CALL_VALUES
    sent = [one["Value"] for call in fake.calls for one in call]
    assert sent == [float(number) for number in range(metric_stream.STREAM_VALUES)]
