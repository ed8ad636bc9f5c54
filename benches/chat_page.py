#!/usr/bin/env python3
"""Turns the figures of bench-chat into a page: python3 benches/chat_page.py FIGURES.json > page.md"""

import json
import pathlib
import sys

from page import commit, machine

NAMES = {
    "sqlite": "Kefu on SQLite",
    "postgres": "Kefu on PostgreSQL",
    "ejabberd_sqlite": "ejabberd, archive in SQLite",
    "ejabberd_mnesia": "ejabberd, archive in Mnesia",
    "prosody_internal": "prosody, archive in files",
    "prosody_sqlite": "prosody, archive in SQLite",
    "socketio": "socket.io, nothing stored",
    "echo": "WebSocket echo, nothing behind it",
}
MEANING = """
Every server gets the same load from the same generator: pairs of one sender and one reader, each on a
connection of its own to 127.0.0.1, and one text of 17 Chinese characters. A conversation has one message on
its way: the next is written when the server has acknowledged the last. A message counts when it was both
acknowledged to the sender and delivered to the reader within the measured window. Order and uniqueness of
acknowledgements and deliveries are checked in all conversations as they come, and what is stored is counted
afterwards. A server that breaks one of these has no figures here, but what it broke.

- **Kefu**: a visitor who waits in the queue, so that no bot writes, with a device that sends and a second one
  that reads. `Accepted` comes after the transaction is durable (SQLite in WAL with `synchronous = FULL`;
  PostgreSQL with `fsync` and `synchronous_commit`). Afterwards every conversation is read back from the store
  and held against what was acknowledged, id by id.
- **ejabberd, prosody** (Debian's packages, SASL PLAIN, no TLS): the acknowledgement is stream management's `<a/>`
  (XEP-0198) for that stanza, delivery is the reader's client getting it. Both archive a message twice, for its
  sender and for its reader; both archives are counted by XEP-0313 queries afterwards. Whether what is
  acknowledged survives the loss of power is seen in the column of syncs: at 0 it does not. The archive in Mnesia
  is measured for two seconds a level, as it slows down with what it has stored.
- **socket.io**: the server's acknowledgement callback, and nothing is stored.
- **Batches**: the same rows through Kefu's store adapter, 512 changes a transaction, one after the other, without
  a server; only the time in the store counts.
- **Syncs per message**: calls of `fsync` and `fdatasync` by the server's processes, counted by `perf stat`.
- **Cores**: user and system time by the time that passed. Generator and servers share the machine.
""".strip()


def bar(value: float, most: float, width: int = 50) -> str:
    return "█" * max(round(value / most * width), 1 if value > 0 else 0) if most else ""


def plot(rows: list[tuple[str, float]], unit: str) -> list[str]:
    if not rows:
        return []
    most, pad = max(value for _, value in rows), max(len(name) for name, _ in rows)
    return ["```", *(f"{name:<{pad}}  {bar(value, most)} {value:,.{0 if value >= 100 else 2}f} {unit}" for name, value in rows), "```", ""]


def servers(figures: dict) -> dict:
    found = {**figures.get("kefu", {}), **figures.get("peers", {}), **figures.get("floors", {})}
    return {name: found[name] for name in NAMES if name in found}


def kefu(figures: dict) -> list[tuple[str, dict]]:
    found = figures.get("kefu", {})
    return [(name, found[name]) for name in NAMES if "closed" in found.get(name, {})]


def cores(row: dict) -> tuple[str, str]:
    busy = {role: f"{used['user'] + used['system']:.2f}" for role, used in row["cores"].items()}
    generator = busy.pop("generator")
    return ", ".join(f"{role} {used}" for role, used in busy.items()), generator


