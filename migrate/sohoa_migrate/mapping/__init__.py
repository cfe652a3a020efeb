"""The mapping file: how the tables of an old system become records."""
