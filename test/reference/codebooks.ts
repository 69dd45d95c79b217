// docs/codebooks-spec.md: N codebooks per position. Row n·K + k of a table belongs to code k of codebook n.

import { draw, type Place, type StepReference } from './maskgit.ts'

type Numbers = ArrayLike<number>

/** left [C], the rows of codebook n [K, C] → the nearest row by plain distance, on ties the lowest. */
function nearest(left: number[], rows: number[][]): number {
  const distances = rows.map(row => row.reduce((sum, e, i) => sum + (left[i]! - e) ** 2, 0))
  return distances.indexOf(Math.min(...distances))
}

/** z [rows, C], codebook [N·K, C] → codes [rows, N], each of the residual of the codes before it. */
export function residualLookup(z: Numbers, codebook: Numbers, width: number, codebooks: number): number[] {
  const table = rowsOf(codebook, width)
  const K = table.length / codebooks
  return rowsOf(z, width).flatMap(row => {
    let left = row
    return Array.from({ length: codebooks }, (_, n) => {
      const rows = table.slice(n * K, (n + 1) * K)
      const code = nearest(left, rows)
      left = left.map((v, i) => v - rows[code]![i]!)
      return code
    })
  })
}

/** tokens [rows, N] (K = masked in all places), table [N·K + 1, D] whose last row is the mask, position [S, D] → [rows, D]. */
export function embedding(
  tokens: Numbers,
  table: Numbers,
  position: Numbers,
  width: number,
  codebooks: number,
): number[] {
  const rows = rowsOf(table, width)
  const K = (rows.length - 1) / codebooks
  const places = rowsOf(position, width)
  return rowsOf(tokens, codebooks).flatMap((codes, r) => {
    const chosen = codes[0] === K ? [rows.at(-1)!] : codes.map((code, n) => rows[n * K + code]!)
    return places[r % places.length]!.map((v, i) => chosen.reduce((sum, row) => sum + row[i]!, v))
  })
}

/** x [rows, D] less the row of each row's code of one codebook; codes [code rows, N] repeat over x. */
export function subtractCode(
  x: Numbers,
  table: Numbers,
  codes: Numbers,
  width: number,
  { codebook, codebooks, K }: { codebook: number; codebooks: number; K: number },
): number[] {
  const [rows, given] = [rowsOf(table, width), rowsOf(codes, codebooks)]
  return rowsOf(x, width).flatMap((row, r) => {
    const taken = rows[codebook * K + given[r % given.length]![codebook]!]!
    return row.map((v, i) => v - taken[i]!)
  })
}

/** Logits of every codebook [N][K] of position i → its codes [N], and the confidence in them together. Codebook n draws with noise of its own. */
export function drawAll(logits: number[][], step: StepReference, at: Place, i: number) {
  const K = logits[0]!.length
  const noiseless = { ...step, choiceNoise: 0, logThreshold: undefined }
  const draws = logits.map((ofCodebook, n) => {
    // The counters of codebook n begin at n·(K+1): as many codes that are never drawn stand before its own.
    const shifted = [...Array<number>(n * (K + 1)).fill(Number.NEGATIVE_INFINITY), ...ofCodebook]
    const { token, confidence } = draw(shifted, noiseless, at, i)
    return { code: token - n * (K + 1), logProbability: confidence }
  })
  const logProbability = draws.reduce((sum, d) => sum + d.logProbability, 0)
  const noise = draw(Array<number>(K).fill(0), { ...step, logThreshold: undefined }, at, i).confidence + Math.log(K)
  return { codes: draws.map(d => d.code), logProbability, confidence: logProbability + noise }
}

const rowsOf = (values: Numbers, width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, r) =>
    Array.from({ length: width }, (_, i) => values[r * width + i]!),
  )
