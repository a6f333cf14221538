"""The letters of the ground floor. The sign-in code is sent in the request and never waits in line."""

from django.conf import settings
from django.urls import reverse

from groups import asking, introducing, leading, members, redistricting, signup
from groups.models import AddressChange, LeaderRequest, Leadership, Member
from keys import links
from mailings.letters import ASKED, Draft, Skip, owner_of_links, register


def by_seat(letters):
    """The members the letters are for: a letter's seat is a member's key."""
    rows = Member.objects.select_related("state", "district", "group")
    return rows.in_bulk([letter.seat for letter in letters])


@register(signup.CONFIRM_LETTER, priority=5, kind=ASKED)
def confirm(letters, now):
    """To somebody who signed up: one link that confirms her address and where she lives."""
    people = by_seat(letters)
    homes = signup.homes_claimed(list(people))
    drafts = {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None or member.erased_at:
            drafts[letter.pk] = Skip("the member is gone")
        elif member.confirmed_at:
            drafts[letter.pk] = Skip("confirmed meanwhile")
        else:
            drafts[letter.pk] = about_confirming(member, homes.get(member.pk))
    return drafts


@register(signup.ALREADY_LETTER, priority=5, kind=ASKED)
def already(letters, now):
    """To somebody on the list who signed up again: nothing to do, or one link if the place has changed."""
    people = by_seat(letters)
    homes = signup.homes_claimed(list(people))
    drafts = {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None or member.erased_at:
            drafts[letter.pk] = Skip("the member is gone")
            continue
        drafts[letter.pk] = about_list(member, None if member.merged_into_id else homes.get(member.pk))
    return drafts


@register(asking.AGAIN_LETTER, priority=0, kind=ASKED)
def again(letters, now):
    """To somebody who signed up and asked on our page for the letter once more: the one that her sign-up is at."""
    people = asking.askers_of(letters)
    homes = signup.homes_claimed([member.pk for member in people.values()])
    drafts = {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None:
            drafts[letter.pk] = Skip("nobody with this address is on the list")
        else:
            about = about_list if member.confirmed_at else about_confirming
            drafts[letter.pk] = about(member, homes.get(member.pk))
    return drafts


def about_confirming(member, claimed) -> Draft:
    """The letter whose link confirms her address, and the home she claimed."""
    return draft(member, claimed or member, members.confirm_url(member))


def about_list(member, claimed) -> Draft:
    """The letter to somebody on the list: its link, if any, confirms another home than the one we know."""
    moved = claimed is not None and (claimed.zip, claimed.where) != (member.zip, (member.state, member.district))
    return draft(member, claimed if moved else member, members.confirm_url(member) if moved else "")


def draft(member, home, link):
    return Draft(
        to=member.email,
        language=member.language,
        name=member.first_name,
        link=link,
        context={"member": member, "home": home},
    )


@register(members.OLD_ADDRESS_LETTER, priority=5)
def address_old(letters, now):
    """To the address a member had before: her letters go elsewhere now, and what to do if she did not ask for it."""
    return about_changes(letters, lambda change: change.old_email)


@register(members.NEW_ADDRESS_LETTER, priority=5)
def address_new(letters, now):
    """To the address a member has now: her letters come here from now on."""
    return about_changes(letters, lambda change: change.member.email)


def about_changes(letters, address_of):
    """A draft for each mended address; seat is the change, which is forgotten after some days."""
    changes = AddressChange.objects.select_related("member").in_bulk([letter.seat for letter in letters])
    drafts = {}
    for letter in letters:
        change = changes.get(letter.seat)
        if change is None or change.member.erased_at:
            drafts[letter.pk] = Skip("the change is forgotten")
        else:
            member = change.member
            drafts[letter.pk] = Draft(to=address_of(change), language=member.language, name=member.first_name)
    return drafts


@register(leading.CONFIRMED_LETTER, priority=5)
def leader_confirmed(letters, now):
    """To a new leader: which group, by whose word, and where to sign in. The link carries no token: a code is asked."""
    rows = Leadership.objects.select_related("group", "user", "confirmed_by")
    standing = rows.filter(confirmed_at__isnull=False).in_bulk([letter.wave for letter in letters])
    drafts = {}
    for letter in letters:
        leadership = standing.get(letter.wave)
        if leadership is None or not leadership.user.is_active or not leadership.group.active:
            drafts[letter.pk] = Skip("leads this group no longer")
            continue
        user = leadership.user
        context = {
            "group": leadership.group.name,
            "by": leadership.confirmed_by,
            "email": user.email,
            "url": f"{settings.BASE_URL}{reverse('account_login')}?next=/lead/",
        }
        drafts[letter.pk] = Draft(to=user.email, language=user.language, name=user.name, context=context)
    return drafts


@register(introducing.DECLINED_LETTER, priority=5)
def leader_declined(letters, now):
    """To somebody who said that she leads a group: that staff could not confirm it, and why."""
    rows = LeaderRequest.objects.select_related("group").in_bulk([letter.seat for letter in letters])
    drafts = {}
    for letter in letters:
        asked = rows.get(letter.seat)
        if asked is None or asked.state != LeaderRequest.State.DECLINED:
            drafts[letter.pk] = Skip("the request is forgotten")
        else:
            context = {"group": asked.group.name, "answer": asked.answer}
            drafts[letter.pk] = Draft(to=asked.email, language=asked.language, name=asked.name, context=context)
    return drafts


@register(asking.MOVED_LETTER, priority=0, kind=ASKED)
def moved(letters, now):
    """To a member who asked on our page to change her place: one link to the page that does it."""
    return asked_for(letters, members.moved_url, wanted=lambda member: member.confirmed_at is not None)


@register(redistricting.NEW_DISTRICTS_LETTER)
def new_districts(letters, now):
    """To a member whose district a new map has left open: one link to the page where she says which it is."""
    people = by_seat(letters)
    drafts = {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None or member.erased_at or member.confirmed_at is None:
            drafts[letter.pk] = Skip("the member is gone")
        elif member.district_id:
            drafts[letter.pk] = Skip("the district is known meanwhile")
        else:
            drafts[letter.pk] = draft(member, member, members.moved_url(member))
    return drafts


@register(asking.NOT_ME_LETTER, priority=0, kind=ASKED)
def not_me(letters, now):
    """To an address whose reader says that she is not the member: one link that ends our letters to it."""
    return asked_for(letters, members.not_me_url)


@register(asking.LEAVE_LETTER, priority=0, kind=ASKED)
def leave(letters, now):
    """To somebody who asked to leave the list: one link to the page that does it."""
    return asked_for(letters, members.leave_url)


@register(asking.STOP_NEWS_LETTER, priority=0, kind=ASKED)
def stop_news(letters, now):
    """To somebody who asked to keep her vote and stop the news: one link to the page that does it."""
    return asked_for(letters, members.news_url)


def asked_for(letters, url_of, wanted=lambda member: True):
    """A draft with one link for each request by somebody on the list; seat is the request. Strangers get nothing."""
    people = asking.askers_of(letters)
    drafts = {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None or not wanted(member):
            drafts[letter.pk] = Skip("nobody with this address is on the list")
        else:
            drafts[letter.pk] = draft(member, member, url_of(member))
    return drafts


@register("groups.sign_in", kind=ASKED, priority=0)
def sign_in(letters, now):
    """To a leader or staff at the door: six signs to type. Its rows are a ledger; a row that waits is a mistake."""
    return {letter.pk: Skip("codes are sent at once or not at all") for letter in letters}


def owners(purpose):
    """Who owns the links of one purpose: {token: address}."""

    def owners_of(tokens, now):
        subjects = {token: links.subject_of(token) for token in tokens}
        people = Member.objects.in_bulk([subject for subject in subjects.values() if subject is not None])
        return {
            token: people[subject].email
            for token, subject in subjects.items()
            if subject in people and links.standing_holds(token, purpose, generation=people[subject].generation)
        }

    return owners_of


owner_of_links("/confirm/")(owners(members.CONFIRM))
owner_of_links("/news/")(owners(members.NEWS))
owner_of_links("/moved/")(owners(members.MOVED))
owner_of_links("/leave/")(owners(members.LEAVE))
owner_of_links("/not-me/")(owners(members.NOT_ME))
