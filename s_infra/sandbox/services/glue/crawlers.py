"""Crawlers: the operations on them, and their states while they crawl."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from s_infra.sandbox.access import acting_in
from s_infra.sandbox.services.glue import options
from s_infra.sandbox.services.glue.crawl import CancelledError, Counts, Crawl, exclusion
from s_infra.sandbox.services.glue.errors import GlueError, exists, invalid, not_found, refusal
from s_infra.sandbox.services.glue.logs import LogStream
from s_infra.sandbox.services.glue.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from s_infra.sandbox.access import Session
    from s_infra.sandbox.base import Base
    from s_infra.sandbox.services.glue.catalog import Catalog
    from s_infra.sandbox.services.glue.jobs import Fields

logger = logging.getLogger(__name__)
LOG_GROUP = "/aws-glue/crawlers"
INTERRUPTED = "The sandbox was stopped while the crawler was running"
MOST_SAMPLES = 249
DEFAULTS: Mapping[str, Any] = {
    "Classifiers": [],
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "SchemaChangePolicy": {
        "UpdateBehavior": "UPDATE_IN_DATABASE",
        "DeleteBehavior": "DEPRECATE_IN_DATABASE",
    },
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
    "LakeFormationConfiguration": {"UseLakeFormationCredentials": False, "AccountId": ""},
}


@dataclass
class Crawler:
    """A crawler as it is declared, how it stands, and what became of its crawls."""

    fields: dict[str, Any]
    state: str = "READY"
    last: dict[str, Any] | None = None
    seconds: list[float] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    started: float = 0.0
    stopping: threading.Event = field(default_factory=threading.Event)

    def described(self) -> dict[str, Any]:
        """Return it as GetCrawler does."""
        elapsed = 0 if self.state == "READY" else int((time.time() - self.started) * 1000)
        found = {**self.fields, "State": self.state, "CrawlElapsedTime": elapsed}
        return {**found, "LastCrawl": self.last} if self.last else found


class Crawlers:
    """Crawlers of one sandbox. The service's lock is held while an operation is carried out."""

    def __init__(
        self,
        base: Base,
        catalog: Catalog,
        lock: AbstractContextManager[Any],
        tags: dict[str, dict[str, str]],
    ) -> None:
        self._crawlers: dict[str, Crawler] = {}
        self._catalog, self._lock, self._tags = catalog, lock, tags
        self._client, self._session_of = base.client, base.sessions.of
        self._acts = base.access.acts
        self._account = base.account_id
        self._glue = f"arn:aws:glue:{base.region}:{base.account_id}:"
        self._arn = f"{self._glue}crawler/"
        self._put_event = base.put_aws_event("aws.glue")

    def dump(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the crawlers, and the names of those whose crawl ends with the sandbox."""
        lost = [name for name, one in self._crawlers.items() if one.state != "READY"]
        kept = []
        for name, one in self._crawlers.items():
            last = one.last
            if name in lost:
                last = {"Status": "FAILED", "ErrorMessage": INTERRUPTED, "StartTime": one.started}
            kept.append({"fields": one.fields, "last": last, "seconds": one.seconds})
        return kept, [
            f"Glue crawler {name}: it was crawling, and its last crawl is FAILED now" for name in lost
        ]

    def restore(self, content: list[dict[str, Any]]) -> None:
        """Take up what `dump` gave."""
        for one in content:
            self._crawlers[one["fields"]["Name"]] = Crawler(**one)

    def create(self, given: Fields) -> Fields:
        """Carry out CreateCrawler."""
        name = given["Name"]
        if name in self._crawlers:
            raise exists(f"Crawler with name {name} already exists")
        wanted = {key: value for key, value in given.items() if key != "Tags" and value is not None}
        now = time.time()
        own = {"CreationTime": now, "LastUpdated": now, "Version": 1}
        self._crawlers[name] = Crawler({**self._declared("CreateCrawler", {**DEFAULTS, **wanted}), **own})
        self._tags[self._arn + name] = dict(given.get("Tags") or {})
        return {}

    def update(self, given: Fields) -> Fields:
        """Carry out UpdateCrawler: what is left out stays."""
        crawler = self._idle(given)
        wanted = {key: value for key, value in given.items() if value is not None}
        fields = self._declared("UpdateCrawler", {**crawler.fields, **wanted})
        version = crawler.fields["Version"] + 1
        crawler.fields = {**fields, "LastUpdated": time.time(), "Version": version}
        return {}

    def _declared(self, operation: str, wanted: dict[str, Any]) -> dict[str, Any]:
        targets = (wanted.get("Targets") or {}).get("S3Targets") or []
        if not targets:
            raise invalid("Crawler targets cannot be empty")
        if not wanted.get("DatabaseName"):
            raise refusal(operation, "without DatabaseName")
        for target in targets:
            path = str(target.get("Path", ""))
            path = path if path.startswith("s3://") else f"s3://{path}"
            if not path.removeprefix("s3://").strip("/"):
                raise invalid(f"Invalid S3 target path: {target.get('Path')!r}")
            target["Path"] = path
            target.setdefault("Exclusions", [])
            for pattern in target["Exclusions"]:
                exclusion(pattern)
            if not 1 <= target.get("SampleSize", 1) <= MOST_SAMPLES:
                raise invalid(f"SampleSize is a number from 1 to {MOST_SAMPLES}")
        policy = {**DEFAULTS["SchemaChangePolicy"], **(wanted.get("SchemaChangePolicy") or {})}
        wanted = {**wanted, "SchemaChangePolicy": policy}
        options.read(operation, wanted)
        # The answer has all kinds of targets, as AWS's has.
        kinds = ("JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "CatalogTargets", "DeltaTargets")
        wanted["Targets"] = {"S3Targets": targets, **{kind: [] for kind in kinds}}
        return wanted

    def get(self, given: Fields) -> Fields:
        """Carry out GetCrawler."""
        return {"Crawler": self._find(given).described()}

    def get_all(self, given: Fields) -> Fields:
        """Carry out GetCrawlers."""
        return page("Crawlers", [one.described() for one in self._crawlers.values()], given)

    def list_names(self, given: Fields) -> Fields:
        """Carry out ListCrawlers."""
        return page("CrawlerNames", list(self._crawlers), given)

    def batch_get(self, given: Fields) -> Fields:
        """Carry out BatchGetCrawlers."""
        names = given["CrawlerNames"]
        found = [self._crawlers[name].described() for name in names if name in self._crawlers]
        return {"Crawlers": found, "CrawlersNotFound": [name for name in names if name not in self._crawlers]}

    def metrics(self, given: Fields) -> Fields:
        """Carry out GetCrawlerMetrics."""
        names = given.get("CrawlerNameList") or list(self._crawlers)
        found = [self._metrics(name, self._find({"Name": name})) for name in names]
        return page("CrawlerMetricsList", found, given)

    def _metrics(self, name: str, crawler: Crawler) -> dict[str, Any]:
        ordered = sorted(crawler.seconds)
        tables = crawler.counts.tables
        return {
            "CrawlerName": name,
            "TimeLeftSeconds": 0.0,
            "StillEstimating": crawler.state != "READY",
            "LastRuntimeSeconds": crawler.seconds[-1] if crawler.seconds else 0.0,
            "MedianRuntimeSeconds": ordered[len(ordered) // 2] if ordered else 0.0,
            **{f"Tables{what}": count for what, count in tables.items()},
        }

    def delete(self, given: Fields) -> Fields:
        """Carry out DeleteCrawler."""
        self._idle(given)
        del self._crawlers[given["Name"]]
        self._tags.pop(self._arn + given["Name"], None)
        return {}

    def start(self, given: Fields) -> Fields:
        """Carry out StartCrawler."""
        crawler = self._idle(given)
        crawler.state, crawler.started = "RUNNING", time.time()
        crawler.stopping, crawler.counts = threading.Event(), Counts()
        threading.Thread(target=self._crawl, args=(crawler,), name=given["Name"], daemon=True).start()
        return {}

    def stop(self, given: Fields) -> Fields:
        """Carry out StopCrawler."""
        crawler = self._find(given)
        if crawler.state == "READY":
            raise GlueError("CrawlerNotRunningException", f"Crawler with name {given['Name']} isn't running")
        if crawler.state == "STOPPING":
            raise GlueError("CrawlerStoppingException", f"Crawler with name {given['Name']} is stopping")
        crawler.state = "STOPPING"
        crawler.stopping.set()
        return {}

    def _find(self, given: Mapping[str, Any]) -> Crawler:
        if given["Name"] not in self._crawlers:
            raise not_found(f"Crawler with name {given['Name']} does not exist")
        return self._crawlers[given["Name"]]

    def _idle(self, given: Mapping[str, Any]) -> Crawler:
        crawler = self._find(given)
        if crawler.state != "READY":
            raise GlueError(
                "CrawlerRunningException", f"Crawler with name {given['Name']} has already started"
            )
        return crawler

    def _crawl(self, crawler: Crawler) -> None:
        name, run = crawler.fields["Name"], str(uuid.uuid4())
        last = {"LogGroup": LOG_GROUP, "LogStream": name, "MessagePrefix": run, "StartTime": crawler.started}
        status, error = "SUCCEEDED", None
        stream: LogStream | None = None

        def log(level: str, text: str) -> None:
            if stream is not None:
                stream.write(f"[{run}] {level} : {text}")

        session = self._session_of(str(crawler.fields["Role"]), "glue", "AWS-Crawler")
        try:
            stream = self._log_of(name, session)
            log("BENCHMARK", f"Running Start Crawl for Crawler {name}")
            started = {"startTime": _time(crawler.started), "message": "Crawler Started"}
            self._tell(name, "Started", started)
            settings = options.read("StartCrawler", crawler.fields)
            with acting_in(session):
                Crawl(
                    self._client("s3"),
                    self._catalog,
                    self._lock,
                    crawler.fields,
                    settings,
                    run,
                    crawler.stopping,
                    log,
                    partial(self._hold_to_role, session, crawler.fields["DatabaseName"]),
                    crawler.counts,
                ).carry_out()
        except CancelledError:
            status = "CANCELLED"
        except GlueError as problem:
            status, error = "FAILED", problem.message
        except (BotoCoreError, ClientError) as problem:
            status, error = "FAILED", str(problem)
        except Exception as problem:
            logger.exception("crawler %s", name)
            status, error = "FAILED", f"s-infra sandbox: {problem!r}"
        if error is not None:
            log("ERROR", error)
        log("BENCHMARK", "Crawler has finished running and is in state READY")
        if stream is not None:
            stream.flush()
        with self._lock:
            crawler.seconds.append(time.time() - crawler.started)
            crawler.last = {"Status": status, **last, **({"ErrorMessage": error} if error else {})}
            crawler.state = "READY"
        self._tell_end(crawler, status, error)

    def _log_of(self, name: str, session: Session) -> LogStream:
        with acting_in(session):
            stream = LogStream(self._client("logs"), LOG_GROUP, name)
        # A job would run without; a crawler fails.
        if stream.problem is not None:
            raise GlueError("AccessDeniedException", stream.problem)
        return stream

    def _hold_to_role(self, session: Session, database: str, action: str, table: str) -> None:
        needed = [f"{self._glue}catalog", f"{self._glue}database/{database}"]
        needed += [f"{self._glue}table/{database}/{table}"] if table else []
        if (denial := self._acts(session, f"glue:{action}", *needed)) is not None:
            raise GlueError("AccessDeniedException", denial)

    def _tell_end(self, crawler: Crawler, status: str, error: str | None) -> None:
        name = crawler.fields["Name"]
        if status == "FAILED":
            self._tell(name, "Failed", {"errorMessage": error, "message": "Crawler Failed"})
            return
        counts = {
            f"{what}{done}": str(count)
            for what in ("tables", "partitions")
            for done, count in getattr(crawler.counts, what).items()
        }
        ended = {
            "warningMessage": "N/A",
            "runningTime (sec)": str(int(crawler.seconds[-1])),
            "completionDate": _time(time.time()),
            "message": "Crawler Succeeded" if status == "SUCCEEDED" else "Crawler Cancelled",
            **counts,
        }
        self._tell(name, "Succeeded" if status == "SUCCEEDED" else "Cancelled", ended)

    def _tell(self, name: str, state: str, more: Mapping[str, Any]) -> None:
        detail = {"accountId": self._account, "crawlerName": name, "state": state, **more}
        self._put_event("Glue Crawler State Change", detail, self._arn + name)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


OPERATIONS: Mapping[str, Callable[[Crawlers, Fields], Fields]] = {
    "CreateCrawler": Crawlers.create,
    "UpdateCrawler": Crawlers.update,
    "DeleteCrawler": Crawlers.delete,
    "GetCrawler": Crawlers.get,
    "GetCrawlers": Crawlers.get_all,
    "BatchGetCrawlers": Crawlers.batch_get,
    "ListCrawlers": Crawlers.list_names,
    "GetCrawlerMetrics": Crawlers.metrics,
    "StartCrawler": Crawlers.start,
    "StopCrawler": Crawlers.stop,
}
