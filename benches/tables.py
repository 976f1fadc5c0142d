"""The figures as tables: for people who measure, and for the documents."""

import json
import math
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
LAST = HERE / "results" / "last.json"
PEERS = HERE / "results" / "peers.json"
README = HERE.parent / "README.md"
PAGE = HERE / "README.md"
BEGIN, END = "<!-- bench table -->\n", "<!-- end of bench table -->\n"
OWN_SUITES = ("kernels", "others")
PYPERFORMANCE = "pyperformance"
# The columns of peers, those that are not named here behind.
ORDER = ("pypy", "cinderx", "cpython_jit", "numba", "c")


def recorded(path):
    """The record at ``path``; one without programs if there is none."""
    return json.loads(path.read_text()) if path.exists() else {"programs": {}}


def record_peers(figures, date):
    """Keeps what was measured of peers in a run; what was not measured stays as it is."""
    record = recorded(PEERS)
    for name, one in figures.items():
        for peer, told in one["beside"].items():
            record["titles"].setdefault(peer, peer)
            record["programs"].setdefault(name, {})[peer] = {
                "ratio": round(told["ratio"], 2), "version": told["version"], "date": date,
            }
    PEERS.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")


def times(ratio):
    """A ratio as people write it."""
    if ratio is None:
        return "–"
    return f"{ratio:.0f}×" if ratio >= 99.5 else f"{ratio:.1f}×"


def for_people(figures, last):
    """The figures of a run beside those of the ``last`` recorded one."""
    head = (
        f"{'program':<17}{'plain ms':>10}{'fatjit ms':>11}{'ratio':>8}{'median':>8}{'last':>8}"
        f"{'spread of fatjit':>26}{'first ms':>10}{'warm-up':>8}{'compile ms':>11}"
        f"{'regions':>8}{'bytes':>8}{'us/inst':>8}  beside"
    )
    lines = [head]
    for name, one in figures.items():
        if "error" in one:
            lines.append(f"{name:<17}{one['error']}")
            continue
        plain, jit, stats = one["plain"], one["fatjit"], one["stats"]
        steady = jit["steady_ms"]
        before = last.get(name, {}).get("ratio_best")
        per = one["compile_us_per_instruction"]
        range_of = f"{steady['min']:.3f}..{steady['median']:.3f}..{steady['max']:.3f}"
        beside = ", ".join(
            f"{peer} {times(told['ratio'])}" for peer, told in one["beside"].items()
        )
        lines.append(
            f"{name:<17}{plain['best_ms']:>10.3f}{jit['best_ms']:>11.3f}"
            f"{one['ratio_best']:>7.1f}x{one['ratio_median']:>7.1f}x"
            f"{f'{before:.1f}x' if before else '-':>8}  {range_of:>24}{jit['first_ms']:>10.2f}"
            f"{jit['warm_up_calls']:>8.0f}{stats['compile_ms']:>11.2f}"
            f"{stats['regions']:>8}{stats['code_bytes']:>8}{f'{per:.1f}' if per else '-':>8}  {beside}"
        )
        if one["refusal"]:
            lines.append(f"{'':<17}fatjit refused to switch on: {one['refusal']}")
    return "\n".join(lines)


def table(heads, rows):
    """A table in Markdown; all columns but the first hold numbers."""
    lines = [heads, ["---"] + ["---:"] * (len(heads) - 1), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def columns(peers):
    """The names of all peers that are recorded, in the order of their columns."""
    return sorted(peers["titles"], key=lambda peer: ORDER.index(peer) if peer in ORDER else len(ORDER))


def of_peers(name, peers, chosen):
    """The cells of one program for the ``chosen`` peers."""
    ratios = peers["programs"].get(name, {})
    return [times(ratios.get(peer, {}).get("ratio")) for peer in chosen]


def in_ms(value):
    """Milliseconds with three digits that count."""
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def geometric_mean(ratios):
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))


