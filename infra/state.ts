import { join, relative, resolve } from 'node:path'
import { App, LocalBackend, S3Backend, type TerraformStack } from 'cdktf'
import type { Settings } from './settings.ts'

/** Configures where Terraform's state is: a file beside cdktf.json, or an object in S3 with a lock file beside it. */
export function configureState(stack: TerraformStack, { stateBucket, stateRegion }: Settings): void {
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
  // Terraform runs in the stack's output folder. A relative path keeps this machine's paths out of its JSON.
  const folder = join(resolve(App.of(stack).outdir), 'stacks', name)
  new LocalBackend(stack, { path: join(relative(folder, process.cwd()), `terraform.${name}.tfstate`) })
}
