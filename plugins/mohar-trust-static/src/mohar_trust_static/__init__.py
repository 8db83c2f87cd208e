"""Trust keys that the deployment pins: key lists, DID documents, JWKS, PEM."""
