"""Everything that touches the world: stores, server, projection, command line, the Python device."""
