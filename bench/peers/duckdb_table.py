"""The table work of a dermset build in DuckDB: duckdb_table.py IN_DIR OUT_DIR. See bench/README.md for the job."""
import os
import sys

import duckdb

if "--version" in sys.argv:
    sys.exit(print("duckdb", duckdb.__version__))
IN, OUT = sys.argv[1], sys.argv[2]
os.makedirs(OUT, exist_ok=True)
TEXTS = "image_id source image_path source_label patient_id lesion_id sex age body_site differential".split()
COLUMNS = {name: "VARCHAR" for name in TEXTS} | {"age": "SMALLINT"}
db = duckdb.connect()
run = db.execute

run(f"""create temp table labels as
select m.source, m.source_label, m.target_name, m.icd11_codes,
       case when r.action = 'exclude' or m.target_name = '-' then null else coalesce(r."into", m.target_name) end as cls
from read_csv('{IN}/mapping.csv', header = true, all_varchar = true) m
left join read_csv('{IN}/merge.csv', header = true, all_varchar = true) r using (target_name)""")
run(f"""create temp table rows as
select s.*, l.target_name, l.icd11_codes, l.cls
from read_csv('{IN}/src/*.csv', header = true, auto_detect = false, delim = ',', quote = '"', escape = '"',
              columns = {COLUMNS}) s
left join labels l using (source, source_label)""")

run("""create temp table stage1 as select target_name, count(*) n from rows
where target_name is not null and target_name <> '-' group by 1""")
run("create temp table stage2 as select cls, count(*) n from rows where cls is not null group by 1")
run("create temp table stage3 as select * from stage2 where n >= 20")
for stage, name in ("stage1", "target_name"), ("stage2", "cls"), ("stage3", "cls"):
    run(f"copy (select * from {stage} order by n desc, {name}) to '{OUT}/{stage}.csv' (header)")
run(f"""copy (select image_id, source, source_label,
  case when target_name is null then 'unmapped' when target_name = '-' then 'not_a_diagnosis'
       when cls is null then 'excluded' else 'below_min_count' end as reason
from rows where cls is null or cls not in (select cls from stage3)) to '{OUT}/rejects.csv' (header)""")
run("""create temp table kept as select r.*, coalesce(patient_id, lesion_id, image_id) as grp, stage3.n
from rows r join stage3 using (cls)""")
run("drop table rows")

# A group's stratum is the rarest of its classes; inside a stratum groups come in the order of a hash.
run("""create temp table groups as
with sizes as (select grp, count(*) size, min({'n': n, 'cls': cls}).cls as stratum from kept group by grp),
placed as (select grp, size,
                  sum(size) over (partition by stratum order by md5('7:' || grp) rows unbounded preceding)
                  - size as before,
                  sum(size) over (partition by stratum) as total from sizes)
select grp, case when (2 * before + size) * 100 < 140 * total then 'train'
                 when (2 * before + size) * 100 < 170 * total then 'val' else 'test' end as split from placed""")
run("create temp table selected as select kept.*, split from kept join groups using (grp)")
run("drop table kept")
run("""create temp view output as
select image_id, source, image_path, source_label, patient_id, lesion_id, sex, age, body_site,
       target_name, icd11_codes, cls as "class", split from selected""")
run(f"copy (from output) to '{OUT}/selected_unsampled.csv' (header)")
run(f"copy (from output) to '{OUT}/selected_unsampled.parquet' (format parquet, compression zstd)")

run("""create temp table soft as
with entries as (select image_id, source, unnest(string_split(differential, ';')) entry
                 from selected where differential is not null),
weights as (select image_id, source, split_part(entry, ':', 1) source_label,
                   case when contains(entry, ':') then split_part(entry, ':', 2)::double else 1.0::double end weight
            from entries),
summed as (select image_id, labels.cls, sum(weight) weight
           from weights join labels using (source, source_label) join stage3 using (cls) group by 1, 2),
shares as (select image_id, cls, weight / sum(weight) over (partition by image_id) prob from summed)
select image_id, cls as "class", prob from shares
union all select image_id, cls, 1.0 from selected anti join shares using (image_id)""")
run(f"copy (select image_id, \"class\", round(prob, 6) prob from soft) to '{OUT}/selected_unsampled_soft.csv' (header)")
run(f"""copy (select image_id, "class", prob::float prob from soft)
to '{OUT}/selected_unsampled_soft.parquet' (format parquet, compression zstd)""")
