"""Refuses, by name, what the base would only say it did: services nobody uses, operations without effect."""

from __future__ import annotations

import functools
import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from s_infra.sandbox.base import signing_name, signing_region

if TYPE_CHECKING:
    from s_infra.sandbox.base import Base, Handler, Response

Fields = Mapping[str, Any]
# 501 is S3's own answer to what isn't implemented; SDKs don't try it again.
STATUS, CODE = 501, "NotImplemented"
# Signed names of the services that the catalog's modules and machines call.
SERVICES = frozenset(
    {
        *("ecr", "events", "glue", "iam", "lambda", "logs", "monitoring", "s3", "sagemaker", "sns", "sqs"),
        *("states", "sts"),
    }
)
# Of these services no other operation is carried out.
ONLY: Mapping[str, frozenset[str]] = {
    "events": frozenset(
        {
            *(
                "DeleteRule",
                "DescribeEventBus",
                "DescribeRule",
                "DisableRule",
                "EnableRule",
                "ListEventBuses",
            ),
            *("ListRuleNamesByTarget", "ListRules", "ListTagsForResource", "ListTargetsByRule", "PutEvents"),
            *("PutRule", "PutTargets", "RemoveTargets", "TagResource", "TestEventPattern", "UntagResource"),
        }
    ),
    "logs": frozenset(
        {
            *(
                "CreateLogGroup",
                "CreateLogStream",
                "DeleteLogGroup",
                "DeleteLogStream",
                "DeleteRetentionPolicy",
            ),
            *("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"),
            *("ListTagsForResource", "ListTagsLogGroup", "PutLogEvents", "PutRetentionPolicy", "TagLogGroup"),
            *("TagResource", "UntagLogGroup", "UntagResource"),
        }
    ),
    "monitoring": frozenset({"GetMetricData", "GetMetricStatistics", "ListMetrics", "PutMetricData"}),
}
# Of CloudWatch's metrics what training jobs need, as far as the base does it as AWS does.
STATISTICS = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})
# These the base stores, and nothing follows from it.
WITHOUT_EFFECT: Mapping[str, frozenset[str]] = {
    "ecr": frozenset(
        {
            *("CreatePullThroughCacheRule", "DescribeImageScanFindings", "GetLifecyclePolicyPreview"),
            *("PutReplicationConfiguration", "StartImageScan", "StartLifecyclePolicyPreview"),
            # Bytes come by the registry's own protocol; these three would drop them.
            *("CompleteLayerUpload", "InitiateLayerUpload", "UploadLayerPart"),
        }
    ),
    "s3": frozenset(
        {
            *("PutBucketAccelerateConfiguration", "PutBucketAnalyticsConfiguration", "PutBucketLogging"),
            *("PutBucketIntelligentTieringConfiguration", "PutBucketInventoryConfiguration"),
            *("PutBucketMetricsConfiguration", "PutBucketReplication", "PutBucketWebsite"),
        }
    ),
    "sns": frozenset({"CreatePlatformApplication", "CreatePlatformEndpoint", "CreateSMSSandboxPhoneNumber"}),
}
# Services of several models that sign with one name.
ALSO_SIGNED: Mapping[str, tuple[str, ...]] = {"sagemaker": ("sagemaker-runtime",)}
# These keep what they have in one Region, the sandbox's.
OF_ONE_REGION = ("glue", "sagemaker", "states")
RULE_TARGETS = ("lambda", "sns", "sqs")
SUBSCRIPTION_PROTOCOLS = ("email", "email-json", "lambda", "sqs")
EVENT_SOURCES = ("sqs",)
OWN_PATHS = ("/_ministack/lambda-code/", "/_ministack/lambda-layers/")
HIDDEN_PATHS = ("/_ministack", "/_localstack", "/_aws", "/_alb", "/health")


def install(base: Base) -> None:
    """Put the gate before the base and before each of its services."""
    base.add_filter(_hidden)
    for service in base.service_names():
        base.wrap_service(service, functools.partial(guarded, service, base.region))
    base.serve_unknown(lambda service: guarded(service, base.region, _nothing))


