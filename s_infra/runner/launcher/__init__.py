"""What starts a container's program in namespaces of its own: a process apart, standard library only."""
