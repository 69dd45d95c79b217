// A reader of the pickles that torch.save writes: protocol 2, dictionaries, lists, tuples, text, numbers and tensors. It looks names
// up in a list and never constructs or runs anything. Any other opcode or global is refused by name.

import { FormatError } from '../format_error.ts'
import { printable } from '../printable.ts'
import { PickleBytes } from './pickle_bytes.ts'
import { CALLS, isKnownGlobal, isOpaqueCall, isOpaqueGlobal } from './pickle_globals.ts'
import { opcodeName } from './pickle_opcodes.ts'
import { GlobalName, isSize, OpaqueRecord, type PickleValue, STORAGES, type StorageRecord } from './pickle_values.ts'

/** So that a small file cannot fill the memory: a real checkpoint stays a hundred times below. */
const MAX_BYTES = 1 << 23
const MAX_VALUES = 1_000_000
const MAX_CONTAINERS = 100_000
const MAX_MEMO = 200_000

/**
 * Reads a pickle.
 * @param what names it in errors
 * @param allowsOpaque keeps objects of unknown classes as OpaqueRecords; otherwise an unknown global is an error, as a function always is
 * @throws FormatError naming the opcode or global that is not allowed, or what is malformed
 */
export function readPickle(bytes: Uint8Array, what: string, allowsOpaque = false): PickleValue {
  if (bytes.byteLength > MAX_BYTES)
    throw new FormatError(`${what} has ${bytes.byteLength} bytes, more than the ${MAX_BYTES} of a checkpoint's pickle`)
  return new PickleReader(new PickleBytes(bytes, what), allowsOpaque).read()
}

class PickleReader {
  private readonly stack: PickleValue[] = []
  private readonly marks: number[] = []
  private readonly memo = new Map<number, PickleValue>()
  private values = 0
  private containers = 0

  constructor(
    private readonly bytes: PickleBytes,
    private readonly allowsOpaque: boolean,
  ) {}

  read(): PickleValue {
    for (;;) {
      const start = this.bytes.at
      const name = opcodeName(this.bytes.u8())
      if (name === 'STOP') {
        const value = this.pop()
        if (this.stack.length > 0 || this.marks.length > 0) throw this.fault('ends with values left over')
        return value
      }
      if (!this.execute(name)) throw this.fault(`has the opcode ${name} at byte ${start}, which is not allowed`)
    }
  }

  /** Executes one opcode. @returns false for an opcode that this reader does not allow */
  private execute(name: string): boolean {
    switch (name) {
      case 'PROTO': {
        const version = this.bytes.u8()
        if (version !== 2) throw this.fault(`is of protocol ${version}, expected 2`)
        return true
      }
      case 'MARK':
        this.marks.push(this.stack.length)
        this.count()
        return true
      case 'NONE':
        return this.push(null)
      case 'NEWTRUE':
        return this.push(true)
      case 'NEWFALSE':
        return this.push(false)
      case 'BININT':
        return this.push(this.bytes.i32())
      case 'BININT1':
        return this.push(this.bytes.u8())
      case 'BININT2':
        return this.push(this.bytes.u16())
      case 'LONG1':
        return this.push(this.bytes.long(this.bytes.u8()))
      case 'BINFLOAT':
        return this.push(this.bytes.f64())
      case 'BINUNICODE':
        return this.push(this.bytes.text(this.bytes.u32()))
      case 'EMPTY_DICT':
        return this.pushContainer(new Map())
      case 'EMPTY_LIST':
      case 'EMPTY_TUPLE':
        return this.pushContainer([])
      case 'TUPLE':
        return this.pushContainer(this.popMark())
      case 'TUPLE1':
      case 'TUPLE2':
      case 'TUPLE3':
        return this.pushContainer(this.popCount(Number(name.at(-1))))
      case 'APPEND':
        return this.append(this.popCount(1))
      case 'APPENDS':
        return this.append(this.popMark())
      case 'SETITEM':
        return this.setItems(this.popCount(2))
      case 'SETITEMS':
        return this.setItems(this.popMark())
      case 'BINPUT':
        return this.put(this.bytes.u8())
      case 'LONG_BINPUT':
        return this.put(this.bytes.u32())
      case 'BINGET':
        return this.get(this.bytes.u8())
      case 'LONG_BINGET':
        return this.get(this.bytes.u32())
      case 'GLOBAL':
        return this.global()
      case 'BINPERSID':
        return this.pushContainer(this.storage(this.pop()))
      case 'REDUCE':
        return this.reduce()
      case 'NEWOBJ':
        return this.newObject()
      case 'BUILD':
        return this.build()
      default:
        return false
    }
  }

