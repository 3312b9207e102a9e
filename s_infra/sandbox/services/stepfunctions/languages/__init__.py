"""The two languages in which a state says what it does with data: JSONata, and JSONPath, which is older."""
