"""s-infra: packages, uploads, documents and runs the catalog's machine-learning pipelines."""
