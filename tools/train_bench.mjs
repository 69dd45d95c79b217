// `node tools/train_bench.mjs [MODEL_DIR] [--json]`: a whole training step of each component, in the engine through Dawn and in PyTorch
// on this machine's CPU with one thread and with two. Both start with the same weights and batch, and their losses must be equal.
// Prints rows like those of the benchmark's peers: { what, shape, peer, ours, theirs, ratio, correct }.
import { spawnSync } from 'node:child_process'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const PYTHON = '/usr/bin/python3'
const TOLERANCE = 1e-3 // of the loss
/** Keeps freed memory in PyTorch's process, which saves page faults. */
const MEMORY = { MALLOC_MMAP_MAX_: '0', MALLOC_TRIM_THRESHOLD_: '100000000000', MALLOC_TOP_PAD_: '500000000' }

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true })
const directory = positionals[0] ?? `${root}weights/platformer`

const { register: registerTypeScript } = await import('tsx/esm/api')
registerTypeScript()
register('../bin/wgsl-hooks.mjs', import.meta.url)
const { timeStep } = await import('../src/bench/training_steps.ts')
const { COMPONENTS } = await import('../src/training/components.ts')
const { openGpu } = await import('../src/cli/open_gpu.ts')
const { fileSource } = await import('../src/cli/model_files.ts')
const { parseConfig } = await import('../src/families/parse_config.ts')
const { readText } = await import('../src/weights/model_source.ts')

try {
  const open = (/** @type {string} */ file) => fileSource(`${directory}/${file}`)
  const config = parseConfig(await readText(await open('config.json')), 'config.json')
  const ours = []
  let adapter = ''
  for (const component of COMPONENTS) {
    const gpu = await openGpu('f32')
    adapter = gpu.adapterName
    ours.push(await timeStep(gpu, component, config, open))
    gpu.dispose()
  }
  const wanted = ours.map(({ component, shape }) => `${component}:${shape.clips}x${shape.frames}`)
  const rows = [1, 2].flatMap(threads => {
    const theirs = pytorch(threads, wanted)
    return ours.map(({ component, shape, ms, loss }, i) => {
      const { ms: theirTime, loss: theirLoss } = theirs.rows[i]
      const correct = Math.abs(loss - theirLoss) <= TOLERANCE * theirLoss
      return {
        what: `a training step of the ${component}`,
        shape: `${shape.clips} clips × ${shape.frames} frames`,
        peer: `PyTorch ${theirs.torch}, ${threads} thread${threads > 1 ? 's' : ''}`,
        ...(correct
          ? { ours: ms, theirs: theirTime, ratio: theirTime / ms, correct }
          : { ours: null, theirs: null, ratio: null, correct, note: `losses differ: ${loss}, theirs ${theirLoss}` }),
      }
    })
  })
  console.log(values.json ? JSON.stringify({ adapter, rows }, undefined, 1) : [adapter, ...rows.map(line)].join('\n'))
  process.exit(rows.every(row => row.correct) ? 0 : 1)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

/**
 * The JSON that reference/step_time.py prints.
 * @param {number} threads @param {string[]} wanted
 * @returns {{ torch: string, rows: { ms: number, loss: number }[] }}
 */
function pytorch(threads, wanted) {
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env
  const { stdout, stderr, status } = spawnSync(
    PYTHON,
    [`${root}reference/step_time.py`, directory, `${threads}`, ...wanted],
    { env: { ...env, ...MEMORY, OMP_NUM_THREADS: `${threads}` }, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`reference/step_time.py failed: ${stderr.trim().split('\n').at(-1)}`)
  return JSON.parse(stdout)
}

/** @param {{ what: string, shape: string, peer: string, ours: number | null, theirs: number | null, ratio: number | null, note?: string }} row */
function line({ what, shape, peer, ours, theirs, ratio, note }) {
  if (ours === null || theirs === null || ratio === null) return `${what}, ${shape}, ${peer}: ${note}`
  return `${what}, ${shape}, ${peer}: ${ours.toFixed(0)} ms, theirs ${theirs.toFixed(0)} ms, ${ratio.toFixed(2)} ×`
}
