"""Am I on the roll? Asked on a page by an address, answered by a letter to it."""

from django.utils.translation import gettext_lazy as _

from endorsements.roll_letters import ON_ROLL_LETTER
from groups.asking_views import Wish, page_for

on_roll = page_for(
    Wish(
        ON_ROLL_LETTER,
        _("Am I on the roll?"),
        _("Enter your address. We mail you what our list says: where you live, and which votes you are in."),
        _("Send me the answer"),
    )
)
