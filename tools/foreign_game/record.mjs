#!/usr/bin/env node
// Records a game that is not part of this project: Asylum (Debian package asylum; GPL code, public domain art), Alex the Allegator 4 (alex4; GPL), Abe's Amazing Adventure (abe; GPL) or SuperTux (supertux; GPL code, CC-BY-SA art). Nothing of them is kept in this repository.
// It runs under Xvfb, a script holds keys, ffmpeg records the screen. The keys are random, by the seed; Asylum's also depend on what the screen shows, so they differ from run to run. The keys are logged, to judge a world by, never to train it.
//
//     apt install xvfb xdotool ffmpeg asylum alex4 abe supertux
//     node tools/foreign_game/record.mjs OUT.mp4 [--game asylum] [--seconds 900] [--seed 1] [--levels icy_valley,frosted_fields,via_nostalgica]
//
// Writes OUT.mp4 and OUT.keys.json: [{ t, keys }], seconds of the video from which on those keys are held.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const [WIDTH, HEIGHT, RATE] = [640, 480, 20]
/** A random player: the least and most seconds that it holds a direction and a jump, and its chances at each choice. Right is more likely. */
const ADVANCE = {
  directionSeconds: [0.3, 1.8],
  jumpSeconds: [0.15, 0.5],
  jumpChance: 0.5, // with each direction
  rightChance: 0.52,
  leftChance: 0.25, // else neither
  jumpPause: 0, // seconds from one jump to the next, at least
  turnsAtWalls: false, // whether it turns round, or jumps, where nothing moves while a direction is held
}
/** Roams. A jump is held about as long as it rises. */
const ROAM = {
  directionSeconds: [0.5, 1.3],
  jumpSeconds: [0.3, 0.38],
  jumpChance: 0.45,
  rightChance: 0.34,
  leftChance: 0.34,
  jumpPause: 0.8,
  turnsAtWalls: true,
}
const ARROWS = { Left: 'Left', Right: 'Right' }

const SUPERTUX_LEVELS = '/usr/share/games/supertux2/levels/world1'
const GAMES = {
  asylum: {
    command: '/usr/games/asylum',
    options: () => [],
    keys: { Left: 'z', Right: 'x', jump: 'semicolon' },
    player: ROAM,
    menu: 'Return',
    begins: 18,
    again: 10,
  },
  // These begin at a menu and come back to it after the last life: the menu's key is pressed every `again` seconds, for a player that turns only while nothing moves.
  alex4: {
    command: '/usr/games/alex4',
    options: () => [],
    keys: { ...ARROWS, jump: 'Alt_L' },
    menu: 'space',
    begins: 35,
    again: 10,
  },
  abe: {
    command: '/usr/games/abe',
    options: () => [],
    keys: { ...ARROWS, jump: 'space' },
    menu: 'Return',
    begins: 6,
    again: 10,
  },
  supertux: {
    command: '/usr/games/supertux2',
    keys: { ...ARROWS, jump: 'space' },
    menu: 'Return',
    begins: 8,
    options: level => [
      ...['-f', '-g', `${WIDTH}x${HEIGHT}`, '--renderer', 'sdl', '--disable-sound', '--disable-music'],
      join(SUPERTUX_LEVELS, `${level}.stl`),
    ],
  },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    game: { type: 'string', default: 'asylum' },
    seconds: { type: 'string', default: '900' },
    seed: { type: 'string', default: '1' },
    levels: { type: 'string', default: 'icy_valley,frosted_fields,via_nostalgica' },
    display: { type: 'string', default: '97' },
  },
})
const out = positionals[0]
const program = GAMES[values.game]
if (!out?.endsWith('.mp4') || !program) {
  console.error('usage: record.mjs OUT.mp4 [--game asylum|alex4|abe|supertux] [--seconds N] [--seed N] [--levels A,B]')
  process.exit(2)
}
const player = program.player ?? ADVANCE
const levels = values.game === 'supertux' ? values.levels.split(',') : ['all']
const env = {
  ...process.env,
  DISPLAY: `:${values.display}`,
  SDL_AUDIODRIVER: 'dummy',
  LIBGL_ALWAYS_SOFTWARE: '1',
  HOME: mkdtempSync(join(tmpdir(), 'game-')),
}
const pause = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds))
const xdotool = (...args) => spawnSync('xdotool', args, { env, encoding: 'utf8' }).stdout.trim()

