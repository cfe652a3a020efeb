"""Verifying signed PDFs offline: facts, then policy, then verdict."""
