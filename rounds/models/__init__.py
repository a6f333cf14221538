"""What is: cycles, rounds, races, candidacies, contests, local endorsements and nominations."""

from rounds.models.election import Election, Legislator
from rounds.models.nomination import Admission, Commitment, LocalEndorsement, Nomination
from rounds.models.race import Candidacy, Contest, ContestOption, Gate, Race
from rounds.models.round import Cycle, Round

__all__ = [
    "Admission",
    "Candidacy",
    "Commitment",
    "Contest",
    "ContestOption",
    "Cycle",
    "Election",
    "Gate",
    "Legislator",
    "LocalEndorsement",
    "Nomination",
    "Race",
    "Round",
]
