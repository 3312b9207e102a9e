"""The program that runs a function, in the function's own Python."""
