// The block of training_block.ts in TensorFlow.js, on its WebGPU back end.

import type { Tensor } from '@tensorflow/tfjs-core'
import { past } from './training_block.ts'
import type { BlockPeer } from './training_peers.ts'

export async function tfjsBlock(): Promise<BlockPeer> {
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-core/dist/register_all_gradients')
  await import('@tensorflow/tfjs-backend-webgpu')
  await tf.setBackend('webgpu')
  await tf.ready()
  return {
    name: `tfjs ${tf.version_core}, webgpu`,
    async prepare({ shape: { frames: T, tokens: S, width: D, heads }, inputs, targets }) {
      const d = D / heads
      const names = Object.keys(inputs)
      const operands = names.map(name => tf.tensor(inputs[name]!.values, inputs[name]!.shape))
      const wanted = tf.oneHot(tf.tensor1d(targets, 'int32'), D)
      const { age, hidden } = past(T)
      const [ages, mask] = [tf.tensor(age, [T, T * T]), tf.tensor(hidden, [T, T])]

      const loss = (...all: Tensor[]) => {
        const w = (name: string) => all[names.indexOf(name)]!
        const block = (name: string) => w(`blocks.0.${name}`)
        const norm = (x: Tensor, part: string) => {
          const { mean, variance } = tf.moments(x, -1, true)
          const unit = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)))
          return tf.add(tf.mul(unit, block(`${part}.norm.weight`)), block(`${part}.norm.bias`))
        }
        /** `order` permutes [T, S, heads, d] so that attention is over the last axis but one; `back` is the inverse. */
        const attend = (x: Tensor, part: string, order: number[], back: number[], bias?: Tensor) => {
          const qkv = tf.split(tf.matMul(norm(x, part), block(`${part}.qkv.weight`)), 3, 1)
          const [q, k, v] = qkv.map(y => tf.transpose(tf.reshape(y, [T, S, heads, d]), order)) as [
            Tensor,
            Tensor,
            Tensor,
          ]
          const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(d))
          const seen = tf.matMul(tf.softmax(bias ? tf.add(scores, bias) : scores), v)
          const y = tf.reshape(tf.transpose(seen, back), [T * S, D])
          return tf.add(x, tf.add(tf.matMul(y, block(`${part}.out.weight`)), block(`${part}.out.bias`)))
        }
        const bias = tf.add(tf.reshape(tf.matMul(block('temporal.bias'), ages), [heads, T, T]), mask)
        let x = attend(w('x'), 'spatial', [0, 2, 1, 3], [0, 2, 1, 3])
        x = attend(x, 'temporal', [1, 2, 0, 3], [2, 0, 1, 3], bias)
        const h = tf.add(tf.matMul(norm(x, 'ffn'), block('ffn.in.weight')), block('ffn.in.bias'))
        const cubic = tf.add(h, tf.mul(0.044715, tf.mul(h, tf.mul(h, h))))
        const gelu = tf.mul(tf.mul(0.5, h), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), cubic))))
        x = tf.add(x, tf.add(tf.matMul(gelu, block('ffn.out.weight')), block('ffn.out.bias')))
        return tf.div(tf.neg(tf.sum(tf.mul(tf.logSoftmax(x), wanted))), T * S)
      }

      const compute = tf.valueAndGrads(loss as never)
      let last: { value: Tensor; grads: Tensor[] } | undefined
      return {
        async run() {
          if (last) tf.dispose([last.value, ...last.grads])
          last = compute(operands)
          // The copy of the loss is queued after the gradients, so this waits for all of them.
          await last.value.data()
        },
        async result() {
          const gradients = await Promise.all(
            names.map(async (name, i) => [name, await last!.grads[i]!.data()] as const),
          )
          return { loss: await last!.value.data(), ...Object.fromEntries(gradients) }
        },
        dispose: () => tf.dispose([last!.value, ...last!.grads, ...operands, wanted, ages, mask]),
      }
    },
  }
}
