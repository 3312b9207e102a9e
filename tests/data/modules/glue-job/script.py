"""Does nothing: these tests look at what is created, not at what it does."""
