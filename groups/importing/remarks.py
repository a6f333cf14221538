"""What is said of a list's rows: counted, the first of each kind kept, all of it written to a table for download."""

import csv
import io
import tempfile

from django.utils.translation import gettext as _

from journal.spreadsheets import harmless

FIRST = 50
IN_MEMORY = 1 << 20
CELLS = ["email", "first_name", "last_name", "zip", "state", "status"]


class Remarks:
    """Sentences about rows. However many there are, the memory they need stays the same."""

    def __init__(self):
        self.of_the_list: list[str] = []
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.bad = self.mended = 0
        self.file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - lives as long as the report
        self.text = io.TextIOWrapper(self.file, encoding="utf-8-sig", newline="", write_through=True)
        self.table = csv.writer(self.text)

    def refuse(self, number, reason, cells=None):
        """This row is not taken in."""
        self.bad += 1
        if len(self.errors) < FIRST:
            self.errors.append(_("Row %(row)s: %(reason)s") % {"row": number, "reason": reason})
        self.note(number, _("left out"), reason, cells)

    def warn(self, number, reason, cells=None):
        """This row is taken in, and something of it was mended or left out."""
        self.mended += 1
        if len(self.warnings) < FIRST:
            self.warnings.append(_("Row %(row)s: %(reason)s") % {"row": number, "reason": reason})
        self.note(number, _("taken in"), reason, cells)

    def note(self, number, what, reason, cells):
        if not (self.bad + self.mended) > 1:
            self.table.writerow([_("row"), _("what"), _("reason"), *CELLS])
        shown = [cell((cells or {}).get(name, "")) for name in CELLS]
        self.table.writerow([number, what, str(reason), *shown])

    def say(self, sentence):
        """Something about the whole list."""
        self.of_the_list.append(sentence)

    @property
    def sentences(self):
        """What there is to read at once: of rows left out, of rows mended, of the whole list."""
        return [*self.errors, *self.warnings, *self.of_the_list]

    def pieces(self, size=1 << 20):
        """The table of all remarks as bytes of CSV, piece by piece; nothing where there are none."""
        self.text.flush()
        self.file.seek(0)
        while piece := self.file.read(size):
            yield piece


def cell(text):
    """A cell that a spreadsheet will show and not run, without what no file can hold. Our reader takes a quote off."""
    return harmless(text[:200].encode("utf-8", "replace").decode().replace("\0", ""))
