// Physics parameters of a side-view world, and the height and duration of a jump under them.

/** Lengths in pixels, speeds in pixels per frame, gravity in pixels per frame². */
export interface SideRules {
  tile: number
  pace: number
  gravity: number
  jump: number // initial upward speed of a jump
  fall: number // terminal speed
  width: number // of the character's hitbox
  height: number
}

/** Height of a jump, pixels. */
export const jumpHeight = ({ jump, gravity }: SideRules): number => {
  let sum = 0
  for (let speed = jump; speed > 0; speed -= gravity) sum += speed
  return sum
}

/** Frames from take-off to landing on level ground. */
export function airTime({ jump, gravity, fall }: SideRules): number {
  let frames = 0
  for (let height = 0, speed = jump; frames === 0 || height > 0; frames++) {
    height += speed
    speed = Math.max(speed - gravity, -fall)
  }
  return frames
}
