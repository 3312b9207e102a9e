"""What runs in the containers that stand in for AWS's images: nothing else of s_infra is there."""
