"""What a format can't hold."""


class DoesNotFit(Exception):
    """A format can't hold a layer: it has too much of something. The other formats can."""

    def __init__(self, what: str, count: int, limit: int) -> None:
        """Take what there is too much of, how much, and what the format holds."""
        super().__init__(f"{count} {what}, the format holds {limit}")
