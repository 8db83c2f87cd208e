"""W3C verifiable credentials with embedded proofs over canonical RDF."""
