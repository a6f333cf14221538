"""The message catalogues: what is compiled is what is written, and no text loses a part on the way."""

import gettext
import re

import pytest
from babel.messages.pofile import read_po

from tests.house import ROOT

CATALOGUES = sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po"))
PARTS = re.compile(r"%\((\w+)\)s")


def test_there_is_a_catalogue():
    assert [path.parent.parent.name for path in CATALOGUES] == ["es"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_what_is_compiled_is_what_is_written(path):
    with path.open("rb") as written, path.with_suffix(".mo").open("rb") as made:
        catalogue, compiled = read_po(written), gettext.GNUTranslations(made)
    for message in catalogue:
        if not message.id or isinstance(message.id, tuple):
            continue
        said = compiled.pgettext(message.context, message.id) if message.context else compiled.gettext(message.id)
        assert said == message.string
        assert set(PARTS.findall(message.string)) == set(PARTS.findall(message.id))
    assert len([message for message in catalogue if message.id]) == len([key for key in compiled._catalog if key])
