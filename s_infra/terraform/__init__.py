"""Drives whichever Terraform core this machine has."""
