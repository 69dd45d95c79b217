// The values that a pickle of PyTorch holds.

const MAX_DIMENSIONS = 16

/** An object of a class that this reader does not know: its name, and nothing of what it holds. */
export class OpaqueRecord {
  constructor(readonly className: string) {}
}

/** A storage, as a pickle names it: an entry of the zip, with the type and number of its elements. */
export interface StorageRecord {
  type: StorageType
  entry: string
  count: number
}

/** A tensor, as a pickle describes it: a strided view of a storage. */
export class TensorRecord {
  constructor(
    readonly storage: StorageRecord,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

export type PickleValue =
  | null
  | boolean
  | number
  | string
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | TensorRecord
  | StorageRecord
  | OpaqueRecord
  | GlobalName

/** The storages of PyTorch, by the class that a pickle names. */
export const STORAGES = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
} as const
export type StorageType = (typeof STORAGES)[keyof typeof STORAGES]

/** A global that the pickle named. */
export class GlobalName {
  constructor(readonly name: string) {}
}

export const isSize = (x: PickleValue | undefined): x is number => Number.isSafeInteger(x) && (x as number) >= 0
export const isSizes = (x: PickleValue | undefined): x is number[] =>
  Array.isArray(x) && x.length <= MAX_DIMENSIONS && x.every(isSize)
export const isStorage = (x: PickleValue | undefined): x is StorageRecord =>
  typeof x === 'object' && x !== null && 'entry' in x && 'count' in x
