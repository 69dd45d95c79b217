#!/usr/bin/env python3
"""The 24 pictures that docs/foundation.md measures with: 8 photographs, 8 frames of games left out of training, 8 drawings.

    python3 reference/unseen_pictures.py OUT.safetensors --wheels DIR --procgen DIR [--clipart DIR]

--wheels holds the wheels of scikit-image and scikit-learn (`pip download --no-deps scikit-image scikit-learn`), whose sample photographs are used;
--procgen the test files of ninja, leaper and fruitbot as `djinn record --procgen` writes them; --clipart Debian's `openclipart-png`. Needs Pillow.
Writes frames u8 [24, 1, 64, 64, 3].
"""
import argparse
import glob
import io
import random
import zipfile

import numpy as np
from PIL import Image

import safetensors

PHOTOGRAPHS = {
    'scikit_image': [f'skimage/data/{name}' for name in ('astronaut.png', 'chelsea.png', 'coffee.png', 'motorcycle_left.png', 'rocket.jpg', 'camera.png')],
    'scikit_learn': [f'sklearn/datasets/images/{name}' for name in ('china.jpg', 'flower.jpg')],
}
FRAMES = {'ninja': 3, 'leaper': 3, 'fruitbot': 2}  # frame 20 of clips 1, 6, 11
DRAWINGS, FIRST_DRAWING = 8, 7000  # training drew from the first 6 000 of the shuffled list


def middle_square(image):
    """-> u8 [64, 64, 3]"""
    side = min(image.size)
    x, y = (image.size[0] - side) // 2, (image.size[1] - side) // 2
    return np.array(image.crop((x, y, x + side, y + side)).resize((64, 64), Image.BOX))


def photographs(wheels):
    for name, paths in PHOTOGRAPHS.items():
        with zipfile.ZipFile(glob.glob(f'{wheels}/{name}*.whl')[0]) as wheel:
            for path in paths:
                yield middle_square(Image.open(io.BytesIO(wheel.read(path))).convert('RGB'))


def game_frames(procgen):
    for game, count in FRAMES.items():
        frames = safetensors.open_tensor(f'{procgen}/{game}_test.safetensors', 'frames')
        for i in range(count):
            yield np.array(frames[5 * i + 1, 20])


def drawings(clipart):
    """Drawings of medium size and plain shape, with enough in them, on paper."""
    names = sorted(glob.glob(f'{clipart}/**/*.png', recursive=True))
    random.Random(5).shuffle(names)
    found = 0
    for name in names[FIRST_DRAWING:]:
        if found == DRAWINGS or 'flag' in name.lower() or 'signs' in name:
            continue
        image = Image.open(name)
        width, height = image.size
        if not 250_000 < width * height < 2_500_000 or not 0.6 < width / height < 1.7:
            continue
        image = image.convert('RGBA')
        pixels = np.array(image)
        if pixels[..., 3].mean() < 130 or pixels[..., :3].std() < 50:
            continue
        paper = Image.new('RGBA', image.size, (244, 240, 228, 255))
        paper.alpha_composite(image)
        found += 1
        yield middle_square(paper.convert('RGB'))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('out')
    parser.add_argument('--wheels', required=True)
    parser.add_argument('--procgen', required=True)
    parser.add_argument('--clipart', default='/usr/share/openclipart/png')
    args = parser.parse_args()
    pictures = [*photographs(args.wheels), *game_frames(args.procgen), *drawings(args.clipart)]
    safetensors.save(args.out, {'frames': np.stack(pictures)[:, None]})


if __name__ == '__main__':
    main()
