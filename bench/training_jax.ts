// The block of training_block.ts in jax-js, on its WebGPU back end: value and gradient of one function, compiled by `jit`.

import type { numpy } from '@jax-js/jax'
import { past } from './training_block.ts'
import type { BlockPeer } from './training_peers.ts'

type Array_ = numpy.Array

export async function jaxBlock(): Promise<BlockPeer> {
  const jax = await import('@jax-js/jax')
  const { nn, numpy: np, tree } = jax
  const { version } = await (await fetch('/node_modules/@jax-js/jax/package.json')).json()
  if (!(await jax.init('webgpu')).includes('webgpu')) throw new Error('jax-js finds no WebGPU here')
  jax.defaultDevice('webgpu')
  return {
    name: `jax-js ${version}, webgpu`,
    async prepare({ shape: { frames: T, tokens: S, width: D, heads }, inputs, targets }) {
      const d = D / heads
      const array = (values: Float32Array<ArrayBuffer>, shape: number[]) => np.array(values, { shape })
      const operands = Object.fromEntries(
        Object.entries(inputs).map(([name, { values, shape }]) => [name, array(values, shape)]),
      )
      const classes = new Float32Array(T * S * D)
      targets.forEach((target, row) => {
        classes[row * D + target] = 1
      })
      const { age, hidden } = past(T)
      const constants = [array(classes, [T * S, D]), array(age, [T, T * T]), array(hidden, [T, T])]

      // jax-js counts references: every use of an array but its last takes one.
      const loss = (w: Record<string, Array_>, wanted: Array_, ages: Array_, mask: Array_) => {
        const block = (name: string) => w[`blocks.0.${name}`]!
        const norm = (x: Array_, part: string) =>
          nn
            .standardize(x, -1, { epsilon: 1e-5 })
            .mul(block(`${part}.norm.weight`))
            .add(block(`${part}.norm.bias`))
        const project = (x: Array_, y: Array_, part: string) =>
          x.add(np.matmul(y, block(`${part}.out.weight`)).add(block(`${part}.out.bias`)))
        /** `order` permutes [T, S, heads, d] so that attention is over the last axis but one; `back` is the inverse. */
        const attend = (x: Array_, part: string, order: number[], back: number[], bias?: Array_) => {
          const qkv = np.matmul(norm(x.ref, part), block(`${part}.qkv.weight`)).reshape([T, S, 3, heads, d])
          const [q, k, v] = np.split(qkv, 3, 2).map(y => y.reshape([T, S, heads, d]).transpose(order)) as [
            Array_,
            Array_,
            Array_,
          ]
          const scores = np.matmul(q, np.matrixTranspose(k)).mul(1 / Math.sqrt(d))
          const seen = np.matmul(nn.softmax(bias ? scores.add(bias) : scores, -1), v)
          return project(x, seen.transpose(back).reshape([T * S, D]), part)
        }
        const bias = np.matmul(block('temporal.bias'), ages).reshape([heads, T, T]).add(mask)
        let x = attend(w.x!, 'spatial', [0, 2, 1, 3], [0, 2, 1, 3])
        x = attend(x, 'temporal', [1, 2, 0, 3], [2, 0, 1, 3], bias)
        const h = np.matmul(norm(x.ref, 'ffn'), block('ffn.in.weight')).add(block('ffn.in.bias'))
        x = project(x, nn.gelu(h, { approximate: true }), 'ffn')
        return nn
          .logSoftmax(x, -1)
          .mul(wanted)
          .sum()
          .mul(-1 / (T * S))
      }

      const compute = jax.jit(jax.valueAndGrad(loss))
      let last: [Array_, Record<string, Array_>] | undefined
      return {
        async run() {
          if (last) tree.dispose(last as never)
          const [wanted, ages, mask] = constants.map(c => c.ref) as [Array_, Array_, Array_]
          last = compute(tree.ref(operands), wanted, ages, mask) as [Array_, Record<string, Array_>]
          await jax.blockUntilReady(last as never)
        },
        async result() {
          const values = async (a: Array_) => (await a.ref.data()) as Float32Array
          const [value, gradients] = last!
          const entries = Object.entries(gradients).map(async ([name, a]) => [name, await values(a)] as const)
          return { loss: await values(value), ...Object.fromEntries(await Promise.all(entries)) }
        },
        dispose: () => tree.dispose([last, operands, constants] as never),
      }
    },
  }
}
