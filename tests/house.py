"""The laws of the house as functions: (path, source) in, one sentence for each breach out. See docs/house.md."""

import ast
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CELLAR = {"mailings", "journal", "keys"}
# Which rooms a room may import from, besides itself.
BELOW = {
    "endorsements": {"vetting", "voting", "rounds", "groups", *CELLAR},
    "vetting": {"rounds", "groups", *CELLAR},
    "voting": {"rounds", "groups", *CELLAR},
    "rounds": {"groups", *CELLAR},
    "groups": CELLAR,
    "mailings": {"journal", "keys"},
    "journal": set(),
    "keys": set(),
}
LONGEST = 400
DRAWERS = {"utils", "util", "helpers", "helper", "common", "core", "services", "misc", "mixins"}
# The one file that may set each lifecycle's state, named after what it moves.
GATES = {
    "rounds/staging.py",  # Round.stage
    "rounds/candidacies.py",  # Candidacy.state, Contest.state
    "rounds/nominating.py",  # Nomination.state
    "voting/opening.py",  # Count.state …
    "voting/voiding.py",  # … which a voided envelope sends back to waiting
    "mailings/states.py",  # Letter.state
    "endorsements/endorsing.py",  # Endorsement.status
}
# What a lifecycle's field is called in each room; a member's state is a place, and groups have no lifecycle.
LIFECYCLES = {"groups": {"stage"}, "endorsements": {"state", "stage", "status"}}
# Who reads the clock, besides views, admin, commands and tasks: the roof's own ticks;
# the last two ask the database's, under its lock.
CLOCKS = {
    "journal/clock.py",
    "endorsements/ticking.py",
    "voting/casting.py",
    "voting/closing.py",
}


def python_files():
    """Every module of the rooms, as (path from the root, source); migrations aside."""
    for room in BELOW:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text()


parsed = cache(ast.parse)  # each law reads every module; nobody writes into the trees


def room_of(path):
    return path.partition("/")[0]


def module_of(path):
    """rounds/models/race.py → rounds.models.race; a package by its own name."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(path, source):
    """What a module imports, as (full name, line, whether inside a function); "from a import b" is a.b."""
    tree = parsed(source)
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    package = module_of(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            base = [*base, node.module] if node.module else base
            for name in node.names:
                yield ".".join([*base, name.name]), node.lineno, id(node) in inside


def downward(path, source):
    """Imports go down only, get_model and import_module included."""
    room = room_of(path)
    allowed = {room} | BELOW[room]
    for name, line, _inside in imports(path, source):
        if name.partition(".")[0] in BELOW.keys() - allowed:
            yield f"{path}:{line} imports {name}, which is not below {room}"
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and called(node) in ("get_model", "import_module", "import_string"):
            for said in strings(node):
                if said.partition(".")[0] in BELOW.keys() - allowed:
                    yield f"{path}:{node.lineno} reaches {said} by its name, which is not below {room}"


def floor_of(path):
    """A module's floor inside its room: urls 6, views and admin and commands 5, tasks 4, emails and forms 3,
    what happens 2, models 1."""
    parts = path.removesuffix(".py").split("/")[1:]
    pages = any(name.startswith(("views", "admin")) or name.endswith(("_views", "_pages")) for name in parts)
    if pages or {"management", "failures", "signin"} & {*parts} or parts[:2] in (["desk", "site"], ["desk", "lists"]):
        return 5
    if any(name.endswith("_urls") for name in parts):
        return 6
    ranks = {
        "urls": 6,
        "apps": 7,
        "settings": 7,
        "celery": 7,
        "wsgi": 7,
        "tasks": 4,
        "emails": 3,
        "forms": 3,
    }
    return max((ranks[name] for name in parts if name in ranks), default=1 if parts[:1] == ["models"] else 2)


def inner_order(path, source, is_pure=lambda module: False):
    """Inside a room: urls → views, admin → tasks → emails, forms → verbs → models → pure modules."""
    room, floor = room_of(path), floor_of(path)
    for name, line, inside in imports(path, source):
        if not name.startswith(f"{room}.") or inside:
            continue
        other = floor_of(name.replace(".", "/") + ".py")
        if other > floor and not is_pure(name):
            yield f"{path}:{line} imports {name}, which stands on a higher floor of the room"


def reasoned_imports(path, source):
    """No import inside a function without a comment that says why, on its line or the one above."""
    lines = source.splitlines()
    for name, line, inside in imports(path, source):
        above = lines[line - 2].strip() if line > 1 else ""
        if inside and "#" not in lines[line - 1] and not above.startswith("#"):
            yield f"{path}:{line} imports {name} inside a function and does not say why"


def length(path, source):
    count = source.count("\n")
    if count > LONGEST:
        yield f"{path} has {count} lines: two subjects"


def subject_names(path, source):
    """A module is named for its subject."""
    for part in path.removesuffix(".py").split("/"):
        if part in DRAWERS or part.endswith(("_more", "2")):
            yield f"{path}: “{part}” says nothing of its subject"


def one_gate(path, source):
    """A lifecycle's state is set in its gate alone: no assignment, setattr or update of it elsewhere."""
    if path in GATES:
        return
    fields = LIFECYCLES.get(room_of(path), {"state", "stage"})
    for node in ast.walk(parsed(source)):
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr in fields:
                    yield f"{path}:{node.lineno} sets .{target.attr} outside its gate"
        elif isinstance(node, ast.Call):
            named = {word.arg for word in node.keywords} | set(strings(node))
            if called(node) in ("setattr", "update", "bulk_update") and named & fields:
                yield f"{path}:{node.lineno} {called(node)}s a state outside its gate"


