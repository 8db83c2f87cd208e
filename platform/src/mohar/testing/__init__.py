"""For us and for plugin authors: contracts to inherit, a deployment to try things in."""
