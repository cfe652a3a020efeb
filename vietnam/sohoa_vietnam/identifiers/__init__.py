"""Identifiers of Vietnamese administration: one file for each kind, one shape of result."""
