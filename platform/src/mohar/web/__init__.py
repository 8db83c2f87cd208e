"""The House over HTTP."""
