"""Sign with a private key kept in a PEM file. For trials and tests, not for a nation."""
