"""The rules in three layers: per field, per document, per dossier."""
