"""The part of AWS Glue's library that ordinary scripts use. What it doesn't carry out it refuses by name."""
