"""Pure knowledge: language, identifiers, units, agencies, law as dated data."""
