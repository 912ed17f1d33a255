"""The table work of a dermset build in pandas: pandas_table.py IN_DIR OUT_DIR. See bench/README.md for the job."""
import glob
import hashlib
import os
import sys

import numpy as np
import pandas as pd

if "--version" in sys.argv:
    sys.exit(print("pandas", pd.__version__))
IN, OUT, MIN_COUNT, SEED = sys.argv[1], sys.argv[2], 20, 7
os.makedirs(OUT, exist_ok=True)
EMPTY = dict(keep_default_na=False, na_values=[""])
TYPES = {"age": "Int16"} | {name: "str" for name in ("sex", "patient_id", "lesion_id", "body_site", "differential")}
SELECTED = ["image_id", "source", "image_path", "source_label", "patient_id", "lesion_id", "sex", "age", "body_site",
            "target_name", "icd11_codes", "class", "split"]


def counts(column, name):
    table = column.value_counts().rename_axis(name).reset_index(name="n")
    return table.sort_values(["n", name], ascending=[False, True])


labels = pd.read_csv(f"{IN}/mapping.csv", **EMPTY).merge(
    pd.read_csv(f"{IN}/merge.csv", **EMPTY), on="target_name", how="left")
labels["class"] = labels["into"].fillna(labels["target_name"]).where(
    (labels["action"] != "exclude") & (labels["target_name"] != "-"))
labels = labels.drop(columns=["action", "into"])
rows = pd.concat([pd.read_csv(path, dtype=TYPES, **EMPTY) for path in sorted(glob.glob(f"{IN}/src/*.csv"))],
                 ignore_index=True)
rows = rows.merge(labels, on=["source", "source_label"], how="left")

stage1 = counts(rows.loc[rows["target_name"].notna() & (rows["target_name"] != "-"), "target_name"], "target_name")
stage2 = counts(rows["class"].dropna(), "class")
stage3 = stage2[stage2["n"] >= MIN_COUNT]
for number, table in enumerate((stage1, stage2, stage3), 1):
    table.to_csv(f"{OUT}/stage{number}.csv", index=False)
kept = rows["class"].isin(stage3["class"])
rejected = rows.loc[~kept, ["image_id", "source", "source_label", "target_name", "class"]]
rejected["reason"] = np.select(
    [rejected["target_name"].isna(), rejected["target_name"] == "-", rejected["class"].isna()],
    ["unmapped", "not_a_diagnosis", "excluded"], "below_min_count")
rejected[["image_id", "source", "source_label", "reason"]].to_csv(f"{OUT}/rejects.csv", index=False)
selected = rows[kept].reset_index(drop=True)
del rows
selected["group"] = selected["patient_id"].fillna(selected["lesion_id"]).fillna(selected["image_id"])

# A group's stratum is the rarest of its classes; inside a stratum groups come in the order of a hash.
order = stage3.sort_values(["n", "class"])["class"].reset_index(drop=True)
ranked = pd.DataFrame({"group": selected["group"], "rank": selected["class"].map(pd.Series(order.index, index=order))})
groups = ranked.groupby("group", sort=False)["rank"].agg(["min", "size"]).reset_index()
groups["hash"] = [hashlib.md5(f"{SEED}:{group}".encode()).hexdigest() for group in groups["group"]]
groups = groups.sort_values(["min", "hash"])
sizes = groups.groupby("min")["size"]
middle, total = (2 * (sizes.cumsum() - groups["size"]) + groups["size"]) * 100, sizes.transform("sum")
groups["split"] = np.select([middle < 140 * total, middle < 170 * total], ["train", "val"], "test")
selected = selected.merge(groups[["group", "split"]], on="group", how="left")
selected[SELECTED].to_csv(f"{OUT}/selected_unsampled.csv", index=False)
selected[SELECTED].to_parquet(f"{OUT}/selected_unsampled.parquet", compression="zstd", index=False)

entries = selected.loc[selected["differential"].notna(), ["image_id", "source", "differential"]]
entries = entries.assign(entry=entries["differential"].str.split(";")).drop(columns="differential").explode("entry")
parts = entries["entry"].str.partition(":")
entries["source_label"], entries["weight"] = parts[0], pd.to_numeric(parts[2].replace("", "1"), errors="coerce")
entries = entries.merge(labels.loc[labels["class"].isin(stage3["class"]), ["source", "source_label", "class"]],
                        on=["source", "source_label"])
shares = entries.groupby(["image_id", "class"], sort=False)["weight"].sum().reset_index()
shares["prob"] = shares["weight"] / shares.groupby("image_id", sort=False)["weight"].transform("sum")
own = selected.loc[~selected["image_id"].isin(shares["image_id"]), ["image_id", "class"]].assign(prob=1.0)
soft = pd.concat([shares[["image_id", "class", "prob"]], own], ignore_index=True)
soft.assign(prob=soft["prob"].round(6)).to_csv(f"{OUT}/selected_unsampled_soft.csv", index=False)
soft.astype({"prob": "float32"}).to_parquet(f"{OUT}/selected_unsampled_soft.parquet", compression="zstd", index=False)
