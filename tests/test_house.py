"""The laws of the house hold, and each law can fail."""

from graphlib import CycleError, TopologicalSorter

import pytest
from django.apps import apps
from django.template import engines

from tests import house

PYTHON = dict(house.python_files())
TEMPLATES = {
    path.relative_to(house.ROOT / "templates").as_posix(): path.read_text()
    for path in sorted((house.ROOT / "templates").rglob("*"))
    if path.is_file()
}
LAWS = [
    house.downward,
    house.reasoned_imports,
    house.length,
    house.subject_names,
    house.one_gate,
    house.plain_saving,
    house.one_clock,
]


def breaches(law, files, *rest):
    return [breach for path, source in files.items() for breach in law(path, source, *rest)]


def is_pure(module):
    """Whether a module of ours touches neither models nor the database."""
    path = module.replace(".", "/") + ".py"
    if path not in PYTHON:  # a name imported from a module: ask the module
        path = module.rpartition(".")[0].replace(".", "/") + ".py"
    names = [name for name, _line, _inside in house.imports(path, PYTHON.get(path, "import django.db"))]
    return not any(name.startswith("django.db") or ".models" in name for name in names)


def accessors():
    """The names under which lower rooms' records would reach upper rooms' ones: {accessor: the upper room}.

    A name that a lower model has as its own field or property, or every list or text has, says nothing
    and is left out.
    """
    own = {*dir(str), *dir(list), *dir(dict)} | {
        name
        for model in apps.get_models()
        if model._meta.app_label in house.BELOW
        for name in [*dir(model), *(field.name for field in model._meta.concrete_fields)]
        if not any(name == relation.get_accessor_name() for relation in model._meta.related_objects)
    }
    found = {}
    for model in apps.get_models():
        for relation in model._meta.related_objects:
            name, owner = relation.get_accessor_name(), relation.related_model._meta.app_label
            if name and name not in own and owner in house.BELOW and owner != model._meta.app_label:
                found[name] = owner
    return found


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_law_holds(law):
    assert breaches(law, PYTHON) == []


def test_the_order_inside_each_room_holds():
    assert breaches(house.inner_order, PYTHON, is_pure) == []


def test_no_module_imports_itself_in_a_circle():
    assert circle(PYTHON) == []


def test_long_templates_and_tests_have_two_subjects_too():
    tests = {str(path.relative_to(house.ROOT)): path.read_text() for path in (house.ROOT / "tests").rglob("*.py")}
    templates = {f"templates/{path}": source for path, source in TEMPLATES.items()}

    assert breaches(house.length, tests | templates) == []


def test_relations_point_down():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and model._meta.app_label in house.BELOW
        if field.related_model._meta.app_label in house.BELOW
        if field.related_model._meta.app_label not in house.BELOW[model._meta.app_label] | {model._meta.app_label}
    ]

    assert upward == []


def test_lower_rooms_use_no_accessor_of_upper_ones():
    assert breaches(house.foreign_names, PYTHON, accessors()) == []


def test_templates_load_and_use_what_stands_below_them():
    libraries = {
        name: module.partition(".")[0]
        for name, module in engines["django"].engine.libraries.items()
        if module.partition(".")[0] in house.BELOW
    }

    assert breaches(house.template_order, TEMPLATES, libraries, accessors()) == []


def test_context_processors_stand_in_the_cellar():
    ours = [
        name
        for name in engines["django"].engine.context_processors
        if name.partition(".")[0] in house.BELOW.keys() - house.CELLAR
    ]

    assert ours == []


def test_every_template_is_a_page_a_part_or_a_letter():
    assert list(house.whole_pages(TEMPLATES)) == []


def test_the_recount_needs_python_alone():
    path = house.ROOT / "tools" / "recount.py"

    assert list(house.standard_library_only("tools/recount.py", path.read_text())) == []


# Each law can fail.

