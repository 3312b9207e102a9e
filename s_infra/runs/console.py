"""Links to AWS's console; none where the run isn't in AWS's own cloud."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

HOSTS = {
    "aws": ("amazonaws.com", "console.aws.amazon.com"),
    "aws-cn": ("amazonaws.com.cn", "console.amazonaws.cn"),
    "aws-us-gov": ("amazonaws.com", "console.amazonaws-us-gov.com"),
}


@dataclass(frozen=True)
class Console:
    """The console of one partition and Region; without a host every link is None."""

    region: str
    host: str | None

    def _link(self, rest: str) -> str | None:
        return f"https://{self.region}.{self.host}/{rest}" if self.host else None

    def execution(self, arn: str) -> str | None:
        """Link an execution."""
        return self._link(f"states/home?region={self.region}#/v2/executions/details/{quote(arn, safe=':')}")

    def object(self, bucket: str, key: str, version: str | None = None) -> str | None:
        """Link an object, or its version."""
        more = f"&versionId={quote(version, safe='')}" if version else ""
        return self._link(f"s3/object/{bucket}?region={self.region}&prefix={quote(key, safe='')}{more}")

    def folder(self, bucket: str, prefix: str) -> str | None:
        """Link what lies under a prefix."""
        return self._link(f"s3/buckets/{bucket}?region={self.region}&prefix={quote(prefix, safe='')}")

    def sagemaker(self, kind: str, name: str) -> str | None:
        """Link a job, model or endpoint: kind is the console's word, such as "hyper-tuning-jobs"."""
        return self._link(f"sagemaker/home?region={self.region}#/{kind}/{quote(name, safe='')}")

    def log(self, group: str, stream: str) -> str | None:
        """Link a log stream; the console wants its names escaped twice, with $ for %."""
        names = [quote(quote(name, safe=""), safe="").replace("%", "$") for name in (group, stream)]
        where = f"logsV2:log-groups/log-group/{names[0]}/log-events/{names[1]}"
        return self._link(f"cloudwatch/home?region={self.region}#{where}")


def of_arn(arn: str, endpoint: str) -> Console:
    """Return the console where a resource is, asked for at an endpoint."""
    _, partition, _, region, *_ = arn.split(":")
    cloud, host = HOSTS.get(partition, ("", None))
    there = bool(cloud) and (urlsplit(endpoint).hostname or "").endswith(f".{cloud}")
    return Console(region, host if there else None)


def execution(arn: str, endpoint: str) -> str | None:
    """Return the console's address of an execution, or None where `endpoint` isn't AWS's."""
    return of_arn(arn, endpoint).execution(arn)
