"""Local groups and who leads them."""

import secrets

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keys import codes


def fresh_code() -> str:
    """A code for a sign-up link, short enough to be typed from a poster."""
    return codes.spoken(secrets.token_bytes(16), 6)


class GroupQuerySet(models.QuerySet):
    def active(self):
        return self.filter(active=True)

    def inviting(self):
        """Those that may ask people to sign up: the law bars a 501(c)(3) from it (process.md 12)."""
        return self.active().exclude(legal_form=Group.LegalForm.C3)

    def led_by(self, user):
        return self.filter(leaderships__user=user, leaderships__confirmed_at__isnull=False)


class Group(models.Model):
    """A local group of the federation (process.md 8.1)."""

    class LegalForm(models.TextChoices):
        UNINCORPORATED = "unincorporated", _("Unincorporated association")
        C4 = "501c4", "501(c)(4)"
        PAC = "527", _("527 or PAC")
        PROGRAMME = "programme", _("Part of the national fundraising program")
        C3 = "501c3", "501(c)(3)"
        OTHER = "other", _("Another form")
        UNKNOWN = "unknown", _("We do not know")

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address on this site"), max_length=80, unique=True)
    legal_form = models.CharField(_("legal form"), max_length=20, choices=LegalForm.choices, default=LegalForm.UNKNOWN)
    places = models.ManyToManyField("groups.Place", verbose_name=_("places"), related_name="groups")
    website = models.URLField(_("website"), blank=True)
    social = models.URLField(_("social page"), blank=True)
    media_name = models.CharField(_("media contact"), max_length=120, blank=True)
    media_email = models.EmailField(_("media contact’s e-mail"), blank=True)
    media_phone = models.CharField(_("media contact’s phone"), max_length=40, blank=True)
    leaders = models.ManyToManyField(
        "groups.User", through="groups.Leadership", through_fields=("group", "user"), related_name="groups_led"
    )
    active = models.BooleanField(_("active"), default=True)
    # Since when a new map has other lines for one of its districts; None once staff have looked at it.
    redrawn_at = models.DateTimeField(_("districts redrawn"), null=True, blank=True, editable=False)
    # How many members its leaders want to find by its link; None: they set none.
    goal = models.PositiveIntegerField(_("goal"), null=True, blank=True, editable=False)
    # What makes its sign-up link its own; another code, and the old link is out of date (groups/inviting.py).
    sign_up_code = models.CharField(max_length=8, default=fresh_code, editable=False)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("endorsements:group_page", args=[self.slug])

    def reaches(self, place) -> bool:
        """Whether one of the group's places overlaps this one."""
        return any(own.overlaps(place) for own in self.places.all())

    @property
    def where_to_find(self) -> str:
        """The page where readers find the group, its website before its social page."""
        return self.website or self.social


class Leadership(models.Model):
    """A user who leads a group, once confirmed by staff or by another leader."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="leaderships")
    user = models.ForeignKey("groups.User", on_delete=models.CASCADE, related_name="leaderships")
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    confirmed_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(name="leadership_once", fields=["group", "user"])]

    def __str__(self):
        return f"{self.user} – {self.group}"


class LeaderRequest(models.Model):
    """Somebody says that she leads a group and knows no colleague here: kept for staff, who ask the group.

    Nothing about her is checked before: anybody may write any address. One open request for an address and a group.
    """

    class State(models.TextChoices):
        OPEN = "open", _("waits for staff")
        ADMITTED = "admitted", _("leads the group")
        DECLINED = "declined", _("declined")

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+", verbose_name=_("group"))
    email = models.EmailField(_("e-mail"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    words = models.TextField(_("what they say"), max_length=1000)
    language = models.CharField(_("language"), max_length=5, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(_("asked"), db_index=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = models.ForeignKey("groups.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.TextField(_("answer to them"), blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("request to lead a group")
        verbose_name_plural = _("requests to lead a group")
        constraints = [
            models.UniqueConstraint(
                name="leader_request_once", fields=["group", "email"], condition=models.Q(state="open")
            )
        ]

    def __str__(self):
        return f"{self.name} – {self.group}"
