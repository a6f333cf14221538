"""Rows of the desk's lists: each cell names its column and says yes and no in words."""

import pytest
from django.template import Context, Template

HEADERS = [{"text": "name"}, {"text": "active"}, {"text": "why"}]
ICON = '<img src="/static/admin/img/icon-{}.svg" alt="True">'


def shown(*row):
    page = Template("{% load lists %}{% cells row headers %}")
    return page.render(Context({"row": row, "headers": HEADERS}))


def test_a_cell_names_its_column():
    name = '<th class="field-name"><a href="/1/">Ada</a></th>'

    assert shown(name) == ('<th role="rowheader" class="field-name" data-label="Name"><a href="/1/">Ada</a></th>')


@pytest.mark.parametrize(("icon", "words"), [("yes", "yes"), ("no", "no"), ("unknown", "not known")])
def test_a_state_is_said_in_words(icon, words):
    row = ['<th class="field-name">Ada</th>', f'<td class="field-active">{ICON.format(icon)}</td>']

    assert shown(*row).endswith(f'<td role="cell" class="field-active" data-label="Active">{words}</td>')


def test_an_empty_cell_is_marked_so_that_a_phone_leaves_it_out():
    row = ["<th>Ada</th>", "<td>yes</td>", '<td class="field-why">-</td>']

    assert shown(*row).endswith('<td role="cell" class="field-why desk-none" data-label="Why">-</td>')


def test_a_head_with_markup_and_quotes_is_a_plain_label():
    page = Template("{% load lists %}{% cells row headers %}")
    headers = [{"text": '<input type="checkbox" id="action-toggle">'}, {"text": 'so "called"'}]
    said = page.render(Context({"row": ['<td class="action-checkbox"></td>', "<td>x</td>"], "headers": headers}))

    assert 'data-label=""' in said
    assert 'data-label="So &quot;called&quot;"' in said
