"""Builds what is uploaded: wheels and container images."""
