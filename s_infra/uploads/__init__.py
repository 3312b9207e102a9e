"""A folder on its way to a bucket: what differs is sent, in parallel, checked, and taken up after a crash."""
