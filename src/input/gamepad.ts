// Gamepads: the directional pad, the left stick and the front buttons act as arrow keys.

const TILT = 0.5 // of the stick, from which on it counts

/** Buttons of the standard layout. */
const BUTTONS: Record<string, number[]> = {
  ArrowUp: [0, 1, 2, 3, 12],
  ArrowDown: [13],
  ArrowLeft: [14],
  ArrowRight: [15],
}

/** The arrow keys that a gamepad holds down. */
export function heldArrows({ buttons, axes }: Pick<Gamepad, 'buttons' | 'axes'>): string[] {
  const [x = 0, y = 0] = axes
  const tilted: Record<string, boolean> = {
    ArrowUp: y < -TILT,
    ArrowDown: y > TILT,
    ArrowLeft: x < -TILT,
    ArrowRight: x > TILT,
  }
  return Object.keys(BUTTONS).filter(name => tilted[name] || BUTTONS[name]!.some(i => buttons[i]?.pressed))
}

/** Polls the gamepads at every animation frame, once one is connected. */
export function listenToGamepads(press: (key: string) => void, release: (key: string) => void): void {
  let held: string[] = []
  let request = 0
  const poll = () => {
    const pads = navigator.getGamepads().filter(pad => pad !== null)
    const now = [...new Set(pads.flatMap(heldArrows))]
    for (const name of now) if (!held.includes(name)) press(name)
    for (const name of held) if (!now.includes(name)) release(name)
    held = now
    request = pads.length > 0 ? requestAnimationFrame(poll) : 0
  }
  addEventListener('gamepadconnected', () => {
    if (request === 0) request = requestAnimationFrame(poll)
  })
}
