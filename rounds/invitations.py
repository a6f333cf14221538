"""The ready texts by which a group sends its sign-up link round: a mail, a text message, a post."""

from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from groups import inviting
from journal.wording import day_in_zone

# The languages of posters and ready texts, each by its own name, whatever language the pages are in.
LANGUAGES = [("en", "English"), ("es", "Español")]


@dataclass(frozen=True)
class Text:
    """One text to copy: name is its field's, label says what it is for."""

    name: str
    label: str
    text: str


def texts(group, cut_off) -> list[Text]:
    """A mail, a text message and a post in the active language, with the link and until when it is in time."""
    said = {"group": group.name, "federation": settings.FEDERATION_NAME, "url": inviting.url(group)}
    until = day_of(cut_off)
    mail = [
        _("Subject: Have your say on who we support"),
        _("Hello,"),
        _("%(group)s is part of %(federation)s. Our members vote on which candidates we endorse (support in public).")
        % said,
        _("Sign up here. It takes one minute, and there is no password:\n%(url)s") % said,
        _("To be in time for the next vote, confirm by %(day)s.") % {"day": until} if until else "",
        _("We never sell or share what you tell us.\nThank you!"),
    ]
    post = [
        _("Who should %(federation)s support? You decide. Sign up with %(group)s to vote:") % said,
        said["url"],
        _("In time until %(day)s.") % {"day": until} if until else "",
    ]
    return [
        Text("mail", _("Mail"), "\n\n".join(part for part in mail if part)),
        Text("sms", _("Text message"), _("%(group)s: vote on who we support. Sign up in one minute: %(url)s") % said),
        Text("post", _("Social media"), "\n".join(part for part in post if part)),
    ]


def in_each_language(group, cut_off) -> list[tuple]:
    """[(code, the language's own name, its texts)] for a page to copy from."""
    found = []
    for code, name in LANGUAGES:
        with translation.override(code):
            found.append((code, name, texts(group, cut_off)))
    return found


def day_of(cut_off) -> str:
    """The last day to be in time for the next vote, in words; "" while no vote is planned."""
    coming = cut_off.coming
    return day_in_zone(coming.freeze_at, coming.time_zone) if coming else ""
