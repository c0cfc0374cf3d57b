"""Measures what a call costs the program that makes it while the server is down, and how fast the spool is delivered.

    python3 python/bench/bench.py [--calls 20000] [--url http://127.0.0.1:7777]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, List

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import daybook

CONVERSATION = {
    "agent_position": "CFO", "model_provider": "openrouter", "model_name": "claude-3.5-sonnet", "model_version": "20241022",
    "input_tokens": 1200, "output_tokens": 300, "total_tokens": 1500, "command_executed": "monthly report",
    "user_prompt_preview": "How much of the budget for marketing is left, and what is it going to be spent on until the end of the year? " * 2,
    "response_preview": "Of the budget of 120,000 there are 31,500 left, of which 20,000 are promised to the campaign in November. " * 2,
}  # fmt: skip
OPERATION = {
    "operation_type": "AGGREGATE", "input_tables": ["bronze.wasde_cell"], "output_table": "silver.commodity_summary", "output_row_count": 150,
    "transformation_logic": "SELECT commodity, SUM(value) FROM wasde_cell GROUP BY commodity",
    "parameters": {"aggregation": "SUM", "group_by": ["commodity"]},
}  # fmt: skip


def measure(name: str, calls: int, call: Callable[[], object]) -> None:
    times: List[float] = []
    for _ in range(calls):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    times.sort()
    median, late, worst = times[calls // 2], times[calls * 99 // 100], times[-1]
    print(f"{name:34} median {median * 1e6:6.0f} µs   p99 {late * 1e6:7.0f} µs   worst {worst * 1e6:8.0f} µs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--url", help="a server that runs: measures the delivery, too, and leaves the records there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        away = daybook.Recorder("http://127.0.0.1:9", spool=f"{folder}/away", exit_timeout=0, max_bytes=1 << 40)
        measure("conversations, some 700 bytes", given.calls, lambda: away.record("conversations", CONVERSATION))
        operation = {"session_id": "0198e0a4-5c00-7002-8000-000000000002", "operation_order": 1, **OPERATION}
        measure("transformation_operation", given.calls, lambda: away.record("transformation_operation", operation))
        logger = daybook.TransformationLogger(agent_id="bench", purpose="measure", source_tables=["bronze.wasde_cell"], recorder=away)
        with logger:
            measure("TransformationLogger.log_operation", given.calls, lambda: logger.log_operation(**OPERATION))
        away.close(0)
        if given.url:
            there = daybook.Recorder(given.url, spool=f"{folder}/there", max_bytes=1 << 40)
            began = time.perf_counter()
            for _ in range(given.calls):
                there.record("conversations", CONVERSATION)
            there.flush()
            print(f"recorded and delivered: {given.calls / (time.perf_counter() - began):,.0f} records/s")
            there.close()


if __name__ == "__main__":
    main()