BAD = [
    (house.downward, "rounds/a.py", "from voting.models import Result"),
    (house.downward, "rounds/a.py", "import endorsements.lifecycle"),
    (house.downward, "vetting/a.py", "def f():\n    from voting import tally  # why"),
    (house.downward, "keys/a.py", "from groups import places"),
    (house.downward, "journal/a.py", "apps.get_model('rounds.Round')"),
    (house.downward, "mailings/management/commands/a.py", "apps.get_model('voting', 'Result')"),
    (house.inner_order, "rounds/forms.py", "from rounds.views import page"),
    (house.inner_order, "rounds/staging.py", "from rounds import tasks"),
    (house.inner_order, "rounds/models/race.py", "from rounds.staging import move"),
    (house.inner_order, "rounds/tasks.py", "from rounds.admin import RoundAdmin"),
    (house.reasoned_imports, "rounds/a.py", "def f():\n    import json"),
    (house.length, "rounds/a.py", "x = 1\n" * 401),
    (house.subject_names, "rounds/utils.py", ""),
    (house.subject_names, "rounds/helpers/a.py", ""),
    (house.subject_names, "rounds/nominating_more.py", ""),
    (house.subject_names, "rounds/views2.py", ""),
    (house.one_gate, "rounds/a.py", "round.stage = 'voting'"),
    (house.one_gate, "rounds/a.py", "setattr(round, 'stage', 'voting')"),
    (house.one_gate, "voting/a.py", "Round.objects.filter(pk=1).update(stage='voting')"),
    (house.one_gate, "voting/a.py", "Contest.objects.bulk_update(contests, ['state'])"),
    (house.one_gate, "endorsements/a.py", "endorsement.status = 'won'"),
    (house.plain_saving, "rounds/models/a.py", "class A:\n    def save(self): pass"),
    (house.plain_saving, "rounds/a.py", "from django.db.models.signals import post_save"),
    (house.plain_saving, "rounds/a.py", "from django.dispatch import receiver"),
    (house.one_clock, "rounds/a.py", "timezone.now()"),
    (house.one_clock, "rounds/a.py", "datetime.datetime.now(UTC)"),
    (house.one_clock, "rounds/a.py", "clock.now()"),
    (house.one_clock, "rounds/a.py", "date.today()"),
    (house.one_clock, "voting/roll.py", "database_now()"),
    (house.standard_library_only, "tools/recount.py", "import django"),
]
GOOD = [
    (house.downward, "voting/a.py", "from rounds.models import Round"),
    (house.inner_order, "rounds/views.py", "from rounds import nominating"),
    (house.inner_order, "rounds/views/public.py", "from rounds.forms import NominationForm"),
    (house.reasoned_imports, "rounds/a.py", "def f():\n    # Pillow is slow to load.\n    import PIL"),
    (house.length, "rounds/a.py", "x = 1\n" * 400),
    (house.one_gate, "rounds/staging.py", "round.stage = 'voting'"),
    (house.one_gate, "rounds/a.py", "Round.objects.filter(stage='voting').update(name='x')"),
    (house.one_gate, "groups/a.py", "member.state = massachusetts"),
    (house.plain_saving, "rounds/forms.py", "class A:\n    def save(self): pass"),
    (house.one_clock, "rounds/views.py", "clock.now()"),
    (house.one_clock, "rounds/management/commands/a.py", "clock.now()"),
    (house.one_clock, "rounds/a.py", "def f(now):\n    return now.date()"),
]


@pytest.mark.parametrize(("law", "path", "source"), BAD)
def test_the_law_sees_a_breach(law, path, source):
    assert len(list(law(path, source))) == 1


@pytest.mark.parametrize(("law", "path", "source"), GOOD)
def test_the_law_lets_a_decent_line_pass(law, path, source):
    assert list(law(path, source)) == []


@pytest.mark.parametrize("source", ["contest.turnout", "Contest.objects.filter(turnout__ballots=1)", "F('turnout')"])
def test_an_upper_accessor_is_seen(source):
    assert len(list(house.foreign_names("rounds/a.py", source, {"turnout": "voting"}))) == 1
    assert list(house.foreign_names("voting/a.py", source, {"turnout": "voting"})) == []


@pytest.mark.parametrize("source", ["{% load ballots %}", "{{ contest.turnout.ballots }}", "{% if contest.turnout %}"])
def test_a_template_that_looks_up_is_seen(source):
    known = {"ballots": "voting"}, {"turnout": "voting"}

    assert len(list(house.template_order("rounds/page.html", source, *known))) == 1
    assert len(list(house.template_order("emails/rounds/letter.txt", source, *known))) == 1
    assert list(house.template_order("endorsements/page.html", source, *known)) == []


def test_a_template_without_base_is_seen():
    pages = {
        "base.html": "<html>",
        "a.html": '{% extends "base.html" %}{% include "part.html" %}',
        "part.html": "<p>",
        "orphan.html": "<p>",
    }

    assert list(house.whole_pages(pages)) == ["orphan.html extends nothing and nobody includes it"]


def test_a_circle_is_seen():
    assert circle({"rounds/a.py": "import rounds.b", "rounds/b.py": "from rounds import a"}) == [
        "rounds.a",
        "rounds.b",
    ]


@pytest.mark.parametrize("law", [(house.one_gate, "GATES"), (house.one_clock, "CLOCKS")])
def test_every_exception_is_one(law, monkeypatch):
    """A file that no longer needs its exception loses it. staging.py updates by a dict, which the law can't see."""
    check, exceptions = law
    named = getattr(house, exceptions)
    monkeypatch.setattr(house, exceptions, set())

    assert named - {path for path, source in PYTHON.items() if list(check(path, source))} <= {"rounds/staging.py"}


def test_the_accessors_of_the_wings_are_known():
    assert accessors()["turnout"] == "voting"
    assert {"vetting", "voting"} <= set(accessors().values())


def circle(files):
    """The modules of one circle of top-level imports, sorted; empty when there is none."""
    modules = {house.module_of(path): path for path in files}
    graph = {}
    for module, path in modules.items():
        wanted = [name for name, _line, inside in house.imports(path, files[path]) if not inside]
        # "from a import b" is module a.b where there is one, else a name in a.
        found = {name if name in modules else name.rpartition(".")[0] for name in wanted}
        graph[module] = (found & modules.keys()) - {module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return sorted(set(error.args[1]))
    return []
