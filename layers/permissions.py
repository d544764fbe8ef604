"""Who may do what in which layer, as long as nobody answers that layer by layer."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, User


class EveryLayerBackend(ModelBackend):
    """A permission that somebody has holds for every object.

    Django's own backend answers every question about an object with no. Callers ask about the
    object all the same (``has_perm(permission, layer)``), so that a backend that knows roles by
    layer can take this one's place.
    """

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Any = None) -> bool:
        """Return whether somebody has a permission, whichever object it is asked about."""
        return super().has_perm(user_obj, perm)
