import { report } from '../../report/command.ts'

/*
 * Writes a report of a lake, like `npm run report`: `report-child <lake> <file>`. Prints a line of JSON as child.ts does,
 * but the time is that of the whole process.
 */

const [lake = '', out = ''] = process.argv.slice(2)
const print = (text: string) => console.error(text)
await report(['--lake', lake, '--out', out, '--lang', 'en'], { ...process.env, TIME_ZONE: '' }, print, print)
const { user, system } = process.cpuUsage()
console.log(
  JSON.stringify({
    cpu: (user + system) / 1000,
    wall: performance.now(),
    rss: process.resourceUsage().maxRSS / 1024,
  }),
)
