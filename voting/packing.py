"""The public package as it was published: packed once, at the announcement, and read from its rows from then on."""

import hashlib
import logging

from django.db import transaction

from rounds.models import Round
from voting import openedballots, package
from voting.models import PackageFile

ENDED = [Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED]
log = logging.getLogger(__name__)
ZIP = "package.zip"  # all files in one; beside them, not among them


def pack(round, *, now) -> bool:
    """Keep the round's public package; False where it is kept already or this process may not make it.

    The rows come all or none. Two at once keep the same bytes once.
    """
    if packed(round) or not may_make(round):
        return False
    with transaction.atomic():
        PackageFile.objects.bulk_create(
            [
                PackageFile(
                    round=round,
                    path=path,
                    content=content,
                    size=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    packed_at=now,
                )
                for path, content in whole(round).items()
            ],
            batch_size=1,  # a file may be large: one statement for all would hold them in memory thrice
            ignore_conflicts=True,
        )
    return True


def pack_due(now) -> int:
    """Pack the announced real rounds that have no package yet; how many. A tick's work, on the host that may."""
    done, kept = 0, PackageFile.objects.values("round")
    for round in Round.objects.filter(stage__in=ENDED, rehearsal=False).exclude(pk__in=kept).order_by("pk"):
        try:
            done += pack(round, now=now)
        except Exception:  # one round's fault must not keep the others from theirs
            log.exception("The package of round %s could not be made", round.pk)
    return done


def packed(round) -> bool:
    return PackageFile.objects.filter(round=round).exists()


def may_make(round) -> bool:
    """Whether the round is announced and this process may read what was opened."""
    return round.stage in ENDED and openedballots.may_read_opened()


def whole(round) -> dict[str, bytes]:
    """The files of the package, and all of them as a zip."""
    made = package.files(round)
    return {**made, ZIP: package.zipped(made, f"round-{round.slug}")}


def contents(round) -> dict | None:
    """The package's fingerprint and its files with their sizes; None until some process has packed it.

    Where it is not kept yet it is made anew, and not kept: reading changes nothing.
    """
    rows = PackageFile.objects.filter(round=round).values_list("path", "size", "sha256").order_by("path")
    files = [(path, size) for path, size, _sum in rows if path != ZIP]
    if files:
        return {"print": next(said for path, _size, said in rows if path == package.SUMS), "files": files}
    if not may_make(round):
        return None
    made = package.files(round)
    return {"print": package.fingerprint(made), "files": [(path, len(content)) for path, content in made.items()]}


def content(round, path: str) -> bytes | None:
    """One file as it was published; None where there is none of this name, or no package yet."""
    # Compared here and not there: what a stranger asks for need not be a text that the database takes.
    kept = dict(PackageFile.objects.filter(round=round).values_list("path", "pk"))
    if kept:
        return bytes(PackageFile.objects.get(pk=kept[path]).content) if path in kept else None
    return whole(round).get(path) if may_make(round) else None
