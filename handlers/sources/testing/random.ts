import { createHash } from 'node:crypto'

/** Pseudo-random numbers: the same name gives the same ones on every machine. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number
  /** An integer from 0 (inclusive) to `below` (exclusive). */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T
}

/**
 * The stream of numbers of a name. A name says what a decision is about, not when it is taken: so a seed gives the same
 * decisions in every run, whatever the order of events.
 */
export function randomOf(...name: readonly (string | number)[]): Random {
  let state = createHash('sha256').update(name.join('\0')).digest().readUInt32LE()
  const next = () => {
    state = (state + 0x6d2b79f5) | 0 // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const int = (below: number) => Math.floor(next() * below)
  return {
    next,
    int,
    chance: probability => next() < probability,
    pick: <T>(items: readonly T[]) => items[int(items.length)] as T,
  }
}
