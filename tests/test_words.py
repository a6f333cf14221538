"""What people read takes nobody for a woman or a man: a member, a leader or a candidate is “they”."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("endorsements", "vetting", "voting", "rounds", "groups", "mailings", "journal", "keys")
MADE_UP = ("endorsements/sample/", "endorsements/simulation/")  # stories of one invented woman or man
HANDBOOK = [ROOT / "docs" / "incidents.md", ROOT / "docs" / "acts.md", *(ROOT / "docs" / "staff").glob("*.md")]
GENDERED = re.compile(r"\b(she|hers?|herself|he|his|him|himself)\b", re.IGNORECASE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
UNREAD = re.compile(r"{#.*?#}|{% comment.*?endcomment %}|{{.*?}}|<[^>]*>", re.DOTALL)


def strings(source):
    """The strings of a module that are no docstrings."""
    tree = ast.parse(source)
    documents = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, DOCUMENTED) and has_words(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            yield node.value


def has_words(node):
    return bool(node.body) and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)


def read_by_people():
    """(file, text) of all that staff, leaders, members or campaigns may read."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name and not name.startswith(MADE_UP):
                yield from ((name, text) for text in strings(path.read_text()))
    for path in (ROOT / "templates").rglob("*.*"):
        yield path.relative_to(ROOT).as_posix(), UNREAD.sub("", path.read_text())
    yield from ((path.relative_to(ROOT).as_posix(), path.read_text()) for path in HANDBOOK)


def test_nobody_is_taken_for_a_woman_or_a_man():
    said = [(name, found[0], text[max(0, found.start() - 40) : found.end() + 40])
            for name, text in read_by_people() if (found := GENDERED.search(text))]  # fmt: skip
    assert said == []


def test_it_sees_a_sentence_and_no_docstring():
    [text] = strings('def f():\n    """Her name."""\n    return "She has voted"\n')
    assert GENDERED.search(text)[0] == "She"
