"""Holders ask that a credential be put right: their requests are kept, decided and carried out."""
