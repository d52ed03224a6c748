import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of the first executable file with one of the names, in the folders of PATH and then in `folders`. */
export const findProgram = (names: readonly string[], folders: readonly string[] = []): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), ...folders]
    .flatMap(folder => names.map(name => join(folder, name)))
    .find(isExecutable)

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
