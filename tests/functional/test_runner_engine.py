"""Containers by an engine: built, pushed, run, held in, stopped, served and tidied up, in jobs."""

from __future__ import annotations

import json
import os
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import engine_support
import pytest
from endpoint_support import Load, ask, configure, delete, serve, settled, variant
from sagemaker_support import CONTAINERS, INSTANCE, ROLE, Lab, push

from s_infra.packaging.engine import Engine
from s_infra.runner.leftovers import SANDBOX_LABEL
from s_infra.sandbox import environment, supervisor
from s_infra.sandbox.supervisor import Sandbox

# dockerd's own start, and a base image of a whole Python, come before the first of them.
pytestmark = pytest.mark.timeout(120)
# A program that serves is process 1, too: without it a stop waits for its grace.
QUICK = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))"
LOGS = "/aws/sagemaker/TrainingJobs"


# What is the same with Podman, for it doesn't ask the engine.
docker_alone = pytest.mark.parametrize("engine", ["docker"], indirect=True)


@pytest.fixture(scope="module", params=["docker", "podman"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with engine_support.answering(request.param) as (found, reason):
        if found is None:
            pytest.skip(f"no container engine: {reason}")
        yield found


@pytest.fixture(scope="module")
def pointed(engine: Engine) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", engine.address)
        patch.setenv("S_INFRA_CONTAINERS", "auto")
        patch.setenv("S_INFRA_CONTAINER_MEMORY", "100m")
        yield


@pytest.fixture(scope="module")
def sandbox(pointed: None) -> Iterator[Sandbox]:
    with supervisor.running() as running:
        yield running


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripted container, on the test's base image, with a step that only an engine carries out."""
    folder = tmp_path_factory.mktemp("container")
    for name in ("train", "serve"):
        program = folder / "program" / name
        program.parent.mkdir(exist_ok=True)
        program.write_bytes((CONTAINERS / "scripted/program" / name).read_bytes())
        program.chmod(0o755)
    (folder / "Dockerfile").write_text(
        f"FROM {engine_support.BASE_IMAGE}\nENV PATH=/usr/local/bin:/usr/bin:/bin\n"
        "COPY program/ /usr/local/bin/\nRUN echo made by a shell | cat > /made\n"
    )
    return folder


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Any, container: Path) -> Lab:
    return Lab(sandbox, clients, str(container))


def train(lab: Lab, name: str, code: str, **changes: Any) -> dict[str, Any]:
    return lab.train(name, {"code": code}, **changes)


def of_sandbox(engine: Engine, sandbox: Sandbox) -> list[Any]:
    wanted = {"label": f"{SANDBOX_LABEL}={sandbox.directory}"}
    found: list[Any] = engine.client.api.containers(all=True, filters=wanted)
    return found


def test_the_status_tells_the_way_and_why(sandbox: Sandbox, engine: Engine) -> None:
    told = sandbox.status["container_engine"]
    assert told["way"] == "engine"
    assert engine.name in told["why"]
    assert engine.address in told["why"]


def test_the_image_is_in_the_registry_and_pushed_once(lab: Lab, container: Path) -> None:
    assert lab.image == "000000000000.dkr.ecr.us-east-1.amazonaws.com/lab:first"
    stored = lab.clients("ecr").batch_get_image(repositoryName="lab", imageIds=[{"imageTag": "first"}])
    assert "artifactType" not in json.loads(stored["images"][0]["imageManifest"])
    again = push(lab.sandbox, container, "lab", "first")
    assert (again.returncode, again.stdout.strip()) == (0, lab.image)
    assert "nothing sent" in again.stderr


def test_what_is_trained_predicts_held_out_data_as_the_function_itself(lab: Lab) -> None:
    points = [(x / 7, 3 * x / 7 + (x * 37 % 11) / 5) for x in range(40)]
    lab.put("line/train.csv", "".join(f"{x},{y}\n" for x, y in points[:30]))
    code = (
        "import csv, json, statistics\n"
        "rows = [tuple(map(float, row)) for row in csv.reader(open('/opt/ml/input/data/train/train.csv'))]\n"
        "json.dump(statistics.linear_regression(*zip(*rows)), open('/opt/ml/model/line.json', 'w'))\n"
        "print(open('/made').read())\nprint('rows', len(rows))"
    )
    job = train(lab, "line", code, InputDataConfig=[lab.channel("train", "line/")])
    assert job["TrainingJobStatus"] == "Completed", job
    assert {"made by a shell", "rows 30"} <= set(lab.log(LOGS, "line"))
    answer = (
        "'\\n'.join(str(__import__('json').load(open('/opt/ml/model/line.json'))[0] * float(x)"
        " + __import__('json').load(open('/opt/ml/model/line.json'))[1])"
        " for x in body.decode().split()).encode()"
    )
    artifact = job["ModelArtifacts"]["S3ModelArtifacts"]
    lab.model("line", artifact, container={"Environment": {"ANSWER": answer, "BEFORE": QUICK}})
    lab.put("held/points.csv", "".join(f"{x}\n" for x, _ in points[30:]))
    done = lab.transform("line", "line", "held/")
    assert done["TransformJobStatus"] == "Completed", done
    slope, intercept = statistics.linear_regression(*zip(*points[:30], strict=True))
    found = [float(line) for line in lab.get("out/line/points.csv.out").split()]
    assert found == pytest.approx([slope * x + intercept for x, _ in points[30:]])


def test_network_isolation_shuts_everything_and_without_it_the_endpoint_alone_is_there(lab: Lab) -> None:
    address = ("127.0.0.1", int(lab.sandbox.endpoint.rpartition(":")[2]))
    code = f"import socket; socket.create_connection({address!r}, 5); print('reached')"
    shut = train(lab, "shut", code)
    assert shut["TrainingJobStatus"] == "Failed"
    assert "exit code: 1" in shut["FailureReason"]
    assert "Connection refused" in "\n".join(lab.log(LOGS, "shut"))
    asked = (
        "import os, urllib.request as r; print(r.urlopen(os.environ['AWS_ENDPOINT_URL']"
        " + '/_s_infra/status').status, sorted(os.listdir('/sys/class/net')), os.uname().nodename)"
    )
    opened = train(lab, "opened", asked, EnableNetworkIsolation=False)
    assert opened["TrainingJobStatus"] == "Completed", opened
    assert lab.log(LOGS, "opened")[0].startswith("200 ['lo'")
    assert lab.log(LOGS, "opened")[0].endswith("algo-1")


@pytest.mark.parametrize(
    ("name", "code", "why"),
    [
        ("memory", "bytearray(300_000_000); print('had it')", "needed more memory than 100m, exit code: 137"),
        ("failure", "open('/opt/ml/output/failure', 'w').write('told'); raise SystemExit(2)", "told"),
    ],
)
def test_how_a_program_ends_is_told(lab: Lab, name: str, code: str, why: str) -> None:
    job = train(lab, name, code)
    assert job["TrainingJobStatus"] == "Failed"
    assert why in job["FailureReason"]


def test_a_program_that_is_not_there_is_named(lab: Lab) -> None:
    specification = {
        "TrainingImage": lab.image,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["nowhere"],
    }
    job = train(lab, "absent", "", AlgorithmSpecification=specification)
    assert "nowhere" in job["FailureReason"]
    assert "exit code: 127" in job["FailureReason"]


def test_a_stopped_job_leaves_no_container(lab: Lab, engine: Engine) -> None:
    definition = lab.training()
    # It is process 1 of its container, as in SageMaker: without a handler SIGTERM would pass it by.
    code = (
        "import signal, sys, time\n"
        "def save(*_):\n    open('/opt/ml/model/saved', 'w').write('in time')\n    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save)\nopen('/opt/ml/output/data/ready', 'w')\ntime.sleep(100)"
    )
    name = "stopped"
    lab.sagemaker.create_training_job(TrainingJobName=name, HyperParameters={"code": code}, **definition)
    deadline = time.monotonic() + 20
    ready = "data/sagemaker/training/stopped/ml/output/data/ready"
    while not (lab.sandbox.directory / ready).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lab.sagemaker.stop_training_job(TrainingJobName=name)
    assert lab.wait("training_job", TrainingJobName=name)["TrainingJobStatus"] == "Stopped"
    assert "models/stopped/output/model.tar.gz" in lab.keys("models/stopped/")
    assert of_sandbox(engine, lab.sandbox) == []


@docker_alone
def test_a_pushed_context_still_runs_as_processes(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S_INFRA_CONTAINERS", "processes")
    lab.clients("ecr").create_repository(repositoryName="context")
    pushed = push(lab.sandbox, CONTAINERS / "scripted", "context", "v1")
    assert pushed.returncode == 0, pushed.stderr
    specification = {"TrainingImage": pushed.stdout.strip(), "TrainingInputMode": "File"}
    job = train(lab, "processes", "print(2 + 2)", AlgorithmSpecification=specification)
    assert job["TrainingJobStatus"] == "Completed", job
    assert lab.log(LOGS, "processes")[0] == "4"


def test_a_step_that_fails_is_told_in_the_engine_s_words(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {engine_support.BASE_IMAGE}\nRUN exit 7\n")
    pushed = push(lab.sandbox, tmp_path, "lab", "broken")
    assert (pushed.returncode, pushed.stdout) == (1, "")
    assert "the image can't be built" in pushed.stderr
    # Docker's words, Podman's words.
    assert "returned a non-zero code: 7" in pushed.stderr or "exit status 7" in pushed.stderr


def test_the_containers_of_a_killed_sandbox_go_without_anybody_doing_it(
    pointed: None, engine: Engine, container: Path
) -> None:
    with supervisor.running() as killed:
        made: dict[str, Any] = {}

        def client(service: str) -> Any:
            import boto3

            if service not in made:
                made[service] = boto3.client(
                    service,
                    endpoint_url=killed.endpoint,
                    region_name=killed.region,
                    aws_access_key_id=environment.ACCESS_KEY_ID,
                    aws_secret_access_key=environment.SECRET_ACCESS_KEY,
                )
            return made[service]

        lab = Lab(killed, client, str(container))
        lab.sagemaker.create_training_job(
            TrainingJobName="left",
            HyperParameters={"code": "import time; time.sleep(100)"},
            **lab.training(EnableNetworkIsolation=False),
        )
        deadline = time.monotonic() + 20
        # The program's and the relay's.
        while len([one for one in of_sandbox(engine, killed) if one["State"] == "running"]) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        os.killpg(killed.pid, signal.SIGKILL)
        for one in made.values():
            one.close()
        deadline = time.monotonic() + 20
        while of_sandbox(engine, killed):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_an_endpoint_is_served_updated_under_load_and_taken_away(
    lab: Lab, sandbox: Sandbox, engine: Engine
) -> None:
    for word in ("old", "new"):
        lab.model(word, container={"Environment": {"ANSWER": f"b'{word} ' + body", "BEFORE": QUICK}})
    before = len(of_sandbox(engine, sandbox))
    assert serve(lab, "worded", variant("AllTraffic", "old"))["EndpointStatus"] == "InService"
    assert ask(lab, "worded", b"1") == b"old 1"
    configure(lab, "worded-next", variant("AllTraffic", "new"))
    with Load(lambda: ask(lab, "worded", b"2")) as load:
        lab.sagemaker.update_endpoint(EndpointName="worded", EndpointConfigName="worded-next")
        assert settled(lab, "worded")["EndpointStatus"] == "InService"
        load.wait_for(20)
    assert set(load.results) == {b"old 2", b"new 2"}
    assert ask(lab, "worded", b"3") == b"new 3"
    delete(lab, "worded")
    assert len(of_sandbox(engine, sandbox)) == before


def test_a_processing_program_reads_its_input_and_leaves_its_output(lab: Lab) -> None:
    code = (
        "from pathlib import Path\n"
        "rows = Path('/opt/ml/processing/input/rows.csv').read_text().split()\n"
        "Path('/opt/ml/processing/output/sum.txt').write_text(str(sum(map(int, rows))))\n"
    )
    place = {"S3DataType": "S3Prefix", "S3InputMode": "File", "LocalPath": "/opt/ml/processing/input"}
    output = {"S3Uri": f"s3://{lab.bucket}/summed", "LocalPath": "/opt/ml/processing/output"}
    lab.sagemaker.create_processing_job(
        ProcessingJobName="summed",
        ProcessingInputs=[
            {"InputName": "rows", "S3Input": {**place, "S3Uri": lab.put("sums/rows.csv", "20\n22\n")}}
        ],
        ProcessingOutputConfig={
            "Outputs": [{"OutputName": "sum", "S3Output": {**output, "S3UploadMode": "EndOfJob"}}]
        },
        ProcessingResources={"ClusterConfig": {**INSTANCE, "VolumeSizeInGB": 1}},
        AppSpecification={"ImageUri": lab.image, "ContainerEntrypoint": ["python3", "-c", code]},
        NetworkConfig={"EnableNetworkIsolation": True},
        RoleArn=ROLE,
    )
    done = lab.wait("processing_job", ProcessingJobName="summed")
    assert done["ProcessingJobStatus"] == "Completed", done
    assert lab.get("summed/sum.txt") == b"42"


def test_a_tuning_job_s_trials_run_and_the_best_is_told(lab: Lab) -> None:
    code = "import json\nprint('score', json.load(open('/opt/ml/input/config/hyperparameters.json'))['x'])"
    training = lab.training()
    training["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": "score ([0-9]+)"}]
    lab.sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="grid",
        HyperParameterTuningJobConfig={
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "x", "Values": ["4", "9"]}]},
        },
        TrainingJobDefinition={"StaticHyperParameters": {"code": code}, **training},
    )
    name = {"HyperParameterTuningJobName": "grid"}
    deadline = time.monotonic() + 60
    while (job := lab.sagemaker.describe_hyper_parameter_tuning_job(**name))[
        "HyperParameterTuningJobStatus"
    ] == "InProgress":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job
    assert job["TrainingJobStatusCounters"]["Completed"] == 2
    assert job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 9
