"""Checking the exports of other systems (JSON, CSV) where they lie: no workspace, flat memory."""
