"""What modules set, change and take back, on the sandbox or on AWS: a life each, to its end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cloud_support import Cloud, code, document, zipped

DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}
PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
EXPIRING = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 7}}
SEALED = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
# What is set (operation's end, argument, value), how it is taken back, and the code of what isn't there then.
BUCKET: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    (
        "bucket_lifecycle_configuration",
        "LifecycleConfiguration",
        {"Rules": [EXPIRING]},
        "bucket_lifecycle",
        "NoSuchLifecycleConfiguration",
    ),
    (
        "bucket_ownership_controls",
        "OwnershipControls",
        {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        "bucket_ownership_controls",
        "OwnershipControlsNotFoundError",
    ),
    (
        "public_access_block",
        "PublicAccessBlockConfiguration",
        dict.fromkeys(BLOCKED, True),
        "public_access_block",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    (
        "bucket_tagging",
        "Tagging",
        {"TagSet": [{"Key": "stage", "Value": "test"}]},
        "bucket_tagging",
        "NoSuchTagSet",
    ),
)


@pytest.mark.parity(
    "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle",
    "s3:DeleteBucketOwnershipControls", "s3:DeletePublicAccessBlock", "s3:PutBucketEncryption",
    "s3:PutBucketLifecycleConfiguration", "s3:PutBucketNotificationConfiguration",
    "s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketTagging", "s3:PutPublicAccessBlock",
    "s3:DeleteBucketTagging", "s3:DeleteBucketPolicy", "s3:HeadBucket",
)  # fmt: skip
def test_a_bucket_keeps_what_it_is_told_until_it_is_taken_back(cloud: Cloud) -> None:
    s3, bucket = cloud.client("s3"), cloud.bucket()

    def told(what: str) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(s3, f"get_{what}")(Bucket=bucket)
        return answer

    for what, argument, value, back, missing in BUCKET:
        getattr(s3, f"put_{what}")(Bucket=bucket, **{argument: value})
        kept = told(what)
        kept = kept.get(argument, kept)
        assert {name: kept[name] for name in value} == value
        getattr(s3, f"delete_{back}")(Bucket=bucket)
        cloud.gone(missing, getattr(s3, f"get_{what}"), Bucket=bucket)
    resource = [f"arn:aws:s3:::{bucket}/*"]
    s3.put_bucket_policy(Bucket=bucket, Policy=document({**DENY, "Resource": resource, "Condition": PLAIN}))
    assert json.loads(told("bucket_policy")["Policy"])["Statement"][0]["Condition"] == PLAIN
    for text in ("{", "{}"):
        assert code(s3.put_bucket_policy, Bucket=bucket, Policy=text) == "MalformedPolicy"
    s3.delete_bucket_policy(Bucket=bucket)
    cloud.gone("NoSuchBucketPolicy", s3.get_bucket_policy, Bucket=bucket)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [SEALED]})
    (rule,) = told("bucket_encryption")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BucketKeyEnabled"] is True
    s3.delete_bucket_encryption(Bucket=bucket)
    # Since 2023 no bucket is without.
    (rule,) = told("bucket_encryption")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    assert "EventBridgeConfiguration" in told("bucket_notification_configuration")
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert code(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    cloud.gone("404", s3.head_bucket, Bucket=bucket)
    assert code(s3.delete_bucket, Bucket=bucket) == "NoSuchBucket"


@pytest.mark.parity(
    "iam:CreateRole", "iam:UpdateRole", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary", "iam:DeleteRole",
)  # fmt: skip
def test_a_role_is_changed_bounded_and_deleted(cloud: Cloud) -> None:
    iam, name = cloud.client("iam"), cloud.role("lambda").rpartition("/")[2]
    iam.update_role(RoleName=name, Description="changed", MaxSessionDuration=7200)
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=document(trust))
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    bounds = iam.create_policy(PolicyName=cloud.name(), PolicyDocument=document(allowed))["Policy"]["Arn"]
    cloud.later(iam.delete_policy, PolicyArn=bounds)
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=bounds)
    found = iam.get_role(RoleName=name)["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("changed", 7200)
    assert found["AssumeRolePolicyDocument"]["Statement"] == [trust]
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == bounds
    iam.delete_role_permissions_boundary(RoleName=name)
    cloud.until(lambda: "PermissionsBoundary" not in iam.get_role(RoleName=name)["Role"])
    again = {"RoleName": name, "AssumeRolePolicyDocument": document(trust)}
    assert code(iam.create_role, **again) == "EntityAlreadyExists"
    iam.delete_role(RoleName=name)
    cloud.gone("NoSuchEntity", iam.get_role, RoleName=name)


UNTAGGED = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7}
RULE = {"rulePriority": 1, "selection": UNTAGGED, "action": {"type": "expire"}}


@pytest.mark.parity(
    "ecr:CreateRepository", "ecr:DescribeRepositories", "ecr:PutLifecyclePolicy", "ecr:GetLifecyclePolicy",
    "ecr:DeleteLifecyclePolicy", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability",
    "ecr:DeleteRepository",
)  # fmt: skip
def test_a_repository_is_made_changed_and_deleted(cloud: Cloud) -> None:
    ecr, one = cloud.client("ecr"), {"repositoryName": cloud.name()}
    ecr.create_repository(**one)
    cloud.later(ecr.delete_repository, **one)
    assert code(ecr.create_repository, **one) == "RepositoryAlreadyExistsException"
    assert code(ecr.get_lifecycle_policy, **one) == "LifecyclePolicyNotFoundException"
    ecr.put_lifecycle_policy(**one, lifecyclePolicyText=json.dumps({"rules": [RULE]}))
    assert json.loads(ecr.get_lifecycle_policy(**one)["lifecyclePolicyText"])["rules"] == [RULE]
    ecr.delete_lifecycle_policy(**one)
    assert code(ecr.delete_lifecycle_policy, **one) == "LifecyclePolicyNotFoundException"
    ecr.put_image_scanning_configuration(**one, imageScanningConfiguration={"scanOnPush": True})
    ecr.put_image_tag_mutability(**one, imageTagMutability="IMMUTABLE")
    (found,) = ecr.describe_repositories(repositoryNames=[one["repositoryName"]])["repositories"]
    assert found["imageScanningConfiguration"] == {"scanOnPush": True}
    assert found["imageTagMutability"] == "IMMUTABLE"
    ecr.delete_repository(**one)
    assert code(ecr.delete_repository, **one) == "RepositoryNotFoundException"


@pytest.mark.parity(
    "sns:CreateTopic", "sns:SetTopicAttributes", "sns:GetTopicAttributes", "sns:GetSubscriptionAttributes",
    "sns:Unsubscribe", "sns:DeleteTopic", "sqs:SetQueueAttributes", "sqs:DeleteQueue",
)  # fmt: skip
def test_topics_and_queues_are_set_and_deleted(cloud: Cloud) -> None:
    sns, sqs, topic, (url, arn) = cloud.client("sns"), cloud.client("sqs"), cloud.topic(), cloud.queue()
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Runs")
    cloud.until(lambda: sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Runs")
    # To make one that there is means to find it.
    assert sns.create_topic(Name=topic.rpartition(":")[2])["TopicArn"] == topic
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    one = {"SubscriptionArn": made["SubscriptionArn"]}
    told = sns.get_subscription_attributes(**one)["Attributes"]
    assert (told["Endpoint"], told["RawMessageDelivery"], told["Owner"]) == (arn, "false", cloud.account_id)
    sns.unsubscribe(**one)
    cloud.gone("NotFound", sns.get_subscription_attributes, **one)
    sns.delete_topic(TopicArn=topic)
    cloud.gone("NotFound", sns.get_topic_attributes, TopicArn=topic)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "77"})

    def seconds() -> str:
        told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        return str(told["Attributes"]["VisibilityTimeout"])

    cloud.until(lambda: seconds() == "77")
    sqs.delete_queue(QueueUrl=url)
    cloud.gone(
        "AWS.SimpleQueueService.NonExistentQueue",
        sqs.get_queue_attributes,
        QueueUrl=url,
        AttributeNames=["All"],
    )


ONE = "def handler(event, context):\n    return 1\n"


@pytest.mark.parity(
    "lambda:CreateFunction", "lambda:GetFunction", "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration", "lambda:PutFunctionConcurrency", "lambda:GetFunctionConcurrency",
    "lambda:DeleteFunctionConcurrency", "lambda:DeleteFunction",
)  # fmt: skip
def test_a_function_is_changed_held_back_and_deleted(cloud: Cloud) -> None:
    functions, name = cloud.client("lambda"), cloud.function(ONE)
    one: dict[str, Any] = {"FunctionName": name}
    updated = functions.get_waiter("function_updated_v2")
    first = functions.get_function(**one)["Configuration"]
    functions.update_function_code(**one, ZipFile=zipped(ONE.replace("1", "2")))
    updated.wait(**one, WaiterConfig={"Delay": 1 if cloud.endpoint is None else 0.05})
    functions.update_function_configuration(**one, MemorySize=256, Description="changed")
    updated.wait(**one, WaiterConfig={"Delay": 1 if cloud.endpoint is None else 0.05})
    found = functions.get_function(**one)["Configuration"]
    assert (found["MemorySize"], found["Description"]) == (256, "changed")
    assert found["CodeSha256"] != first["CodeSha256"]
    assert functions.invoke(**one)["Payload"].read() == b"2"
    # Nought is what every account may reserve, however few it has.
    functions.put_function_concurrency(**one, ReservedConcurrentExecutions=0)
    assert functions.get_function_concurrency(**one)["ReservedConcurrentExecutions"] == 0
    cloud.gone("TooManyRequestsException", functions.invoke, **one)
    functions.delete_function_concurrency(**one)
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(**one)
    functions.delete_function(**one)
    assert code(functions.delete_function, **one) == "ResourceNotFoundException"


@pytest.mark.parity(
    "states:CreateStateMachine", "states:DescribeStateMachine", "states:UpdateStateMachine",
    "states:DeleteStateMachine",
)  # fmt: skip
def test_a_machine_is_changed_and_deleted(cloud: Cloud) -> None:
    states = cloud.client("stepfunctions")
    first = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    arn = cloud.machine(first)
    found = states.describe_state_machine(stateMachineArn=arn)
    assert (found["status"], found["type"], json.loads(found["definition"])) == ("ACTIVE", "STANDARD", first)
    second = json.dumps({**first, "Comment": "changed"})
    changed = states.update_state_machine(stateMachineArn=arn, definition=second)
    assert changed["updateDate"]
    assert states.describe_state_machine(stateMachineArn=arn)["definition"] == second
    other = {
        "name": arn.rpartition(":")[2],
        "roleArn": cloud.role("states"),
        "definition": json.dumps(first),
    }
    assert code(states.create_state_machine, **other) == "StateMachineAlreadyExists"
    assert code(states.update_state_machine, stateMachineArn=arn) == "MissingRequiredParameter"
    states.delete_state_machine(stateMachineArn=arn)
    cloud.gone("StateMachineDoesNotExist", states.describe_state_machine, stateMachineArn=arn)
