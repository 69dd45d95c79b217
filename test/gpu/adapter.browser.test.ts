// What every other GPU test requires: there is an adapter, it computes, and files of the repository can be fetched.
import { expect, test } from 'vitest'

const ADD = /* wgsl */ `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> sum: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&sum)) { sum[id.x] = a[id.x] + b[id.x]; }
}`

async function requestDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu?.requestAdapter()
  if (!adapter)
    throw new Error('This browser gives no WebGPU adapter; DJINN_ADAPTER=swiftshader takes the software one.')
  return adapter.requestDevice()
}

test('an adapter adds two arrays of 33 numbers', async () => {
  const device = await requestDevice()
  const a = Float32Array.from({ length: 33 }, (_, i) => i)
  const b = Float32Array.from({ length: 33 }, (_, i) => 1 / (i + 1))
  const upload = (values: Float32Array<ArrayBuffer>) => {
    const buffer = device.createBuffer({
      size: values.byteLength,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
    })
    device.queue.writeBuffer(buffer, 0, values)
    return buffer
  }
  const sum = device.createBuffer({ size: a.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
  const staging = device.createBuffer({ size: a.byteLength, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: ADD }) },
  })
  const buffers = [upload(a), upload(b), sum]
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  })

  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, bindGroup)
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(sum, 0, staging, 0, staging.size)
  device.queue.submit([encoder.finish()])
  await staging.mapAsync(GPUMapMode.READ)

  expect(new Float32Array(staging.getMappedRange())).toEqual(a.map((value, i) => value + b[i]!))
  device.destroy()
})

test('files of the repository can be fetched, and a missing one is a 404', async () => {
  const config = await fetch('/test/golden/tiny/config.json')
  expect(await config.json()).toMatchObject({ frame: { height: expect.any(Number), width: expect.any(Number) } })
  const weights = await fetch('/test/golden/tiny/tokenizer.safetensors')
  expect((await weights.arrayBuffer()).byteLength).toBe(340184)
  const missing = await fetch('/test/golden/tiny/nothing.safetensors')
  expect(missing.status).toBe(404)
})
