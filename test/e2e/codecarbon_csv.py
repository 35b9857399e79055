"""The real CodeCarbon reads our emissions.csv, appends to it and updates it, and makes no .bak.

    python codecarbon_csv.py emissions.csv [result.csv]

The file is copied first; what has become of the copy is written to the second path. Exits with 1 and a line per finding when something does not hold.
"""

import csv
import os
import shutil
import sys
import tempfile
from dataclasses import fields

import pandas as pd
from codecarbon.output_methods.emissions_data import EmissionsData
from codecarbon.output_methods.file import FileOutput

MEASURED = [
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "cpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
]

problems = []


def check(holds, what):
    if not holds:
        problems.append(what)


def record(run_id, duration):
    """A run of CodeCarbon's own; every field has a value of its type."""
    values = {
        field.name: (1.5 if field.type is float else "x") for field in fields(EmissionsData)
    }
    values.update(run_id=run_id, duration=duration, on_cloud="N", timestamp="2026-01-01T00:00:00")
    return EmissionsData(**values)


def equal_rows(before, after, what):
    """Our rows say the same as before, figures to 12 digits."""
    before, after = (frame.set_index("run_id") for frame in (before, after))
    for run_id in before.index:
        check(list(after.index).count(run_id) == 1, f"{what}: run {run_id} has not one row")
        if run_id not in after.index:
            continue
        for column in before.columns:
            old, new = before.loc[run_id, column], after.loc[run_id, column]
            same = (pd.isna(old) and pd.isna(new)) or old == new
            if not same and isinstance(old, float):
                same = abs(old - new) <= 1e-12 * abs(old)
            check(same, f"{what}: {column} of {run_id} was {old!r} and is {new!r}")


def main(path):
    folder = tempfile.mkdtemp(prefix="codecarbon-csv-")
    try:
        copy = os.path.join(folder, "emissions.csv")
        shutil.copyfile(path, copy)
        ours = pd.read_csv(copy)

        columns = [field.name for field in fields(EmissionsData)]
        check(list(ours.columns) == columns, f"columns differ: {list(ours.columns)}")
        check(len(ours) > 0, "no rows")
        for column in MEASURED:
            check(
                pd.api.types.is_float_dtype(ours[column]),
                f"{column} is read as {ours[column].dtype}, not as float",
            )
        with open(copy, newline="") as text:
            for row, (_, read) in zip(csv.DictReader(text), ours.iterrows()):
                for column in MEASURED:
                    check(
                        row[column] == "" or float(row[column]) == read[column],
                        f"{column}: Python reads {row[column]} otherwise than pandas, {read[column]!r}",
                    )

        with open(copy, "rb") as before:
            head = before.read()
        FileOutput("emissions.csv", folder, on_csv_write="append").out(record("theirs", 2.5), None)
        with open(copy, "rb") as after:
            check(after.read().startswith(head), "append changed what was there")
        appended = pd.read_csv(copy)
        check(len(appended) == len(ours) + 1, f"append: {len(appended)} rows")
        equal_rows(ours, appended, "append")

        for duration in (3.5, 4.5):
            FileOutput("emissions.csv", folder, on_csv_write="update").out(
                record("theirs", duration), None
            )
        updated = pd.read_csv(copy)
        check(len(updated) == len(ours) + 1, f"update: {len(updated)} rows")
        equal_rows(ours, updated, "update")
        theirs = updated[updated.run_id == "theirs"].duration.tolist()
        check(theirs == [4.5], f"update: durations {theirs}")

        if len(sys.argv) > 2:
            shutil.copyfile(copy, sys.argv[2])
        check(os.listdir(folder) == ["emissions.csv"], f"left behind: {os.listdir(folder)}")
    finally:
        shutil.rmtree(folder)


main(sys.argv[1])
for problem in problems:
    print(problem, file=sys.stderr)
print("codecarbon reads, appends to and updates the file" if not problems else "FAILED")
sys.exit(1 if problems else 0)
