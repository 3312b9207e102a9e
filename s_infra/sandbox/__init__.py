"""AWS's side of the pipeline on this machine: the same HCL, machines, functions and containers, for real."""
