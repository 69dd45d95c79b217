// The globals that a checkpoint may name, and what a call of each gives. Nothing is constructed or run: a call is looked up here.

import { isSize, isSizes, isStorage, OpaqueRecord, type PickleValue, STORAGES, TensorRecord } from './pickle_values.ts'

/** What a call with these arguments gives; undefined where the arguments are not those that torch.save writes. */
type Call = (args: PickleValue[]) => PickleValue | undefined

const tensor: Call = ([storage, offset, shape, stride, , , metadata]) => {
  // Metadata says that a view is negated or conjugated.
  const isPlain = metadata === undefined || metadata === null || (metadata instanceof Map && metadata.size === 0)
  if (!isStorage(storage) || !isSize(offset) || !isSizes(shape) || !isSizes(stride) || !isPlain) return undefined
  return shape.length === stride.length ? new TensorRecord(storage, offset, shape, stride) : undefined
}
const parameter: Call = ([data]) => (data instanceof TensorRecord ? data : undefined)

export const CALLS = new Map<string, Call>([
  ['collections OrderedDict', args => (args.length === 0 ? new Map() : undefined)],
  ['torch._utils _rebuild_tensor_v2', tensor],
  ['torch._utils _rebuild_parameter', parameter],
  ['torch._utils _rebuild_parameter_with_state', parameter],
  ['collections Counter', ([counts]) => (counts instanceof Map ? counts : undefined)],
  ['torch Size', ([sizes]) => (isSizes(sizes) ? sizes : undefined)],
  ['torch device', () => new OpaqueRecord('torch device')],
])

const DTYPE = /^torch (bool|(u?int|b?float|complex)\d+)$/
const STORAGE_CLASSES = new Set(Object.keys(STORAGES).map(name => `torch ${name}`))
/** How a project's own enumerations are pickled: by a class, or by an attribute of it. */
const OPAQUE_CALLS = /^(utils\.\S+ \S+|(__builtin__|builtins) getattr)$/

/** Whether a checkpoint's pickle may name it. */
export const isKnownGlobal = (name: string): boolean => CALLS.has(name) || STORAGE_CLASSES.has(name) || DTYPE.test(name)

/** Whether it is named as a class is, in capitals, or may be called: such objects may be kept as opaque records. */
export const isOpaqueGlobal = (name: string): boolean => OPAQUE_CALLS.test(name) || / _*[A-Z]\w*$/.test(name)

/** Whether its result may be kept as an opaque record, where opaque records are. */
export const isOpaqueCall = (name: string): boolean => OPAQUE_CALLS.test(name)
