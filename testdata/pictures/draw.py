"""Draws the pictures beside it, which Go has no encoder for, and prints their perceptual hashes. pip install pillow==13.0.0 imagehash==4.3.2
The picture is that of draw in images/help_test.go."""
import os

import imagehash
from PIL import Image

W, H = 96, 64
here = os.path.dirname(os.path.abspath(__file__))


def pixel(x, y):
    if 8 <= x < 32 and 4 <= y < 20:
        return (200, 30, 60)
    return (x * 255 // (W - 1), y * 255 // (H - 1), (x + 2 * y) * 255 // (W + 2 * H - 3))


picture = Image.new("RGB", (W, H))
picture.putdata([pixel(x, y) for y in range(H) for x in range(W)])
alpha = picture.copy()
alpha.putalpha(Image.linear_gradient("L").resize((W, H)))
turned = Image.Exif()
turned[0x0112] = 6


def save(name, image=picture, **how):
    path = os.path.join(here, name)
    image.save(path, **how)
    print(name, imagehash.phash(Image.open(path).convert("RGB")))


best = dict(quality=95)
save("progressive.jpg", progressive=True, subsampling=0, **best)
save("progressive420.jpg", progressive=True, subsampling=2, **best)
save("sampling422.jpg", subsampling=1, **best)
save("sampling444.jpg", subsampling=0, **best)
save("restarts.jpg", restart_marker_blocks=3, subsampling=2, **best)
save("cmyk.jpg", picture.convert("CMYK"), **best)
save("lossy.webp", method=6, **best)
save("lossless.webp", lossless=True)
save("alpha.webp", alpha, **best)
save("exif6.webp", picture.transpose(Image.ROTATE_90), lossless=True, exif=turned)
save("animated.webp", save_all=True, append_images=[picture.transpose(Image.ROTATE_180)], lossless=True)
save("animated.gif", picture.quantize(64), save_all=True, append_images=[picture.transpose(Image.ROTATE_180).quantize(64)])
save("palette.png", picture.quantize(64))
save("lzw.tif", compression="tiff_lzw")
save("pages.tif", save_all=True, append_images=[picture])
black_and_white = picture.convert("1", dither=Image.Dither.NONE)
save("group3.tif", black_and_white, compression="group3", tiffinfo={262: 1})
save("group4.tif", black_and_white, compression="group4", tiffinfo={262: 1})
save("group4white.tif", black_and_white, compression="group4", tiffinfo={262: 0, 278: 24})  # strips of 24, 24 and 16 rows
