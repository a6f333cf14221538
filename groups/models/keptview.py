"""What somebody at the desk keeps for herself: a list as she narrowed it, under a name."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KeptView(models.Model):
    """One list of the desk, narrowed. query is what stands behind the "?" of its address, and nothing else of it."""

    user = models.ForeignKey("groups.User", on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=80)  # "rounds.candidacy"
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=500)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="kept_view_once", fields=["user", "page", "name"])]

    def __str__(self):
        return self.name
