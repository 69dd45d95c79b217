// Sliders.

/** Colours the track up to the value. */
export function paintSlider(input: HTMLInputElement): void {
  const [value, min, max] = [input.value, input.min, input.max].map(Number) as [number, number, number]
  input.style.setProperty('--at', String(max > min ? (value - min) / (max - min) : 1))
}
