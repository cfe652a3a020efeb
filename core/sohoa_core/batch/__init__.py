"""Batches: a stage over many inputs, resumable at any instant (design, section 4)."""
