from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "rounds"
    verbose_name = "Rounds"

    def ready(self):
        from rounds import emails  # noqa: F401  models exist only now; importing registers the letters
