"""Publishing: what changed becomes files that a web server serves alone (docs/publishing.md)."""
