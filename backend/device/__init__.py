"""The Python device: a whole field device without a screen, for the demo, the desk, tests and other makers."""
