import type { Deployed } from './outputs.ts'

/** The region as settings of an AWS client: AWS_REGION, AWS_DEFAULT_REGION, else the region of the deployed stage. */
export async function regionOf(stage: Deployed, env: NodeJS.ProcessEnv): Promise<{ readonly region?: string }> {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (await stage.find('region'))
  return region ? { region } : {}
}
