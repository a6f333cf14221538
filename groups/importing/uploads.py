"""Lists that staff upload: kept in the database in pieces, checked, taken in, or thrown away after a week."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from groups.importing import files, intake
from groups.importing.layouts import EVERYWHERE, OSDI, plain
from groups.models import Upload, UploadPiece
from groups.refusals import Refusal

# A page is waited for: what takes longer than half a minute is for the command.
LARGEST = 25 << 20
PIECE = 1 << 19
KEPT = timedelta(days=7)
SHOWN = 20


def keep(file, *, format_name: str, vouched_by="", by, now) -> Upload:
    """Keep an uploaded file. Refusal for an empty or huge one."""
    if not file.size:
        raise Refusal(_("The file is empty."))
    if file.size > LARGEST:
        raise Refusal(_("The file is larger than 25 MB. Ask your technicians to import it: manage.py import_members."))
    with transaction.atomic():
        upload = Upload.objects.create(
            file_name=tidy(file.name), size=file.size, format=format_name, vouched_by=vouched_by[:120], by=by,
            uploaded_at=now,
        )  # fmt: skip
        write(upload, UploadPiece.LIST, iter(lambda: file.read(PIECE), b""))
    return upload


def tidy(name) -> str:
    """A file's name without folders and marks; Mailchimp's names say which status a list is of."""
    name = re.sub(r"[^\w .()-]+", "_", Path(str(name)).name).strip(" .")
    return name[-120:] or "list"


def write(upload, kind, pieces):
    """Put a file's bytes in the place of those that stand there."""
    upload.pieces.filter(kind=kind).delete()
    for number, piece in enumerate(pieces):
        UploadPiece.objects.create(upload=upload, kind=kind, number=number, content=piece)


def read(upload, kind) -> Iterator[bytes]:
    """A file's bytes, piece by piece."""
    for number in range(upload.pieces.filter(kind=kind).count()):
        yield bytes(upload.pieces.values_list("content", flat=True).get(kind=kind, number=number))


@contextmanager
def on_disk(upload):
    """The list as a file, for as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="endorsements-list-") as folder:
        path = Path(folder) / upload.file_name
        with path.open("wb") as file:
            file.writelines(read(upload, UploadPiece.LIST))
        yield path


def first_rows(upload) -> tuple[list[str], list[list[str]]]:
    """The header of an uploaded table and its first five rows; nothing of an OSDI document."""
    if upload.format == OSDI:
        return [], []
    with on_disk(upload) as path:
        return files.first_rows(files.examine(path))


def guess(header: list[str]) -> dict[str, str]:
    """Which column may hold what, by the names that other tools give them."""
    known = {plain(name): name for name in reversed(header)}
    return {cell: next((known[name] for name in names if name in known), "") for cell, names in EVERYWHERE.items()}


def match(upload, columns: dict[str, str]) -> None:
    """Keep which column holds what; a check that was made of it before counts no more."""
    upload.columns, upload.checked_at, upload.counts = columns, None, {}
    upload.save(update_fields=["columns", "checked_at", "counts"])


def check(upload, *, now) -> intake.Report:
    """See what taking it in would do, and keep the figures and the remarks. Nothing else changes."""
    with on_disk(upload) as path:
        report = intake.import_members(path, dry_run=True, now=now, **options(upload))
    with transaction.atomic():
        write(upload, UploadPiece.BAD_ROWS, report.remarks.pieces())
        upload.checked_at, upload.counts = now, {**report.counts, "of_the_list": report.remarks.of_the_list}
        upload.save(update_fields=["checked_at", "counts"])
    return report


def take_in(upload, *, skip_bad_rows=False, by, now) -> intake.Report:
    """Take it in, once; its bytes go, the remarks stay until the week is over. Refusal where rows are bad."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().get(pk=upload.pk)
        if upload.batch_id:
            raise Refusal(_("This list is taken in already."))
        with on_disk(upload) as path:
            report = intake.import_members(path, skip_bad_rows=skip_bad_rows, by=by, now=now, **options(upload))
        if report.batch is None:
            raise Refusal(_("Some rows are bad. Mend them, or leave them out."))
        upload.batch = report.batch
        upload.save(update_fields=["batch"])
        upload.pieces.filter(kind=UploadPiece.LIST).delete()
    return report


def old(now):
    """What was uploaded a week ago, taken in or not."""
    return Upload.objects.filter(uploaded_at__lt=now - KEPT)


def forget_old(now) -> int:
    """Throw old uploads away, lists and remarks; how many."""
    count = old(now).count()
    old(now).delete()
    return count


def options(upload):
    return {"format_name": upload.format, "vouched_by": upload.vouched_by, "columns": upload.columns}


def throw_away(upload) -> None:
    """Forget a list that was not taken in."""
    Upload.objects.filter(pk=upload.pk, batch=None).delete()


def first_remarks(upload) -> list[list[str]]:
    """The first remarks about rows: (row, what, reason)."""
    first = next(read(upload, UploadPiece.BAD_ROWS), b"")
    lines = list(csv.reader(io.StringIO(first.decode("utf-8-sig", "replace"), newline="")))
    return [line[:3] for line in lines[1 : SHOWN + 1]]
