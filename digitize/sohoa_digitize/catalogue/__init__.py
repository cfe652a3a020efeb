"""Document types as dated data, and the loader of that data."""
