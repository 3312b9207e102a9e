"""Map in distributed mode: where its items come from, its runs, and where its results go."""
