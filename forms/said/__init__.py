"""The words of every finding, by what they speak of: code, then Dutch and English."""
