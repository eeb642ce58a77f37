"""The form document: its shape, its members, its rules, every fault in it, and the forms that ship."""
