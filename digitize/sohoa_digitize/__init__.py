"""Paper to searchable PDF/A, text and fields with confidence (số hóa)."""
