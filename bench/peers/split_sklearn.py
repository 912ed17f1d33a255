"""How long scikit-learn takes to split without leaks, as scripts in use do: split_sklearn.py SELECTED.parquet.

20 folds: 14, 3 and 3.
"""
import sys
import time

import pandas as pd
import sklearn
from sklearn.model_selection import StratifiedGroupKFold

rows = pd.read_parquet(sys.argv[1], columns=["image_id", "patient_id", "lesion_id", "class"])
groups = rows["patient_id"].fillna(rows["lesion_id"]).fillna(rows["image_id"])
began = time.process_time()
for _ in StratifiedGroupKFold(20, shuffle=True, random_state=7).split(rows, rows["class"], groups):
    pass
print(f"scikit-learn {sklearn.__version__}: {len(rows)} rows, {time.process_time() - began:.1f} CPU s")
