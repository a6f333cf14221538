"""What a user may do, asked for once in a page."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission


class OneQuery(AuthenticationBackend):
    """allauth's sign-in. The rights of a user, and those of her roles, are one query instead of two."""

    def get_all_permissions(self, user_obj, obj=None):
        """As Django's: "app.codename" of all she may, without those of an object; of who may not sign in, none."""
        asked = user_obj.is_active and not (user_obj.is_anonymous or user_obj.is_superuser) and obj is None
        if asked and not hasattr(user_obj, "_perm_cache"):
            of = [Permission.objects.filter(user=user_obj), Permission.objects.filter(group__user=user_obj)]
            named = [some.order_by().values_list("content_type__app_label", "codename") for some in of]
            user_obj._perm_cache = {f"{app}.{code}" for app, code in named[0].union(named[1])}
        return super().get_all_permissions(user_obj, obj=obj)
