"""One deployment folder understood: YAML → Structs, or an error that points to line and column."""
