// `node tools/pack_gpu.mjs FOLDER [--max-mib N]`: writes into the new folder FOLDER what a machine with a GPU but without Node, npm or
// this repository needs to run `djinn bench`: Node, Dawn, the command line as one bundle, a model, a reference bundle, and go.sh,
// which runs them. Linux on x86-64. Fails if the folder is larger than N MiB. See docs/benchmark.md.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const DAWN = 'node_modules/webgpu'

try {
  const { values, positionals } = parseArgs({ options: { 'max-mib': { type: 'string' } }, allowPositionals: true })
  const limit = Number(values['max-mib'] ?? Number.POSITIVE_INFINITY)
  if (positionals.length !== 1 || !(limit > 0)) throw new Error('usage: node tools/pack_gpu.mjs FOLDER [--max-mib N]')
  const out = resolve(/** @type {string} */ (positionals[0]))
  if (existsSync(out)) throw new Error(`${out} exists already: name a folder that does not`)
  await pack(out)
  const size = Number(execFileSync('du', ['-sb', out], { encoding: 'utf8' }).split('\t')[0]) / 2 ** 20
  if (size > limit) throw new Error(`${out} is ${size.toFixed(1)} MiB, more than --max-mib ${limit}`)
  console.log(`${out}: ${size.toFixed(1)} MiB`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

/** @param {string} out */
async function pack(out) {
  mkdirSync(`${out}/${DAWN}/dist/linux-x64`, { recursive: true })
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: { ssr: 'src/cli/main.ts', outDir: `${out}/cli`, target: 'node20', emptyOutDir: false },
    ssr: { noExternal: true, external: ['webgpu'] },
  })
  for (const file of ['index.js', 'package.json']) cpSync(`${root}${DAWN}/${file}`, `${out}/${DAWN}/${file}`)
  for (const file of ['config.json', 'tokenizer.safetensors', 'dynamics.safetensors'])
    cpSync(`${root}weights/platformer/${file}`, `${out}/platformer/${file}`)
  cpSync(`${root}test/golden/tiny`, `${out}/tiny`, { recursive: true })
  writeFileSync(`${out}/package.json`, '{ "type": "module" }\n')
  const packed = (/** @type {string} */ path) => execFileSync('xz', ['-9', '-T0', '-c', path], { maxBuffer: 1 << 28 })
  writeFileSync(`${out}/node.xz`, packed(process.execPath))
  writeFileSync(`${out}/dawn.xz`, packed(`${root}${DAWN}/dist/linux-x64/dawn.node`))
  writeFileSync(
    `${out}/go.sh`,
    `# bash go.sh RESULTS_FOLDER: validates the engine on this machine's GPU, then writes gpu.json and gpu_f16.json into that folder.
set -euo pipefail
mkdir -p "\${1:?usage: bash go.sh RESULTS_FOLDER}" && results=$(realpath "$1") && cd "$(dirname "$0")"
xz -dc node.xz > node && chmod +x node
xz -dc dawn.xz > ${DAWN}/dist/linux-x64/dawn.node
djinn() { ./node cli/main.js "$@"; }
djinn validate tiny tiny/reference.safetensors --precision f32
djinn bench --model platformer --scaling --full --precision f32 --json > "$results/gpu.json"
djinn bench --model platformer --precision f16 --json > "$results/gpu_f16.json"
`,
  )
  chmodSync(`${out}/go.sh`, 0o755)
}
