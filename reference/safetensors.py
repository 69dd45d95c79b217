"""The safetensors file: 8 bytes of header length, a JSON header, then the tensors' bytes one after another.

Read whole (`load`), written whole (`save`), or mapped without reading (`open_tensor`, for clips larger than memory).
Everything is numpy; BF16, which numpy lacks, is widened to F32 on reading.
"""
import json
import os

import numpy as np

DTYPES = {'F64': np.float64, 'F32': np.float32, 'F16': np.float16, 'BF16': np.uint16, 'I64': np.int64, 'I32': np.int32,
          'I16': np.int16, 'I8': np.int8, 'U8': np.uint8, 'BOOL': np.bool_}
NAMES = {np.dtype(kind): name for name, kind in DTYPES.items() if name != 'BF16'}
HEADER_LIMIT = 100_000_000  # bytes, the format's own limit


def read_header(path):
    """-> (entries {name: {dtype, shape, data_offsets}}, metadata {str: str}, byte where data begins)."""
    size = os.path.getsize(path)
    with open(path, 'rb') as file:
        length = int.from_bytes(file.read(8), 'little')
        if length > HEADER_LIMIT or 8 + length > size:
            raise ValueError(f'{path}: header says {length} bytes, the file has {size}')
        entries = json.loads(file.read(length))
    metadata = entries.pop('__metadata__', {})
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1]['data_offsets']):
        if entry['dtype'] not in DTYPES:
            raise ValueError(f'{path}: {name} has type {entry["dtype"]}, known are {", ".join(DTYPES)}')
        begin, stop = entry['data_offsets']
        expected = int(np.prod(entry['shape'], dtype=np.int64)) * np.dtype(DTYPES[entry['dtype']]).itemsize
        if begin != end or stop - begin != expected:
            raise ValueError(f'{path}: {name} lies at {begin}…{stop}, expected {end}…{end + expected}')
        end = stop
    if 8 + length + end != size:
        raise ValueError(f'{path}: header and tensors take {8 + length + end} bytes, the file has {size}')
    return entries, metadata, 8 + length


def open_tensor(path, name):
    """One tensor, memory-mapped read-only: only the parts that are indexed are ever read."""
    entries, _, start = read_header(path)
    if name not in entries:
        raise KeyError(f'{path} has no tensor {name}; it has {", ".join(entries)}')
    entry = entries[name]
    kind, shape, offset = DTYPES[entry['dtype']], tuple(entry['shape']), start + entry['data_offsets'][0]
    return np.memmap(path, dtype=kind, mode='r', offset=offset, shape=shape)


def load(path):
    """-> (tensors {name: array}, metadata)."""
    entries, metadata, start = read_header(path)
    with open(path, 'rb') as file:
        file.seek(start)
        data = file.read()
    tensors = {}
    for name, entry in entries.items():
        begin, stop = entry['data_offsets']
        array = np.frombuffer(data[begin:stop], DTYPES[entry['dtype']]).reshape(entry['shape'])
        if entry['dtype'] == 'BF16':
            array = (array.astype(np.uint32) << 16).view(np.float32)
        tensors[name] = array
    return tensors, metadata


def save(path, tensors, metadata=None):
    """Writes beside the target and renames, so that a reader never sees half a file."""
    header, offset, arrays = {'__metadata__': metadata} if metadata else {}, 0, []
    for name, array in tensors.items():
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        header[name] = {'dtype': NAMES[array.dtype], 'shape': list(array.shape), 'data_offsets': [offset, offset + array.nbytes]}
        offset += array.nbytes
        arrays.append(array)
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(f'{path}.part', 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        for array in arrays:
            file.write(array.tobytes())
    os.replace(f'{path}.part', path)
