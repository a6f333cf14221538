"""The forms of passkeys: allauth's, with our words, and a plain refusal of whatever is no passkey."""

from allauth.mfa.webauthn import forms as theirs
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

NOT_TAKEN = _("This passkey could not be used. Try again, or choose another way.")
LONGEST_NAME = 60


def checked(check):
    """What a check gives. The libraries that read a credential fail in a dozen ways at one that was made up."""
    try:
        return check()
    except ValidationError as error:
        if getattr(error, "code", "") == "incorrect_code":
            raise ValidationError(NOT_TAKEN, code="incorrect_code") from error
        raise
    except Exception as error:
        raise ValidationError(NOT_TAKEN, code="incorrect_code") from error


def name_field():
    return forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("By which you know it again, such as “My phone” or “Blue key”."),
    )


class AddForm(theirs.AddWebAuthnForm):
    """A new passkey and its name."""

    name = name_field()
    name.required = False  # the device has made it by then: without a name it gets one
    field_order = ["name"]

    def clean(self):
        return checked(super().clean)


class UseForm(theirs.AuthenticateWebAuthnForm):
    """A passkey as the second step of signing in."""

    def clean_credential(self):
        return checked(super().clean_credential)


class ReauthenticateForm(theirs.ReauthenticateWebAuthnForm):
    """A passkey before something that protects an access is changed."""

    def clean_credential(self):
        return checked(super().clean_credential)


class RenameForm(theirs.EditWebAuthnForm):
    """Another name for a passkey."""

    name = name_field()
