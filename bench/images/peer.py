"""What dermset's check finds out about a picture, with Pillow and NumPy: peer.py LIST OUT. LIST holds a path a line.

Per picture: SHA-256, full decode, EXIF orientation applied, RGB, blank or not, perceptual hash (imagehash's phash, its
cosine transform as two products of matrices).
"""
import csv
import hashlib
import io
import sys

import numpy as np
from PIL import Image, ImageOps

k, n = np.meshgrid(range(8), range(32), indexing="ij")
COSINES = 2 * np.cos(np.pi * k * (2 * n + 1) / 64)
Image.MAX_IMAGE_PIXELS = 200_000_000


def phash(rgb):
    small = np.asarray(rgb.convert("L").resize((32, 32), Image.LANCZOS), dtype=np.float64)
    low = COSINES @ small @ COSINES.T
    low[abs(low) < 1e-6] = 0
    bits = (low > np.median(low)).flatten()
    return f"{int(''.join('1' if b else '0' for b in bits), 2):016x}"


def check(path):
    raw = open(path, "rb").read()
    sha = hashlib.sha256(raw).hexdigest()
    try:
        image = Image.open(io.BytesIO(raw))
        image.load()
        rgb = ImageOps.exif_transpose(image).convert("RGB")
        blank = all(low == high for low, high in rgb.getextrema())
        return [path, "blank" if blank else "ok", *rgb.size, sha, phash(rgb)]
    except Exception:
        return [path, "corrupt", 0, 0, sha, ""]


if __name__ == "__main__":
    with open(sys.argv[1]) as paths, open(sys.argv[2], "w", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(check(line.rstrip("\n")) for line in paths)
