"""Sign, timestamp, verify, prove for decades (ký số và kiểm tra chữ ký số)."""
