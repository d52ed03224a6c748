import { lakeOf } from './scripts/bench/days.ts'
console.log(lakeOf(1_000_000))
