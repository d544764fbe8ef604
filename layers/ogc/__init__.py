"""The OGC API at /ogc/: Features (Parts 1 to 3) and Tiles, read only (docs/conformance.md)."""
