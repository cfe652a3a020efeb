"""Training of sohoa's own line recognizer: printed lines, their wear, the network, its figures.

Not part of the wheel. ``./run train`` names the commands; :file:`training/README.md` says how the
weights that ship with the package were made.
"""
