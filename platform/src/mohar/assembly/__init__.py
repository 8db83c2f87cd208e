"""The only place that knows everything: load plugins, resolve every `uses:`, build the House."""
