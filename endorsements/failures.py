"""Pages for what went wrong: each says what happened and what to do now."""

from django.shortcuts import render


def csrf_failure(request, reason=""):
    """A form that was open too long, or was sent from elsewhere: nothing was changed."""
    return render(request, "failures/form_expired.html", status=403)
