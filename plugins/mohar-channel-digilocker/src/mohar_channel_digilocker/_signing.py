"""An enveloped XML signature (XML Signature 1.1): RSA with SHA-256, exclusive canonical XML."""

from __future__ import annotations

import base64
import hashlib
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from mohar.domain.errors import ConfigError
from mohar.plugin import Tools
from mohar_channel_digilocker._settings import Signature

_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_LEAST_BITS: Final = 2048
# Canonical XML 1.0 §2.3, "Attribute Nodes" and "Text Nodes".
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_VALUES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class XmlSigner:
    """Signs elements that have no namespaces, no comments and no instructions."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: bytes) -> None:
        self._key = key
        self._certificate = certificate

    @classmethod
    def open(cls, settings: Signature, tools: Tools) -> XmlSigner:
        """
        Read the key and, where one is named, the certificate.

        Raises:
            ConfigError: one is not there, or is none.
        """
        secret = tools.files.secret(settings.key)
        try:
            key = serialization.load_pem_private_key(secret.reveal(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigError(f"the key of the XML signature ({secret.where}) is no PEM") from error
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < _LEAST_BITS:
            raise ConfigError(
                f"the key of the XML signature ({secret.where}) must be RSA with "
                f"{_LEAST_BITS} bits or more"
            )
        return cls(key, _certificate(settings.certificate, tools))

    def sign(self, root: Element) -> None:
        """Put the signature of an element into it, as its last child."""
        digest = hashlib.sha256(_canonical(root)).digest()
        signature = SubElement(root, "Signature", {"xmlns": _DS})
        info = _signed_info(digest)
        # Exclusive canonical XML writes the namespace where it is first used: on SignedInfo itself.
        alone = _canonical(_with_namespace(_signed_info(digest)))
        value = self._key.sign(alone, padding.PKCS1v15(), hashes.SHA256())
        signature.append(info)
        SubElement(signature, "SignatureValue").text = base64.b64encode(value).decode()
        if self._certificate:
            data = SubElement(SubElement(signature, "KeyInfo"), "X509Data")
            text = base64.b64encode(self._certificate).decode()
            SubElement(data, "X509Certificate").text = text


def _signed_info(digest: bytes) -> Element:
    info = Element("SignedInfo")
    SubElement(info, "CanonicalizationMethod", {"Algorithm": _EXCLUSIVE})
    SubElement(info, "SignatureMethod", {"Algorithm": _RSA_SHA256})
    reference = SubElement(info, "Reference", {"URI": ""})
    transforms = SubElement(reference, "Transforms")
    for name in (_ENVELOPED, _EXCLUSIVE):
        SubElement(transforms, "Transform", {"Algorithm": name})
    SubElement(reference, "DigestMethod", {"Algorithm": _SHA256})
    SubElement(reference, "DigestValue").text = base64.b64encode(digest).decode()
    return info


def _with_namespace(element: Element) -> Element:
    element.set("xmlns", _DS)
    return element


def _canonical(element: Element) -> bytes:
    """
    Return an element in exclusive canonical XML 1.0: all that is left of it without prefixes.

    What the standard library has depends on which namespaces others have registered in the process.
    """
    return _spelt(element).encode()


def _spelt(element: Element) -> str:
    # Canonical XML 1.0 §2.3: the namespace stands before the attributes, and those go by name.
    names = sorted(element.keys(), key=lambda name: (name != "xmlns", name))
    attributes = "".join(
        f' {name}="{element.attrib[name].translate(_IN_VALUES)}"' for name in names
    )
    inside = (element.text or "").translate(_IN_TEXT) + "".join(_spelt(each) for each in element)
    return f"<{element.tag}{attributes}>{inside}</{element.tag}>"


def _certificate(named: str, tools: Tools) -> bytes:
    if not named:
        return b""
    try:
        certificate = load_pem_x509_certificate(tools.files.read(named))
    except ValueError as error:
        raise ConfigError(f"{named} is no certificate in PEM") from error
    return certificate.public_bytes(serialization.Encoding.DER)
