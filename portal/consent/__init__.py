"""Who may see what: the only floor that knows what a live consent is."""
