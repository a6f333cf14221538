"""Signing in by mailed code: only people who are already users may, and the code's letter is sent at once."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """allauth with our doors: nobody signs herself up as a user."""

    def is_open_for_signup(self, request):
        return False
