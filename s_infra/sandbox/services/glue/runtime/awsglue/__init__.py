"""The part of AWS Glue's library that Python-shell jobs use."""
