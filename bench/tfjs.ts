// TensorFlow.js as a peer, on its WebGPU back end.

import type { Tensor3D } from '@tensorflow/tfjs-core'
import { byHead, HEAD_WIDTH } from './ort.ts'
import type { Peer } from './peers.ts'

export async function openTfjs(): Promise<Peer> {
  const tf = await import('@tensorflow/tfjs-core')
  await import('@tensorflow/tfjs-backend-webgpu')
  await tf.setBackend('webgpu')
  await tf.ready()
  return {
    name: `tfjs ${tf.version_core}, webgpu`,
    async prepare({ kernel }, inputs) {
      const [S, D] = inputs[0]!.shape as [number, number]
      const heads = byHead(S, D)
      const isAttention = kernel === 'spatial_attention'
      const made = inputs.map(({ shape, values }) => {
        const by = isAttention ? heads.split(values) : { shape: [...shape], values }
        return tf.tensor(by.values, by.shape)
      })
      const [a, b, c] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]]
      const compute = () =>
        tf.tidy(() => {
          if (kernel === 'linear') return tf.add(tf.matMul(a as never, b as never), c)
          if (kernel === 'layer_norm') {
            const { mean, variance } = tf.moments(a, -1, true)
            return tf.add(tf.mul(tf.mul(tf.sub(a, mean), tf.rsqrt(tf.add(variance, 1e-5))), b), c)
          }
          const scores = tf.mul(tf.matMul(a as Tensor3D, b as Tensor3D, false, true), 1 / Math.sqrt(HEAD_WIDTH))
          return tf.matMul(tf.softmax(scores), c as Tensor3D)
        })
      let y = compute()
      return {
        run() {
          y.dispose()
          y = compute()
        },
        finish: async () => void (await y.data()),
        async result() {
          const values = (await y.data()) as Float32Array
          return isAttention ? heads.join(values) : values
        },
        dispose: () => tf.dispose([y, ...made]),
      }
    },
  }
}
