"""Forms signed on paper: typed in by one person, checked by another, printed, with their scan."""
