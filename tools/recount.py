"""Recount a round's package: python recount.py FOLDER-OR-ZIP. Python 3.11 is enough; ends with 1 on any doubt."""

import csv
import hashlib
import json
import sys
import zipfile
from pathlib import Path

SUMS = "SHA256SUMS"


def read(place):
    """The package's files by path, from a folder or from a zip with one folder in it."""
    if Path(place).is_dir():
        return {f.relative_to(place).as_posix(): f.read_bytes() for f in Path(place).rglob("*") if f.is_file()}
    with zipfile.ZipFile(place) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def altered(files):
    """The names of files that are missing, new, or not as SHA256SUMS lists them; then SHA256SUMS itself."""
    said = files.get(SUMS, b"").decode(errors="replace")
    listed = {line[66:]: line[:64] for line in said.splitlines()}
    real = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != SUMS}
    wrong = sorted(name for name in {*listed, *real} if listed.get(name) != real.get(name))
    return wrong or [SUMS] * (said != "".join(f"{real[name]}  {name}\n" for name in sorted(real)))


def verdict(contest, counts, rule):
    """The rule in integers: (votes, their sum, the outcome, whether the leading candidate has enough)."""
    kinds = {option["number"]: option["kind"] for option in contest["options"]}
    votes = {number: counts.get(number, 0) for number, kind in kinds.items() if kind != "skip"}
    total, candidates = sum(votes.values()), [votes[n] for n in votes if kinds[n] in ("yes", "candidate")]
    part, needed = max(candidates) * 10_000, rule["threshold"] * total
    enough = part >= needed if rule["comparison"] == "at_least" else part > needed
    carried = part > 0 and candidates.count(max(candidates)) == 1 and enough
    few = total < rule["turnout_min_votes"] or total * 10_000 < rule["turnout_min_share"] * contest["eligible"]
    return votes, total, "needs_review" if few else "endorsed" if carried else "not_endorsed", carried


def recount(contest, files, rule):
    """(what there is to say of a contest, whether it holds)."""
    name, said, person = contest["name"], contest["outcome"], contest["decided_by_a_person"]
    if not contest["votes"]:
        return f"{name}: withheld by rule: {', '.join(contest['withheld'])}", bool(contest["withheld"])
    counts = {int(n): votes for n, votes in contest["votes"].items()} | {0: contest["skipped"]}
    source = "printed totals"
    if contest["file"]["lines"] == "options":
        rows = list(csv.DictReader(files[contest["file"]["path"]].decode().splitlines()))
        found, source = {n: [row["option"] for row in rows].count(str(n)) for n in counts}, f"{len(rows)} lines"
        different = {len(rows), len({row["line"] for row in rows}), contest["opened"], sum(counts.values())}
        if found != counts or len(different) > 1:
            return f"{name}: THE LINES GIVE {found}, THE MANIFEST SAYS {counts}", False
    votes, total, outcome, carried = verdict(contest, counts, rule)
    labels = {option["number"]: option["label"] for option in contest["options"]}
    figures = ", ".join(f"{labels[n]} {votes[n]} ({percent(votes[n], total)})" for n in votes)
    text = f"{name}: {figures}; turnout {percent(total, contest['eligible'])}; {said}; from {source}"
    holds = outcome == said or (person and outcome == "needs_review" and (carried or said == "not_endorsed"))
    text += "; decided by a person" * person + "".join(f"; withheld by rule: {rule}" for rule in contest["withheld"])
    return text if holds else f"{text}; BUT THE RULE SAYS {outcome}", holds


def percent(part, whole):
    """A share, cut at two decimals and never rounded up."""
    return "{}.{:02d}%".format(*divmod(part * 10_000 // whole, 100)) if whole else "no share"


def main(place):
    files = read(place)
    for name in (wrong := altered(files)):
        print(f"{name}: NOT AS {SUMS} LISTS IT" if name != SUMS else f"{SUMS}: ALTERED")
    if wrong:
        return 1
    manifest = json.loads(files["manifest.json"])
    answers = [recount(contest, files, manifest["rule"]) for contest in manifest["contests"]]
    print(manifest["round"]["name"], "–", manifest["rule_in_words"])
    print(*(text for text, _holds in answers), sep="\n")
    print(f"SHA-256 of {SUMS}, to compare with the round's page: {hashlib.sha256(files[SUMS]).hexdigest()}")
    return 0 if all(holds for _text, holds in answers) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else "Usage: python recount.py FOLDER-OR-ZIP")
