#!/usr/bin/env python3
"""Turns the figures of one day into a page: python3 benches/page.py 2026-11-21 > page.md"""

import json
import pathlib
import platform
import subprocess
import sys

RESULTS = pathlib.Path(__file__).parent / "results"


def load(date: str, name: str):
    path = RESULTS / f"{date}-{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def machine() -> str:
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next(l.split(":")[1].strip() for l in info.splitlines() if l.startswith("model name"))
    cores = info.count("processor\t")
    memory = pathlib.Path("/proc/meminfo").read_text().split()[1]
    return f"{model}, {cores} cores, {int(memory) // 1048576} GiB, Linux {platform.release()}"


def commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()


def product(figures: dict) -> list[str]:
    lines = ["## Product", "", "| figure | value |", "|---|---|"]
    start = figures["start_to_ready_ms"]
    lines.append(f"| start to ready, vectors remembered (median of 5) | {start['again_median']} ms |")
    if "first_ever" in start:
        lines.append(f"| start to ready, the very first time | {start['first_ever']} ms |")
    lines.append(f"| binary, stripped, pages inside | {figures['binary_bytes'] / 1e6:.1f} MB |")
    for role in ("edge", "chat", "bot"):
        memory = figures["resident_mib"][role]
        lines.append(f"| resident memory of {role} | {memory['rss']} MiB (anonymous {memory['anonymous']}) |")
    lines.append(f"| resident memory in all | {figures['resident_mib']['total_rss']} MiB |")
    lines.append(f"| the same after the load below | {figures['memory_after_load_mib']['total_rss']} MiB |")
    for tier, row in figures["reply_ms_by_tier"].items():
        lines.append(
            f"| reply, tier {tier or 'none'} ({row['n']} texts), p50 / p99 | {row['p50']:.2f} / {row['p99']:.2f} ms |"
        )
    disk = figures["floor_fdatasync_per_second"]
    for row in figures["durable_messages"]:
        ratio = row["per_second"] / disk
        lines.append(
            f"| durable acknowledged messages, {row['senders']} senders | {row['per_second']:.0f}/s,"
            f" {ratio:.2f} × the disk's fdatasync rate; ack p50 / p99"
            f" {row['ack_ms']['p50']:.2f} / {row['ack_ms']['p99']:.2f} ms |"
        )
    lines.append(f"| floor: single 4 KiB writes with fdatasync, same disk | {disk:.0f}/s |")
    return lines


def encoder(figures: dict) -> list[str]:
    sizes = ("8", "14", "32", "128", "512")
    head = " | ".join(f"{size} tokens" for size in sizes)
    lines = ["", "## Encoder", "", f"One text, p50 in ms; batches of {figures['batch']}.", ""]
    lines.append(f"| engine | threads | {head} | texts/s in batches | peak MiB |")
    lines.append("|---" * (len(sizes) + 4) + "|")
    for row in figures["engines"]:
        times = " | ".join(f"{row['one_ms'][size]['p50']:.2f}" for size in sizes)
        lines.append(
            f"| {row['engine']} ({row['arithmetic']}) | {row['threads']} | {times}"
            f" | {row['batch_texts_per_second']:.0f} | {row['peak_resident_mib']:.0f} |"
        )
    return lines


def keyword(figures: dict) -> list[str]:
    lines = ["", "## Keyword tier", "", "Messages of 100 characters; normalisation included in the tier.", ""]
    lines += ["| patterns | expressions | build, ms | p50, µs | p99, µs |", "|---|---|---|---|---|"]
    for row in figures["tier"]:
        lines.append(
            f"| {row['patterns']} | {row['expressions']} | {row['build_ms']:.0f}"
            f" | {row['p50_us']:.1f} | {row['p99_us']:.1f} |"
        )
    lines += ["", "| automaton | patterns | build, ms | MB | p50, µs | p99, µs |", "|---|---|---|---|---|---|"]
    for row in figures["automata"]:
        lines.append(
            f"| {row['kind']} | {row['patterns']} | {row['build_ms']:.0f} | {row['memory_bytes'] / 1e6:.1f}"
            f" | {row['p50_us']:.1f} | {row['p99_us']:.1f} |"
        )
    return lines


def reload(figures: dict) -> list[str]:
    served = figures["save_to_served_ms"]
    calm, stormy = figures["reply_ms_calm"], figures["reply_ms_during_reloads"]
    return [
        "",
        "## Reload",
        "",
        "| figure | p50 | p99 | max |",
        "|---|---|---|---|",
        f"| one phrasing of {figures['phrasings']} changed, save to served, ms"
        f" | {served['p50']:.0f} | {served['p99']:.0f} | {served['max']:.0f} |",
        f"| reply without reloads, ms | {calm['p50']:.1f} | {calm['p99']:.1f} | {calm['max']:.1f} |",
        f"| reply during {figures['reloads']} reloads, a third broken, ms"
        f" | {stormy['p50']:.1f} | {stormy['p99']:.1f} | {stormy['max']:.1f} |",
        f"| the latter by the former | {figures['ratio_p50']:.2f} | {figures['ratio_p99']:.2f} | |",
    ]


def main() -> None:
    date = sys.argv[1]
    print(f"# Figures of {date}\n")
    print(f"{machine()}. Commit {commit()}. Command: `make bench`.\n")
    for name, render in (("product", product), ("encoder", encoder), ("keyword", keyword), ("reload", reload)):
        figures = load(date, name)
        if figures:
            print("\n".join(render(figures)))


if __name__ == "__main__":
    main()
