"""Where the rows come from: a SQLite database or another sohoa workspace."""
