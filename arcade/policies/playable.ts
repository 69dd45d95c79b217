// The interfaces through which policies play: they simulate actions and never see pixels.

/** A game for random policies. */
export interface Playable {
  /** Whether the character can jump. */
  readonly onGround: boolean
  /** Whether `actions`, played from the current state, end in a death. Does not change the game. */
  diesUnder(actions: readonly number[]): boolean
}

/** A game for policies that plan: a transition function on states. */
export interface Explorable<State> {
  readonly state: State
  /** Relative frequency of each action in random plans. */
  readonly weights: readonly number[]
  /** The next state, or undefined if the character dies. */
  simulate(state: State, action: number): State | undefined
  /** Position of the character in the level, pixels. */
  position(state: State): readonly [x: number, y: number]
}
