"""What the desk calls a round's letters, in words instead of names. Pure."""

from django.utils.translation import gettext_lazy as _

LETTERS = {
    "rounds.opened": _("Nominations are open"),
    "rounds.moved": _("Moved to the next round"),
    "groups.confirm": _("Confirm your address"),
    "groups.already": _("You are on the list"),
    "groups.address_new": _("Letters come here now"),
    "groups.new_districts": _("New districts"),
    "voting.notice": _("The vote starts soon"),
    "voting.ballot": _("Ballot"),
    "voting.reminder": _("Reminder to vote"),
    "voting.extended": _("The vote ends later"),
    "voting.stopped": _("A vote was stopped"),
    "voting.link": _("Link sent again"),
    "voting.receipt": _("Receipt"),
    "endorsements.groups_result": _("Result, to the groups"),
    "endorsements.announcement_moved": _("New time of the announcement"),
    "endorsements.campaign_result": _("Result, to the campaigns"),
    "endorsements.result": _("Result, to the voters"),
    "endorsements.result_news": _("Result, to later members"),
}


def letter_words(name) -> str:
    """What a letter is about; its own name where nobody has said it in words."""
    return str(LETTERS.get(name, name))
