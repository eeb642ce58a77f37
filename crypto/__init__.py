"""The crypto room: keys, sealing and opening, signatures, the vault; bytes in, bytes out (SPEC.md)."""
