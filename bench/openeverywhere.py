"""Do the CSV and the Parquet files of a published version say the same, to everyone who opens them?

    python openeverywhere.py dist/DXv27.1

Each .parquet file that has a .csv of the same name beside it is read, both of them, with DuckDB, Polars and pandas.
For every library the two must have the same rows in the same order, and the same value in every cell: an empty cell is
a null, a JSON array is a list, and a JSON object of soft labels is a list of (class_id, p) by the names in
..._classes_stage3.csv. Then the libraries must agree with each other. Columns that only the Parquet file has must be
called extra.<name> or soft.<class>.

Needs duckdb, polars, pandas, pyarrow (2.0.0, 2.1.0, 3.1.1, 26.0.1 when this was written).
Exit status: 0 agree, 1 not, 2 no such files.
"""

import csv
import json
import pathlib
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

DECIMALS = {"ita": 2, "image_type_confidence": 4}  # columns whose CSV cells are rounded, half away from zero


def duckdb_csv(path):
    columns = ", ".join(quote(c) + ": " + quote("VARCHAR") for c in header(path))
    return as_table(duckdb.sql(
        "select * from read_csv(?, all_varchar=true, header=true, delim=',', quote='\"', escape='\"', nullstr='',"
        f" auto_detect=false, columns={{{columns}}}, max_line_size=100000000)", params=[str(path)]))


def duckdb_parquet(path):
    return as_table(duckdb.sql("select * from read_parquet(?)", params=[str(path)]))


def as_table(relation):
    t = relation.to_arrow_table() if hasattr(relation, "to_arrow_table") else relation.arrow()
    return t if isinstance(t, pa.Table) else t.read_all()


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def polars_csv(path):
    return pl.read_csv(path, infer_schema=False).to_arrow()


def polars_parquet(path):
    return pl.read_parquet(path).to_arrow()


def pandas_csv(path):
    return from_pandas(pd.read_csv(path, dtype=str, keep_default_na=False))


def pandas_parquet(path):
    return from_pandas(pd.read_parquet(path))


def from_pandas(frame):
    return pa.table({name: pa.array(frame[name], from_pandas=True) for name in frame.columns})


LIBRARIES = {
    "duckdb": (duckdb_csv, duckdb_parquet),
    "polars": (polars_csv, polars_parquet),
    "pandas": (pandas_csv, pandas_parquet),
}


def header(path):
    with open(path, newline="", encoding="utf-8") as f:
        return next(csv.reader(f))


def class_ids(folder):
    ids = {}
    for path in folder.glob("*_classes_stage3.csv"):
        with open(path, newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                ids[row["target_name"]] = int(row["class_id"])
    return ids


def text(column):
    """A column of text as one array, null = empty."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    column = pc.cast(column, pa.large_string())
    return pc.fill_null(column, "")


def first_difference(equal, have, want):
    at = pc.index(equal, False).as_py()
    return f"row {at}: {have[at].as_py()!r} in the CSV, {want[at].as_py()!r} in the Parquet"


def compare(name, cells, values, ids):
    """What is different between a CSV column and a Parquet column, or None."""
    cells = text(cells)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    kind = values.type
    if pa.types.is_null(kind) or pa.types.is_dictionary(kind):
        values, kind = pc.cast(values, pa.large_string()), pa.large_string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return compare_lists(cells, values, ids)
    empty = pc.equal(cells, "")
    known = pc.if_else(empty, pa.scalar(None, pa.large_string()), cells)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view():
        equal = pc.equal(cells, text(values))
    elif pa.types.is_floating(kind) and name in DECIMALS:
        a = pc.cast(known, pa.float64()).to_numpy(zero_copy_only=False)
        b = pc.cast(values, pa.float64()).to_numpy(zero_copy_only=False)
        near = np.abs(a - b) <= 0.5 * 10.0 ** -DECIMALS[name] + 1e-6
        equal = pa.array(near | (np.isnan(a) & np.isnan(b)))
    else:
        parsed = pc.cast(known, kind)
        equal = pc.or_(pc.fill_null(pc.equal(parsed, values), False), pc.and_(pc.is_null(parsed), pc.is_null(values)))
    if pc.all(equal).as_py() is False:
        return first_difference(equal, cells, values)
    return None


def compare_lists(cells, values, ids):
    for at, (cell, value) in enumerate(zip(cells.to_pylist(), values.to_pylist())):
        want = None
        if cell:
            want = json.loads(
                cell, object_pairs_hook=lambda pairs: [(ids.get(k, k), float(np.float32(v))) for k, v in pairs])
        if value and isinstance(value[0], dict):
            value = [(v["class_id"], float(np.float32(v["p"]))) for v in value]
        if want != value:
            return f"row {at}: {cell!r} in the CSV, {value!r} in the Parquet"
    return None


def check(library, csv_path, parquet_path, ids):
    """Reads both files with one library. Returns both tables and what is different."""
    read_csv, read_parquet = LIBRARIES[library]
    a, b = read_csv(csv_path), read_parquet(parquet_path)
    problems = []
    if a.num_rows != b.num_rows:
        return a, b, [f"{a.num_rows} rows in the CSV, {b.num_rows} in the Parquet"]
    shared = [c for c in b.column_names if c in a.column_names]
    if shared != a.column_names:
        problems.append(f"columns {a.column_names} in the CSV, {b.column_names} in the Parquet")
    for name in b.column_names:
        if name not in a.column_names and not name.startswith(("extra.", "soft.")):
            problems.append(f"column {name!r}: only in the Parquet")
    for name in shared:
        try:
            problem = compare(name, a[name], b[name], ids)
        except (pa.ArrowInvalid, ValueError) as err:
            problem = str(err)
        if problem:
            problems.append(f"column {name!r}: {problem}")
    return a, b, problems


def same_columns(first, other):
    """Names of text columns that two libraries read differently."""
    if first.column_names != other.column_names or first.num_rows != other.num_rows:
        return ["(names or rows)"]
    return [c for c in first.column_names if is_text(first[c]) and not text(first[c]).equals(text(other[c]))]


def is_text(column):
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or column.type == pa.string_view()


def main(folder):
    ids = class_ids(folder)
    files = [p for p in sorted(folder.rglob("*.parquet")) if p.with_suffix(".csv").exists()]
    if not files:
        print(f"{folder}: no .parquet with a .csv beside it", file=sys.stderr)
        return 2
    agree = True
    print(f"{'file':<50} {'library':<8} {'rows':>10} {'columns':>8}  result")
    for path in files:
        first = None
        for library in LIBRARIES:
            a, b, problems = check(library, path.with_suffix(".csv"), path, ids)
            if first is None:
                first = (a, b)
            else:
                for what, x, y in (("CSV", first[0], a), ("Parquet", first[1], b)):
                    problems += [f"column {c!r} of the {what}: read otherwise by {next(iter(LIBRARIES))}"
                                 for c in same_columns(x, y)]
            print(f"{path.name:<50} {library:<8} {b.num_rows:>10} {b.num_columns:>8}"
                  f"  {'same' if not problems else 'DIFFERENT'}")
            for problem in problems:
                print(f"    {problem}")
            agree = agree and not problems
    print(f"agree={'yes' if agree else 'no'} files={len(files)}")
    return 0 if agree else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(pathlib.Path(sys.argv[1])))
