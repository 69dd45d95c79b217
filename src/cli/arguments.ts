// A command of the command line: a line of usage, options with their help, and a `run` that is given checked
// arguments. Bad usage is one sentence and exit code 2; a failure is one sentence and exit code 1.
import { existsSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { parseArgs } from 'node:util'

/** One option. `value` names its argument in the help, for an option that takes one. */
export interface Option {
  help: string
  value?: string
  multiple?: boolean
  /** Its argument may be left out; the value is then the empty string. */
  isOptional?: boolean
}

export interface Command {
  summary: string
  /** What follows `djinn `, one line for each way of calling it. */
  usage: string[]
  /** Positional arguments it takes, by the names the usage gives them. */
  positionals: string[]
  /** The option that further positional arguments are values of: `--prompt A B C`. */
  variadicOption?: string
  options: Record<string, Option>
  run(args: Arguments): Promise<void>
}

/** Wrong usage of the command line. The message is one sentence. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** A command's arguments, read with checks that throw a UsageError naming the argument and what would be right. */
export class Arguments {
  readonly isHelp: boolean
  private readonly values: Record<string, unknown>
  private readonly positionals: string[]

  /** @throws UsageError for an unknown option, a missing value or an argument too many */
  constructor(
    private readonly command: Command,
    argv: readonly string[],
  ) {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([name, { value, multiple }]) => [
        name,
        { type: value ? ('string' as const) : ('boolean' as const), multiple: multiple ?? false },
      ]),
    )
    const config = { args: joinedValues(argv, command), options: { ...options, help: { type: 'boolean' as const } } }
    try {
      const { values, positionals } = parseArgs({ ...config, allowPositionals: true })
      this.values = values
      this.positionals = positionals
    } catch (error) {
      throw new UsageError(plainWords((error as Error).message))
    }
    this.isHelp = this.values.help === true
    const [spare, ...more] = this.positionals.splice(command.positionals.length)
    if (spare !== undefined && command.variadicOption && this.has(command.variadicOption))
      this.texts(command.variadicOption).push(spare, ...more)
    else if (spare !== undefined && !this.isHelp) throw new UsageError(`Unexpected argument ${spare}`)
  }

  /** The positional argument that the usage calls `name`. */
  positional(name: string): string {
    const value = this.positionals[this.command.positionals.indexOf(name)]
    if (value === undefined) throw new UsageError(`${name} is missing`)
    return value
  }

  /** A positional argument that may be left out. */
  optional(name: string): string | undefined {
    return this.positionals[this.command.positionals.indexOf(name)]
  }

  flag(name: string): boolean {
    return this.values[name] === true
  }

  text(name: string): string | undefined {
    return this.values[name] as string | undefined
  }

  /** All values of an option that may be given several times. */
  texts(name: string): string[] {
    return (this.values[name] as string[] | undefined) ?? []
  }

  has(name: string): boolean {
    return this.values[name] !== undefined
  }

  integer(name: string, preset: number, low: number, high: number): number {
    const text = this.text(name)
    if (text === undefined) return preset
    const value = Number(text)
    if (!/^-?\d+$/.test(text) || value < low || value > high)
      throw new UsageError(`--${name} is ${text || 'empty'}, expected a whole number from ${low} to ${high}`)
    return value
  }

  number(name: string, preset: number, low: number, high: number): number {
    const text = this.text(name)
    if (text === undefined) return preset
    const value = Number(text)
    if (text.trim() === '' || !(value >= low && value <= high))
      throw new UsageError(`--${name} is ${text || 'empty'}, expected a number from ${low} to ${high}`)
    return value
  }

  /** One of a few words. */
  choice<T extends string>(name: string, choices: readonly T[], preset: T): T {
    const text = this.text(name) ?? preset
    const choice = choices.find(word => word === text)
    if (choice === undefined) throw new UsageError(`--${name} is ${text || 'empty'}, expected ${choices.join(' or ')}`)
    return choice
  }

  /** A file to be written, whose name must end in one of `extensions` ('.gif'). */
  output(name: string, extensions: readonly string[]): string {
    const path = this.text(name)
    if (path === undefined) throw new UsageError(`--${name} is missing: a file ending in ${extensions.join(' or ')}`)
    if (!extensions.includes(extname(path).toLowerCase()))
      throw new UsageError(`--${name} is ${path || 'empty'}, expected a file ending in ${extensions.join(' or ')}`)
    if (!existsSync(dirname(path)))
      throw new UsageError(`--${name} is ${path}, but there is no directory ${dirname(path)}`)
    return path
  }
}

/** `--temperature -1` as `--temperature=-1`, which parseArgs would take for an option, and `--skins` alone as `--skins=`. */
function joinedValues(argv: readonly string[], command: Command): string[] {
  const joined: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const option = argv[i].startsWith('--') ? command.options[argv[i].slice(2)] : undefined
    const next = argv[i + 1] ?? '--'
    if (option?.value && /^-\d/.test(next)) joined.push(`${argv[i]}=${argv[++i]}`)
    else if (option?.isOptional && next.startsWith('-')) joined.push(`${argv[i]}=`)
    else joined.push(argv[i])
  }
  return joined
}

/** The first sentence of parseArgs' message, in plainer words where it is unclear. */
function plainWords(message: string): string {
  const unfilled = message.match(/^Option '(--[\w-]+)(?: <value>)?' argument (?:is ambiguous|missing)/)
  return unfilled ? `${unfilled[1]} is missing its value` : message.split(/\. |\n/)[0].replace(/\.$/, '')
}

/** The text that `djinn COMMAND --help` prints. */
export function helpText(command: Command): string {
  const rows = Object.entries({ ...command.options, help: { help: 'this text' } as Option }).map(
    ([name, { value, isOptional, help }]) =>
      [`--${name}${value ? (isOptional ? ` [${value}]` : ` ${value}`) : ''}`, help] as const,
  )
  const width = Math.max(...rows.map(([left]) => left.length))
  const usage = command.usage.map((line, i) => `${i === 0 ? 'usage: ' : '       '}djinn ${line}`)
  return [
    command.summary,
    '',
    ...usage,
    '',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
    '',
  ].join('\n')
}
