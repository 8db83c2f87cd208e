"""The log of who did what to which credential: sealed as it grows, and examined when asked."""
