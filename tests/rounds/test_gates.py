import pytest

from rounds import gates
from rounds.models import Gate
from rounds.refusals import Refusal
from tests.factories.rounds import START, CandidacyFactory

pytestmark = pytest.mark.django_db
Kind = Gate.Kind


@pytest.mark.parametrize("passed", range(4))
def test_gates_are_passed_in_order(passed):
    candidacy = CandidacyFactory(gates=passed)
    for at, kind in enumerate(Gate.ORDER):
        if at <= passed:
            assert gates.pass_gate(candidacy, kind, evidence="e", now=START) is (at == passed)
        elif at > passed + 1:
            with pytest.raises(Refusal, match=str(Gate.ORDER[passed + 1].label)):
                gates.pass_gate(candidacy, kind, evidence="e", now=START)
    assert candidacy.gates.count() == passed + 1


def test_passing_twice_keeps_the_first_evidence():
    candidacy = CandidacyFactory()
    assert gates.pass_gate(candidacy, Kind.LOCAL, evidence="first", now=START) is True
    assert gates.pass_gate(candidacy, Kind.LOCAL, evidence="second", now=START) is False
    assert candidacy.gates.get().evidence == "first"


@pytest.mark.parametrize(("length", "ends"), [(300, "x"), (301, "…")])
def test_long_evidence_is_cut_to_its_column(length, ends):
    candidacy = CandidacyFactory()
    gates.pass_gate(candidacy, Kind.LOCAL, evidence="x" * length, now=START)
    kept = candidacy.gates.get().evidence
    assert len(kept) == 300
    assert kept[-1] == ends


def test_require_names_the_first_missing_gate():
    candidacy = CandidacyFactory(gates=1)
    gates.require(candidacy, Kind.LOCAL)
    with pytest.raises(Refusal, match="has not passed the gate “Recommended by its group” yet"):
        gates.require(candidacy, Kind.CARRIED)


@pytest.mark.parametrize("rows", [1, 3])
def test_board_shows_all_four_gates_in_one_query(rows, django_assert_num_queries):
    candidacies = [CandidacyFactory(gates=number) for number in range(rows)]
    with django_assert_num_queries(1):
        board = gates.board(candidacies)
    for number, candidacy in enumerate(candidacies):
        assert [kind for kind, _label, _gate in board[candidacy.pk]] == Gate.ORDER
        assert [gate is not None for _kind, _label, gate in board[candidacy.pk]] == [at < number for at in range(4)]
