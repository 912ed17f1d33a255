"""Prints the sums of pixels that TestPixelSumEqualsPillow in images/pixelsum_test.go holds ours against: of the pictures
beside it, and of some of them with other headers. pip install pillow==13.0.0 numpy"""
import hashlib
import io
import os
import struct

import numpy as np
from PIL import Image, ImageOps

here = os.path.dirname(os.path.abspath(__file__))


def pixel_sum(data):
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    seen = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    pixels = np.asarray(image.convert("RGBA" if seen else "RGB"))
    if seen and (pixels[..., 3] == 255).all():
        pixels = pixels[..., :3]
    height, width, channels = pixels.shape
    return hashlib.sha256(struct.pack(">IIB", width, height, channels) + pixels.tobytes()).hexdigest()


def read(name):
    with open(os.path.join(here, name), "rb") as file:
        return file.read()


def cropped(data, width, height):
    """A JPEG of 96×64 that says it is smaller, by less than a block."""
    return data.replace(struct.pack(">BHH", 8, 64, 96), struct.pack(">BHH", 8, height, width), 1)


def sampled(data, before, after):
    """A JPEG of three components whose first says another sampling."""
    return data.replace(bytes([3, 1, before]), bytes([3, 1, after]), 1)


def adobe(data, transform):
    """A JPEG without its JFIF segment, with Adobe's that says the transform."""
    at = data.index(b"\xff\xe0\x00\x10JFIF")
    return data[:at] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform]) + data[at + 18:]


def inks(data, transform):
    """A JPEG of inks whose segment says another transform."""
    at = data.index(b"Adobe") + 11
    return data[:at] + bytes([transform]) + data[at + 1:]


if __name__ == "__main__":
    for name in sorted(os.listdir(here)):
        if not name.endswith(".py"):
            print(name, pixel_sum(read(name)))
    for name in ("progressive.jpg", "progressive420.jpg", "sampling422.jpg"):
        print(name, "91×57", pixel_sum(cropped(read(name), 91, 57)))
    print("4:4:0", pixel_sum(cropped(sampled(read("sampling422.jpg"), 0x21, 0x12), 91, 57)))
    print("4:1:1", pixel_sum(cropped(sampled(read("restarts.jpg"), 0x22, 0x41), 91, 57)))
    print("1×4", pixel_sum(sampled(read("restarts.jpg"), 0x22, 0x14)))
    print("RGB", pixel_sum(adobe(read("sampling444.jpg"), 0)))
    print("RGB 4:2:0", pixel_sum(cropped(adobe(read("restarts.jpg"), 0), 91, 57)))
    print("YCCK", pixel_sum(inks(read("cmyk.jpg"), 2)))
