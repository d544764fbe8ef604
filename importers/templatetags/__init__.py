"""Template tags of the importers' screens."""
