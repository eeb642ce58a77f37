"""The projection: readable tables made from the journal, rebuilt at will (protocol section 4, last part, and 5)."""
