"""One thing done to many credentials: selected, approved, applied in batches, taken back."""