def throughput(figures: dict) -> list[str]:
    found = servers(figures)
    good = {name: part for name, part in found.items() if "closed" in part}
    if not good:
        return []
    levels = [row["conversations"] for row in next(iter(good.values()))["closed"]]
    head = " | ".join(f"{level:,}" for level in levels)
    lines = ["## Messages per second, acknowledged and delivered", "", f"| concurrent conversations | {head} | syncs per message | stored afterwards |"]
    lines.append("|---" * (len(levels) + 3) + "|")
    for name, part in found.items():
        if name not in good:
            lines.append(f"| {NAMES[name]} | not measured: {part['failed']} |" + " |" * (len(levels) + 1))
            continue
        rates = " | ".join(f"{row['per_second']:,.0f}" for row in part["closed"])
        syncs = part["closed"][-1]["syncs_per_message"]
        audit = part["audit"]
        stored = f"{audit['stored']:,} of {audit['acknowledged']:,}" if "acknowledged" in audit else "–"
        lines.append(f"| {NAMES[name]} | {rates} | {'?' if syncs is None else syncs} | {stored} |")
    floors = figures.get("floors", {})
    for kind in ("sqlite", "postgres"):
        batch = floors.get(f"batches_{kind}", {})
        if "per_second" in batch:
            lines.append(f"| batches of {batch['batch']}, {kind}, no server |" + " |" * (len(levels) - 1) + f" {batch['per_second']:,.0f} | | |")
    lines += ["", "The highest of each:", ""]
    rows = [(NAMES[name], part["best_per_second"]) for name, part in good.items() if name != "echo"]
    lines += plot(rows, "/s")
    lines += [f"Cores busy, and the time to an acknowledgement in the closed loop, at {levels[-1]:,} conversations:", ""]
    lines += ["| | server | generator | p50, ms | p99, ms |", "|---|---|---|---|---|"]
    for name, part in good.items():
        row = part["closed"][-1]
        server, generator = cores(row)
        times = row["acknowledged_ms"]
        lines.append(f"| {NAMES[name]} | {server} | {generator} | {times['p50']:.2f} | {times['p99']:.2f} |")
    return [*lines, ""]


def commits(figures: dict) -> list[str]:
    rows = [
        f"| {NAMES[name]} | {row['conversations']:,} | {row['commits_per_message']} | {row['changes_per_commit']}"
        f" | {row['commit_ms']} | {row['writer_busy']:.0%} |"
        for name, part in kefu(figures)
        for row in part["closed"]
    ]
    if not rows:
        return []
    head = ["## Commits", "", "From the chat role's metrics.", ""]
    head += ["| | conversations | commits per message | changes per commit | one commit, ms | of the time in commits |"]
    return [*head, "|---|---|---|---|---|---|", *rows, ""]


def latency(figures: dict) -> list[str]:
    lines = ["## Time to acknowledgement and delivery", ""]
    lines += ["Open loop: messages at moments of a seeded Poisson process, whether earlier ones were answered or not;"]
    lines += ["times count from the intended moment, the generator's own lateness included.", ""]
    head = "| | share of the highest rate | per second | acknowledged p50 / p99 / p99.9, ms | delivered p50 / p99 / p99.9, ms | clock late p99, ms | generator, cores |"
    lines += [head, "|---|---|---|---|---|---|---|"]
    three = lambda times: " / ".join(f"{times[q]:.2f}" for q in ("p50", "p99", "p999"))
    bars = []
    for name, part in kefu(figures):
        for row in part["open"]:
            lines.append(
                f"| {NAMES[name]} | {row['share']:.0%} of {part['best_per_second']:,.0f} | {row['per_second']:,.0f}"
                f" | {three(row['acknowledged_ms'])} | {three(row['delivered_ms'])} | {row['clock_late_ms']['p99']:.2f} | {cores(row)[1]} |"
            )
            bars.append((f"{NAMES[name]}, {row['share']:.0%}", row["acknowledged_ms"]["p99"]))
    if not bars:
        return []
    if "disk" in figures:
        disk = figures["disk"]
        bars.append(("fdatasync alone", disk["p99"]))
        lines += ["", f"One 4 KiB write with fdatasync on the same disk in the same run: p50 {disk['p50']:.3f} ms, p99 {disk['p99']:.3f} ms, {disk['per_second']:,.0f}/s."]
    return [*lines, "", "p99 to the acknowledgement:", "", *plot(bars, "ms")]


def measured(sizes: dict | list) -> list[dict]:
    """The sizes of a store that were reached."""
    return [size for size in sizes if "operations" in size] if isinstance(sizes, list) else []


def growth(figures: dict) -> list[str]:
    lines = []
    for name, sizes in sorted(figures.get("growth", {}).items(), reverse=True):
        failed = [size for size in ([sizes] if isinstance(sizes, dict) else sizes) if "failed" in size]
        sizes = measured(sizes)
        if not sizes:
            lines += [f"### {name}", "", f"Not measured: {failed[0]['failed']}.", ""]
            continue
        head = " | ".join(f"{row['messages']:,}" for row in sizes)
        lines += [f"### {name}", "", f"| p50, µs, at stored messages | {head} | most / smallest |", "|---" * (len(sizes) + 2) + "|"]
        for operation in sizes[0]["operations"]:
            times = [row["operations"][operation]["p50_us"] for row in sizes]
            cells = " | ".join(f"{time:,.0f}" if time else "not taken" for time in times)
            lines.append(f"| {operation} | {cells} | {f'{max(times) / times[0]:.2f}' if times[0] else ''} |")
        lines.append("")
        lines += [f"Not measured at {size['messages']:,}: {size['failed']}.\n" for size in failed]
    if not lines:
        return []
    head = ["## Cost as it grows", "", "Through the store's port, no server around it. Half of the messages are in one long conversation, whose"]
    head += ["pages are turned (the 10,000th counts from the newest; where there are fewer, the oldest), half in short ones.", ""]
    return head + lines


