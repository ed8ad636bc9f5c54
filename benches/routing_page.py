#!/usr/bin/env python3
"""Turns the figures of bench-routing into a page: python3 benches/routing_page.py FIGURES.json > page.md"""

import json
import pathlib
import sys

from door_page import met, ms, table
from page import commit, machine

QUANTILES = ("p50", "p99", "p999")


def disk(figures: dict) -> list[str]:
    after = figures.get("disk_after", {})
    rows = [
        ["before", f"{figures['disk']['per_second']:,.0f}", *(ms(figures["disk"][q]) for q in QUANTILES)],
        *([["after", f"{after['per_second']:,.0f}", *(ms(after[q]) for q in QUANTILES)]] if after else []),
    ]
    return [
        "## The floor: one fdatasync",
        "",
        "Single writes of 4 KiB with `fdatasync`, one after the other, on the same disk in the same run.",
        "",
        *table(["", "per second", "p50, ms", "p99", "p99.9"], rows),
    ]


def decisions(figures: dict) -> list[str]:
    it = figures["decisions"]
    names = {
        "decide": "a decision, when one agent has room",
        "free_to_assigned": "from the end of a talk to the next reserved: told, decided",
        "join": "a visitor joins a line",
        "place": "a visitor's place and wait",
    }
    rows = [
        [label, *(f"{it[name][f'{q}_us']:,.1f}" for q in (*QUANTILES, "max"))] for name, label in names.items()
    ]
    wrong = {
        "inversions": "inversions inside a lane of a group",
        "capacity_violations": "capacities exceeded, of an agent or a group",
        "misfits": "given to who does not serve it",
        "vip_overruns": "more VIPs in a row than may pass",
    }
    return [
        "## Decisions alone",
        "",
        f"{it['queued']:,} wait in {it['groups']} groups for {it['agents']} agents who serve one to three groups each; every fourth group",
        f"has helpers after a minute, every fifth a bound. {it['assignments']:,} assignments, seed {it['seed']}. No store, no sockets.",
        "",
        *table(["", "p50, µs", "p99", "p99.9", "longest"], rows),
        *table(
            ["must be zero", "here", ""],
            [[label, it[name], met(it[name] == 0)] for name, label in wrong.items()],
        ),
    ]


def product(figures: dict) -> list[str]:
    it = figures["product"]
    rows = [
        [label, *(ms(it[name][q]) for q in (*QUANTILES, "max"))]
        for name, label in {
            "from_request": "from the agent's request that makes them free",
            "from_answer": "from the answer to it, when it is durable",
        }.items()
    ]
    lines = [
        "## From a free agent to the next conversation on their screen",
        "",
        f"The product as shipped, SQLite with every commit synced, edge and core over gRPC: {it['queued']:,} wait, {it['agents']} workspaces are",
        f"open and full with {it['capacity']} conversations each. {it['frees_per_second']} talks end in a second, and as many visitors come, for {it['seconds']} s; every change is",
        f"shown in every workspace. {it['freed']:,} talks. Generator and service share the machine.",
        "",
        *table(["", "p50, ms", "p99", "p99.9", "longest"], rows),
        *table(
            ["must be zero", "here", ""],
            [
                ["inversions: who was told to wait before another asked, and was shown later", it["inversions"], met(it["inversions"] == 0)],
                ["agents shown more than they may own", it["capacity_violations"], met(it["capacity_violations"] == 0)],
            ],
        ),
    ]
    if "disk" in figures:
        floor = 2 * figures["disk"]["p50"]
        ratio = it["from_request"]["p50"] / floor
        lines += [
            f"The floor of that way is two commits, the end and the assignment: two fdatasyncs, {ms(floor)} ms at p50. It takes {ratio:.1f} times that.",
            "",
        ]
    return lines


def main() -> None:
    path = pathlib.Path(sys.argv[1])
    figures = json.loads(path.read_text())
    lines = [
        f"# Who is given what, {path.name[:10]}",
        "",
        f"{machine()}. Commit {commit()}. Command: `make bench-routing`.",
        "",
    ]
    for name, part in (("disk", disk), ("decisions", decisions), ("product", product)):
        if name in figures:
            lines += part(figures)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
