"""Downloads: a layer as files that other programs open (docs/publishing.md, part ``downloads``)."""
