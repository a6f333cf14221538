"""The facts about states, territories and their House seats, as apportioned after the census of 2020.

435 seats with a vote, and six delegates who sit without one. Ids are those of the Open Civic Data project
(process.md 14).
"""

from typing import NamedTuple

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
BY_USPS = {home.usps: home for home in US_STATES}
BY_FIPS = {home.fips: home for home in US_STATES}
