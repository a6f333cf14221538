"""The few doors of allauth that we keep, under /accounts/: a code by mail, a password for staff, a second factor.

Left out, with their pages: sign-up as a user, managing addresses, changing and resetting
passwords, and signing in by a passkey alone: it is a second factor.
"""

from allauth.account import views
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from django.urls import path

from groups import passkey_pages, signin_pages

urlpatterns = [
    # The main door asks for an address and mails a code; allauth knows it by two names.
    path("login/", views.request_login_code, name="account_login"),
    path("login/code/", views.request_login_code, name="account_request_login_code"),
    path("login/code/confirm/", signin_pages.confirm_code, name="account_confirm_login_code"),
    path("login/password/", views.login, name="account_login_by_password"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # Closed: the page says who may have access.
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    # /accounts/2fa/
    path("2fa/", passkey_pages.index, name="mfa_index"),
    path("2fa/authenticate/", passkey_pages.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", passkey_pages.activate_app, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", passkey_pages.deactivate_app, name="mfa_deactivate_totp"),
    path("2fa/passkeys/add/", passkey_pages.add, name="mfa_add_webauthn"),
    path("2fa/passkeys/reauthenticate/", passkey_pages.reauthenticate, name="mfa_reauthenticate_webauthn"),
    path("2fa/passkeys/<int:pk>/rename/", passkey_pages.rename, name="mfa_edit_webauthn"),
    path("2fa/passkeys/<int:pk>/remove/", passkey_pages.remove, name="mfa_remove_webauthn"),
    path("2fa/recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", passkey_pages.make_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]
