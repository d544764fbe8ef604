"""The public face: map, list, feature page."""
