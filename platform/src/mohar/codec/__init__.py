"""Pure codecs, open to plugins: texts, keys and signatures as standards write them. No IO."""
