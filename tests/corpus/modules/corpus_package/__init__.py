"""See inner."""
