"""PNG files and contact sheets, with zlib alone."""
import struct
import zlib

import numpy as np


def write_png(path, image):
    """image u8 [H, W, 3]"""
    height, width = image.shape[:2]
    rows = np.concatenate([np.zeros((height, 1), np.uint8), np.ascontiguousarray(image).reshape(height, -1)], axis=1)

    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    with open(path, 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(rows.tobytes(), 9)) + chunk(b'IEND', b''))


def contact_sheet(rows, scale=2, gap=2):
    """rows: equally long lists of frames in 0…1 or u8 [H, W, 3] -> u8 image, enlarged without smoothing."""
    lines = []
    for frames in rows:
        frames = [np.asarray(frame) for frame in frames]
        frames = [frame if frame.dtype == np.uint8 else (frame.clip(0, 1) * 255).round().astype(np.uint8) for frame in frames]
        padded = [np.pad(frame.repeat(scale, 0).repeat(scale, 1), ((0, gap), (0, gap), (0, 0)), constant_values=255) for frame in frames]
        lines.append(np.concatenate(padded, axis=1))
    return np.concatenate(lines, axis=0)
