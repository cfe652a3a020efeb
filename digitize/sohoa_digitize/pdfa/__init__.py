"""Two-layer PDF/A-2u: the image as delivered, the text invisible above it."""