/** Mulberry32: numbers in 0 … 1 that follow from the seed. */
function randomOf(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const random = randomOf(Number(values.seed))
const between = ([least, most]) => least + (most - least) * random()
const server = spawn('Xvfb', [env.DISPLAY, '-screen', '0', `${WIDTH}x${HEIGHT}x24`], { stdio: 'ignore' })
while (!xdotool('getmouselocation')) await pause(0.5)

let game
const ended = () => game.exitCode !== null || game.signalCode !== null
async function startLevel(level) {
  // Asylum sometimes crashes as it starts.
  do {
    game = spawn(program.command, program.options(level), { env, stdio: 'ignore' })
    await pause(3)
  } while (ended())
  xdotool('mousemove', `${WIDTH - 1}`, `${HEIGHT - 1}`)
  for (let waited = 0; waited < program.begins; waited += 2) {
    xdotool('key', program.menu)
    await pause(2)
  }
}

const ffmpegInput = [
  '-f',
  'x11grab',
  '-framerate',
  `${RATE}`,
  '-video_size',
  `${WIDTH}x${HEIGHT}`,
  '-draw_mouse',
  '0',
  '-i',
  env.DISPLAY,
]
const ffmpegCodec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '14', '-pix_fmt', 'yuv420p', out]
await startLevel(levels[0])
// A second, small picture twenty times a second tells the player when the screen stands still.
const [SMALL_BYTES, STILL] = [64 * 48, 1]
const ffmpegSmall = ['-vf', 'fps=20,scale=64:48:flags=area,format=gray', '-f', 'rawvideo', 'pipe:1']
const camera = spawn('ffmpeg', ['-hide_banner', '-y', ...ffmpegInput, ...ffmpegCodec, ...ffmpegSmall], {
  stdio: ['pipe', 'pipe', 'pipe'],
})
let [seen, parts, moved] = [Buffer.alloc(0), Buffer.alloc(0), 0]
camera.stdout.on('data', data => {
  parts = Buffer.concat([parts, data])
  for (; parts.length >= SMALL_BYTES; parts = parts.subarray(SMALL_BYTES)) {
    const changed = seen.reduce((sum, value, i) => sum + Math.abs(value - parts[i]), 0) / SMALL_BYTES
    if (changed > STILL) moved = now()
    seen = parts.subarray(0, SMALL_BYTES)
  }
})
// ffmpeg says the time of day of its first picture.
const began = await new Promise((resolve, reject) => {
  let said = ''
  camera.stderr.on('data', data => {
    said += data
    const found = said.match(/start: (\d+\.\d+)/)
    if (found) resolve(Number(found[1]))
  })
  camera.on('exit', () => reject(new Error(`ffmpeg ended: ${said}`)))
})
const now = () => Date.now() / 1000 - began

const log = []
const held = new Set()
function hold(names) {
  for (const name of [...held]) if (!names.includes(name) && held.delete(name)) xdotool('keyup', program.keys[name])
  for (const name of names) if (!held.has(name) && held.add(name)) xdotool('keydown', program.keys[name])
  log.push({ t: Math.round(1000 * now()) / 1000, keys: names })
}

/** Seconds that a key takes to be seen, and seconds without motion after which a direction counts as blocked, and the screen as a menu. */
const [SEEN, BLOCKED, MENU] = [0.3, 0.1, 4]
/** Waits; true if a direction was held and nothing moved. */
async function blocked(seconds, run) {
  const [from, until] = [now(), now() + seconds]
  for (; now() < until; await pause(Math.min(0.03, Math.max(0, until - now()))))
    if (player.turnsAtWalls && run && now() - from > SEEN && now() - moved > BLOCKED) return true
  return false
}

const seconds = Number(values.seconds)
for (let part = 0, menu = 0, turn = '', jumpsOver = false, nextJump = 0; now() < seconds; ) {
  if (program.again && now() > menu && (!player.turnsAtWalls || now() - moved > MENU)) {
    xdotool('key', program.menu)
    menu = now() + program.again
  }
  const due = Math.floor((now() / seconds) * levels.length)
  if (ended() || due > part) {
    if (!ended()) game.kill('SIGKILL')
    hold([])
    part = Math.max(part, due)
    await startLevel(levels[part % levels.length])
  }
  const choice = random()
  const run =
    turn || (choice < player.rightChance ? 'Right' : choice < player.rightChance + player.leftChance ? 'Left' : '')
  const direction = run ? [run] : []
  const jumps = (random() < player.jumpChance || jumpsOver) && now() > nextJump
  let left = between(player.directionSeconds)
  if (jumps) {
    const jump = Math.min(left, between(player.jumpSeconds))
    hold([...direction, 'jump'])
    nextJump = now() + player.jumpPause
    await pause(jump)
    left -= jump
  }
  hold(direction)
  const wall = await blocked(left, run)
  jumpsOver = wall && !jumpsOver && now() > nextJump && random() < 0.35
  turn = !wall ? '' : jumpsOver ? run : run === 'Left' ? 'Right' : 'Left'
}
hold([])
camera.stdin.write('q')
camera.removeAllListeners('exit')
await new Promise(resolve => camera.on('exit', resolve))
game.kill('SIGKILL')
server.kill()
rmSync(env.HOME, { recursive: true, force: true })
writeFileSync(out.replace(/mp4$/, 'keys.json'), `${JSON.stringify(log)}\n`)
console.log(`${out}: ${seconds} s, ${log.length} key changes`)
