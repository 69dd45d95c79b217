// Numbers as text for people.

/** 0.987 → `98 %`: rounded down, so that 100 % means all. */
export const percent = (share: number) => `${Math.floor(100 * share)} %`

/** A duration: `45 s`, `12 min`, `1.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** Two digits below 10, whole numbers above. */
export const brief = (value: number) => value.toFixed(value < 10 ? 1 : 0)
