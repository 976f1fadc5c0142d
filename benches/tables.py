"""The figures as tables: for people who measure, and for the README."""

import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
LAST = HERE / "results" / "last.json"
PEERS = HERE / "results" / "peers.json"
README = HERE.parent / "README.md"
BEGIN, END = "<!-- bench table -->\n", "<!-- end of bench table -->\n"
SUITES = ("kernels", "pyperformance", "others")
NAMES_OF_PEERS = {"pypy": "PyPy", "numba": "Numba", "c": "C"}


def recorded(path):
    """The record at ``path``; one without programs if there is none."""
    return json.loads(path.read_text()) if path.exists() else {"programs": {}}


def record_peers(figures, date):
    """Keeps what was measured of peers in a run; what was not measured stays as it is."""
    record = recorded(PEERS)
    for name, one in figures.items():
        for peer, told in one["beside"].items():
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
            f"{NAMES_OF_PEERS[peer]} {times(told['ratio'])}" for peer, told in one["beside"].items()
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


def for_readme():
    """The table of the README, from the recorded figures of fatjit and of its peers."""
    figures, peers = recorded(LAST)["programs"], recorded(PEERS)
    heads = [
        "program", "suite", "CPython, ms", "fatjit, ms", "fatjit",
        *(peers["titles"][peer] for peer in NAMES_OF_PEERS),
    ]
    lines = [f"| {' | '.join(heads)} |", "|---|---|" + "---:|" * (len(heads) - 2)]
    order = sorted(figures, key=lambda name: SUITES.index(figures[name]["suite"]))
    for name in order:
        one = figures[name]
        ratios = peers["programs"].get(name, {})
        cells = [
            name, one["suite"], f"{one['plain']['best_ms']:.1f}", f"{one['fatjit']['best_ms']:.2f}",
            times(one["ratio_best"]), *(times(ratios.get(peer, {}).get("ratio")) for peer in NAMES_OF_PEERS),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def update_readme():
    """Puts the table into the README, and returns it."""
    text, table = README.read_text(), for_readme()
    before, begin, rest = text.partition(BEGIN)
    _, end, behind = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{README} has no place for the table: {BEGIN.strip()} … {END.strip()}")
    README.write_text(before + begin + table + end + behind)
    return table
