"""First fields of a document: header, subject, signer, and values behind printed labels."""
