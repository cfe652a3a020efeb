"""What all parts stand on: records, vault, journal, batches, settings, errors."""
