"""The table work of a dermset build in Polars: polars_table.py IN_DIR OUT_DIR. See bench/README.md for the job."""
import glob
import os
import sys

import polars as pl
import polars_hash as plh

if "--version" in sys.argv:
    sys.exit(print("polars", pl.__version__))
IN, OUT, MIN_COUNT, SEED = sys.argv[1], sys.argv[2], 20, 7
os.makedirs(OUT, exist_ok=True)
TEXT = pl.String
COLUMNS = dict(image_id=TEXT, source=TEXT, image_path=TEXT, source_label=TEXT, patient_id=TEXT, lesion_id=TEXT,
               sex=TEXT, age=pl.Int16, body_site=TEXT, differential=TEXT)
SELECTED = ["image_id", "source", "image_path", "source_label", "patient_id", "lesion_id", "sex", "age", "body_site",
            "target_name", "icd11_codes", "class", "split"]


def counts(rows, name):
    return rows.group_by(name).agg(n=pl.len()).sort(["n", name], descending=[True, False])


# One row a label: what it is mapped to, and the class after exclusions and mergers.
labels = pl.read_csv(f"{IN}/mapping.csv").join(pl.read_csv(f"{IN}/merge.csv"), on="target_name", how="left").select(
    "source", "source_label", "target_name", "icd11_codes",
    pl.when((pl.col("action") == "exclude") | (pl.col("target_name") == "-")).then(None)
    .otherwise(pl.coalesce("into", "target_name")).alias("class"))
rows = (pl.scan_csv(sorted(glob.glob(f"{IN}/src/*.csv")), schema=COLUMNS)
        .join(labels.lazy(), on=["source", "source_label"], how="left", maintain_order="left")
        .collect(engine="streaming"))

mapped = rows.lazy().filter(pl.col("target_name").is_not_null() & (pl.col("target_name") != "-"))
stage1, stage2 = pl.collect_all(
    [counts(mapped, "target_name"), counts(mapped.filter(pl.col("class").is_not_null()), "class")], engine="streaming")
stage3 = stage2.filter(pl.col("n") >= MIN_COUNT)
for number, table in enumerate((stage1, stage2, stage3), 1):
    table.write_csv(f"{OUT}/stage{number}.csv")
kept = stage3["class"].implode()
(rows.lazy().select(
    "image_id", "source", "source_label",
    reason=pl.when(pl.col("target_name").is_null()).then(pl.lit("unmapped"))
    .when(pl.col("target_name") == "-").then(pl.lit("not_a_diagnosis"))
    .when(pl.col("class").is_null()).then(pl.lit("excluded"))
    .when(~pl.col("class").is_in(kept)).then(pl.lit("below_min_count")))
 .filter(pl.col("reason").is_not_null()).sink_csv(f"{OUT}/rejects.csv"))
selected = (rows.lazy().filter(pl.col("class").is_in(kept))
            .with_columns(group=pl.coalesce("patient_id", "lesion_id", "image_id")).collect(engine="streaming"))
del rows

# A group's stratum is the rarest of its classes; inside a stratum groups come in the order of a hash.
rank = stage3.sort("n", "class").with_row_index("rank")
middle = (2 * pl.col("before") + pl.col("size")) * 100
groups = (selected.lazy().select("group", "class").join(rank.lazy(), on="class")
          .group_by("group").agg(size=pl.len().cast(pl.Int64), stratum=pl.col("rank").min())
          .with_columns(hash=plh.concat_str(pl.lit(f"{SEED}:"), "group").nchash.md5()).sort("stratum", "hash")
          .with_columns(before=pl.col("size").cum_sum().over("stratum") - pl.col("size"),
                        total=pl.col("size").sum().over("stratum"))
          .select("group", split=pl.when(middle < 140 * pl.col("total")).then(pl.lit("train"))
                  .when(middle < 170 * pl.col("total")).then(pl.lit("val")).otherwise(pl.lit("test"))))
selected = selected.lazy().join(groups, on="group", how="left", maintain_order="left").collect(engine="streaming")
out = selected.lazy().select(SELECTED)
pl.collect_all([out.sink_csv(f"{OUT}/selected_unsampled.csv", lazy=True),
                out.sink_parquet(f"{OUT}/selected_unsampled.parquet", compression="zstd", lazy=True)],
               engine="streaming")

known = (labels.filter(pl.col("class").is_in(kept))
         .select("source", pl.col("source_label").alias("label"), "class").lazy())
shares = (selected.lazy().with_row_index("row").filter(pl.col("differential").is_not_null())
          .select("row", "image_id", "source", entry=pl.col("differential").str.split(";")).explode("entry")
          .with_columns(pl.col("entry").str.split_exact(":", 1).struct.rename_fields(["label", "weight"]))
          .unnest("entry")
          .with_columns(weight=pl.col("weight").cast(pl.Float64).fill_null(1.0)).join(known, on=["source", "label"])
          .group_by("row", "image_id", "class").agg(weight=pl.col("weight").sum())
          .with_columns(prob=pl.col("weight") / pl.col("weight").sum().over("row"))
          .select("row", "image_id", "class", "prob").collect(engine="streaming"))
own = (selected.lazy().with_row_index("row").join(shares.lazy(), on="row", how="anti")
       .select("image_id", "class", prob=pl.lit(1.0)))
soft = pl.concat([shares.lazy().select("image_id", "class", "prob"), own]).collect(engine="streaming").lazy()
pl.collect_all([soft.with_columns(pl.col("prob").round(6)).sink_csv(f"{OUT}/selected_unsampled_soft.csv", lazy=True),
                soft.with_columns(pl.col("prob").cast(pl.Float32))
                .sink_parquet(f"{OUT}/selected_unsampled_soft.parquet", compression="zstd", lazy=True)],
               engine="streaming")
