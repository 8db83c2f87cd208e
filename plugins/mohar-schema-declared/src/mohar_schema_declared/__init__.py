"""A credential type declared in one file: checks, composition, JSON Schema, JSON-LD context."""
