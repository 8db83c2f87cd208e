"""The words of the trade. Plain data and pure functions; no IO, no framework."""
