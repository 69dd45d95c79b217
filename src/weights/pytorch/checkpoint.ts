// A PyTorch checkpoint: the tensors of a model's state dict, and the sizes its authors wrote beside it. It is read from the bytes of
// a zip without running anything of it (pickle.ts).

import { FormatError } from '../format_error.ts'
import { printable, shapeText } from '../printable.ts'
import { type ByteSource, type HostTensor, joined } from '../safetensors.ts'
import type { DType } from '../safetensors_header.ts'
import { readPickle } from './pickle.ts'
import { type PickleValue, type StorageType, TensorRecord } from './pickle_values.ts'
import { readZip } from './zip.ts'

/** Numbers, flags and texts that a checkpoint holds beside its tensors. */
type CheckpointConfig = Record<string, number | boolean | string | null>

/** A tensor of a checkpoint. Its bytes are made when asked for. */
interface CheckpointTensor {
  dtype: DType
  shape: readonly number[]
  /** The elements in row-major order, little-endian: a view of the file, or a copy where they lie apart. */
  read(): HostTensor
}

export interface ModelCheckpoint {
  /** The file or folder, for messages. */
  name: string
  /** By their names, without the prefixes of torch.compile and DistributedDataParallel. */
  tensors: Map<string, CheckpointTensor>
  config: CheckpointConfig
}

const ELEMENT_BYTES: Record<StorageType, number> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
}
/** The most bytes that a tensor with stride 0, which repeats its storage, may take beyond that storage. */
const MAX_REPEATED = 1 << 25
/** Files are read whole, and this is the most that one buffer holds. */
const MAX_FILE = 2 ** 32
/** Prefixes that DistributedDataParallel and torch.compile add to names; torch.compile also adds its own inside a name. */
const PREFIXES = /^(?:_orig_mod\.|module\.)+|(?<=\.)_orig_mod\./g
/** The keys under which a file may hold its state dict. */
const STATE_KEYS = ['model', 'state_dict', 'model_state_dict']

/**
 * Reads a `.pth` file: a dictionary of a state dict (`model`, `state_dict` or `model_state_dict`) and `config`, or a state dict alone.
 * @throws FormatError in one sentence that names the file and what in it is not allowed or malformed
 */
export async function readCheckpoint(source: ByteSource): Promise<ModelCheckpoint> {
  const { root, tensorOf } = await open(source, false)
  const inside =
    root instanceof Map ? STATE_KEYS.map(key => root.get(key)).find(value => value instanceof Map) : undefined
  const state = inside ?? root
  return { name: source.name, tensors: tensorsOf(state, source.name, tensorOf), config: configOf(root) }
}

/**
 * Reads the later form: `model_state_dict.pt`, and `state.pt` beside it, in which objects of unknown classes are skipped.
 * @throws FormatError as readCheckpoint does
 */
export async function readCheckpointFolder(
  name: string,
  model: ByteSource,
  state: ByteSource | undefined,
): Promise<ModelCheckpoint> {
  const { tensors } = await readCheckpoint(model)
  const config = state ? configOf((await open(state, true)).root) : {}
  return { name, tensors, config }
}

async function open(source: ByteSource, allowsOpaque: boolean) {
  const { name } = source
  const entries = readZip(await readBytes(source), name)
  // X/data.pkl, where X is the name the file had when it was written.
  const pickle = [...entries.keys()].find(entry => /^[^/]*\/data\.pkl$/.test(entry))
  if (pickle === undefined) throw new FormatError(`${name}: the zip has no data.pkl, expected what torch.save wrote`)
  const folder = pickle.slice(0, -'data.pkl'.length)
  const order = new TextDecoder().decode(entries.get(`${folder}byteorder`)) || 'little'
  if (order !== 'little' && order !== 'big')
    throw new FormatError(`${name}: its byteorder is ${printable(order, 40)}, expected little or big`)
  const root = readPickle(entries.get(pickle)!, `${name}: data.pkl`, allowsOpaque)
  const tensorOf = (record: TensorRecord, tensor: string): CheckpointTensor => {
    const bytes = entries.get(`${folder}data/${record.storage.entry}`)
    return checkpointTensor(record, bytes, order === 'big', `${name}: ${printable(tensor, 120)}`)
  }
  return { root, tensorOf }
}

