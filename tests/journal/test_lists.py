"""Rows of the desk's lists: each cell names its column, says yes and no in words, and how far off an instant is."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template

from journal.models import Approval
from tests.world import NOW

HEADERS = [{"text": "name"}, {"text": "active"}, {"text": "why"}]
ICON = '<img src="/static/admin/img/icon-{}.svg" alt="True">'


def shown(*items, headers=HEADERS, columns=("action", "subject", "reason"), row=None):
    changes = SimpleNamespace(opts=Approval._meta, list_display=columns, now=NOW, result_list=[row or Approval()])
    page = Template("{% load lists %}{% cells items headers changes 0 %}")
    return page.render(Context({"items": items, "headers": headers, "changes": changes}))


def test_a_cell_names_its_column():
    name = '<th class="field-name"><a href="/1/">Ada</a></th>'

    assert shown(name).startswith(
        '<th role="rowheader" class="field-name" data-label="Name"><a href="/1/">Ada</a></th>'
    )


@pytest.mark.parametrize(("icon", "words"), [("yes", "yes"), ("no", "no"), ("unknown", "not known")])
def test_a_state_is_said_in_words(icon, words):
    row = ['<th class="field-name">Ada</th>', f'<td class="field-active">{ICON.format(icon)}</td>']

    assert f'<td role="cell" class="field-active" data-label="Active">{words}</td>' in shown(*row)


def test_an_empty_cell_is_marked_so_that_a_phone_leaves_it_out():
    row = ["<th>Ada</th>", "<td>yes</td>", '<td class="field-why">-</td>']

    assert shown(*row).endswith('<td role="cell" class="field-why desk-none" data-label="Why">-</td>')


def test_a_head_with_markup_and_quotes_is_a_plain_label():
    headers = [{"text": '<input type="checkbox" id="action-toggle">'}, {"text": 'so "called"'}]
    said = shown('<td class="action-checkbox"></td>', "<td>x</td>", headers=headers, columns=("action", "subject"))

    assert 'data-label=""' in said
    assert 'data-label="So &quot;called&quot;"' in said


@pytest.mark.parametrize(
    ("hours", "words"),
    [(-26, "1 day 2 hours ago"), (3, "in 3 hours"), (0, "now"), (-0.01, "less than a minute ago")],
)
def test_an_instant_says_how_far_off_it_is(hours, words):
    row = Approval(asked_at=NOW + timedelta(hours=hours))

    said = shown("<td>Nov. 1</td>", headers=[{"text": "asked"}], columns=("asked_at",), row=row)

    assert said.endswith(f'<span>Nov. 1<span class="desk-since">{words}</span></span></td>')


def test_no_instant_has_no_distance():
    said = shown("<td>-</td>", headers=[{"text": "ended"}], columns=("ended_at",))

    assert said == '<td role="cell" class="desk-none" data-label="Ended">-</td>'
