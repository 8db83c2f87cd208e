"""What the house keeps: encrypted, unique where it must be, and the only room that knows SQL."""

from mohar.store.store import Store, Work
from mohar.store.vault import Vault

__all__ = ["Store", "Vault", "Work"]
