import { spawn } from 'node:child_process'

/** What a program used: CPU and wall clock in milliseconds, peak memory in MiB; NaN for what it does not measure. */
export interface Figures {
  readonly cpu: number
  readonly wall: number
  readonly rss: number
}

export type Command = readonly [program: string, ...args: string[]]

/**
 * Runs all programs once in each round, so that other load of the machine affects all of them alike.
 * @returns the medians of each program
 */
export async function inTurn<Name extends string>(
  commands: Readonly<Record<Name, Command>>,
  rounds: number,
): Promise<Record<Name, Figures>> {
  const runs = new Map<string, Figures[]>()
  for (let round = 0; round < rounds; round++) {
    for (const [name, command] of Object.entries<Command>(commands))
      runs.set(name, [...(runs.get(name) ?? []), await run(command)])
  }
  return Object.fromEntries([...runs].map(([name, figures]) => [name, medians(figures)])) as Record<Name, Figures>
}

/** Runs a program that prints its figures as JSON. The wall clock is measured here where the program does not. */
async function run([program, ...args]: Command): Promise<Figures> {
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  const wall = performance.now() - start
  const code = child.exitCode ?? (await new Promise<number | null>(resolve => child.once('exit', resolve)))
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}`)
  return { cpu: Number.NaN, wall, rss: Number.NaN, ...JSON.parse(output) }
}

const medians = (runs: readonly Figures[]): Figures => ({
  cpu: median(runs.map(({ cpu }) => cpu)),
  wall: median(runs.map(({ wall }) => wall)),
  rss: median(runs.map(({ rss }) => rss)),
})

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]]
  return (low + high) / 2
}
