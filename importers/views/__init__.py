"""The staff's screens of the importers, from upload to undo."""
