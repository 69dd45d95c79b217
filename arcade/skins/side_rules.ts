// How a body moves in a world seen from the side, and what follows for the land: how high and how long a jump is.

/** How things move: pixels, and pixels a frame. */
export interface SideRules {
  tile: number
  pace: number
  gravity: number
  jump: number // the speed a jump begins with
  fall: number // the highest speed downwards
  width: number // the body's
  height: number
}

/** Pixels that a jump rises. */
export const rise = ({ jump, gravity }: SideRules): number => {
  let sum = 0
  for (let speed = jump; speed > 0; speed -= gravity) sum += speed
  return sum
}

/** Frames that a jump over level ground lasts. */
export function airTime({ jump, gravity, fall }: SideRules): number {
  let frames = 0
  for (let height = 0, speed = jump; frames === 0 || height > 0; frames++) {
    height += speed
    speed = Math.max(speed - gravity, -fall)
  }
  return frames
}
