from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class EndorsementsConfig(AppConfig):
    name = "endorsements"
    verbose_name = "Endorsements"

    def ready(self):
        # The post room learns the letters of the roof.
        from endorsements import emails, roll_letters  # noqa: F401
        from endorsements.health import staff_letters  # noqa: F401 (as those)


class DeskConfig(AdminConfig):
    """Django's admin with our own site: the staff's desk."""

    default_site = "endorsements.desk.site.Desk"