def guarded(service: str, region: str, inner: Handler) -> Handler:
    """Return a handler that refuses what isn't carried out and passes on the rest."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        operation = operation_name(service, method, path, headers, body, query)
        reason = refused(service, operation, body)
        if reason is None and service in OF_ONE_REGION and signing_region(headers) not in (None, region):
            reason = f"{service}:{operation} in another Region than {region} (set AWS_REGION at its start)"
        if reason is not None:
            return refusal(reason, headers)
        return await inner(method, path, headers, body, query)

    return handle


def refused(service: str, operation: str, body: bytes) -> str | None:
    """Return what isn't carried out, as `service:operation field`, or None when the request may pass."""
    name = f"{service}:{operation}"
    if service not in SERVICES:
        return name
    if service in ONLY and operation not in ONLY[service]:
        return name
    if operation in WITHOUT_EFFECT.get(service, ()):
        return name
    check = FIELDS.get((service, operation))
    field = check(_fields(body)) if check else None
    return f"{name} {field}" if field else None


def _fields(body: bytes) -> Fields:
    text = body.decode(errors="replace")
    if text.lstrip().startswith("{"):
        found: Fields = json.loads(text)
        return found
    return {key: values[0] for key, values in parse_qs(text).items()}


def _rule(given: Fields) -> str | None:
    return "ScheduleExpression" if given.get("ScheduleExpression") else None


def _targets(given: Fields) -> str | None:
    for target in given.get("Targets", []):
        arn = str(target.get("Arn", "")).split(":")
        if len(arn) < 3 or arn[2] not in RULE_TARGETS:
            return f"Target {':'.join(arn)}"
    return None


def _subscription(given: Fields) -> str | None:
    protocol = given.get("Protocol")
    return None if protocol in SUBSCRIPTION_PROTOCOLS else f"Protocol {protocol}"


def _function(given: Fields) -> str | None:
    if given.get("PackageType", "Zip") != "Zip":
        return f"PackageType {given['PackageType']}"
    for field in ("FileSystemConfigs", "VpcConfig", "SnapStart", "DurableConfig"):
        value = given.get(field)
        if value and value not in ({"ApplyOn": "None"}, {"SubnetIds": [], "SecurityGroupIds": []}):
            return field
    runtime = str(given.get("Runtime", "python"))
    return None if runtime.startswith("python") else f"Runtime {runtime}"


def _event_source(given: Fields) -> str | None:
    arn = str(given.get("EventSourceArn", "")).split(":")
    if len(arn) < 3 or arn[2] not in EVENT_SOURCES:
        return f"EventSourceArn {':'.join(arn)}"
    return None


def _statistics(given: Fields) -> str | None:
    if "Statistics" not in given:
        return "in this protocol, or without Statistics"
    return _metric(given, given)


def _metric_data(given: Fields) -> str | None:
    if "MetricDataQueries" not in given:
        return "in this protocol"
    if given.get("ScanBy") != "TimestampAscending":
        return f"ScanBy {given.get('ScanBy', 'TimestampDescending')}"
    if other := sorted(set(given) - {"MetricDataQueries", "ScanBy", "StartTime", "EndTime"}):
        return other[0]
    for query in given["MetricDataQueries"]:
        stat = query.get("MetricStat")
        if stat is None:
            return "MetricDataQueries.Expression"
        if stat.get("Stat") not in STATISTICS:
            return f"MetricDataQueries.MetricStat.Stat {stat.get('Stat')}"
        if problem := _metric(stat.get("Metric", {}), stat):
            return f"MetricDataQueries.MetricStat {problem}"
    return None


def _metric(metric: Fields, options: Fields) -> str | None:
    # Without dimensions the base adds up all metrics of the name; AWS means the one that has none.
    if not metric.get("Dimensions"):
        return "without Dimensions"
    return next((field for field in ("Unit", "ExtendedStatistics") if options.get(field)), None)


def _put_metrics(given: Fields) -> str | None:
    if "MetricData" not in given:
        return "in this protocol, or EntityMetricData"
    return next((field for field in ("EntityMetricData", "StrictEntityValidation") if given.get(field)), None)


def _metrics_listed(given: Fields) -> str | None:
    fields = ("RecentlyActive", "IncludeLinkedAccounts", "OwningAccount")
    if set(given) - {"Namespace", "MetricName", "Dimensions", "NextToken", *fields}:
        return "in this protocol"
    return next((field for field in fields if given.get(field)), None)


