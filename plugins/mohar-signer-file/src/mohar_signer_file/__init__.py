"""Sign with a private key kept in a PEM file. For trials and tests, not for a nation."""

from mohar.plugin import Offer, Offers, Signer, hookimpl
from mohar_signer_file._family import Settings
from mohar_signer_file._signer import FileSigner


@hookimpl
def mohar_register_signers(offers: Offers[Signer]) -> None:
    """Offer the signer `file`."""
    offers.add(Offer("file", "a PEM key on disk", Settings, FileSigner.open))
