"""Proves that a peer's tables and ours say the same: agree.py PEER_OUT OUR_VERSION [--full].

PEER_OUT is what a program of bench/peers wrote, OUR_VERSION a folder under dist/: as bench/likeforlike writes it or,
with --full, as dermset does. CSV is compared with CSV, Parquet with Parquet. Rows are joined by image_id, so their
order does not matter. Splits follow other rules and are checked by what they promise. The last line is agree=yes or
agree=no.
"""
import glob
import os
import sys
import tempfile

import duckdb

FULL = "--full" in sys.argv
PEER, OURS = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
COLUMNS = ["source", "image_path", "source_label", "patient_id", "lesion_id", "sex", "age", "body_site",
           "target_name", "class"]
REASONS = {"unmapped": "unmapped", "not_a_diagnosis": "label_excluded",
           "excluded": "category_excluded", "below_min_count": "below_threshold"}
wrong = 0


def say(what, count, examples=()):
    global wrong
    wrong += 1
    print(f"{what}: {count}", *examples, sep="\n    ")


def ours(name):
    found = glob.glob(os.path.join(OURS, f"*_{name}"))
    if len(found) != 1:
        sys.exit(f"{OURS}: {len(found)} files *_{name}, want one")
    return found[0]


def ask(query):
    return db.execute(query).fetchall()


def table(path):
    """What reads a file; every cell of a CSV is text, an empty one null."""
    if path.endswith(".parquet"):
        return f"read_parquet('{path}')"
    return f"""read_csv('{path}', header = true, all_varchar = true,
                        delim = ',', quote = '"', escape = '"', strict_mode = true)"""


def differ(what, peer, our, columns):
    """Rows by image_id whose columns are not equal, or which one side lacks."""
    row = f"row({', '.join(columns)})"
    peers, mine = (f"(select image_id, hash({row}) h, {row}::varchar shown from {rows})" for rows in (peer, our))
    n = [ask(f"select count(*) from {rows}")[0][0] for rows in (peer, our)]
    if n[0] != n[1]:
        say(f"{what}: rows", f"the peer has {n[0]}, we have {n[1]}")
    join = f"from {peers} p full join {mine} o using (image_id) where p.h is distinct from o.h"
    if count := ask(f"select count(*) {join}")[0][0]:
        rows = ask(f"select image_id, p.shown, o.shown {join} order by image_id limit 3")
        say(f"{what}: rows that differ", count, [f"{image}: the peer has {p}, we have {o}" for image, p, o in rows])


def selected(form):
    """The selected rows of both, with equal columns."""
    codes = [] if FULL else ["icd11_codes"]
    path, peer_site = ours(f"selected_unsampled.{form}"), "lower(body_site)" if FULL else "body_site"
    names = "* exclude (age)"
    if FULL:
        names = """source_path as image_path, lower(body_part) as body_site, mapped_name as target_name,
                   target_name as class, image_id, source, source_label, patient_id, lesion_id, sex, split"""
    ask(f"create or replace view o as select {names}, age::double as age from {table(path)}")
    ask(f"""create or replace view p as select * exclude (age, body_site), age::double as age, {peer_site} as body_site
               from {table(PEER + '/selected_unsampled.' + form)}""")
    differ(f"selected {form}", "p", "o", COLUMNS + codes)
    splits("our", form, "o", every_class=True)
    splits("the peer's", form, "p", every_class=False)


def splits(whose, form, rows, every_class):
    """No group in two splits, shares as asked for, and classes of three groups everywhere."""
    what, group = f"{whose} splits in {form}", "coalesce(patient_id, lesion_id, image_id)"
    leaks = ask(f"select {group} g, count(distinct split) n from {rows} group by g having n > 1")
    if leaks:
        say(f"{what}: groups in two splits", len(leaks), [leak[0] for leak in leaks[:3]])
    shares = dict(ask(f"select split, count(*) / sum(count(*)) over () from {rows} group by split"))
    if any(abs(shares.get(split, 0) - want) > 0.01 for split, want in (("train", .7), ("val", .15), ("test", .15))):
        say(f"{what}: shares", shares)
    missing = ask(f"""select class, count(distinct split) splits, count(distinct {group}) groups from {rows}
                         group by class having splits < 3 and groups >= 3""")
    if every_class and missing:
        say(f"{what}: classes that are not everywhere", len(missing), missing[:3])


def rejected():
    whens = " ".join(f"when '{theirs}' then '{mine}'" for theirs, mine in REASONS.items())
    ask(f"""create or replace view p as
               select image_id, source, source_label, case reason {whens} else 'no reason of ours' end as reason
               from {table(PEER + '/rejects.csv')}""")
    differ("rejected csv", "p", table(ours("rejected.csv")), ["source", "source_label", "reason"])
    if FULL:
        differ("rejected parquet", "p", table(ours("rejected.parquet")), ["source", "source_label", "reason"])


def our_soft(form):
    rows = table(ours(f"selected_unsampled_soft.{form}"))
    if not FULL:
        return f"select image_id, class, prob::double as prob from {rows}"
    if form == "csv":
        return f"select image_id, e.key as class, e.value::double as prob from {rows} s, json_each(s.soft_labels) e"
    classes = f"(select class_id::integer as class_id, target_name from {table(ours('classes_stage3.csv'))})"
    return f"""select image_id, c.target_name as class, share.p::double as prob
               from (select image_id, unnest(soft_labels) share from {rows})
               join {classes} c on share.class_id = c.class_id"""


def soft(form):
    """Shares may differ by the last of six decimals, which both round to."""
    ask(f"create or replace temp table our_soft as {our_soft(form)}")
    ask(f"""create or replace temp table peer_soft as select image_id, class, prob::double as prob
               from {table(PEER + '/selected_unsampled_soft.' + form)}""")
    totals = [ask(f"select count(*), sum(prob) from {rows}")[0] for rows in ("peer_soft", "our_soft")]
    if totals[0][0] != totals[1][0] or abs(totals[0][1] - totals[1][1]) > 1e-6 * totals[0][0]:
        say(f"soft {form}: rows and sum of shares", f"the peer has {totals[0]}, we have {totals[1]}")
    join = """from peer_soft p full join our_soft o using (image_id, class)
                 where abs(p.prob - o.prob) > 1.5e-6 or p.prob is null or o.prob is null"""
    if count := ask(f"select count(*) {join}")[0][0]:
        rows = ask(f"select image_id, class, p.prob, o.prob {join} order by all limit 3")
        say(f"soft {form}: shares that differ", count, rows)


def stages():
    for number in 1, 2, 3:
        theirs = dict(ask(f"select #1, #2::bigint from {table(f'{PEER}/stage{number}.csv')}"))
        mine = dict(ask(f"select target_name, images::bigint from {table(ours(f'classes_stage{number}.csv'))}"))
        if theirs != mine:
            differing = sorted(set(theirs.items()) ^ set(mine.items()))
            say(f"stage {number}: classes that differ", len(differing), differing[:3])


with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(OURS))) as aside:
    db = duckdb.connect()
    ask(f"set memory_limit = '6GB'; set temp_directory = '{aside}'")
    stages()
    rejected()
    for form in "csv", "parquet":
        selected(form)
        soft(form)
    db.close()
print("agree=no" if wrong else "agree=yes")
sys.exit(1 if wrong else 0)
