// The part of gifenc that we use; the package brings no types.
declare module 'gifenc' {
  interface Encoder {
    writeFrame(
      indices: Uint8Array,
      width: number,
      height: number,
      options: { palette: number[][]; delay: number },
    ): void
    finish(): void
    bytes(): Uint8Array
  }
  export function GIFEncoder(): Encoder
  export function quantize(rgba: Uint8Array, colours: number): number[][]
  export function applyPalette(rgba: Uint8Array, palette: number[][]): Uint8Array
}
