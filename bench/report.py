"""docs/performance.md from the raw figures: what stands between its two marks is written here and never by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.pairs import RESULTS, median, read

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- figures: make bench -->", "<!-- end of the figures -->"


@dataclass
class Row:
    """One line of the table: where its raw figures are, what it must reach, and how that is asked."""

    name: str
    work: str
    mark: str
    figure: Callable  # runs → (ours, floor, what they make of it in words, whether the mark is reached)


def time_ratio(most):
    """Seconds for as many operations, ours to the floor's."""

    def figure(runs):
        ours, floor = each(runs, "ours"), each(runs, "floor")
        ratio = ours / floor
        said = [f"{seconds * 1e6:.2f} µs each" for seconds in (ours, floor)]
        return *said, f"{ratio:.2f} ×, CPU {cpu(runs, 'ours') / cpu(runs, 'floor'):.2f} ×", ratio <= most

    return figure


def each(runs, side) -> float:
    return median([{"each": run["seconds"] / run["operations"]} for run in runs if run["side"] == side], "each")


def cpu(runs, side) -> float:
    return median([{"each": run["cpu"] / run["operations"]} for run in runs if run["side"] == side], "each") or 1e-9


def cast(runs):
    ours, floor = (median(runs, "a_second", side=side) for side in ("ours", "floor"))
    spent = [median(runs, "cpu_ms", side=side) for side in ("ours", "floor")]
    said = [f"{rate:.0f}/s, {ms:.2f} ms of CPU" for rate, ms in zip((ours, floor), spent, strict=True)]
    return *said, f"{ours / floor:.0%}", ours / floor >= 0.8 and spent[0] <= 5


def steady(runs):
    rate, slow = median(runs, "a_second"), median(runs, "p99_ms")
    return f"{rate:.0f}/s, p50 {median(runs, 'p50_ms'):.0f} ms, p99 {slow:.0f} ms", "", "", slow < 500


def smtp(runs):
    ours, floor = (1 / each(runs, side) for side in ("ours", "floor"))
    return f"{ours:.0f}/s", f"{floor:.0f}/s", f"{ours / floor:.0%}", ours / floor >= 0.8


def batch(runs):
    rate = 1 / each(runs, "ours")
    return f"{rate:.0f}/s", "", f"{1 / cpu(runs, 'ours'):.0f} a CPU second", rate >= 2000


def rate(most):
    """Rows a second, ours and the floor's; ours may take so many times as long."""

    def figure(runs):
        ours, floor = each(runs, "ours"), each(runs, "floor")
        said = [f"{1 / seconds:,.0f} rows/s" for seconds in (ours, floor)]
        return *said, f"{ours / floor:.2f} ×, CPU {cpu(runs, 'ours') / cpu(runs, 'floor'):.2f} ×", ours / floor <= most

    return figure


ROWS = [
    Row(
        "freeze",
        "freeze the roll, 100 contests, each member in one",
        "within 2 × the bare INSERT … SELECT",
        time_ratio(2),
    ),
    Row("freeze-wide", "the same, 20 of them statewide", "more pairs than the bare rows, not asked for", time_ratio(2)),
    Row("enqueue", "write the ballot letters", "within 2 × a bare insert of the same rows", time_ratio(2)),
    Row("cast", "cast over HTTP, 32 clients", "80 % of the smallest Django site, 5 ms of CPU", cast),
    Row("cast-steady", "cast at 100 a second", "p99 under 500 ms", steady),
    Row("letters-batch", "letters to a batch provider", "2,000 a second and process", batch),
    Row("letters-smtp", "letters by SMTP", "80 % of Django alone", smtp),
    Row("tally-open", "open and count each contest", "within 1.3 × bare boxes on all cores", time_ratio(1.3)),
    Row("tally-count", "the count itself", "within 1.2 × a bare GROUP BY", time_ratio(1.2)),
    Row("import", "take a list of members in", "within 2 × a bare COPY into a table with its indexes", rate(2)),
]
# Of ux.md's budgets: kilobytes of the page, of all it loads, and requests.
BUDGETS = {"ballot": (10, 14, 2), "sign-up": (12, 30, 4), "endorsed": (15, 60, 6), "control room": (40, 150, 12)}
MOST_MIB = 300


def table(folder=RESULTS) -> str:
    """All that was measured, as Markdown."""
    parts = [part(folder) for part in (machine, marks, memory, growth, pages, asking, desk)]
    return "\n\n".join(part for part in parts if part)


def machine(folder) -> str:
    try:
        said = json.loads((Path(folder) / "machine.json").read_text())
    except FileNotFoundError:
        return ""
    return (
        f"Measured {said['day']} on {said['cores']} cores ({said['cpu']}), {said['memory_gib']} GiB, Linux"
        f" {said['kernel']}; PostgreSQL {said['postgresql']} with its defaults (fsync {said['fsync']}), Python"
        f" {said['python']}, Django {said['django']}, gunicorn {said['gunicorn']}, psycopg {said['psycopg']},"
        f" cryptography {said['cryptography']}."
    )


