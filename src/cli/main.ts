// The command line: `djinn COMMAND …`. Finds the command, gives it its arguments, and turns what it throws into one
// sentence and an exit code: 0 done, 1 failed, 2 wrong usage.
import { messageOf } from '../gpu/errors.ts'
import { printable, printableLines } from '../weights/printable.ts'
import { Arguments, type Command, helpText, UsageError } from './arguments.ts'

/** Loaded when called, so that recording a clip does not wait for the engine. */
const COMMANDS: Record<string, { summary: string; load(): Promise<Command> }> = {
  learn: {
    summary: 'a video in, a world that plays out: all of it in one command',
    load: async () => (await import('./commands/learn.ts')).learn,
  },
  play: {
    summary: 'a picture and a list of actions in, generated frames out',
    load: async () => (await import('./commands/play.ts')).play,
  },
  demo: { summary: 'the shipped world, played by itself', load: async () => (await import('./commands/demo.ts')).demo },
  inspect: {
    summary: "a file's tensors, or a model's components and parameters",
    load: async () => (await import('./commands/inspect.ts')).inspect,
  },
  convert: {
    summary: "another project's checkpoints in, a model's directory out",
    load: async () => (await import('./commands/convert.ts')).convert,
  },
  validate: {
    summary: 'compares the engine on this machine with a reference bundle',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  train: {
    summary: 'clips in, a component of a world out, on the engine itself',
    load: async () => (await import('./commands/train.ts')).train,
  },
  evaluate: {
    summary: 'measures a world on clips it has not seen',
    load: async () => (await import('./commands/evaluate.ts')).evaluate,
  },
  bind: {
    summary: 'which latent action each key is, from labels or by playing',
    load: async () => (await import('./commands/bind.ts')).bind,
  },
  agent: {
    summary: 'an agent cloned from latent actions plays the arcade',
    load: async () => (await import('./commands/agent.ts')).agent,
  },
  bench: {
    summary: 'ten operations of play in each of their variants, timed on this machine',
    load: async () => (await import('./commands/bench.ts')).bench,
  },
  actions: {
    summary: 'infers the latent actions of a clip file',
    load: async () => (await import('./commands/actions.ts')).actions,
  },
  serve: {
    summary: 'a world or a built site over HTTP, with the headers that browsers need',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  record: {
    summary: 'clips to train a world on, from the arcade or a video',
    load: async () => (await import('./commands/record.ts')).record,
  },
}

function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(9)} ${summary}`)
  return [
    'Djinn: playable world models on WebGPU.',
    '',
    'usage: djinn COMMAND …',
    '',
    ...rows,
    '',
    '`djinn COMMAND --help` says more.',
    '',
  ].join('\n')
}

async function main([word, ...rest]: string[]): Promise<number> {
  if (word === '--help' || word === 'help') {
    process.stdout.write(overview())
    return 0
  }
  try {
    if (word === undefined) throw new UsageError(`No command given; commands: ${Object.keys(COMMANDS).join(', ')}`)
    if (!Object.hasOwn(COMMANDS, word))
      throw new UsageError(`Unknown command ${word}; commands: ${Object.keys(COMMANDS).join(', ')}`)
    const command = await COMMANDS[word].load()
    const args = new Arguments(command, rest)
    if (args.isHelp) process.stdout.write(helpText(command))
    else await command.run(args)
    return 0
  } catch (error) {
    if (process.env.DJINN_DEBUG) console.error(error)
    else console.error(`djinn: ${printable(messageOf(error), 1000)}`)
    return error instanceof UsageError ? 2 : 1
  }
}

// What commands print may come from files, and must not steer the terminal.
console.log = (text: string) => void process.stdout.write(`${printableLines(text)}\n`)

// The reader of the output may close it (`djinn train … | head`). That ends no training.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

// Dawn's threads would keep the process alive.
process.exit(await main(process.argv.slice(2)))
