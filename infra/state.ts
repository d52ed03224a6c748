import { join, relative, resolve } from 'node:path'
import { App, LocalBackend, S3Backend, type TerraformStack } from 'cdktf'
import type { Settings } from './settings.ts'

/** Where Terraform remembers what it made: a file beside cdktf.json, or a bucket with a lock file beside the state. */
export function keepState(stack: TerraformStack, { stateBucket, stateRegion }: Settings): void {
  const name = stack.node.id
  if (stateBucket) {
    const backend = new S3Backend(stack, {
      bucket: stateBucket,
      key: `${name}.tfstate`,
      region: stateRegion,
      encrypt: true,
    })
    backend.addOverride('use_lockfile', true)
    return
  }
  // Terraform runs in the stack's folder of the output; a relative path keeps this machine's out of it.
  const folder = join(resolve(App.of(stack).outdir), 'stacks', name)
  new LocalBackend(stack, { path: join(relative(folder, process.cwd()), `terraform.${name}.tfstate`) })
}
