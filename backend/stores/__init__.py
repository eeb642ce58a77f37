"""The SQLite files of one municipality, and how they are opened."""
