"""What we send: an outbox without words, texts written as the recipient sees them, and the postman."""