  private global(): boolean {
    const name = `${this.bytes.line()} ${this.bytes.line()}`
    if (!isKnownGlobal(name) && !(this.allowsOpaque && isOpaqueGlobal(name))) throw this.refusal(name)
    return this.pushContainer(new GlobalName(name))
  }

  private reduce(): boolean {
    const args = this.pop()
    const called = this.pop()
    if (!(called instanceof GlobalName) || !Array.isArray(args)) throw this.fault('calls what is not a global')
    const call = CALLS.get(called.name)
    if (call) {
      const value = call(args)
      if (value === undefined) throw this.fault(`calls ${called.name} with arguments that torch.save does not write`)
      return this.pushContainer(value)
    }
    if (this.allowsOpaque && isOpaqueCall(called.name)) return this.pushContainer(new OpaqueRecord(called.name))
    throw this.refusal(called.name)
  }

  private newObject(): boolean {
    const args = this.pop()
    const made = this.pop()
    if (!(made instanceof GlobalName) || !Array.isArray(args))
      throw this.fault('makes an object of what is not a class')
    if (!this.allowsOpaque) throw this.refusal(made.name)
    return this.pushContainer(new OpaqueRecord(made.name))
  }

  /** The state of an object: metadata of a state dict, or what an opaque record holds. Neither is kept. */
  private build(): boolean {
    this.pop()
    const target = this.stack.at(-1)
    if (target instanceof Map || target instanceof OpaqueRecord) return true
    throw this.fault('gives a state to what is not an object')
  }

  private storage(id: PickleValue): StorageRecord {
    const [kind, type, entry, , count] = Array.isArray(id) ? id : []
    if (kind !== 'storage' || !(type instanceof GlobalName) || typeof entry !== 'string' || !isSize(count))
      throw this.fault("has a persistent id that is not ('storage', class, entry, device, count)")
    const storage = Object.entries(STORAGES).find(([name]) => type.name === `torch ${name}`)
    if (!storage) throw this.refusal(type.name)
    return { type: storage[1], entry, count }
  }

  private append(items: PickleValue[]): boolean {
    const list = this.stack.at(-1)
    if (!Array.isArray(list)) throw this.fault('appends to what is not a list')
    for (const item of items) list.push(item)
    return true
  }

  private setItems(items: PickleValue[]): boolean {
    const dict = this.stack.at(-1)
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw this.fault('sets items of what is not a dictionary')
    for (let i = 0; i < items.length; i += 2) dict.set(items[i]!, items[i + 1]!)
    return true
  }

  private put(index: number): boolean {
    const top = this.stack.at(-1)
    if (top === undefined) throw this.fault('keeps a value where there is none')
    if (this.memo.size >= MAX_MEMO) throw this.fault(`keeps more than ${MAX_MEMO} values`)
    this.memo.set(index, top)
    return true
  }

  private get(index: number): boolean {
    const value = this.memo.get(index)
    if (value === undefined) throw this.fault(`refers to value ${index}, which it has not kept`)
    return this.push(value)
  }

  private push(value: PickleValue): true {
    this.count()
    this.stack.push(value)
    return true
  }

  private count(): void {
    if (++this.values > MAX_VALUES) throw this.fault(`has more than ${MAX_VALUES} values`)
  }

  private pushContainer(value: PickleValue): true {
    if (++this.containers > MAX_CONTAINERS) throw this.fault(`has more than ${MAX_CONTAINERS} objects`)
    return this.push(value)
  }

  private pop(): PickleValue {
    return this.popCount(1)[0]!
  }

  private popCount(count: number): PickleValue[] {
    if (this.stack.length - (this.marks.at(-1) ?? 0) < count) throw this.fault('takes a value where there is none')
    return this.stack.splice(this.stack.length - count)
  }

  private popMark(): PickleValue[] {
    const mark = this.marks.pop()
    if (mark === undefined) throw this.fault('goes back to a mark where there is none')
    return this.stack.splice(mark)
  }

  private fault(problem: string): FormatError {
    return this.bytes.fault(problem)
  }

  private refusal(name: string): FormatError {
    return this.fault(
      `names ${printable(name, 120)}, which is not allowed: only tensors, dictionaries, lists, text and numbers are read`,
    )
  }
}
