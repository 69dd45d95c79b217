// N codebooks per position (docs/codebooks-spec.md): each codes the residual of those before it. Only models with more than one
// codebook load this file.

import { linear } from '../../kernels/linear/linear.ts'
import type { Decoding } from '../../kernels/maskgit/decoding.ts'
import { type Draws, newDraws, sample } from '../../kernels/maskgit/sample.ts'
import { residualCodes } from '../../kernels/vq/residual_codes.ts'
import { subtractCode } from '../../kernels/vq/subtract_code.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Program } from '../gpu/program.ts'
import type { Tensor } from '../gpu/tensor.ts'
import { transpose, upload, type Weights } from '../weights/load.ts'

/** @returns a function that writes codes i32 [rows, N] of latents [rows, C], by `codebook` f32 [N·K, C] of these `values` */
export function residualLookup(
  gpu: Gpu,
  codebook: Tensor,
  values: Float32Array<ArrayBuffer>,
  codebooks: number,
): (p: Program, latents: Tensor, codes: Tensor) => void {
  // Scores are by 32-bit rows; what is subtracted is of the storage type, like the latents.
  const rows = gpu.precision === 'f32' ? codebook : upload(gpu, codebook.label, [...codebook.shape], values)
  return (p, latents, codes) => residualCodes(p, latents, codebook, rows, codes, codebooks)
}

/** The heads of N codebooks: hidden states to logits, one codebook after another. */
export class CodebookHeads {
  /** @param heads of each codebook: weight [D, K], bias [K] */
  constructor(
    private readonly heads: readonly { weight: Tensor; bias: Tensor }[],
    private readonly table: Tensor,
  ) {}

  /** Takes `head.weight` [N·K, D] and `head.bias` [N·K] from the host. @param table token.weight and mask [N·K + 1, D] */
  static create(gpu: Gpu, weights: Weights, table: Tensor, codebooks: number): CodebookHeads {
    const [codes, width] = [(table.rows - 1) / codebooks, table.width]
    const heads = Array.from({ length: codebooks }, (_, n) => {
      const part = (name: string, size: number) => weights.values(name).slice(n * size, (n + 1) * size)
      const weight = transpose(part('head.weight', codes * width), [codes, width])
      return {
        weight: upload(gpu, `${weights.file}: head.weight ${n}`, [width, codes], weight),
        bias: upload(gpu, `${weights.file}: head.bias ${n}`, [codes], part('head.bias', codes), 'f32'),
      }
    })
    return new CodebookHeads(heads, table)
  }

  /** hidden [rows, D] → the logits of every codebook [rows, K], where each depends on the codes before it in `known` i32 [rows, N]. */
  logits(p: Program, hidden: Tensor, known: Tensor): Tensor[] {
    const logits: Tensor[] = []
    this.inTurn(p, hidden, known, (_, ofCodebook) => logits.push(ofCodebook))
    return logits
  }

  /** hidden [guidance passes · S, D] → the codes that all codebooks draw in turn, and the confidence in them together. */
  draw(p: Program, hidden: Tensor, d: Decoding): Draws {
    const drawn = newDraws(p, d)
    this.inTurn(p, hidden, drawn.candidates, (index, logits) => {
      p.stage = 'sampling'
      sample(p, logits, d, index, drawn)
      p.stage = 'dynamics'
    })
    p.stage = 'sampling'
    return drawn
  }

  private inTurn(p: Program, hidden: Tensor, known: Tensor, visit: (index: number, logits: Tensor) => void): void {
    const count = this.heads.length
    let left = hidden
    for (const [index, { weight, bias }] of this.heads.entries()) {
      if (index > 0) left = subtractCode(p, left, this.table, known, { index: index - 1, count })
      visit(index, linear(p, left, weight, { bias }))
    }
  }
}