def aims(figures: dict) -> list[str]:
    rows = []

    def aim(what: str, value: float, bound: float, at_least: bool, unit: str = "×") -> None:
        met = value >= bound if at_least else value <= bound
        rows.append(f"| {what} | {'≥' if at_least else '≤'} {bound:g} {unit} | {value:.3g} {unit} | {'met' if met else '**missed**'} |")

    best = {name: part["best_per_second"] for name, part in servers(figures).items() if part.get("best_per_second")}
    for kind in ("sqlite", "postgres"):
        if kind not in best:
            continue
        batch = figures["floors"].get(f"batches_{kind}", {}).get("per_second") if "floors" in figures else None
        if batch:
            aim(f"{NAMES[kind]} by its batches without a server", best[kind] / batch, 0.5, True)
        part = figures["kefu"][kind]
        if "disk" in figures:
            for row in part["open"]:
                if row["share"] == 0.5:
                    aim(f"{NAMES[kind]}, p99 to acknowledgement at 50 %, by fdatasync's p50", row["acknowledged_ms"]["p99"] / figures["disk"]["p50"], 4, False)
                    aim("the same by fdatasync's p99", row["acknowledged_ms"]["p99"] / figures["disk"]["p99"], 4, False)
        aim(f"{NAMES[kind]}, commits per message at the most conversations", part["closed"][-1]["commits_per_message"], 0.05, False, "")
    for name, sizes in sorted(figures.get("growth", {}).items(), reverse=True):
        sizes = measured(sizes)
        if sizes:
            worst = max(
                (max(row["operations"][op]["p50_us"] for row in sizes) / sizes[0]["operations"][op]["p50_us"], op)
                for op in sizes[0]["operations"]
                if sizes[0]["operations"][op]["n"]
            )
            aim(f"{name}, operation that grows most ({worst[1]})", worst[0], 1.5, False)
    note = "Where the time goes when one is missed: the cores of each role and the share of time in commits, below."
    return [*against(figures), "## Aims", "", note, "", "| | aim | here | |", "|---|---|---|---|", *rows, ""] if rows else []


def against(figures: dict) -> list[str]:
    """How many times each peer's rate, at the same number of conversations."""
    found = servers(figures)
    rates = {name: [row["per_second"] for row in part["closed"]] for name, part in found.items() if "closed" in part}
    peers = [("ejabberd_sqlite", 100), ("ejabberd_mnesia", None), ("prosody_internal", 5), ("prosody_sqlite", 5), ("socketio", 1)]
    rows = []
    for kind in ("sqlite", "postgres"):
        for peer, factor in peers:
            if kind not in rates or peer not in rates:
                continue
            times = [own / other if other else None for own, other in zip(rates[kind], rates[peer], strict=True)]
            cells = ["it gave none" if time is None else f"{time:.3g}" if factor is None or time >= factor else f"**{time:.3g}**" for time in times]
            rows.append(f"| {NAMES[kind]} by {NAMES[peer]} | {'–' if factor is None else f'≥ {factor}'} | {' | '.join(cells)} |")
    if not rows:
        return []
    levels = [row["conversations"] for row in next(part["closed"] for part in found.values() if "closed" in part)]
    head = " | ".join(f"at {level:,}" for level in levels)
    return ["## Rate by each peer's", "", "At the same number of conversations. Bold: below the aim.", "", f"| | aim | {head} |", "|---" * (len(levels) + 2) + "|", *rows, ""]


def main() -> None:
    path = pathlib.Path(sys.argv[1])
    figures = json.loads(path.read_text())
    print(f"# Chat core beside its peers, {path.stem.removesuffix('-chat')}\n")
    print(f"{machine()}. Commit {commit()}. Command: `make bench-chat`.\n")
    if figures["quick"]:
        print("**A quick run: it shows that every part works. No figure of it counts.**\n")
    print(MEANING + "\n")
    for part in (aims, throughput, commits, latency, growth):
        lines = part(figures)
        if lines:
            print("\n".join(lines))


if __name__ == "__main__":
    main()
