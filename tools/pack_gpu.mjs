// `node bin/pack_gpu.mjs`: what a machine with a GPU but without Node or npm needs to measure the kernels, in the ignored folder .gpu/: Node
// itself, Dawn, the command line as one bundle, and go.sh, which unpacks and runs them. Linux on x86-64. See CONTRIBUTING.md.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}.gpu`
rmSync(out, { recursive: true, force: true })
mkdirSync(`${out}/node_modules/webgpu/dist/linux-x64`, { recursive: true })
await build({
  root,
  configFile: false,
  logLevel: 'warn',
  build: { ssr: 'src/cli/main.ts', outDir: `${out}/cli`, target: 'node20' },
  ssr: { noExternal: true, external: ['webgpu'] },
})
const dawn = 'node_modules/webgpu'
for (const file of ['index.js', 'package.json']) cpSync(`${root}${dawn}/${file}`, `${out}/${dawn}/${file}`)
writeFileSync(`${out}/package.json`, '{ "type": "module" }\n')
// What carries it allows 64 MiB, the repository included.
const packed = (/** @type {string} */ path) => execFileSync('xz', ['-9', '-T0', '-c', path], { maxBuffer: 1 << 28 })
writeFileSync(`${out}/node.xz`, packed(process.execPath))
writeFileSync(`${out}/dawn.xz`, packed(`${root}${dawn}/dist/linux-x64/dawn.node`))
writeFileSync(
  `${out}/go.sh`,
  `# Runs in the root of the repository there; what it measures goes to $OUT.
set -o pipefail
for f in .gl/*.deb; do [ -e "$f" ] && dpkg -x "$f" /; done; ldconfig
xz -dc .gpu/node.xz > /tmp/node && chmod +x /tmp/node
xz -dc .gpu/dawn.xz > .gpu/node_modules/webgpu/dist/linux-x64/dawn.node
djinn() { /tmp/node .gpu/cli/main.js "$@"; }
djinn validate test/golden/tiny test/golden/tiny/reference.safetensors --precision f32 | tail -3
djinn bench --world weights/platformer --curves --full --precision f32 --json > "$OUT/gpu.json" || cat "$OUT/gpu.json"
djinn bench --world weights/platformer --precision f16 --json > "$OUT/gpu_f16.json"
/tmp/node -e 'const r = JSON.parse(require("fs").readFileSync(process.env.OUT + "/gpu.json")); console.log(r.adapter.name, r.peak, r.world && { ...r.world, profile: 0 }); for (const x of r.rows) console.log(x.kernel, x.version, x.shape, x.ms && x.ms.toFixed(4), x.ofPeak && x.ofPeak.toFixed(0) + " %", x.note ?? "")'
`,
)
chmodSync(`${out}/go.sh`, 0o755)
console.log(execFileSync('du', ['-sh', out], { encoding: 'utf8' }).trim())
