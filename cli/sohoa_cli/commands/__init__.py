"""One file for each command; what commands share sits in ``shared``."""
