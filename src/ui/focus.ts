// Focus after a click. A button that keeps the focus would take Space from the world, so a click with a pointer gives the focus back.
// With the keyboard the focus stays where it is.

/** After a pointer's click on a button, slider or switch below `root`, `target` gets the focus. */
export function returnFocusAfterClicks(root: HTMLElement, target: HTMLElement): void {
  let isPointer = false
  root.addEventListener('pointerdown', () => (isPointer = true), { capture: true })
  root.addEventListener('keydown', () => (isPointer = false), { capture: true })
  root.addEventListener('click', ({ target: clicked }) => {
    if (!isPointer || !(clicked instanceof Element)) return
    const control = clicked.closest('button, input:is([type=range], [type=checkbox], [type=radio])')
    // A click may have moved the focus on purpose, for instance into a text field.
    const { activeElement } = document
    if (control && (activeElement === control || activeElement === document.body)) target.focus({ preventScroll: true })
  })
}
