"""Records become credentials: check, reserve, compose, review, secure, commit."""
