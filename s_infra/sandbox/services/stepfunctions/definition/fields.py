"""The fields that each part of a definition may have, in JSONata."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MACHINE_FIELDS = {"Comment", "QueryLanguage", "StartAt", "States", "TimeoutSeconds", "Version"}
BRANCH_FIELDS = {"Comment", "QueryLanguage", "StartAt", "States"}
PROCESSOR_FIELDS = BRANCH_FIELDS | {"ProcessorConfig"}
COMMON_FIELDS = {"Type", "Comment", "QueryLanguage"}
FLOW_FIELDS = {"Output", "Assign", "Next", "End"}
HANDLER_FIELDS = {"Retry", "Catch"}
INLINE_FIELDS = {"Items", "ItemSelector", "ItemProcessor", "MaxConcurrency"}
DISTRIBUTED_FIELDS = {
    *("ItemReader", "ItemBatcher", "ResultWriter", "Label"),
    *("ToleratedFailureCount", "ToleratedFailurePercentage"),
}
STATE_FIELDS: Mapping[str, set[str]] = {
    "Task": FLOW_FIELDS | HANDLER_FIELDS | {"Resource", "Arguments", "TimeoutSeconds", "HeartbeatSeconds"},
    "Pass": FLOW_FIELDS,
    "Wait": FLOW_FIELDS | {"Seconds", "Timestamp"},
    "Choice": {"Choices", "Default", "Output", "Assign"},
    "Parallel": FLOW_FIELDS | HANDLER_FIELDS | {"Branches", "Arguments"},
    "Map": FLOW_FIELDS | HANDLER_FIELDS | INLINE_FIELDS | DISTRIBUTED_FIELDS,
    "Succeed": {"Output"},
    "Fail": {"Error", "Cause"},
}
# AWS has it; no machine of the catalog does.
NOT_CARRIED_OUT_FIELDS = ("Credentials",)
JSONPATH_FIELDS = {
    *("InputPath", "OutputPath", "Parameters", "Result", "ResultPath", "ResultSelector"),
    *("SecondsPath", "TimestampPath", "ErrorPath", "CausePath", "ItemsPath", "Iterator"),
    *("TimeoutSecondsPath", "HeartbeatSecondsPath", "MaxConcurrencyPath", "Variable"),
    *("ToleratedFailureCountPath", "ToleratedFailurePercentagePath"),
}
JSONATA_FIELDS = {"Arguments", "Output", "Items", "Condition"}
RULE_FIELDS = {"Condition", "Next", "Output", "Assign", "Comment"}
RETRY_FIELDS = {
    *("ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"),
    "Comment",
}
CATCH_FIELDS = {"ErrorEquals", "Next", "Output", "Assign", "Comment"}
NESTED_FIELDS: Mapping[str, set[str]] = {
    "Choices": RULE_FIELDS,
    "Retry": RETRY_FIELDS,
    "Catch": CATCH_FIELDS,
}
LONGEST_NAME = 80
