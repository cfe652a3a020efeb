"""The papers a dossier may hold: each function sets one kind of paper."""
