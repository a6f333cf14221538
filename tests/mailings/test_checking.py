"""The last look: planted merge bugs are caught in the finished bytes, and nothing of the batch goes."""

from dataclasses import replace

import pytest
from django.core import mail

from journal.models import Entry
from mailings import checking, claiming, letters, postroom, queue, rendering
from mailings.models import Letter, StoppedTopic

pytestmark = pytest.mark.django_db
State = Letter.State


def off_by_one(answers):
    """Each address gets the next one's letter."""
    order = list(answers)
    return {pk: replace(answers[order[i - 1]], to=answers[pk].to, name=answers[pk].name) for i, pk in enumerate(order)}


def shared_dict(answers):
    """All letters share one context: the last one's."""
    last = list(answers.values())[-1].context
    return {pk: replace(draft, context=last) for pk, draft in answers.items()}


def shared_dict_and_link(answers):
    last = list(answers.values())[-1]
    return {pk: replace(draft, context=last.context, link=last.link) for pk, draft in answers.items()}


def swapped_list(answers):
    """The addresses came back in another order."""
    back = [draft.to for draft in reversed(answers.values())]
    return {pk: replace(draft, to=to) for (pk, draft), to in zip(answers.items(), back, strict=True)}


def one_swap(answers):
    """Two of many are swapped."""
    a, b, *_rest = answers
    return answers | {a: replace(answers[a], to=answers[b].to), b: replace(answers[b], to=answers[a].to)}


@pytest.mark.parametrize("bug", [off_by_one, shared_dict, shared_dict_and_link, swapped_list, one_swap])
def test_a_merge_bug_sends_nothing_of_the_batch(sample, in_line, noon, bug):
    in_line(sample.seats(6))
    sample.merge = bug
    assert postroom.send_due(noon) == 0
    assert mail.outbox == []
    assert sample.sent == []
    aside = Letter.objects.filter(state=State.SET_ASIDE)
    assert aside.count() == {"shared_dict": 5, "shared_dict_and_link": 5, "one_swap": 2}.get(bug.__name__, 6)
    assert Letter.objects.filter(state=State.READY, attempts=0).count() == 6 - aside.count()
    assert StoppedTopic.objects.get().topic == "round:1"
    assert Entry.objects.get().verb == "mailings.stop"
    # Mended, and let go: all six go out, each to its own.
    sample.merge = lambda answers: answers
    queue.send_again(Letter.objects.all(), now=noon, by=None)
    queue.resume("round:1")
    assert postroom.send_due(noon) == 6


def test_a_merge_bug_in_one_topic_leaves_the_others_alone(sample, in_line, noon, told):
    in_line(sample.seats(2), topic="round:1")
    in_line(sample.seats(1), topic="round:2")
    sample.merge = lambda answers: one_swap(answers) if len(answers) == 3 else answers
    assert postroom.send_due(noon) == 1
    assert told() == ["person2@example.org"]
    assert StoppedTopic.objects.get().topic == "round:1"


def finished(sample, in_line, noon, **changes):
    """One letter's draft and message, changed on the way; not sent."""
    in_line([sample.seat("ben@example.org", "Ben"), sample.seat("eve@example.org", "Eve")])
    batch = claiming.claim(noon)
    kind, letter = letters.find("sample.note"), batch.letters[0]
    draft = replace(kind.write(batch.letters, noon)[letter.pk], **changes)
    return draft, rendering.render(kind, letter, draft, now=noon)


def fault_of(draft, message, noon):
    return checking.check({1: (draft, message)}, now=noon).get(1)


def test_a_right_letter_passes(sample, in_line, noon):
    assert fault_of(*finished(sample, in_line, noon), noon) is None


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda m: m.cc.append("eve@example.org"), "it has a header Cc"),
        (lambda m: m.bcc.append("eve@example.org"), "it has not exactly one recipient"),
        (lambda m: m.to.append("eve@example.org"), "it has not exactly one recipient"),
        (lambda m: m.to.__setitem__(0, "eve@example.org"), "its recipient is not the draft's"),
        (lambda m: m.extra_headers.update({"Resent-To": "eve@example.org"}), "it has a header Resent-To"),
        (lambda m: m.alternatives.clear(), "it is not one text part and one HTML part"),
        (lambda m: m.attach("a.txt", "a", "text/plain"), "it is not one text part and one HTML part"),
    ],
)
def test_the_form_of_a_letter(sample, in_line, noon, spoil, reason):
    draft, message = finished(sample, in_line, noon)
    spoil(message)
    assert fault_of(draft, message, noon) == reason


