"""What a program finds in its container, and how SageMaker's API answers; the container does as told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sagemaker_support import INSTANCE, ROLE, Clients, Lab

from s_infra.sandbox.supervisor import Sandbox


@pytest.fixture(scope="module")
def lab(sandbox: Sandbox, clients: Clients) -> Lab:
    lab = Lab(sandbox, clients, "scripted")
    lab.put("data/a/x.csv", b"1\n")
    lab.put("data/ab.csv", b"2\n")
    return lab


def said(lab: Lab, name: str, code: str, **changes: Any) -> Any:
    """Run code as a training job and return the JSON that it prints in its last line."""
    job = lab.train(name, {"code": f"import json, os, sys\n{code}"}, **changes)
    lines = lab.log("/aws/sagemaker/TrainingJobs", name)
    assert job["TrainingJobStatus"] == "Completed", (job["FailureReason"], lines)
    return json.loads(lines[0])


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        call(**request)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_program_sees_its_image_and_sagemakers_variables_and_nothing_of_the_server(lab: Lab) -> None:
    found = said(lab, "variables", "print(json.dumps(dict(os.environ)))", Environment={"MINE": "x"})
    assert found.pop("PATH").endswith("/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin")
    # The interpreter adds the last one itself, to have the C locale speak UTF-8.
    found.pop("LC_CTYPE", None)
    assert found == {
        "GREETING": "from the image",
        "LANG": "C.UTF-8",
        "HOME": "/root",
        "HOSTNAME": "algo-1",
        "MINE": "x",
        "AWS_REGION": "us-east-1",
        "TRAINING_JOB_NAME": "variables",
        "TRAINING_JOB_ARN": "arn:aws:sagemaker:us-east-1:000000000000:training-job/variables",
    }


def test_the_input_folder_is_as_sagemaker_documents_it(lab: Lab) -> None:
    code = """
from pathlib import Path
ml = Path("/opt/ml")
found = {str(p.relative_to(ml)): p.read_text() for p in sorted(ml.rglob("*")) if p.is_file()}
print(json.dumps(found))
"""
    found = said(
        lab, "folders", code, InputDataConfig=[lab.channel("one", "data/a"), lab.channel("two", "data/a/")]
    )
    assert found["input/data/two/x.csv"] == "1\n"
    # Every key that begins with "data/a" is under that prefix, as S3 has it.
    assert found["input/data/one/x.csv"] == "1\n"
    assert found["input/data/one/ab.csv"] == "2\n"
    assert json.loads(found["input/config/inputdataconfig.json"])["two"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    resources = json.loads(found["input/config/resourceconfig.json"])
    assert (resources["current_host"], resources["hosts"]) == ("algo-1", ["algo-1"])
    assert list(json.loads(found["input/config/hyperparameters.json"])) == ["code"]


def test_an_isolated_program_reaches_nothing_and_another_the_sandbox_alone(lab: Lab) -> None:
    code = f"""
import socket
def reaches(host, port):
    try:
        socket.create_connection((host, port), 2).close()
        return True
    except OSError:
        return False
