from django.apps import AppConfig


class VettingConfig(AppConfig):
    name = "vetting"
    verbose_name = "Vetting"

    def ready(self):
        from vetting import emails  # noqa: F401 - registers the letters; models must be loaded first
