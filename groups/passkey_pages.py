"""allauth's pages of the second step: what a passkey's browser is asked for goes along, and changes are journaled."""

import json

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse_lazy

from groups import factors
from journal import clock


def for_browser(request, context, user):
    """The page's own words about passkeys: the browser's task as JSON, and where they work if not here."""
    task = context.pop("js_data", {})
    options = task.get("creation_options") or task.get("request_options")
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return context | {
        "passkey_task": json.dumps(options, cls=DjangoJSONEncoder),
        "passkeys_elsewhere": factors.elsewhere(request),
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
        "has_app": Authenticator.Type.TOTP in kinds,
    }


class Index(base.IndexView):
    def get_context_data(self, **kwargs):
        return for_browser(self.request, super().get_context_data(**kwargs), self.request.user)


class Authenticate(base.AuthenticateView):
    def get_context_data(self, **kwargs):
        return for_browser(self.request, super().get_context_data(**kwargs), self.stage.login.user)


class Add(views.AddWebAuthnView):
    def get_context_data(self, **kwargs):
        # allauth drops what it is given, and with it the form whose mistakes are to be shown.
        return for_browser(self.request, super().get_context_data(**kwargs) | kwargs, self.request.user)


class ActivateApp(totp.ActivateTOTPView):
    def form_valid(self, form):
        factors.note_added(self.request.user, "app", now=clock.now())
        return super().form_valid(form)


class MakeRecoveryCodes(recovery.GenerateRecoveryCodesView):
    def form_valid(self, form):
        factors.note_added(self.request.user, "recovery codes", now=clock.now())
        return super().form_valid(form)


class Reauthenticate(views.ReauthenticateWebAuthnView):
    def get_context_data(self, **kwargs):
        return for_browser(self.request, super().get_context_data(**kwargs) | kwargs, self.request.user)

    def form_invalid(self, form):
        """The page again, with what is wrong; allauth would lead back to the door."""
        return self.render_to_response(self.get_context_data(form=form))


class Rename(views.EditWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class Remove(views.RemoveWebAuthnView):
    """Remove a passkey, unless it is the last factor of somebody who has to have one."""

    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        kept = not get_adapter().can_delete_authenticator(self.object)
        return context | {"kept": get_adapter().error_messages["cannot_delete_authenticator"] if kept else ""}

    def form_valid(self, form):
        if get_adapter().can_delete_authenticator(self.object):
            return super().form_valid(form)
        return self.render_to_response(self.get_context_data(form=form))


index = Index.as_view()
authenticate = Authenticate.as_view()
add = factors.one_at_a_time(Add.as_view())
activate_app = factors.one_at_a_time(ActivateApp.as_view())
deactivate_app = factors.one_at_a_time(totp.deactivate_totp)
make_recovery_codes = factors.one_at_a_time(MakeRecoveryCodes.as_view())
reauthenticate = Reauthenticate.as_view()
rename = Rename.as_view()
remove = factors.one_at_a_time(Remove.as_view())
