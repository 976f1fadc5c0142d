"""The recorded figures as a picture: how many times as fast as CPython each program is."""

import subprocess
import sys

import tables
from catalogue import HERE, fetched

MATPLOTLIB = "matplotlib==3.10.7"
PICTURE = HERE / "results" / "ratios.svg"
COLOURS = {"fatjit": "#1b6ca8", "pypy": "#d98c21", "c": "#8a8a8a"}
SIZES = {"fatjit": 34, "pypy": 18, "c": 18}


def draw(cache):
    """Draws what is recorded, with matplotlib, which is fetched once; returns the file."""
    folder = cache / f"{MATPLOTLIB.replace('==', '-')}-{sys.implementation.cache_tag}"
    if not (folder / "matplotlib").exists():
        print(f"fetching {MATPLOTLIB}", flush=True)
        fetched([MATPLOTLIB], folder, "install", "--only-binary", ":all:", "--target", str(folder))
    # In a process of its own, which finds it.
    subprocess.run([sys.executable, "-B", __file__, str(folder)], check=True)
    return PICTURE


def points():
    """For each series, its name and the ratio of each program (None where it was not measured); and the programs,
    the fastest last."""
    figures, peers = tables.recorded(tables.LAST)["programs"], tables.recorded(tables.PEERS)
    shown = [name for name in figures if figures[name]["suite"] in ("kernels", "pyperformance")]
    shown.sort(key=lambda name: (figures[name]["suite"] == "kernels", figures[name]["ratio_best"]))
    series = {"fatjit": ("fatjit", [figures[name]["ratio_best"] for name in shown])}
    for peer in COLOURS:
        if peer in peers["titles"]:
            known = [peers["programs"].get(name, {}).get(peer, {}).get("ratio") for name in shown]
            series[peer] = (peers["titles"][peer], known)
    return shown, series


def main():
    sys.path.insert(0, sys.argv[1])
    import matplotlib

    matplotlib.use("svg")
    # The same file for the same figures, with its words as text.
    matplotlib.rcParams.update({"svg.hashsalt": "fatjit", "svg.fonttype": "none", "font.size": 8})
    from matplotlib import pyplot

    shown, series = points()
    figure, axes = pyplot.subplots(figsize=(8, 0.8 + 0.16 * len(shown)), layout="constrained")
    for name, (title, ratios) in reversed(series.items()):
        here = [(ratio, row) for row, ratio in enumerate(ratios) if ratio]
        axes.scatter(*zip(*here), s=SIZES[name], color=COLOURS[name], label=title, zorder=2)
    axes.hlines(range(len(shown)), 1, [ratio or 1 for ratio in series["fatjit"][1]], color="#1b6ca8", linewidth=1.5)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    ticks = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500]
    axes.set_xticks(ticks, [f"{tick:g}×" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(shown)), shown)
    axes.set_ylim(-1, len(shown))
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_title("Times as fast as CPython 3.13 (logarithmic)", fontsize=10)
    axes.legend(loc="lower right", frameon=False)
    figure.savefig(PICTURE, metadata={"Date": None})


if __name__ == "__main__":
    main()
