// Writes ONNX models: a graph of nodes and constants, encoded as the protocol buffers that onnx.proto describes
// (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Field numbers are those of that file; IR version 8, opset 17.

import { joined } from '../src/weights/safetensors.ts'

const IR_VERSION = 8
const OPSET = 17
const TYPES = { f32: 1, i32: 6, i64: 7 } // TensorProto.DataType
const ATTRIBUTE_TYPES = { float: 1, int: 2, ints: 7 } // AttributeProto.AttributeType
const WIRE_TYPES = { bytes: 2, fixed32: 5 } // varint is 0

type ElementType = keyof typeof TYPES
/** A name stands for a size that each run decides. */
type Shape = readonly (number | string)[]
/** A whole number is an INT, any other a FLOAT, a list an INTS. */
type Attributes = Record<string, number | number[]>

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

/** One field of a message: a whole number, text, or the bytes of a message or tensor. */
function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === 'number') return Uint8Array.of(...varint(number << 3), ...varint(value))
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return joined([Uint8Array.of(...varint((number << 3) | WIRE_TYPES.bytes), ...varint(bytes.length)), bytes])
}

function floatField(number: number, value: number): Uint8Array {
  return joined([Uint8Array.of((number << 3) | WIRE_TYPES.fixed32), new Uint8Array(Float32Array.of(value).buffer)])
}

const message = (...fields: Uint8Array[]) => joined(fields)

function attribute(name: string, value: number | number[]): Uint8Array {
  if (typeof value !== 'number')
    return message(field(1, name), field(20, ATTRIBUTE_TYPES.ints), ...value.map(v => field(8, v)))
  if (Number.isInteger(value)) return message(field(1, name), field(20, ATTRIBUTE_TYPES.int), field(3, value))
  return message(field(1, name), field(20, ATTRIBUTE_TYPES.float), floatField(2, value))
}

/** ValueInfoProto: the name, element type and shape of an input or output. */
function valueInfo(name: string, type: ElementType, shape: Shape): Uint8Array {
  const dimensions = shape.map(size => field(1, field(typeof size === 'number' ? 1 : 2, size)))
  const tensor = message(field(1, TYPES[type]), field(2, message(...dimensions)))
  return message(field(1, name), field(2, field(1, tensor)))
}

/** A graph being built. Methods return the names of the values they add, which later nodes take as inputs. */
export class OnnxGraph {
  private readonly nodes: Uint8Array[] = []
  private readonly constants: Uint8Array[] = []
  private readonly inputs: Uint8Array[] = []
  private count = 0

  input(name: string, type: ElementType, shape: Shape): string {
    this.inputs.push(valueInfo(name, type, shape))
    return name
  }

  /** A tensor of the graph itself; no shape: a scalar. */
  constant(values: Float32Array | BigInt64Array, shape: readonly number[] = []): string {
    const name = `c${this.count++}`
    const type = values instanceof Float32Array ? TYPES.f32 : TYPES.i64
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.constants.push(message(...shape.map(n => field(1, n)), field(2, type), field(8, name), field(9, raw)))
    return name
  }

  scalar(value: number): string {
    return this.constant(Float32Array.of(value))
  }

  /** A constant vector of whole numbers. Operators take shapes, axes and bounds in this form. */
  integers(...values: number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length])
  }

  node(op: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodeOf(1, op, inputs, attributes)[0]!
  }

  /** `x` in `count` equal parts along `axis`. */
  split(x: string, count: number, axis: number): string[] {
    return this.nodeOf(count, 'Split', [x], { axis })
  }

  /** The encoded model, with one output. */
  model(output: string, shape: Shape): Uint8Array {
    const graph = message(
      ...this.nodes.map(node => field(1, node)),
      field(2, 'djinn'),
      ...this.constants.map(tensor => field(5, tensor)),
      ...this.inputs.map(info => field(11, info)),
      field(12, valueInfo(output, 'f32', shape)),
    )
    return message(field(1, IR_VERSION), field(2, 'djinn'), field(7, graph), field(8, field(2, OPSET)))
  }

  private nodeOf(outputs: number, op: string, inputs: readonly string[], attributes: Attributes): string[] {
    const names = Array.from({ length: outputs }, () => `v${this.count++}`)
    this.nodes.push(
      message(
        ...inputs.map(name => field(1, name)),
        ...names.map(name => field(2, name)),
        field(4, op),
        ...Object.entries(attributes).map(([name, value]) => field(5, attribute(name, value))),
      ),
    )
    return names
  }
}
