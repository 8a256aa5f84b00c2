"""What people do: rules first, pure and refusing in a sentence; then acts, one transaction each."""
