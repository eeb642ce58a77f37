"""The service of one municipality."""
