"""The forms of the door: allauth's, which come back as they were typed when another language is asked for."""

from allauth.account.forms import LoginForm as PasswordForm
from allauth.account.forms import RequestLoginCodeForm

from journal.languages import SwitchableForm


class CodeForm(SwitchableForm, RequestLoginCodeForm):
    """An address, to which a code is mailed."""


class LoginForm(SwitchableForm, PasswordForm):
    """An address and a password. The password is not given back."""
