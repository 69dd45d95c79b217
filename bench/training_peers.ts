// Training one transformer block (training_block.ts) in the engine, in TensorFlow.js and in jax-js, all on WebGPU in the same page
// on the same adapter. Loss and every gradient must equal the engine's before anything is timed.

import { difference, type PeerRow } from '../src/bench/report.ts'
import type { Gpu } from '../src/gpu/gpu.ts'
import { median } from '../src/statistics.ts'
import { type Block, type BlockShape, makeBlock, ownBlock, type TrainedBlock } from './training_block.ts'
import { jaxBlock } from './training_jax.ts'
import { tfjsBlock } from './training_tfjs.ts'

/** The block of a small world's dynamics over four frames. */
const SHAPE: BlockShape = { frames: 4, tokens: 64, width: 192, heads: 6, ffn: 512 }
const TOLERANCE = 1e-3 // of the largest number of a tensor
const ROUNDS = 5

/** A library that can train the block. */
export interface BlockPeer {
  name: string
  prepare(block: Block): Promise<TrainedBlock>
}

/** @param open returns a device of precision f32 */
export async function benchTraining(
  open: () => Promise<Gpu>,
  onRow: (row: PeerRow) => void,
  shape = SHAPE,
): Promise<void> {
  const block = makeBlock(shape)
  const own = await ownBlock(await open(), block)
  await own.run()
  for (const openPeer of [tfjsBlock, jaxBlock]) {
    const { name, prepare } = await openPeer()
    const base = {
      what: 'a block trained: forward and backward',
      shape: `${shape.frames} × ${shape.tokens} tokens × ${shape.width}, ${shape.heads} heads, ffn ${shape.ffn}`,
      peer: name,
    }
    try {
      const theirs = await prepare(block)
      onRow({ ...base, ...(await compare(own, theirs)) })
      theirs.dispose()
    } catch (error) {
      const note = `it failed: ${error instanceof Error ? error.message : error}`
      onRow({ ...base, ours: null, theirs: null, ratio: null, correct: false, note })
    }
  }
  own.dispose()
}

async function compare(own: TrainedBlock, theirs: TrainedBlock) {
  await theirs.run()
  const [ours, found] = [await own.result(), await theirs.result()]
  const off = Object.entries(ours).map(([name, values]) => ({ name, by: difference(found[name]!, values) }))
  const wrong = off.find(({ by }) => !(by <= TOLERANCE))
  if (wrong) {
    const note = `its ${wrong.name} differs by ${wrong.by.toExponential(1)} of the largest number`
    return { ours: null, theirs: null, ratio: null, correct: false, note }
  }
  // The two take turns, so that other work on the machine slows both.
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
  for (let round = 0; round <= ROUNDS; round++) {
    const both = { ours: await timed(own), theirs: await timed(theirs) }
    if (round === 0) continue // warm-up
    times.ours.push(both.ours)
    times.theirs.push(both.theirs)
  }
  const [ourTime, theirTime] = [median(times.ours), median(times.theirs)]
  return { ours: ourTime, theirs: theirTime, ratio: theirTime / ourTime, correct: true }
}

async function timed(block: TrainedBlock): Promise<number> {
  const start = performance.now()
  await block.run()
  return performance.now() - start
}
