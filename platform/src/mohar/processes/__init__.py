"""Work that is done in processes of its own, and what a process needs for a long life."""
