// The lockfile serves every platform and no particular registry: each optional dependency is there, and no address.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const problems = Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {} }]) => [
  ...(resolved ? [`${path} has an address: ${resolved}`] : []),
  ...Object.keys(optionalDependencies)
    .filter(name => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
    .map(name => `${path}: its optional dependency ${name} is missing`),
])
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`package-lock.json: ${Object.keys(packages).length} packages, no address, every platform`)
