#!/usr/bin/env python3
"""Turns the figures of bench-door into a page: python3 benches/door_page.py FIGURES.json > page.md"""

import json
import pathlib
import sys

from page import commit, machine

AIM_RATIO, AIM_KIB, AIM_P99_MS = 1.5, 12, 50


def table(head: list[str], rows: list[list[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return [*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows), ""]


def ms(value: float) -> str:
    return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"


def met(good: bool) -> str:
    return "met" if good else "**missed**"


def idle(figures: dict) -> list[str]:
    names = {"kefu": "Kefu, edge and chat", "bare": "tokio-tungstenite alone, 4 KiB buffer", "ws": "node's ws"}
    levels = [row["connections"] for row in figures["kefu"]["levels"]]
    rows = []
    for name, label in names.items():
        part = figures[name]
        if "failed" in part:
            rows.append([label, part["failed"], *[""] * (len(levels) - 1)])
            continue
        rows.append([label, *(f"{row['kib']:.1f}" for row in part["levels"])])
        if name == "kefu":
            rows.append(["of these in the edge", *(f"{row['edge_kib']:.1f}" for row in part["levels"])])
    ours, bare = figures["kefu"]["levels"][-1]["kib"], figures["bare"]["levels"][-1]["kib"]
    two = figures["two_edges"]
    return [
        "## Memory of an idle connection",
        "",
        "KiB (`Pss`) more than before, by connections; each is a visitor with a session and a conversation, whose",
        "socket has said hello and opened it. What kernels keep for a socket is not in it. The floor and node know",
        "nobody and keep nothing.",
        "",
        *table(["", *(f"{level:,}" for level in levels)], rows),
        f"Two edges and one core, {two['connections']:,} connections: {two['kib']:.1f} KiB each"
        f" ({two['edge_kib']:.1f} in the edges, {two['chat_kib']:.1f} in the core).",
        "",
        *table(
            ["aim", "here", ""],
            [
                [f"≤ {AIM_RATIO} × the bare floor at the most", f"{ours / bare:.2f} ×", met(ours <= AIM_RATIO * bare)],
                [f"< {AIM_KIB} KiB", f"{ours:.1f} KiB", met(ours < AIM_KIB)],
            ],
        ),
    ]


def step_rows(run: dict) -> list[list[object]]:
    return [
        [
            f"{step['rate']:,.0f}",
            f"{step['acknowledged_per_second']:,.0f}",
            *(ms(step["acknowledged"][q]) for q in ("p50", "p99", "p999")),
            *(ms(step["delivered"][q]) for q in ("p50", "p99", "p999")),
            ms(step["late"]["p99"]),
            f"{step['generator_cores']:.2f}",
        ]
        for step in run["steps"]
    ]


STEP_HEAD = [
    "meant/s", "acknowledged/s", "acknowledged p50, ms", "p99", "p99.9", "delivered p50, ms", "p99", "p99.9",
    "generator late p99, ms", "generator's cores",
]


def audit(run: dict) -> str:
    it = run["audit"]
    broken = sum(it["broken"].values()) if isinstance(it["broken"], dict) else sum(n for _, n in it["broken"])
    return (
        f"Audit: {it['said']:,} said, {it['acknowledged']:,} acknowledged, {it['stored']:,} read back,"
        f" {it['delivered']:,} delivered, {broken} promises broken."
    )


def people(figures: dict) -> list[str]:
    find = [step for step in figures["steps"] if not step["steady"]]
    steady = [step for step in figures["steps"] if step["steady"]]
    knee = figures["knee"]
    lines = [
        "## People",
        "",
        f"`kefu bench`: {figures['visitors']:,} visitors, {figures['agents']} agents, {figures['served']:,} conversations served."
        " The search for the highest rate at which 99 of 100 are acknowledged within 250 ms:",
        "",
        *table(STEP_HEAD, step_rows({"steps": find})),
        f"Borne up to {knee['borne']:,.1f}/s; not at {knee['not_borne']:,.1f}/s (0: none was tried)."
        + (" The search was cut short by its limit of time." if figures["cut_short"] else ""),
        "",
    ]
    if steady:
        p99 = steady[0]["delivered"]["p99"]
        lines += [
            "60 % of the highest:",
            "",
            *table(STEP_HEAD, step_rows({"steps": steady})),
            *table(
                ["aim", "here", ""],
                [[f"delivered p99 at 60 % under {AIM_P99_MS} ms", f"{ms(p99)} ms", met(p99 < AIM_P99_MS)]],
            ),
        ]
    return [*lines, audit(figures), f"Most resident, MiB: {figures.get('peak_mib', 'not measured')}.", ""]


def broadcast(figures: dict) -> list[str]:
    rows = [
        ["yes" if run["stuck"] else "no", run["readers"], f"{run['delivered']:,}", *(ms(run[q]) for q in ("p50", "p99", "p999", "max"))]
        for run in figures["runs"]
    ]
    return [
        "## One conversation that everybody watches",
        "",
        f"A message every {figures['every_ms']} ms to {figures['agents']} agents; one of them reads, or reads nothing.",
        "",
        *table(["one is stuck", "readers", "delivered", "p50, ms", "p99", "p99.9", "longest"], rows),
    ]


def storm(figures: dict) -> list[str]:
    return [
        "## Everybody comes back",
        "",
        f"The edge dies by SIGKILL with {figures['visitors']:,} connected. From the moment it is ready again all of them",
        f"knock within {figures['within_ms']:,} ms; served means: session known, conversation opened.",
        "",
        *table(
            ["", ""],
            [
                ["from the kill until it is ready, ms", ms(figures["restart_ms"])],
                ["from then until all are served, ms", ms(figures["all_served_ms"])],
                ["from the first knock, p50 / p99 / longest, ms", " / ".join(ms(figures[q]) for q in ("p50", "p99", "max"))],
                ["turned away and told when to come again", figures["refused_told_when"]],
                ["turned away and not told", figures["refused_not_told"]],
                ["connections that failed by themselves", figures["broken"]],
                ["most resident: edge / chat, MiB", f"{figures['edge_peak_mib']:.0f} / {figures['chat_peak_mib']:.0f}"],
            ],
        ),
    ]


def wire(figures: dict) -> list[str]:
    ways = {"json": "JSON", "proto": "Protobuf", "json_snappy": "JSON, Snappy", "proto_snappy": "Protobuf, Snappy"}
    rows = []
    for way, label in ways.items():
        cells = [figures[side][way][direction] for side in ("visitor", "agent") for direction in ("up", "down")]
        rows.append([label, *(f"{cell:,}" for cell in cells), f"{sum(cells):,}"])
    base = sum(figures[side]["json"][direction] for side in ("visitor", "agent") for direction in ("up", "down"))
    for row in rows:
        row.append(f"{int(row[-1].replace(',', '')) / base:.2f}")
    frames = [figures[side][f"frames_{direction}"] for side in ("visitor", "agent") for direction in ("up", "down")]
    rows.append(["frames", *frames, sum(frames), ""])
    return [
        "## Bytes on the wire",
        "",
        f"One conversation of a shop, in Chinese: {figures['asked']} questions that keywords answer, then {figures['talk']} messages between the",
        "visitor and an agent, with typing and read marks. Its frames with the headers of WebSocket, without those of",
        f"TCP and of the upgrade. Frames above {figures['compress_above_bytes']} bytes are compressed, if that makes them smaller.",
        "",
        *table(["", "visitor, up", "down", "agent, up", "down", "all", "by JSON"], rows),
    ]


def bot(figures: dict) -> list[str]:
    if "left_out" in figures:
        return ["## The bot", "", figures["left_out"], ""]

    def answers(run: dict) -> list[list[object]]:
        return [
            [f"{step['rate']:,.0f}", f"{step['answered']['count']:,}", *(ms(step["answered"][q]) for q in ("p50", "p99", "max")), ms(step["acknowledged"]["p99"])]
            for step in run["steps"]
        ]

    def measured(name: str) -> bool:
        return "steps" in figures.get(name, {})

    def part(name: str, words: str, head: list[str], rows: object) -> list[str]:
        if not measured(name):
            return [f"{words} not measured: {figures.get(name, {}).get('failed', 'there was no time for it')}.", ""]
        cut = ["Cut short by its limit of time.", ""] if figures[name]["cut_short"] else []
        return [f"{words}", "", *table(head, rows(figures[name])), *cut, audit(figures[name]), ""]

    head = ["asked/s", "answers", "answered p50, ms", "p99", "longest", "acknowledged p99, ms"]
    return [
        f"## The bot, {figures.get('connected', 0):,} connected",
        "",
        *part("keywords", "Questions that keywords answer:", head, answers),
        *part("model", "Questions that only the model finds:", head, answers),
        *part("overload", "Asked ten times the highest rate at which 99 of 100 were answered within a second:", head, answers),
        *part("people_alone", "People, without that:", STEP_HEAD, step_rows),
        *part("people_beside", "People meanwhile:", STEP_HEAD, step_rows),
        f"Most resident, MiB: {figures.get('peak_mib', 'not measured')}.",
        "",
    ]


def main() -> None:
    path = pathlib.Path(sys.argv[1])
    figures = json.loads(path.read_text())
    lines = [
        f"# The door, {path.name[:10]}",
        "",
        f"{machine()}. Commit {commit()}. Command: `make bench-door`. Generator and service share the machine.",
        "",
    ]
    parts = {"people": people, "bot": bot, "broadcast": broadcast, "storm": storm, "idle": idle, "wire": wire}
    for name, part in parts.items():
        if name not in figures:
            continue
        why = figures[name].get("failed")
        try:
            lines += part(figures[name])
        except (KeyError, IndexError):
            # It ended before it had figures to show.
            lines += [f"## {name.capitalize()}", ""]
        if why:
            lines += [f"**Not measured to the end:** {why}", ""]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