def in_words(record):
    """What is recorded of pyperformance and of the start-up, in a sentence each."""
    ratios = {
        name: one["ratio_best"] for name, one in record["programs"].items() if one["suite"] == PYPERFORMANCE
    }
    lines = []
    if ratios:
        slowest = min(ratios, key=ratios.get)
        lines.append(
            f"pyperformance, {len(ratios)} programs: geometric mean {geometric_mean(ratios.values()):.2f}×, "
            f"at least 1.5× for {sum(ratio >= 1.5 for ratio in ratios.values())} of them; "
            f"the slowest is {slowest} with {ratios[slowest]:.2f}×."
        )
    if "start_up" in record:
        plain, jit = record["start_up"]["plain"], record["start_up"]["fatjit"]
        lines.append(
            f"Start-up (`python -c pass`): {plain['median_ms']:.1f} ms, with `FATJIT=1` "
            f"{jit['median_ms'] - plain['median_ms']:.1f} ms and "
            f"{(jit['peak_memory_kib'] - plain['peak_memory_kib']) / 1024:.1f} MiB more."
        )
    return "".join(f"{line}\n" for line in lines)


def for_readme():
    """The README's table, of the programs of programs/, and what is to be said of the others."""
    record, peers = recorded(LAST), recorded(PEERS)
    figures = record["programs"]
    chosen = columns(peers)
    own = [name for name in figures if figures[name]["suite"] in OWN_SUITES]
    rows = [
        [
            name, in_ms(figures[name]["plain"]["best_ms"]), in_ms(figures[name]["fatjit"]["best_ms"]),
            times(figures[name]["ratio_best"]), *of_peers(name, peers, chosen),
        ]
        for name in sorted(own, key=lambda name: OWN_SUITES.index(figures[name]["suite"]))
    ]
    heads = ["program", "CPython, ms", "fatjit, ms", "fatjit", *(peers["titles"][peer] for peer in chosen)]
    return table(heads, rows) + "\n" + in_words(record)


def for_page():
    """The table of pyperformance's programs, with what the start of each costs."""
    figures, peers = recorded(LAST)["programs"], recorded(PEERS)
    # Older records do not have all of these figures.
    names = [
        name for name in figures
        if figures[name]["suite"] == PYPERFORMANCE and "peak_memory_kib" in figures[name]["plain"]
    ]
    chosen = [peer for peer in columns(peers) if any(peer in peers["programs"].get(name, {}) for name in names)]
    rows = []
    for name in names:
        one = figures[name]
        plain, jit = one["plain"], one["fatjit"]
        spread = plain["steady_ms"]
        rows.append([
            name, in_ms(plain["best_ms"]), in_ms(jit["best_ms"]), f"{one['ratio_best']:.2f}×",
            f"{one['ratio_median']:.2f}×", f"±{50 * (spread['max'] - spread['min']) / spread['median']:.0f} %",
            f"{jit['first_ms'] / plain['first_ms']:.2f}",
            f"{jit['peak_memory_kib'] / plain['peak_memory_kib']:.2f}", str(one["stats"]["regions"]),
            *of_peers(name, peers, chosen),
        ])
    heads = [
        "program", "CPython, ms", "fatjit, ms", "fatjit", "median", "spread", "first call", "memory", "regions",
        *(peers["titles"][peer] for peer in chosen),
    ]
    return table(heads, rows)


def between_marks(file):
    """The text of a document before its table, the table, and what is behind it."""
    before, begin, rest = file.read_text().partition(BEGIN)
    shown, end, behind = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{file} has no place for the table: {BEGIN.strip()} … {END.strip()}")
    return before, shown, behind


def update():
    """Puts the tables into the documents; returns those."""
    for file, made in ((README, for_readme()), (PAGE, for_page())):
        before, _, behind = between_marks(file)
        file.write_text(before + BEGIN + made + END + behind)
    return README, PAGE
