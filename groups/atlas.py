"""The facts about states, territories and their House seats, as apportioned after the census of 2020.

435 seats with a vote, and six delegates who sit without one. Ids are those of the Open Civic Data project
(process.md 14).
"""

from typing import NamedTuple

from django.utils.translation import get_language, gettext, pgettext_lazy

STATE, CAPITAL, TERRITORY = "state", "district", "territory"  # as Open Civic Data words them
HOUSE, SENATE, GOVERNOR = "house", "senate", "governor"


class Home(NamedTuple):
    """A state, the capital or a territory. seats counts House seats with a vote: 0 means a delegate."""

    usps: str
    name: str
    fips: str
    seats: int
    kind: str = STATE

    @property
    def ocd(self) -> str:
        return f"ocd-division/country:us/{self.kind}:{self.usps.lower()}"

    @property
    def at_large(self) -> bool:
        """Whether one person speaks for all of it in the House: one seat, or a delegate."""
        return self.seats <= 1

    @property
    def numbers(self) -> list[int]:
        """The numbers of its districts; 0 stands for at-large and delegates."""
        return [0] if self.at_large else list(range(1, self.seats + 1))

    @property
    def offices(self) -> frozenset[str]:
        """What its people elect: no senators outside the states, no governor in the capital."""
        if self.kind == STATE:
            return frozenset({HOUSE, SENATE, GOVERNOR})
        return frozenset({HOUSE}) if self.kind == CAPITAL else frozenset({HOUSE, GOVERNOR})

    def district_ocd(self, number: int) -> str:
        return f"{self.ocd}/cd:{number or 'at-large'}"

    @property
    def words(self) -> str:
        """Its name in the active language."""
        return str(STATE_WORDS.get(self.usps, self.name))

    def district_words(self, number: int) -> str:
        """The name of one of its districts in the active language."""
        if not number:
            return gettext("%(state)s At-Large District") % {"state": self.words}
        english = (get_language() or "en").startswith("en")
        return gettext("%(state)s %(which)s District") % {
            "state": self.words,
            "which": ordinal(number) if english else number,
        }

    def district_name(self, number: int) -> str:
        return f"{self.name} {ordinal(number)} District" if number else f"{self.name} At-Large District"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 52nd."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


US_STATES = [
    Home("AL", "Alabama", "01", 7),
    Home("AK", "Alaska", "02", 1),
    Home("AZ", "Arizona", "04", 9),
    Home("AR", "Arkansas", "05", 4),
    Home("CA", "California", "06", 52),
    Home("CO", "Colorado", "08", 8),
    Home("CT", "Connecticut", "09", 5),
    Home("DE", "Delaware", "10", 1),
    Home("DC", "District of Columbia", "11", 0, CAPITAL),
    Home("FL", "Florida", "12", 28),
    Home("GA", "Georgia", "13", 14),
    Home("HI", "Hawaii", "15", 2),
    Home("ID", "Idaho", "16", 2),
    Home("IL", "Illinois", "17", 17),
    Home("IN", "Indiana", "18", 9),
    Home("IA", "Iowa", "19", 4),
    Home("KS", "Kansas", "20", 4),
    Home("KY", "Kentucky", "21", 6),
    Home("LA", "Louisiana", "22", 6),
    Home("ME", "Maine", "23", 2),
    Home("MD", "Maryland", "24", 8),
    Home("MA", "Massachusetts", "25", 9),
    Home("MI", "Michigan", "26", 13),
    Home("MN", "Minnesota", "27", 8),
    Home("MS", "Mississippi", "28", 4),
    Home("MO", "Missouri", "29", 8),
    Home("MT", "Montana", "30", 2),
    Home("NE", "Nebraska", "31", 3),
    Home("NV", "Nevada", "32", 4),
    Home("NH", "New Hampshire", "33", 2),
    Home("NJ", "New Jersey", "34", 12),
    Home("NM", "New Mexico", "35", 3),
    Home("NY", "New York", "36", 26),
    Home("NC", "North Carolina", "37", 14),
    Home("ND", "North Dakota", "38", 1),
    Home("OH", "Ohio", "39", 15),
    Home("OK", "Oklahoma", "40", 5),
    Home("OR", "Oregon", "41", 6),
    Home("PA", "Pennsylvania", "42", 17),
    Home("RI", "Rhode Island", "44", 2),
    Home("SC", "South Carolina", "45", 7),
    Home("SD", "South Dakota", "46", 1),
    Home("TN", "Tennessee", "47", 9),
    Home("TX", "Texas", "48", 38),
    Home("UT", "Utah", "49", 4),
    Home("VT", "Vermont", "50", 1),
    Home("VA", "Virginia", "51", 11),
    Home("WA", "Washington", "53", 10),
    Home("WV", "West Virginia", "54", 2),
    Home("WI", "Wisconsin", "55", 8),
    Home("WY", "Wyoming", "56", 1),
    Home("AS", "American Samoa", "60", 0, TERRITORY),
    Home("GU", "Guam", "66", 0, TERRITORY),
    Home("MP", "Northern Mariana Islands", "69", 0, TERRITORY),
    Home("PR", "Puerto Rico", "72", 0, TERRITORY),
    Home("VI", "US Virgin Islands", "78", 0, TERRITORY),
]
# Those whose names other languages write otherwise.
STATE_WORDS = {
    "AS": pgettext_lazy("state", "American Samoa"),
    "DC": pgettext_lazy("state", "District of Columbia"),
    "HI": pgettext_lazy("state", "Hawaii"),
    "LA": pgettext_lazy("state", "Louisiana"),
    "MP": pgettext_lazy("state", "Northern Mariana Islands"),
    "MS": pgettext_lazy("state", "Mississippi"),
    "NC": pgettext_lazy("state", "North Carolina"),
    "ND": pgettext_lazy("state", "North Dakota"),
    "NH": pgettext_lazy("state", "New Hampshire"),
    "NJ": pgettext_lazy("state", "New Jersey"),
    "NM": pgettext_lazy("state", "New Mexico"),
    "NY": pgettext_lazy("state", "New York"),
    "OR": pgettext_lazy("state", "Oregon"),
    "PA": pgettext_lazy("state", "Pennsylvania"),
    "SC": pgettext_lazy("state", "South Carolina"),
    "SD": pgettext_lazy("state", "South Dakota"),
    "VI": pgettext_lazy("state", "US Virgin Islands"),
    "WV": pgettext_lazy("state", "West Virginia"),
}


def by_words() -> list[tuple[str, str]]:
    """[(two letters, name in the active language)] of them all, in the order of the names."""
    return sorted(((home.usps, home.words) for home in US_STATES), key=lambda pair: pair[1])


BY_USPS = {home.usps: home for home in US_STATES}
BY_FIPS = {home.fips: home for home in US_STATES}