FIELDS: Mapping[tuple[str, str], Callable[[Fields], str | None]] = {
    ("events", "PutRule"): _rule,
    ("events", "PutTargets"): _targets,
    ("lambda", "CreateEventSourceMapping"): _event_source,
    ("lambda", "CreateFunction"): _function,
    ("lambda", "UpdateFunctionConfiguration"): _function,
    ("monitoring", "GetMetricData"): _metric_data,
    ("monitoring", "GetMetricStatistics"): _statistics,
    ("monitoring", "ListMetrics"): _metrics_listed,
    ("monitoring", "PutMetricData"): _put_metrics,
    ("sns", "Subscribe"): _subscription,
}


def operation_name(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query: Mapping[str, list[str]],
) -> str:
    """Return the operation that a request calls, in any of AWS's protocols; else its method and path."""
    if target := headers.get("x-amz-target"):
        return target.rpartition(".")[2]
    if action := query.get("Action"):
        return action[0]
    if "x-www-form-urlencoded" in headers.get("content-type", ""):
        action = parse_qs(body.decode(errors="replace")).get("Action", ["unknown"])
        return action[0]
    if found := re.search(r"/operation/(\w+)$", path):
        return found[1]
    for verb, pattern, wanted, name in _routes(service):
        if verb == method and pattern.fullmatch(path) and wanted <= set(query):
            return name
    return f"{method} {path}"


@functools.cache
def _routes(service: str) -> tuple[tuple[str, re.Pattern[str], frozenset[str], str], ...]:
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    session = botocore.session.get_session()
    # The first of those with one route stands for all: hundreds of operations share the path "/".
    routes: dict[tuple[str, str, frozenset[str]], str] = {}
    for one in (service, *ALSO_SIGNED.get(service, ())):
        try:
            model = session.get_service_model(one)
        except UnknownServiceError:
            continue
        for name in model.operation_names:
            http = model.operation_model(name).http
            path, _, query = http["requestUri"].partition("?")
            names = frozenset(part.partition("=")[0] for part in query.split("&") if part)
            pattern = re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path.rstrip("/"))) + "/?"
            pattern = pattern.replace("[^/]+/?", ".+") if "+}" in path else pattern
            routes.setdefault((http["method"], pattern, names), name)
    found = [(verb, re.compile(pattern), names, name) for (verb, pattern, names), name in routes.items()]
    # The one that asks for most of the query comes first: PutBucketLogging before CreateBucket.
    return tuple(sorted(found, key=lambda route: -len(route[2])))


def refusal(what: str, headers: Mapping[str, str]) -> Response:
    """Return the refusal of `service:operation …` in the protocol of the request."""
    message = f"s-infra sandbox: {what} isn't carried out"
    kind = headers.get("content-type", "")
    request_id = str(uuid.uuid4())
    common = {"x-amzn-requestid": request_id, "x-amzn-errortype": CODE}
    if "x-www-form-urlencoded" in kind or signing_name(headers) in ("s3", "route53", "cloudfront"):
        error = f"<Code>{CODE}</Code><Message>{escape(message)}</Message>"
        body = f"<ErrorResponse><Error>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        if signing_name(headers) == "s3":
            body = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
        return STATUS, {**common, "Content-Type": "text/xml"}, body.encode()
    content = {"__type": CODE, "message": message}
    return STATUS, {**common, "Content-Type": kind or "application/json"}, json.dumps(content).encode()


def _hidden(method: str, path: str, headers: Mapping[str, str]) -> Response | None:
    if path.startswith(OWN_PATHS):
        return None
    if path.startswith(HIDDEN_PATHS) and signing_name(headers) is None:
        return refusal(f"{method} {path}", headers)
    # The base answers some requests by their path, before it looks for the service they are signed for.
    signed = signing_name(headers)
    if signed is not None and signed not in SERVICES and "x-www-form-urlencoded" not in _kind(headers):
        return refusal(f"{signed}:{operation_name(signed, method, path, headers, b'', {})}", headers)
    return None


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "")


async def _nothing(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
) -> Response:
    del body, query
    return refusal(f"{method} {path}", headers)
