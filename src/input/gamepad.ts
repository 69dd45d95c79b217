// Gamepads: the cross, the left stick and the front buttons press and release the arrow keys' names.

const TILT = 0.5 // of the stick, from which on it counts

/** Buttons of the standard layout. */
const BUTTONS: Record<string, number[]> = {
  ArrowUp: [0, 1, 2, 3, 12],
  ArrowDown: [13],
  ArrowLeft: [14],
  ArrowRight: [15],
}

/** The names that a gamepad holds down. */
export function heldNames({ buttons, axes }: Pick<Gamepad, 'buttons' | 'axes'>): string[] {
  const [x = 0, y = 0] = axes
  const tilted: Record<string, boolean> = {
    ArrowUp: y < -TILT,
    ArrowDown: y > TILT,
    ArrowLeft: x < -TILT,
    ArrowRight: x > TILT,
  }
  return Object.keys(BUTTONS).filter(name => tilted[name] || BUTTONS[name]!.some(i => buttons[i]?.pressed))
}

/** Asks the gamepads at every refresh of the screen, from when there is one. */
export function listenToGamepads(press: (name: string) => void, release: (name: string) => void): void {
  let held: string[] = []
  let request = 0
  const ask = () => {
    const pads = navigator.getGamepads().filter(pad => pad !== null)
    const now = [...new Set(pads.flatMap(heldNames))]
    for (const name of now) if (!held.includes(name)) press(name)
    for (const name of held) if (!now.includes(name)) release(name)
    held = now
    request = pads.length > 0 ? requestAnimationFrame(ask) : 0
  }
  addEventListener('gamepadconnected', () => {
    if (request === 0) request = requestAnimationFrame(ask)
  })
}
