"""Tables of numbers in CSV files: read strictly, split stably, written as a model reads them."""

from tabular.reading import Table, TableError, read_table
from tabular.writing import split_by_identifier, write_features, write_training

__all__ = ["Table", "TableError", "read_table", "split_by_identifier", "write_features", "write_training"]
