"""The page of one run: a file that shows what a person wants to know of it, and needs nothing else."""
