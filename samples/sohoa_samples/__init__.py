"""The generator that invents dossiers, prints them and "scans" them (hồ sơ mẫu)."""