function tensorsOf(
  state: PickleValue,
  file: string,
  tensorOf: (record: TensorRecord, name: string) => CheckpointTensor,
): Map<string, CheckpointTensor> {
  const tensors = new Map<string, CheckpointTensor>()
  if (!(state instanceof Map)) throw new FormatError(`${file}: holds no state dict, expected a dictionary of tensors`)
  for (const [key, value] of state) {
    if (typeof key !== 'string' || !(value instanceof TensorRecord))
      throw new FormatError(
        `${file}: ${printable(String(typeof key === 'string' ? key : typeof key), 120)} is not a tensor, expected a dictionary of tensors`,
      )
    const name = key.replaceAll(PREFIXES, '')
    if (tensors.has(name)) throw new FormatError(`${file}: has two tensors ${printable(name, 120)}`)
    tensors.set(name, tensorOf(value, name))
  }
  return tensors
}

function configOf(root: PickleValue): CheckpointConfig {
  const config = root instanceof Map ? root.get('config') : undefined
  const plain: CheckpointConfig = {}
  if (!(config instanceof Map)) return plain
  for (const [key, value] of config)
    if (typeof key === 'string' && (value === null || ['number', 'boolean', 'string'].includes(typeof value)))
      plain[key] = value as CheckpointConfig[string]
  return plain
}

function checkpointTensor(
  { storage, offset, shape, stride }: TensorRecord,
  bytes: Uint8Array | undefined,
  isBigEndian: boolean,
  what: string,
): CheckpointTensor {
  const { type, entry, count } = storage
  const size = ELEMENT_BYTES[type]
  if (!bytes) throw new FormatError(`${what} lies in data/${printable(entry, 40)}, which the zip does not have`)
  if (count * size > bytes.byteLength)
    throw new FormatError(`${what} has a storage of ${count} ${type}, but its entry has ${bytes.byteLength} bytes`)
  const length = shape.reduce((a, b) => a * b, 1)
  const last = offset + shape.reduce((sum, n, i) => sum + (n - 1) * stride[i]!, 0)
  if (length > 0 && !(last < count)) throw new FormatError(`${what} reaches element ${last} of a storage of ${count}`)
  if (!(length * size <= bytes.byteLength + MAX_REPEATED))
    throw new FormatError(`${what} is ${shapeText(shape)}, more than a storage of ${bytes.byteLength} bytes can give`)
  const read = (): HostTensor => {
    if (length === 0) return { dtype: type, shape: [...shape], data: new Uint8Array(0) }
    const isDense = rowMajor(shape).every((step, i) => shape[i] === 1 || stride[i] === step)
    const data = isDense
      ? bytes.subarray(offset * size, (offset + length) * size)
      : gathered(bytes, size, offset, shape, stride, length)
    return { dtype: type, shape: [...shape], data: isBigEndian ? swapped(data, size) : data }
  }
  return { dtype: type, shape, read }
}

/** The strides of a tensor without gaps. */
function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step
    step *= shape[i]!
  }
  return strides
}

function gathered(
  bytes: Uint8Array,
  size: number,
  offset: number,
  shape: readonly number[],
  stride: readonly number[],
  length: number,
): Uint8Array {
  const out = new Uint8Array(length * size)
  const index = new Array<number>(shape.length).fill(0)
  let from = offset
  for (let to = 0; to < length; to++) {
    for (let b = 0; b < size; b++) out[to * size + b] = bytes[from * size + b]!
    for (let d = shape.length - 1; d >= 0; d--) {
      from += stride[d]!
      if (++index[d]! < shape[d]!) break
      from -= shape[d]! * stride[d]!
      index[d] = 0
    }
  }
  return out
}

/** A copy with every element's bytes reversed. */
const swapped = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.map((_, i) => bytes[i - (i % size) + size - 1 - (i % size)]!)

async function readBytes({ stream, size, name }: ByteSource): Promise<Uint8Array> {
  if (size !== undefined) {
    if (size > MAX_FILE)
      throw new FormatError(
        `${name} has ${size} bytes, expected at most ${MAX_FILE}: save it without the optimizer's state`,
      )
    const all = new Uint8Array(size)
    let at = 0
    for await (const chunk of stream()) {
      if (at + chunk.byteLength > size) throw new FormatError(`${name} grew while it was read`)
      all.set(chunk, at)
      at += chunk.byteLength
    }
    return all.subarray(0, at)
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of stream()) chunks.push(chunk)
  return joined(chunks)
}
