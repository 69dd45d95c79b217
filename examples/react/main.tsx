// The element <djinn-world> in a React component, with its events as state.

import 'djinn/element'
import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import { run, showStatus } from '../shared.ts'
import { PlayableWorld } from './playable_world.tsx'

const MODEL = '../../weights/platformer/'

function App() {
  const [seed, setSeed] = useState(1)
  const [frame, setFrame] = useState(0)
  return (
    <>
      <p>
        Seed {seed}, frame {frame}
      </p>
      <PlayableWorld
        src={MODEL}
        prompt={`${MODEL}prompts/forest.png`}
        seed={seed}
        onReady={() => showStatus('Click the world and use the arrow keys.')}
        onFrame={({ frame }) => {
          document.body.dataset.frame = String(frame)
          setFrame(frame)
        }}
        onError={showStatus}
      />
      <button type="button" onClick={() => setSeed(seed + 1)}>
        Another seed
      </button>
    </>
  )
}

void run(async () => createRoot(document.getElementById('root')!).render(<App />))
