"""Legacy Vietnamese charsets: tables, codecs, repair of mangled text, detection on columns."""
