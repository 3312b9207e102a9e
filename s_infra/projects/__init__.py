"""Makes new projects."""
