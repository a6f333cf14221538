"""The forms of passkeys: allauth's, with our words, and a plain refusal of whatever is no passkey."""

from allauth.mfa.webauthn import forms as theirs
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from groups import factors

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


def ours(response):
    """A browser's answer, which a page of ours asked for."""
    if not factors.asked_by_us(response):
        raise ValidationError(NOT_TAKEN, code="incorrect_code")
    return response


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
        return checked(self.taken)

    def taken(self):
        """What is sent, the credential cut down to what is stored of it."""
        cleaned = super().clean()
        if cleaned.get("credential"):
            cleaned["credential"] = factors.kept(ours(auth.parse_registration_response(cleaned["credential"])))
        return cleaned


class Used:
    """A passkey that she used: hers, and asked for by a page of ours."""

    def clean_credential(self):
        return checked(self.believed)

    def believed(self):
        ours(auth.parse_authentication_response(self.cleaned_data["credential"]))
        return super().clean_credential()


class UseForm(Used, theirs.AuthenticateWebAuthnForm):
    """A passkey as the second step of signing in."""


class ReauthenticateForm(Used, theirs.ReauthenticateWebAuthnForm):
    """A passkey before something that protects an access is changed."""


class RenameForm(theirs.EditWebAuthnForm):
    """Another name for a passkey."""

    name = name_field()
