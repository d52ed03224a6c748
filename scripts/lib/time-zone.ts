import { claimTimeZone, type StatedZone, type ToldZone, type WritableRoot } from '../../handlers/lake/time-zone.ts'
import type { Deployed } from './aws/outputs.ts'
import type { LocalLake } from './local/lake.ts'

/**
 * The time zone that a command is told: by TIME_ZONE, else by the deployed stage.
 * @param stage for a lake in AWS; a lake on this machine has nothing to do with the stage
 */
export async function toldTimeZone(env: NodeJS.ProcessEnv, stage?: Deployed): Promise<ToldZone | undefined> {
  if (env.TIME_ZONE)
    return { timeZone: env.TIME_ZONE, by: 'TIME_ZONE', advice: () => 'unset TIME_ZONE, or name another lake' }
  const timeZone = await stage?.find('time_zone')
  if (!timeZone) return undefined
  const advice = (lakeZone: string) => `set TIME_ZONE=${lakeZone} if you mean this lake, or name that of the stage`
  return { ...deployedZone(timeZone), advice }
}

/** The time zone of the deployed stage's lake, which Terraform writes to lake.json and never changes. */
export const deployedZone = (timeZone: string): StatedZone => ({ timeZone, by: "Terraform's output time_zone" })

/** The roots of a lake on this machine. */
export const rootsOf = ({ directory, raw, enriched }: LocalLake): readonly WritableRoot[] => [
  { name: `${directory}/raw`, store: raw },
  { name: `${directory}/enriched`, store: enriched },
]

/**
 * The time zone of a lake on this machine for a command that writes to it.
 * @param note is told when the command has recorded it
 * @throws TimeZoneConflict where TIME_ZONE is another one
 */
export const claimLocalTimeZone = async (
  lake: LocalLake,
  env: NodeJS.ProcessEnv,
  note: (text: string) => void,
): Promise<string> => claimTimeZone(rootsOf(lake), await toldTimeZone(env), timeZone => note(recordedNote(timeZone)))

export const recordedNote = (timeZone: string) => `The lake's time zone is now recorded in lake.json: ${timeZone}`
