"""The schemas served, and the program that derives them."""