def marks(folder) -> str:
    lines = [
        "| work | members | must reach | ours | floor | ratio | reached | runs | steal + foreign, cores |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        if runs := read(row.name, folder):
            ours, floor, ratio, reached = row.figure(runs)
            noise = (median(runs, "steal") or 0) + (median(runs, "foreign") or 0)
            times = len([run for run in runs if run["side"] == "ours"])
            lines.append(
                f"| {row.work} | {runs[0]['size']:,} | {row.mark} | {ours} | {floor} | {ratio} |"
                f" {'yes' if reached else '**no**'} | {times} | {noise:.2f} |"
            )
    return "\n".join(lines) if len(lines) > 2 else ""


def memory(folder) -> str:
    """The largest process of each row: the project's own, and PostgreSQL's without its shared memory."""
    lines = ["| row | largest Python process, MiB | largest PostgreSQL process, MiB |", "|---|---|---|"]
    most = 0
    for row in (
        "freeze",
        "freeze-wide",
        "enqueue",
        "cast",
        "cast-steady",
        "letters-batch",
        "letters-smtp",
        "tally-filling",
        "tally-open",
        "import",
    ):
        runs = [run for run in read(row, folder) if run["side"] == "ours"]
        if runs:
            of = {
                kind: max(
                    size for run in runs for name, size in run["peak_mib"].items() if (name == "postgres") == ours
                )
                for kind, ours in (("python", False), ("postgres", True))
            }
            most = max(most, *of.values())
            lines.append(f"| {row} | {of['python']} | {of['postgres']} |")
    verdict = "under" if most < MOST_MIB else "**not under**"
    return "\n".join([*lines, "", f"Every process stayed {verdict} {MOST_MIB} MiB."]) if len(lines) > 2 else ""


def growth(folder) -> str:
    lines = [
        "| members | freeze, s | a member, µs | bare, s | enqueue, s | a letter, µs | bare, s | own memory, MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    frozen, written = read("freeze-growth", folder), read("enqueue-growth", folder)
    for size in sorted({run["size"] for run in frozen}):
        cells = []
        for runs in (frozen, written):
            ours = median(runs, "seconds", side="ours", size=size)
            cells += [
                f"{ours:.1f}",
                f"{ours / size * 1e6:.1f}",
                f"{median(runs, 'seconds', side='floor', size=size):.1f}",
            ]
        peak = max(run["own_peak_mib"] for run in [*frozen, *written] if run["size"] == size and run["side"] == "ours")
        lines.append(f"| {size:,} | {' | '.join(cells)} | {peak} |")
    return "\n".join(lines) if len(lines) > 2 else ""


def pages(folder) -> str:
    lines = [
        "| page | members | HTML, compressed | with what it loads | requests | queries | within the budget |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in read("pages", folder):
        budget = next((most for name, most in BUDGETS.items() if run["page"].startswith(name)), None)
        within = ""
        if budget:
            html, total, requests = budget
            held = run["html_gz"] <= html * 1024 and run["total"] <= total * 1024 and run["requests"] <= requests
            within = "yes" if held else "**no**"
        lines.append(
            f"| {run['page']} | {run['size']:,} | {run['html_gz'] / 1024:.1f} KB | {run['total'] / 1024:.1f} KB |"
            f" {run['requests']} | {run['queries']} | {within} |"
        )
    return "\n".join(lines) if len(lines) > 2 else ""


def asking(folder) -> str:
    """A member's and a stranger's median at each form, which must be within 5 % of each other."""
    lines = ["| form | members | pairs | a member | a stranger | ratio | within 5 % |", "|---|---|---|---|---|---|---|"]
    for run in read("asking", folder):
        ratio = run["member"] / run["stranger"]
        within = "yes" if abs(ratio - 1) <= 0.05 else "**no**"
        lines.append(
            f"| {run['form']} | {run['size']:,} | {run['pairs']:,} | {run['member'] / 1000:.2f} ms |"
            f" {run['stranger'] / 1000:.2f} ms | {ratio:.3f} | {within} |"
        )
    return "\n".join(lines) if len(lines) > 2 else ""


def desk(folder) -> str:
    """The desk's pages in the large federation beside the small one, and those that grew most."""
    runs = read("desk", folder)
    if not runs:
        return ""
    times: dict[tuple, dict[int, float]] = {}
    for run in runs:
        times.setdefault((run["stage"], run["page"]), {})[run["size"]] = run["ms"]
    small, large = min(run["size"] for run in runs), max(run["size"] for run in runs)
    grown = sorted(
        ((found[large] / found[small], key, found) for key, found in times.items() if len(found) == 2),
        key=lambda one: -one[0],
    )
    queries = max(run["queries"] for run in runs)
    over = sum(ratio > 2 for ratio, _key, _found in grown)
    middle = grown[len(grown) // 2][0] if grown else 0
    lines = [
        f"The desk: {len(grown)} pages and lists (each list also searched, filtered, turned over), median of "
        f"{runs[0]['runs']} runs with {small:,} and with {large:,} members. At most {queries} queries a page; "
        f"the middle ratio is {middle:.2f}; {over} of them are over 2. The six that grew most:",
        "",
        f"| page | stage | {small:,} members | {large:,} members | ratio |",
        "|---|---|---|---|---|",
    ]
    for ratio, (stage, page), found in grown[:6]:
        lines.append(f"| `{page}` | {stage} | {found[small]:.1f} ms | {found[large]:.1f} ms | {ratio:.2f} |")
    return "\n".join(lines)


def write(folder=RESULTS, document=DOCUMENT) -> None:
    """Put the figures between the document's marks."""
    text = Path(document).read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    Path(document).write_text(f"{before}{BEGIN}\n{table(folder)}\n{END}{after}")


if __name__ == "__main__":
    write()
