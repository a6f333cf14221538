from django.apps import AppConfig


class GroupsConfig(AppConfig):
    name = "groups"
    verbose_name = "Groups and members"

    def ready(self):
        # The letters make themselves known by being imported.
        from groups import emails  # noqa: F401
