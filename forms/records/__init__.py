"""One record under its form: what is asked or hidden, what is wrong, who never sees it, its items, its references."""
