"""Runs the programs of containers: as processes with a root, a network and a process tree of their own."""
