"""A small warehouse and an agent at work on it, to try Daybook with:

    daybook serve
    PYTHONPATH=python/src python3 python/examples/warehouse.py
    daybook why gold.balance --server http://127.0.0.1:7777

It makes its tables in memory, and logs to where DAYBOOK_URL says.
"""

from __future__ import annotations

import sqlite3

import daybook

HARVEST = [("corn", 2024, 14867.0), ("corn", 2025, 16752.0), ("wheat", 2024, 1971.0), ("wheat", 2025, None)]

SILVER = """
CREATE TABLE silver.harvest AS
SELECT crop, year, bushels FROM bronze.report WHERE bushels IS NOT NULL
"""

GOLD = """
CREATE TABLE gold.balance AS
SELECT crop, SUM(bushels) AS bushels FROM silver.harvest GROUP BY crop
"""


class ReportCollector(daybook.BaseCollector):
    """Brings the reports in. Every run of it is an ingest_run."""

    job_type, agent_id, source, target_table = "reports", "report_collector", "example", "bronze.report"

    def __init__(self, warehouse: sqlite3.Connection) -> None:
        self.warehouse = warehouse

    def collect(self) -> None:
        self.warehouse.execute("CREATE TABLE bronze.report (crop, year, bushels)")
        self.run_log.fetched(len(HARVEST))
        self.warehouse.executemany("INSERT INTO bronze.report VALUES (?, ?, ?)", HARVEST)
        self.run_log.inserted(len(HARVEST))


def transform(warehouse: sqlite3.Connection, run: daybook.IngestRun) -> None:
    """Bronze to silver to gold. The SQL is logged as it runs, and its lineage follows from it."""
    with run.session("Harvest of each crop", source_tables=["bronze.report"]) as logger:
        logger.cursor(warehouse.cursor(), dialect="sqlite").execute(SILVER)
        with logger.child("Balance", source_tables=["silver.harvest"]) as child:
            cursor = child.cursor(warehouse.cursor(), dialect="sqlite")
            cursor.execute(GOLD)
            rows = cursor.execute("SELECT COUNT(*) FROM gold.balance").fetchone()[0]
            child.register_output("TABLE", "gold.balance", row_count=rows, columns=["crop", "bushels"])


def main() -> None:
    warehouse = sqlite3.connect(":memory:")
    for layer in ("bronze", "silver", "gold"):
        warehouse.execute(f"ATTACH ':memory:' AS {layer}")
    agent = daybook.AgentLogger("analyst")
    with agent.conversation("What was harvested?", model_name="claude-3.5-sonnet") as conversation:
        agent.think("One report of wheat has no number.", thinking_type="uncertainty", confidence_level=0.6)
        agent.decide(
            "What to do about the gap", chosen_option="leave it out", rationale="A guess would look like a report",
            options=["leave it out", "take the year before"], requires_human_review=True,
        )  # fmt: skip
        collector = ReportCollector(warehouse)
        collector.collect()
        transform(warehouse, collector.run_log)
        conversation.usage(input_tokens=1200, output_tokens=180)
        conversation.respond("31,619 million bushels of corn, and 1,971 of wheat in the one year reported.")
    print("delivered" if daybook.flush(10) else "the server is away; the spool keeps it")


if __name__ == "__main__":
    main()
