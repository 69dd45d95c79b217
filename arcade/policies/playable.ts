// What a policy must know of a game: nothing of its picture, only what actions lead to.

/** A game that a player of chance can play without dying at once. */
export interface Playable {
  /** Whether the player stands on something it can jump off. */
  readonly onGround: boolean
  /** Whether `actions`, played from here, end in a death. The game stays as it is. */
  diesUnder(actions: readonly number[]): boolean
}

/** A game that can be looked ahead in, from state to state. */
export interface Explorable<State> {
  readonly state: State
  /** How often each action is tried, as weights. */
  readonly weights: readonly number[]
  /** The state an action leads to; undefined where the player dies of it. */
  after(state: State, action: number): State | undefined
  /** Where the player is, in pixels of the level. */
  place(state: State): readonly [x: number, y: number]
}
