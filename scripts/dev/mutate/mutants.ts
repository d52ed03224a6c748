import { transformSync } from 'esbuild'

/** One small change of a source file that breaks a rule, unless it means the same. */
export interface Mutant {
  readonly file: string
  readonly line: number
  readonly from: string
  readonly to: string
  /** The file's text with the change in it. */
  readonly text: string
}

/** What is looked for in code, and what takes its place. */
const MUTATIONS: readonly (readonly [RegExp, ...string[]])[] = [
  [/===/g, '!=='],
  [/!==/g, '==='],
  [/(?<![=!])==(?!=)/g, '!='],
  [/!=(?!=)/g, '=='],
  [/ <= /g, ' < '],
  [/ >= /g, ' > '],
  [/ < /g, ' <= ', ' > '],
  [/ > (?!\{)/g, ' >= '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \?\? /g, ' && '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/ \* /g, ' / '],
  [/\+\+/g, '--'],
  [/\+= /g, '-= '],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/\bif \(/g, 'if (true || ', 'if (false && '],
  [/(?<=[ (])!(?=[\w(])/g, ''],
  [/(?<![\w.])\d[\d_]*\b(?!n)/g, '(1 + $&)'],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/\.at\(-1\)/g, '.at(0)'],
  [/\?\?= /g, '= '],
  [/ \? /g, ' ? undefined && '],
  [/^ +(?!return|const|let|case|default|break|yield|[})\]/*])[\w.#]+(?:\(.*\)|\+\+|--| \+?= .*)$/gm, ''],
  [/^( +(?:if \(.*\) |else )?)return .+$/gm, '$1return undefined'],
]

const TEXT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g

/** Every mutant of a file that is JavaScript other than the file's own: what only touches types is none. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const own = compiled(source)
  const masked = source.replace(TEXT, it => it.replace(/[^\n]/g, '\u0001'))
  const mutants: Mutant[] = []
  const add = (at: number, from: string, to: string) => {
    const text = source.slice(0, at) + to + source.slice(at + from.length)
    const code = compiled(text)
    if (code !== undefined && code !== own) {
      mutants.push({ file, line: source.slice(0, at).split('\n').length, from: from.trim(), to: to.trim(), text })
    }
  }
  for (const [pattern, ...replacements] of MUTATIONS) {
    for (const { 0: found, 1: kept = '', index } of masked.matchAll(pattern)) {
      const from = source.slice(index, index + found.length)
      for (const to of replacements) add(index, from, to.replace('$&', from).replace('$1', from.slice(0, kept.length)))
    }
  }
  for (const { 0: from, index } of source.matchAll(TEXT)) {
    if (from.startsWith("'") && !/(import|from) $/.test(source.slice(0, index)))
      add(index, from, from === "''" ? "'?'" : "''")
  }
  return mutants.sort((a, b) => a.line - b.line)
}

/** A file as JavaScript; undefined where it is none. */
function compiled(source: string): string | undefined {
  try {
    return transformSync(source, { loader: 'ts', logLevel: 'silent' }).code
  } catch {
    return undefined
  }
}
