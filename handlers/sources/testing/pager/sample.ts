import type { Sample } from '../../sample.ts'

export const sample: Sample = {
  settings: { PAGER_TEAM: 'T1001,T1002' },
  body(n, text) {
    const page = { id: `page-${n}`, from: `u-${n}`, name: `Sample ${n}`, text, sent_at: 1794226860 }
    return Buffer.from(JSON.stringify({ type: 'pages', team: 'T1001', pages: [page] }))
  },
  handshake: () => ({
    method: 'POST',
    body: Buffer.from('{"type":"handshake","challenge":"8f3b1c"}'),
    answer: '8f3b1c',
  }),
}