port = {lab.sandbox.endpoint.rpartition(":")[2]}
print(json.dumps([reaches("127.0.0.1", port), reaches("203.0.113.1", 80), os.getenv("AWS_ENDPOINT_URL")]))
"""
    assert said(lab, "isolated", code) == [False, False, None]
    assert said(lab, "open", code, EnableNetworkIsolation=False) == [True, False, lab.sandbox.endpoint]


def test_what_a_program_writes_outside_its_folders_is_gone_with_it(lab: Lab) -> None:
    write = "open('/usr/bin/left-behind', 'w').close(); open('/tmp/left', 'w').close(); print('[]')"
    look = (
        "print(json.dumps([os.path.exists(p) for p in ('/usr/bin/left-behind', '/tmp/left', '/etc/passwd')]))"
    )
    said(lab, "writes", write)
    assert said(lab, "looks", look) == [False, False, True]


def test_an_output_folder_becomes_its_own_archive(lab: Lab) -> None:
    code = "open('/opt/ml/output/data/x', 'w').close(); open('/opt/ml/model/m', 'w').close(); print('[]')"
    said(lab, "outputs", code)
    assert lab.keys("models/outputs/") == [
        "models/outputs/output/model.tar.gz",
        "models/outputs/output/output.tar.gz",
    ]


def test_entry_point_and_arguments_replace_the_images(lab: Lab) -> None:
    algorithm = {
        "TrainingImage": lab.image,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": ["python3", "-c", "import json, sys; print(json.dumps(sys.argv[1:]))"],
        "ContainerArguments": ["--a", "b c"],
    }
    assert said(lab, "arguments", "", AlgorithmSpecification=algorithm) == ["--a", "b c"]


@pytest.mark.parity("sagemaker:ListTrainingJobs")
def test_twenty_jobs_at_once_all_end_well(lab: Lab) -> None:
    for number in range(20):
        lab.sagemaker.create_training_job(
            TrainingJobName=f"many-{number}",
            HyperParameters={"code": f"open('/opt/ml/model/n', 'w').write('{number}')"},
            **lab.training(),
        )
    for number in range(20):
        job = lab.wait("training_job", TrainingJobName=f"many-{number}")
        assert job["TrainingJobStatus"] == "Completed", job
    listed = lab.sagemaker.list_training_jobs(
        NameContains="many-", SortBy="Name", SortOrder="Ascending", MaxResults=7
    )
    names = [one["TrainingJobName"] for one in listed["TrainingJobSummaries"]]
    assert names == sorted(f"many-{number}" for number in range(20))[:7]
    pages = lab.sagemaker.get_paginator("list_training_jobs").paginate(NameContains="many-")
    assert len([one for page in pages for one in page["TrainingJobSummaries"]]) == 20


def test_a_transform_calls_the_program_as_the_job_says(lab: Lab) -> None:
    lab.put("score/lines.csv", b"a\nbb\nccc\n")
    answer = "repr((body, headers['Content-Type'], headers['Accept'])).encode()"
    lab.model("echo", container={"Environment": {"ANSWER": answer}})
    options = {"output": {"Accept": "text/plain"}}
    lab.transform("multi", "echo", "score/", BatchStrategy="MultiRecord", **options)
    assert lab.get("out/multi/lines.csv.out") == b"(b'a\\nbb\\nccc\\n', 'text/csv', 'text/plain')\n"
    lab.transform("one", "echo", "score/", BatchStrategy="SingleRecord", **options)
    lines = [f"(b'{word}\\n', 'text/csv', 'text/plain')" for word in ("a", "bb", "ccc")]
    assert lab.get("out/one/lines.csv.out").decode().splitlines() == lines
    lab.transform("joined", "echo", "score/", BatchStrategy="SingleRecord", output={"AssembleWith": "None"})
    assert b"\n" not in lab.get("out/joined/lines.csv.out")


@pytest.mark.parity(
    "sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:DeleteModel", "sagemaker:ListModels"
)
def test_models_are_made_listed_and_deleted(lab: Lab) -> None:
    lab.model("short", Tags=[{"Key": "team", "Value": "a"}])
    described = lab.sagemaker.describe_model(ModelName="short")
    assert described["PrimaryContainer"]["Image"] == lab.image
    tags = lab.sagemaker.list_tags(ResourceArn=described["ModelArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}]
    code, message = refusal(
        lab.sagemaker.create_model,
        ModelName="short",
        PrimaryContainer={"Image": lab.image},
        ExecutionRoleArn=ROLE,
    )
    assert code == "ValidationException"
    assert "already existing model" in message
    lab.sagemaker.delete_model(ModelName="short")
    assert refusal(lab.sagemaker.describe_model, ModelName="short")[1].startswith("Could not find model")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"EnableManagedSpotTraining": True}, "EnableManagedSpotTraining True"),
        (
            {"ResourceConfig": {**INSTANCE, "InstanceCount": 2, "VolumeSizeInGB": 1}},
            "ResourceConfig.InstanceCount 2",
        ),
        ({"CheckpointConfig": {"S3Uri": "s3://lab-bucket/c"}}, "CheckpointConfig"),
        ({"RemoteDebugConfig": {"EnableRemoteDebug": True}}, "RemoteDebugConfig"),
    ],
)
def test_a_field_that_is_not_carried_out_is_refused_by_name(
    lab: Lab, changes: dict[str, Any], field: str
) -> None:
    code, message = refusal(
        lab.sagemaker.create_training_job, TrainingJobName="refused", **{**lab.training(), **changes}
    )
    assert code == "ValidationException"
    assert message == f"s-infra sandbox: sagemaker:CreateTrainingJob {field} isn't carried out"
    assert "not found" in refusal(lab.sagemaker.describe_training_job, TrainingJobName="refused")[1]


def test_an_operation_that_is_not_carried_out_is_refused_by_name(lab: Lab) -> None:
    code, message = refusal(lab.sagemaker.describe_app_image_config, AppImageConfigName="x")
    assert code == "UnknownOperationException"
    assert message == "s-infra sandbox: sagemaker:DescribeAppImageConfig isn't carried out"


def test_a_request_of_another_shape_is_refused_in_awss_words(lab: Lab) -> None:
    code, message = refusal(
        lab.sagemaker.create_training_job, TrainingJobName="no_such_name", **lab.training()
    )
    assert code == "ValidationException"
    assert message.startswith(
        "1 validation error detected: Value 'no_such_name' at 'trainingJobName' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: "
    )
