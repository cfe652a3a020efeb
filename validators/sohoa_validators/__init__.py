"""Dossier and procedure schema to findings and verdicts (kiểm tra hồ sơ)."""
