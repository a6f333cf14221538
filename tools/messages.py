"""The message catalogues: python -m tools.messages adds what the sources say and compiles. Needs no system gettext.

Written are the pages and letters for members, leaders and campaigns; the desk speaks English. --missing lists what
has no translation yet.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import normalize, read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("endorsements", "vetting", "voting", "rounds", "groups", "mailings", "journal", "keys")
# What only staff read, by the beginnings of paths and by the ends of names.
DESK = (
    "templates/admin/",
    "templates/mfa/",
    "templates/mailings/",
    "templates/account/reauthenticate.html",
    "groups/factors.py",
    "groups/passkey_",
    "endorsements/admin/",
    "endorsements/control_room/",
    "endorsements/desk/",
    "endorsements/health/",
    "endorsements/rehearsal/",
    "endorsements/chores.py",
    "endorsements/forms.py",
    "endorsements/lifecycle.py",
    "endorsements/noting.py",
    "endorsements/purging.py",
    "endorsements/settings.py",
    "endorsements/steering.py",
    "endorsements/ticking.py",
    "endorsements/sample/",
    "endorsements/simulation/",
    "groups/admin_",
    "groups/crosswalk.py",
    "groups/doubles.py",
    "groups/erasing.py",
    "groups/import_pages.py",
    "groups/importing/",
    "groups/keeping.py",
    "groups/models/batch.py",
    "groups/models/keptview.py",
    "groups/models/signup.py",
    "groups/roles.py",
    "journal/approvals.py",
    "journal/models.py",
    "journal/templatetags/lists.py",
    "mailings/",
    "rounds/announcement.py",
    "rounds/elections.py",
    "rounds/forms/desk.py",
    "rounds/legislators.py",
    "rounds/models/election.py",
    "rounds/seconding.py",
    "rounds/tables.py",
    "templates/emails/endorsements/alarm",
    "templates/emails/endorsements/digest",
    "vetting/admin_",
    "vetting/drafting.py",
    "vetting/gaps.py",
    "vetting/importing.py",
    "vetting/models/file.py",
    "vetting/partners.py",
    "vetting/questionnaires.py",
    "vetting/reviewing.py",
    "vetting/verdicts.py",
    "vetting/waiting.py",
    "voting/alarms.py",
    "voting/ballotbox.py",
    "voting/boxroles.py",
    "voting/fingerprints.py",
    "voting/ceremony.py",
    "voting/contest_table",
    "voting/opening.py",
    "voting/reach",
    "voting/shortfalls.py",
    "voting/striking.py",
    "voting/voiding.py",
)
DESK_NAMES = ("obstacles.py", "admin.py", "refusals.py")
WORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEAD = """\
# Spanish for readers in the United States, formal usted. The words of the trade: glossary.md beside this file.
msgid ""
msgstr ""
"Project-Id-Version: endorsements\\n"
"Language: es\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


def sources():
    """Each file with words for people outside the staff, by its path from the root."""
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))
    for ending in ("*.html", "*.txt"):
        yield from sorted((ROOT / "templates").rglob(ending))


def is_desk(name: str) -> bool:
    desk = name.startswith(DESK) or name.endswith(DESK_NAMES)
    return desk or any(part in name for part in ("/management/", "/migrations/", "/admin_"))


def messages_of(path: Path):
    """(context or None, id or (singular, plural)) of each message in one file."""
    text = path.read_text()
    if path.suffix != ".py":
        text = templatize(text)
    found = extract("python", BytesIO(text.encode()), keywords=WORDS, options={"encoding": "utf-8"})
    for _line, words, _comments, context in found:
        yield context, words


def wanted() -> dict:
    """{(context, singular): plural or None} of everything the sources say."""
    said: dict = {}
    for path in sources():
        if is_desk(path.relative_to(ROOT).as_posix()):
            continue
        for context, words in messages_of(path):
            singular, plural = words if isinstance(words, tuple) else (words, None)
            if singular.strip():
                said[context, singular] = plural or said.get((context, singular))
    return said


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def known(catalogue: Catalog) -> dict:
    """{(context, singular): what stands there, a pair for a plural}."""
    return {
        (message.context, message.id[0] if isinstance(message.id, tuple) else message.id): message.string
        for message in catalogue
        if message.id
    }


def compiled(path: Path) -> bytes:
    """The catalogue as programs read it. Without the minute of its making: the same words are the same bytes."""
    catalogue, made = read(path), BytesIO()
    catalogue.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(made, catalogue)
    return made.getvalue()


def missing(path: Path) -> list:
    """The messages that this catalogue does not say yet, in order."""
    stands = known(read(path))
    found = []
    for (context, singular), plural in sorted(wanted().items(), key=lambda one: (one[0][1], one[0][0] or "")):
        string = stands.get((context, singular))
        whole = isinstance(string, tuple) and all(string) if plural else bool(string)
        if not whole:
            found.append((context, singular, plural))
    return found


def written(said: dict, stands: dict) -> str:
    parts = [HEAD]
    for (context, singular), plural in sorted(said.items(), key=lambda one: (one[0][1], one[0][0] or "")):
        string = stands.get((context, singular)) or ""
        lines = [f"msgctxt {normalize(context, width=0)}"] if context else []
        lines.append(f"msgid {normalize(singular, width=0)}")
        if plural:
            pair = string if isinstance(string, tuple) else ("", "")
            lines.append(f"msgid_plural {normalize(plural, width=0)}")
            lines += [f"msgstr[{number}] {normalize(one, width=0)}" for number, one in enumerate(pair)]
        else:
            lines.append(f"msgstr {normalize(string if isinstance(string, str) else string[0], width=0)}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def main(arguments):
    for path in sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po")):
        if "--missing" not in arguments:
            path.write_text(written(wanted(), known(read(path))))
            path.with_suffix(".mo").write_bytes(compiled(path))
        left = missing(path)
        for context, singular, _plural in left:
            sys.stdout.write(f"{context or ''}|{singular!r}\n")
        sys.stdout.write(f"{path.parent.parent.name}: {len(wanted())} messages, {len(left)} to be translated\n")


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.configure(USE_I18N=True)
    django.setup()
    main(sys.argv[1:])
