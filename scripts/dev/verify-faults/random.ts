import { createHash } from 'node:crypto'

/** Numbers that look random and are not: the same name gives the same ones, on every machine. */
export interface Random {
  /** From 0 to 1, which is not reached. */
  next(): number
  /** An integer from 0 to `below`, which is not reached. */
  int(below: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly [T, ...T[]] | readonly T[]): T
}

/**
 * A stream of numbers for each name. Decisions named by what they are about, and not by when they fall, are the same
 * in every run of a seed, however its processes take turns.
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
