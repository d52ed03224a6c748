import { transformSync } from 'esbuild'

/** One small change of a source file. It breaks the code, unless the changed code is equivalent. */
export interface Mutant {
  readonly file: string
  readonly line: number
  readonly from: string
  readonly to: string
  /** The file's text with the change in it. */
  readonly text: string
}

/** Patterns of code with their replacements. */
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

/** Comments and texts, in which no pattern is replaced. */
const TEXT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g

/** All mutants of a file that compile to other JavaScript than the file: a change of types is no mutant. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const unchanged = compiled(source)
  const masked = source.replace(TEXT, it => it.replace(/[^\n]/g, '\u0001'))
  const mutants: Mutant[] = []
  const add = (at: number, from: string, to: string) => {
    const text = source.slice(0, at) + to + source.slice(at + from.length)
    const code = compiled(text)
    if (code !== undefined && code !== unchanged) {
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

/** A TypeScript file as JavaScript; undefined where it has a syntax error. */
function compiled(source: string): string | undefined {
  try {
    return transformSync(source, { loader: 'ts', logLevel: 'silent' }).code
  } catch {
    return undefined
  }
}
