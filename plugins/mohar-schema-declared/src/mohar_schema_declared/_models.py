"""Which terms the contexts of the W3C data models define, so that a type need not (and may not)."""

from __future__ import annotations

from typing import Final

from mohar_schema_declared._typefile import Model

# https://www.w3.org/ns/credentials/v2 and https://www.w3.org/2018/credentials/v1: all protected.
_GLOBAL: Final[dict[Model, str]] = {
    "vc-2.0": """id type description digestMultibase digestSRI mediaType name VerifiableCredential
        EnvelopedVerifiableCredential VerifiablePresentation EnvelopedVerifiablePresentation
        JsonSchemaCredential JsonSchema BitstringStatusListCredential BitstringStatusList
        BitstringStatusListEntry DataIntegrityProof ... _sd _sd_alg aud cnf exp iat iss jku kid nbf
        sub x5u""",
    "vc-1.1": """id type VerifiableCredential VerifiablePresentation EcdsaSecp256k1Signature2019
        EcdsaSecp256r1Signature2019 Ed25519Signature2018 RsaSignature2018 proof""",
}
_OF_TYPE: Final[dict[Model, dict[str, str]]] = {
    "vc-2.0": {
        "VerifiableCredential": """confidenceMethod credentialSchema credentialStatus
            credentialSubject description evidence issuer name proof refreshService
            relatedResource renderMethod termsOfUse validFrom validUntil""",
        "BitstringStatusListEntry": """statusListCredential statusListIndex statusPurpose
            statusMessage statusReference statusSize""",
        "JsonSchema": "jsonSchema",
    },
    "vc-1.1": {
        "VerifiableCredential": """cred sec xsd credentialSchema credentialStatus credentialSubject
            evidence expirationDate holder issued issuer issuanceDate proof refreshService
            termsOfUse validFrom validUntil""",
    },
}


def global_terms(model: Model) -> frozenset[str]:
    """Return the terms that mean the same in every node."""
    return frozenset(_GLOBAL[model].split())


def terms_of_type(model: Model, name: str) -> frozenset[str]:
    """Return the terms that the model adds in nodes of one type."""
    return frozenset(_OF_TYPE[model].get(name, "").split())
