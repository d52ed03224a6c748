/** The candidate that `name` was probably meant to be: one that holds it, or is a few slips of the fingers away. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  const ranked = candidates
    .map(candidate => ({ candidate, slips: slips(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.slips - b.slips)
  const closest = ranked[0]
  if (closest && closest.slips <= Math.max(1, Math.floor(closest.candidate.length / 3))) return closest.candidate
  return wanted.length > 2 ? candidates.find(candidate => candidate.toLowerCase().includes(wanted)) : undefined
}

/** Letters added, left out, changed, or swapped with their neighbour. */
function slips(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const at = (up: number, left: number) => rows[i - up]?.[j - left] ?? 0
      const same = a[i - 1] === b[j - 1]
      let fewest = Math.min(at(1, 0) + 1, (row[j - 1] ?? 0) + 1, at(1, 1) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) fewest = Math.min(fewest, at(2, 2) + 1)
      row.push(fewest)
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? 0
}
