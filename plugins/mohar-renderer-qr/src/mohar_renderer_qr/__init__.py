"""Draw what a format carries in a QR code, as PNG or SVG."""
