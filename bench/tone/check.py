"""Finds with scikit-image and SciPy what dermset found: check.py DATA OUT. OUT is what `go run ./bench/tone` wrote.

The angle of each picture, from the reduced picture and the skin mask that dermset used, within 0.05 degrees; and the
crops of each mask, from the mask's file, number by number.
"""
import csv
import decimal
import math
import sys

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage
from skimage import color

data, out = sys.argv[1:]


def angle(name):
    skin = np.asarray(Image.open(f"{out}/{name}-skin.png")) > 0
    if not skin.any():
        return 0.0, 0.0
    lab = color.rgb2lab(np.asarray(Image.open(f"{out}/{name}.png").convert("RGB")))[skin]
    return math.degrees(math.atan2(np.median(lab[:, 0]) - 50, np.median(lab[:, 2]))), skin.mean()


def crops(path, width, height, margin="0.1", min_area="0.0005", most=10):
    """The rule of crops, in decimals."""
    mask = ImageOps.exif_transpose(Image.open(path)).convert("L")
    mask = np.asarray(mask.resize((width, height), Image.NEAREST), int)
    least, largest = mask.min(), mask.max()
    labels, n = ndimage.label(2 * mask > least + largest if least < largest else mask > 0, np.ones((3, 3)))
    pixels = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    found = [(int(-p), y.start, x.start, y.stop, x.stop) for p, (y, x) in zip(pixels, ndimage.find_objects(labels))]
    found = [f for f in found if -f[0] >= decimal.Decimal(min_area) * width * height]
    boxes = []
    for _, top, left, bottom, right in sorted(found)[:most]:
        by = decimal.Decimal(margin) * max(bottom - top, right - left)
        by = int(by.to_integral_value(decimal.ROUND_HALF_UP))
        boxes.append([max(0, top - by), max(0, left - by), min(height, bottom + by), min(width, right + by)])
    while pair := next(((a, b) for a in boxes for b in boxes if a is not b and
                        a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]), None):
        a, b = pair
        boxes = [c for c in boxes if c is not a and c is not b]
        boxes.append([min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])])
    return n, [f"{x} {y} {right - x} {bottom - y}" for y, x, bottom, right in sorted(boxes)]


worst, tones, off = 0.0, 0, []
for name, file, ita, share, _, _ in csv.reader(open(f"{out}/tones.csv")):
    want, skin = angle(name)
    tones += 1
    worst = max(worst, abs(want - float(ita)))
    if abs(want - float(ita)) > 0.05 or abs(skin - float(share)) > 1e-9:
        off.append(f"{file}: angle {ita} of {share}, want {want} of {skin}")
masks = boxes = 0
for mask, width, height, n, _, *got in csv.reader(open(f"{out}/boxes.csv")):
    want_n, want = crops(f"{data}/{mask}", int(width), int(height))
    masks, boxes = masks + 1, boxes + len(want)
    if (int(n), got) != (want_n, want):
        off.append(f"{mask}: {n} components, crops {got}, want {want_n}, {want}")
print("\n".join(off))
print(f"agree={'no' if off else 'yes'} tones={tones} worst={worst:.4f} masks={masks} crops={boxes}")
sys.exit(bool(off))
