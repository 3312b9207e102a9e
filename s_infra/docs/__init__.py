"""Documentation of Terraform modules: read a directory as a `Module`, render it as a page."""
