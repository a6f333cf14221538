"""Small public lists as CSV, read by the names in their first row."""

import csv
import io

from django.utils.translation import gettext as _

from rounds.refusals import Refusal

ERRORS_SHOWN = 20


def rows_of(content: bytes, columns, *, optional=()) -> list[dict[str, str]]:
    """Each row's cells of these columns, without blanks around them; "" for a cell that is not there.

    Refusal names the missing columns that are not optional, and what is no CSV in UTF-8.
    """
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = {(name or "").strip().lower(): name for name in rows.fieldnames or []}
        if missing := [name for name in columns if name not in names]:
            raise Refusal(_("These columns are missing: %(names)s.") % {"names": ", ".join(missing)})
        return [{name: (row.get(names.get(name)) or "").strip() for name in [*columns, *optional]} for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal(_("This is no CSV file in UTF-8.")) from error


def check_rows(wrong: list[int]) -> None:
    """Refusal that names the rows at fault, where there are any."""
    if wrong:
        raise Refusal(
            _("Wrong rows, nothing was kept: %(rows)s.") % {"rows": ", ".join(map(str, wrong[:ERRORS_SHOWN]))}
        )
