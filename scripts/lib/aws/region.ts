import type { Deployed } from './outputs.ts'

/** The region for an AWS client, as its settings: the user's own choice, else where the stage was deployed. */
export async function regionOf(stage: Deployed, env: NodeJS.ProcessEnv): Promise<{ readonly region?: string }> {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (await stage.find('region'))
  return region ? { region } : {}
}
