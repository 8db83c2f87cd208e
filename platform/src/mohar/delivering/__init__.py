"""What became of records is told to channels: leased in batches, tried again, never lost."""
