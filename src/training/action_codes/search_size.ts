// The numbers of steps of a search for action codes, and how they are cut to a time.

/** The sizes and the numbers of steps of a search. */
export interface SearchSize {
  operators: { count: number; radius: number }
  generators: { count: number; radius: number }
  /** Steps in which one operator explains a transition, then two, then those of the generators. */
  oneOperatorSteps: number
  twoOperatorSteps: number
  generatorSteps: number
  /** Transitions from which the codes are chosen. */
  codeTransitions: number
}

export const FULL_SEARCH: SearchSize = {
  operators: { count: 16, radius: 8 },
  generators: { count: 4, radius: 3 },
  oneOperatorSteps: 40,
  twoOperatorSteps: 200,
  generatorSteps: 120,
  codeTransitions: 2048,
}

/** The least share of the work after the steps with one operator that is done. */
const LEAST_EFFORT = 0.1
/** What a step with two operators, a step of generators and choosing the codes take, in steps with one operator. */
const [TWO_OPERATORS_COST, GENERATORS_COST, CHOOSING_COST] = [1.1, 0.8, 125]

/** A size that fits into so many seconds. @param times seconds of each of the first steps */
export function shortened(size: SearchSize, seconds: number, times: readonly number[]): SearchSize {
  // The median, so that a pause does not count. Every other step takes longer, so it is the mean of two.
  const sorted = times.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const pace = (sorted[middle - 1]! + sorted[middle]!) / 2
  const { oneOperatorSteps, twoOperatorSteps, generatorSteps, codeTransitions } = size
  const whole = TWO_OPERATORS_COST * twoOperatorSteps + GENERATORS_COST * generatorSteps + CHOOSING_COST
  const effort = Math.min(1, Math.max(LEAST_EFFORT, (seconds / pace - oneOperatorSteps) / whole))
  const part = (count: number) => Math.ceil(effort * count)
  return {
    ...size,
    twoOperatorSteps: part(twoOperatorSteps),
    generatorSteps: part(generatorSteps),
    codeTransitions: part(codeTransitions),
  }
}