@pytest.mark.parametrize(
    ("addition", "reason"),
    [
        ('<img src="https://tracker.example/1.gif">', "its HTML has a <img>"),
        ('<td background="https://tracker.example/1.gif">', "its HTML has the attribute background"),
        ('<p style="background:url(https://tracker.example/1.gif)">', "a style in its HTML would load something"),
        ("<style>@import 'https://tracker.example/1.css'</style>", "a style in its HTML would load something"),
        ("<script>1</script>", "its HTML has a <script>"),
        ('<p onclick="x()">', "its HTML has the attribute onclick"),
        ('<a href="javascript:x()">x</a>', "a link in its HTML leads nowhere"),
        ('<a href="">x</a>', "a link in its HTML leads nowhere"),
    ],
)
def test_the_html_loads_and_runs_nothing(sample, in_line, noon, addition, reason):
    draft, message = finished(sample, in_line, noon)
    page = message.alternatives.pop().content
    message.attach_alternative(page.replace("</body>", f"{addition}</body>"), "text/html")
    assert fault_of(draft, message, noon) == reason


def test_words_that_look_like_html_are_no_fault(sample, in_line, noon):
    draft, message = finished(sample, in_line, noon, context={"words": "src=x url(x) @import <img>", "own_link": "x"})
    draft, message = finished_with_own(sample, draft, message)
    assert fault_of(draft, message, noon) is None


def finished_with_own(sample, draft, message):
    """The same letter without a private link."""
    page = message.alternatives.pop().content.replace('href="x"', 'href="https://example.org/"')
    message.attach_alternative(page, "text/html")
    return replace(draft, link=""), message


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda text, link: text.replace(link, f"Open {link}"), "does not stand alone"),
        (lambda text, link: text.replace(link, link[:40] + "\n" + link[40:]), "does not stand alone"),
        (lambda text, link: text.replace(link, ""), "does not stand alone"),
        (lambda text, link: text.replace(link, link + "."), "does not stand alone"),
    ],
)
def test_the_private_link_stands_alone_and_whole(sample, in_line, noon, spoil, reason):
    draft, message = finished(sample, in_line, noon)
    message.body = spoil(message.body, draft.link)
    assert reason in fault_of(draft, message, noon)


def test_the_private_link_is_in_the_html_too(sample, in_line, noon):
    draft, message = finished(sample, in_line, noon)
    page = message.alternatives.pop().content
    message.attach_alternative(page.replace(draft.link, "https://example.org/"), "text/html")
    assert fault_of(draft, message, noon) == "its private link is missing in the HTML"


@pytest.mark.parametrize("where", ["text", "html", "outlook", "header", "escaped"])
def test_a_strangers_link_is_found_wherever_it_stands(sample, in_line, noon, settings, where):
    draft, message = finished(sample, in_line, noon)
    strange = sample.link(settings, 2)
    page = message.alternatives.pop().content
    if where == "text":
        message.body += f"\nP.S. ({strange})\n"
    elif where == "header":
        message.extra_headers["List-Unsubscribe"] = f"<{strange}>"
    else:
        wrapped = {
            "html": f'<a href="{strange}">x</a>',
            "outlook": f'<!--[if mso]><v:rect href="{strange}"/><![endif]-->',
            "escaped": strange.replace("/", "&#47;"),
        }[where]
        page = page.replace("</body>", f"{wrapped}</body>")
    message.attach_alternative(page, "text/html")
    assert fault_of(draft, message, noon) == "a link /sample/… in it belongs to somebody else"


def test_a_made_up_link_belongs_to_nobody(sample, in_line, noon, settings):
    draft, message = finished(sample, in_line, noon)
    message.body += f"\n{settings.BASE_URL}/sample/AAAAAAAAAAE.{'A' * 27}\n"
    assert fault_of(draft, message, noon) == "a link /sample/… in it belongs to nobody"


def test_a_private_link_needs_a_registered_owner(sample, in_line, noon, settings):
    draft, message = finished(sample, in_line, noon)
    draft = replace(draft, link=f"{settings.BASE_URL}/elsewhere/1")
    assert fault_of(draft, message, noon) == "nobody is registered as the owner of its private link"


def test_letters_that_cannot_be_checked_do_not_go(sample, in_line, noon, monkeypatch):
    in_line(sample.seats(2))
    monkeypatch.setattr(checking, "owners_of", lambda links, now: 1 / 0)
    assert postroom.send_due(noon) == 0
    assert set(Letter.objects.values_list("state", flat=True)) == {State.SET_ASIDE}
    assert mail.outbox == []