def plain_saving(path, source):
    """Nothing happens in a model's save(), and no signal is received."""
    tree = parsed(source)
    if floor_of(path) == 1:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete"):
                yield f"{path}:{node.lineno} overrides {node.name}()"
    for name, line, _inside in imports(path, source):
        if re.search(r"(^django\.dispatch|\.signals)(\.|$)", name):
            yield f"{path}:{line} imports {name}: a signal"


def one_clock(path, source):
    """Only views, admin, commands and tasks read the clock; everybody else is handed now."""
    if path in CLOCKS or floor_of(path) in (4, 5):
        return
    clocks = {"now", "utcnow", "today", "database_now", "localtime", "localdate"}
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks:
            owner = ast.unparse(node.func.value)
            if owner.rpartition(".")[2] in ("timezone", "datetime", "date", "clock"):
                yield f"{path}:{node.lineno} reads the clock: {owner}.{node.func.attr}()"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "database_now":
            yield f"{path}:{node.lineno} reads the clock: database_now()"


def foreign_names(path, source, accessors):
    """No reverse accessor of an upper room: neither as an attribute nor in a query. accessors: {name: its room}."""
    tree = parsed(source)
    room = room_of(path)
    upper = {name for name, owner in accessors.items() if owner not in BELOW[room] | {room}}
    calls = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    queries = ("select_related", "prefetch_related", "values", "values_list", "order_by", "F", "OuterRef", "Count")
    for node in ast.walk(tree):
        used = set()
        if isinstance(node, ast.Attribute) and id(node) not in calls:
            # self.count and a parameter's own fields are no models: only what follows a name or an attribute counts.
            used = {node.attr} if ast.unparse(node.value) != "self" else set()
        elif isinstance(node, ast.Call):
            words = [word.arg for word in node.keywords if word.arg and "__" in word.arg]
            if called(node) in queries:
                words += strings(node)
            used = {piece for word in words for piece in word.lstrip("-").split("__")}
        for name in used & upper:
            yield f"{path}:{node.lineno} uses {name}, an accessor of {accessors[name]}"


def template_room(path):
    """templates/rounds/x.html → rounds; templates/emails/rounds/x.txt too; shared templates are the cellar's."""
    parts = [part for part in Path(path).parts if part in BELOW]
    return parts[0] if parts else "journal"


def template_order(path, source, libraries, accessors):
    """A template loads tags of its own room or below, and uses no accessor of an upper one."""
    room = template_room(path)
    allowed = {room} | BELOW[room]
    for load in re.findall(r"{%\s*load\s+(.*?)\s*%}", source):
        names = load.partition(" from ")[2].split() or load.split()
        for name in names:
            if libraries.get(name, room) not in allowed:
                yield f"{path} loads {name}, a library of {libraries[name]}"
    said = " ".join(re.findall(r"{[{%](.*?)[%}]}", source, re.DOTALL))
    upper = {name for name, owner in accessors.items() if owner not in allowed}
    for name in set(re.findall(r"\.(\w+)", said)) & upper:
        yield f"{path} uses .{name}, an accessor of {accessors[name]}"


OF_DJANGOS_TAGS = ("admin/pagination.html", "admin/change_list_results.html")


def whole_pages(templates):
    """Every HTML template extends another, is included by one, or is the base or one of Django's own forms'.

    templates: {path from templates/: source}.
    """
    reached = {name for source in templates.values() for name in re.findall(r"{%\s*include\s+\"([^\"]+)\"", source)}
    for path, source in templates.items():
        # Shown when nothing can be relied on, so they rely on nothing; and tags of Django’s own include the others.
        stands_alone = path in ("base.html", "500.html", "503.html", *OF_DJANGOS_TAGS) or path.startswith(
            ("django/", "admin/widgets/", "emails/layout")
        )
        if path.endswith(".html") and not stands_alone and "{% extends" not in source and path not in reached:
            yield f"{path} extends nothing and nobody includes it"


def standard_library_only(path, source):
    """tools/recount.py runs anywhere: it imports Python's own library and nothing of ours."""
    for name, line, _inside in imports(path, source):
        if name.partition(".")[0] not in sys.stdlib_module_names:
            yield f"{path}:{line} imports {name}, which Python does not bring along"


def called(call):
    """The last name of what is called: update in Round.objects.filter(…).update(…)."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def strings(call):
    """The plain texts among a call's arguments, lists of them included."""
    return [
        node.value
        for argument in [*call.args, *(word.value for word in call.keywords)]
        for node in ([argument, *argument.elts] if isinstance(argument, ast.List | ast.Tuple) else [argument])
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
