"""The list of the endorsed as a reader asked for it: by state, office, round and year."""

from dataclasses import dataclass, field

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from endorsements.models import Endorsement
from groups.atlas import BY_USPS
from rounds.models import Race

# Where each filter's value stands on an endorsement.
PATHS = {
    "state": "candidacy__race__place__usps",
    "office": "candidacy__race__office",
    "round": "round__slug",
    "year": "candidacy__race__cycle__year",
}


@dataclass
class Filter:
    """One choice on the page: its name, label, what can be chosen, and what is."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str = ""


@dataclass
class Asked:
    """What the reader asked for: the filters as they stand, and a sentence for each value we don't know."""

    filters: list[Filter]
    ignored: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {filter.name: filter.chosen for filter in self.filters if filter.chosen}


def read(query, now) -> Asked:
    """The filters of a query string over what is public now, in one query; an unknown value filters nothing."""
    asked = Asked(filters_of(known(now)))
    for filter in asked.filters:
        value = query.get(filter.name, "").strip()
        if value in dict(filter.options):
            filter.chosen = value
        elif value:
            asked.ignored.append(
                _("We have no endorsement under “%(value)s”, so this list is not narrowed by “%(label)s”.")
                % {"value": value.replace("\0", "")[:40], "label": filter.label}
            )
    return asked


def known(now) -> list[dict]:
    """The state, office, round and year of all that is public, each combination once."""
    rows = Endorsement.objects.public(now).order_by().values(*PATHS.values(), "round__name").distinct()
    return list(rows)


def filters_of(rows) -> list[Filter]:
    offices = dict(Race.Office.choices)
    names = {
        "state": lambda row: BY_USPS[row[PATHS["state"]]].words,
        "office": lambda row: str(offices[row[PATHS["office"]]]),
        "round": lambda row: row["round__name"],
        "year": lambda row: str(row[PATHS["year"]]),
    }
    labels = {"state": _("State"), "office": _("Office"), "round": _("Round"), "year": _("Year")}
    filters = []
    for name, path in PATHS.items():
        options = {str(row[path]): names[name](row) for row in rows}
        in_order = sorted(options.items(), key=lambda option: option[1], reverse=name == "year")
        filters.append(Filter(name, labels[name], in_order))
    return filters


def found(asked, now):
    """The endorsements asked for, in the order of the page: by state, office, district, latest first."""
    return (
        Endorsement.objects.public(now)
        .with_everything()
        .filter(**{PATHS[name]: value for name, value in asked.chosen.items()})
        .annotate(state_name=Coalesce("candidacy__race__place__state__name", "candidacy__race__place__name"))
        .order_by(
            "state_name",
            "candidacy__race__office",
            "candidacy__race__place__number",
            "-candidacy__race__cycle__year",
            "slug",
        )
    )
