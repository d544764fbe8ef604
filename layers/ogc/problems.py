"""What a request is told when it can't be answered: a status and one sentence (RFC 9457).

The sentences are for who writes a client, and plain English like every name in the API; the pages
for people put words of the reader's language around them.
"""

from http import HTTPStatus


class Problem(Exception):
    """A request that is not answered; ``detail`` says what is wrong and what would do."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, detail: str) -> None:
        """Take the sentence."""
        self.detail = detail
        super().__init__(detail)


class BadRequest(Problem):
    """A parameter that does not exist here, or a value that it can't have."""

    status = HTTPStatus.BAD_REQUEST


class NotFound(Problem):
    """There is no such thing, or none that the one who asks may see."""

    status = HTTPStatus.NOT_FOUND


class NotAllowed(Problem):
    """A method that changes something: this API only answers."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
