"""SSM: its operations on parameters, each with the members of its request that the base carries out."""

from __future__ import annotations

MEMBERS = {
    "AddTagsToResource": "ResourceType ResourceId Tags",
    "DeleteParameter": "Name",
    "DeleteParameters": "Names",
    "DescribeParameters": "ParameterFilters MaxResults NextToken",
    "GetParameter": "Name WithDecryption",
    "GetParameters": "Names WithDecryption",
    "GetParametersByPath": "Path Recursive WithDecryption MaxResults NextToken",
    "ListTagsForResource": "ResourceType ResourceId",
    "PutParameter": "Name Description Value Type KeyId Overwrite Tags Tier DataType",
    "RemoveTagsFromResource": "ResourceType ResourceId TagKeys",
}
