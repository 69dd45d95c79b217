// Key names for people: arrows as signs for the screen, as words for screen readers.

const SIGNS: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': 'space' }
const WORDS: Record<string, string> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  ' ': 'space',
}

/** @param key KeyboardEvent.key, or two joined by `+` */
export const keySign = (key: string) =>
  key === '+'
    ? key
    : key
        .split('+')
        .map(one => SIGNS[one] ?? one)
        .join('')

/** @param key KeyboardEvent.key */
export const keyWord = (key: string) => WORDS[key] ?? key
