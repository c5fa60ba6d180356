"""How much work one request is: ours and a peer's, on the same PostgreSQL, one after the other."""
