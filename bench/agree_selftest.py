"""Shows that agree.py can say no: agree_selftest.py PEER_OUT OUR_VERSION.

It damages a copy of our version (of bench/likeforlike) in one way after the other. The last line is selftest=ok or
selftest=failed.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

import duckdb

PEER, OURS = sys.argv[1:]
AGREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "agree.py")
ONE = "row_number() over (order by image_id) = 5"
DAMAGES = [  # table, what it becomes
    ("selected_unsampled", f"select * from t qualify not {ONE}"),
    ("selected_unsampled", f"select * replace (case when {ONE} then 'wart' else class end as class) from t"),
    ("selected_unsampled", f"select * replace (case when {ONE} then 'P0' else patient_id end as patient_id) from t"),
    ("selected_unsampled",
     f"select * replace (case when {ONE} then '1A00' else icd11_codes end as icd11_codes) from t"),
    ("selected_unsampled", """select * replace
        (case when row_number() over (partition by patient_id order by image_id) = 1
        and patient_id in (select patient_id from t group by 1 having count(*) > 4 order by 1 limit 1)
        then (case split when 'test' then 'train' else 'test' end) else split end as split) from t"""),
    ("selected_unsampled_soft",
     f"select * replace (case when {ONE} then prob::double - 0.001 else prob::double end as prob) from t"),
    ("selected_unsampled_soft", f"select * from t qualify not {ONE}"),
    ("rejected", f"select * replace (case when {ONE} then 'no_label' else reason end as reason) from t"),
    ("rejected", f"select * from t qualify not {ONE}"),
    ("classes_stage1", "select * replace (images::int + (row_number() over () = 3)::int as images) from t"),
    ("classes_stage3", "select * from t qualify row_number() over () <> 3"),
]


def agree(ours):
    return subprocess.run([sys.executable, AGREE, PEER, ours], capture_output=True, text=True)


def damage(path, query):
    """Rewrites a table."""
    if path.endswith(".csv"):
        source, options = f"read_csv('{path}', header = true, all_varchar = true)", "header"
    else:
        source, options = f"read_parquet('{path}')", "format parquet"
    with duckdb.connect() as db:
        db.execute(f"create table t as from {source}")
        db.execute(f"copy ({query}) to '{path}' ({options})")


failed = 0 if agree(OURS).returncode == 0 else 1
print("undamaged:", "yes" if not failed else "no")
for name, query in DAMAGES:
    for path in sorted(glob.glob(os.path.join(OURS, f"*_{name}.*"))):
        with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(OURS))) as aside:
            copy = shutil.copytree(OURS, os.path.join(aside, "copy"))
            damage(os.path.join(copy, os.path.basename(path)), query)
            answer = agree(copy)
        caught = answer.returncode == 1 and answer.stdout.endswith("agree=no\n")
        failed += not caught
        print("caught:" if caught else "MISSED:", os.path.basename(path),
              " ".join(query.split())[:100], answer.stdout.splitlines()[:1])
print("selftest=failed" if failed else "selftest=ok")
sys.exit(1 if failed else 0)
