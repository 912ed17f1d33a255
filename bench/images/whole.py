"""All that dermset's pass finds out about a picture and its mask, with Pillow, NumPy, SciPy and scikit-image: whole.py
LIST OUT. LIST holds a path a line and, after a tab, that of its mask, if it has one.

Per picture what peer.py finds; then it is reduced to at most 512 pixels by box means, skin is found by chroma outside
the grown mask, and its angle is that of the medians of L* and b*. Per mask: how many components, and the ten largest.
"""
import csv
import hashlib
import io
import math
import sys

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage
from skimage import color

from peer import phash

SIDE, TOUCHING = 512, np.ones((3, 3))


def mask_of(path, size):
    values = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("L").resize(size, Image.NEAREST))
    least, most = int(values.min()), int(values.max())
    return values > (least + most) // 2 if least < most else values > 0


def components(mask):
    labels, n = ndimage.label(mask, TOUCHING)
    pixels = np.bincount(labels.ravel(), minlength=n + 1)[1:]
    found = [(-int(p), y.start, x.start, x.stop - x.start, y.stop - y.start)
             for p, (y, x) in zip(pixels, ndimage.find_objects(labels))]
    return n, " ".join(f"{x},{y},{w},{h},{-p}" for p, y, x, w, h in sorted(found)[:10])


def tone(rgb, mask):
    k = -(-max(rgb.size) // SIDE)
    small = rgb.reduce(k)
    ycc = np.asarray(small.convert("YCbCr"))
    y, cb, cr = ycc[..., 0], ycc[..., 1], ycc[..., 2]
    skin = (cb >= 70) & (cb <= 126) & (cr >= 134) & (cr <= 179) & (y >= 40) & (y <= 230)
    if mask is not None:
        height, width = mask.shape
        mask = np.pad(mask, ((0, -height % k), (0, -width % k)))
        mask = mask.reshape(mask.shape[0] // k, k, -1, k).any(axis=(1, 3))
        skin &= ~ndimage.maximum_filter(mask, 2 * ((max(mask.shape) + 49) // 50) + 1)
    if not skin.any():
        return 0.0, 0.0
    lab = color.rgb2lab(np.asarray(small)[skin])
    return math.degrees(math.atan2(np.median(lab[:, 0]) - 50, np.median(lab[:, 2]))), skin.mean()


def look(path, mask_path=""):
    raw = open(path, "rb").read()
    sha = hashlib.sha256(raw).hexdigest()
    try:
        image = Image.open(io.BytesIO(raw))
        image.load()
        rgb = ImageOps.exif_transpose(image).convert("RGB")
    except Exception:
        return [path, "corrupt", 0, 0, sha, "", 0, 0, 0, ""]
    blank = all(low == high for low, high in rgb.getextrema())
    mask = mask_of(mask_path, rgb.size) if mask_path else None
    return [path, "blank" if blank else "ok", *rgb.size, sha, phash(rgb), *tone(rgb, mask),
            *(components(mask) if mask_path else (0, ""))]


with open(sys.argv[1]) as lines, open(sys.argv[2], "w", newline="") as out:
    csv.writer(out, lineterminator="\n").writerows(look(*line.rstrip("\n").split("\t")) for line in lines)
