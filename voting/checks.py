"""What manage.py check --deploy says of the ballot box."""

from django.conf import settings
from django.core.checks import Tags, Warning, register
from django.db import DatabaseError, connection

from voting import boxroles


@register(Tags.security, deploy=True)
def one_role(app_configs, **options):
    """Warn where this process's database role may read envelopes and this host is no tally host."""
    if connection.vendor != "postgresql" or (settings.KEYS_DIR / "seal").is_dir():
        return []
    try:
        alone = boxroles.reads_ballots()
    except DatabaseError:  # the check needs no database, nor that it is migrated: then there is nothing to say
        return []
    if not alone:
        return []
    return [
        Warning(
            "This process's database role may read the ballot box.",
            hint="Give web and worker roles of their own: manage.py ballot_box roles (docs/deploying.md).",
            id="voting.W001",
        )
    ]
