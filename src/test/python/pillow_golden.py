#!/usr/bin/env python3
"""Writes the golden files of PillowTests, RealModelsTests, ResamplerTests and PerceptualHashTests: what Pillow makes of pictures that are drawn here.

Run once, with Debian 12's python3-pil (Pillow 9.4.0) and python3-numpy:  src/test/python/pillow_golden.py src/test/resources/io/lookalike
"""

import hashlib
import pathlib
import sys

import numpy as np
from PIL import Image, ImageOps

FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def image(*channels):
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8), "RGB")


def grid(width, height):
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    return x, y


def pattern(width, height):
    """GoldenPictures.pattern."""
    x, y = grid(width, height)
    return image(x * 7 + y * 13 & 255, x * y & 255, (x ^ y) * 5 & 255)


def scene(width, height):
    """GoldenPictures.scene: a slope under a chessboard, noise, rings."""
    x, y = grid(width, height)
    slope = x * 200 // width + ((x // 16 + y // 16) % 2) * 55
    noise = (x * 73856093 ^ y * 19349663) // 128 & 255
    rings = ((2 * x - width) ** 2 + (2 * y - height) ** 2) // 64 & 255
    return image(slope, noise, rings)


PICTURES = {"pattern": pattern, "scene": scene}


def middle(picture, width, height):
    """torchvision's CenterCrop."""
    left = int(round((picture.width - width) / 2.0))
    top = int(round((picture.height - height) / 2.0))
    return picture.crop((left, top, left + width, top + height))


def stretch(picture, width, height, resample):
    return picture.resize((width, height), resample)


def fit(picture, width, height, resample):
    return ImageOps.pad(picture, (width, height), resample, color=0)


def cover(picture, width, height, resample):
    """torchvision's Resize, which cuts the longer side to a whole number, and CenterCrop."""
    if width * picture.height >= height * picture.width:
        size = (width, width * picture.height // picture.width)
    else:
        size = (height * picture.width // picture.height, height)
    return middle(picture.resize(size, resample), width, height)


def grey(picture, width, height, resample):
    return picture.convert("L").resize((width, height), resample)


MODES = {"stretch": stretch, "fit": fit, "cover": cover, "grey": grey}


def cases():
    """Picture, its sides, mode, sides of the result; of each, one line a filter."""
    for sides in [(500, 375), (333, 500), (101, 103), (64, 64), (17, 4001)]:
        for made in [(224, 224), (33, 31), (507, 380)]:
            yield ("scene", *sides, "stretch", *made)
    for sides in [(1, 1), (1, 2), (2, 1), (1, 997), (997, 1), (3, 2), (65500, 1), (1, 65500), (2, 40000)]:
        for made in [(1, 1), (7, 5), (224, 224), (sides[0] % 4096, 3), (3, sides[1] % 4096)]:
            yield ("pattern", *sides, "stretch", *made)
    for sides in [(3264, 2448), (2449, 3265), (8000, 1000)]:
        for made in [(224, 224), (299, 299), (1201, 899)]:
            yield ("scene", *sides, "stretch", *made)
    for sides in [(500, 375), (375, 500), (300, 300), (101, 64), (40, 31), (640, 23)]:
        for mode in ["fit", "cover"]:
            for made in [(224, 224), (96, 65), (31, 64)]:
                yield ("scene", *sides, mode, *made)
    for sides in [(500, 375), (31, 64), (1, 9), (3264, 2448)]:
        for made in [(32, 32), (9, 8), (8, 8)]:
            yield ("scene", *sides, "grey", *made)


def golden_lines():
    drawn = {}
    for kind, width, height, mode, to_width, to_height in cases():
        key = (kind, width, height)
        if key not in drawn:
            drawn = {key: PICTURES[kind](width, height)}
        for name, resample in FILTERS.items():
            made = MODES[mode](drawn[key], to_width, to_height, resample)
            assert made.size == (to_width, to_height)
            digest = hashlib.sha256(made.tobytes()).hexdigest()[:16]
            yield f"{kind} {width} {height} {mode} {name} {to_width} {to_height} {digest}"


def hash_lines():
    """phash, dhash and ahash by the formulas of the Python library imagehash."""
    index = np.arange(32)
    cosines = np.cos(np.pi * np.outer(np.arange(8), 2 * index + 1) / 64)
    for kind in PICTURES:
        for width, height in [(500, 375), (333, 500), (64, 64), (31, 64), (9, 8), (3, 2), (2000, 1500)]:
            luma = PICTURES[kind](width, height).convert("L")

            def small(columns, rows):
                return np.asarray(luma.resize((columns, rows), Image.Resampling.LANCZOS)).astype(float)

            lowest = cosines @ small(32, 32) @ cosines.T
            differences = small(9, 8)
            averages = small(8, 8)
            bits = {
                "phash": lowest > np.median(lowest),
                "dhash": differences[:, 1:] > differences[:, :-1],
                "ahash": averages > averages.mean(),
            }
            for name, value in bits.items():
                yield f"{kind} {width} {height} {name} {np.packbits(value).tobytes().hex()}"


def photo():
    """A landscape: smooth and detailed parts, edges, strong colours."""
    x, y = grid(500, 375)
    hills = 200 + 40 * np.sin(x / 60) + 12 * np.sin(x / 17)
    ground = y > hills
    red = np.where(ground, 60 + (x * y // 40) % 40, 120 + y // 4)
    green = np.where(ground, 110 + (x // 3 + y) % 50, 160 + y // 5)
    blue = np.where(ground, 40 + y // 20, 230 - y // 8)
    sun = (x - 390) ** 2 + (y - 80) ** 2 < 45**2
    house = (abs(x - 150) < 60) & (abs(y - 240) < 45)
    roof = (y > 150) & (y < 196) & (abs(x - 150) < (y - 150) * 1.6)
    for shape, colour in [(sun, (250, 220, 60)), (house, (200, 180, 160)), (roof, (170, 40, 30))]:
        red, green, blue = (np.where(shape, value, channel) for value, channel in zip(colour, (red, green, blue)))
    window = house & ((x // 20) % 2 == 0) & ((y // 22) % 2 == 0)
    return image(*(np.where(window, value, channel) for value, channel in zip((30, 40, 70), (red, green, blue))))


def main(folder):
    pictures = folder / "image"
    (pictures / "pillow.txt").write_text("\n".join(golden_lines()) + "\n")
    (folder / "hashing" / "imagehash.txt").write_text("\n".join(hash_lines()) + "\n")
    photo().save(pictures / "photo.jpg", quality=85)
    with Image.open(pictures / "photo.jpg") as decoded:
        for name, resample in FILTERS.items():
            decoded.resize((224, 224), resample).save(pictures / f"photo-{name}-224x224.png", optimize=True)
    for name, resample in FILTERS.items():
        picture = pattern(61, 47)
        for size in [(20, 15), (70, 10), (61, 9), (8, 8)]:
            file = pictures / f"resize-{name}-{size[0]}x{size[1]}.rgb"
            file.write_bytes(picture.resize(size, resample).tobytes())
        (pictures / f"grey-{name}-32x32.l").write_bytes(picture.convert("L").resize((32, 32), resample).tobytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
