// A React component around <djinn-world>: attributes as props, events as callbacks.

import { type HTMLAttributes, type RefAttributes, useEffect, useRef } from 'react'

type ElementProps = HTMLAttributes<HTMLElement> & RefAttributes<HTMLElement> & { src: string; prompt: string; seed: number }

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'djinn-world': ElementProps
    }
  }
}

export interface PlayableWorldProps {
  /** The model's folder. */
  src: string
  /** The picture to start from. */
  prompt: string
  seed: number
  onReady?(): void
  onFrame?(detail: { frame: number; action: number }): void
  onError?(message: string): void
}

export function PlayableWorld({ src, prompt, seed, onReady, onFrame, onError }: PlayableWorldProps) {
  const element = useRef<HTMLElement>(null)
  useEffect(() => {
    const listening = new AbortController()
    const { signal } = listening
    const { current } = element
    current?.addEventListener('ready', () => onReady?.(), { signal })
    current?.addEventListener('frame', event => onFrame?.((event as CustomEvent).detail), { signal })
    current?.addEventListener('error', event => onError?.((event as ErrorEvent).message), { signal })
    return () => listening.abort()
  })
  return <djinn-world ref={element} src={src} prompt={prompt} seed={seed} aria-label="A generated platform game" />
}
