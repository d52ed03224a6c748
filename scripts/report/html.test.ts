import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { html, isolate, raw, withIsolates } from './html.ts'

describe('html', () => {
  it('escapes text in content and in attributes', () => {
    const name = `<script>"a" & 'b'</script>`
    assert.equal(
      html`<p title="${name}">${name}</p>`.markup,
      '<p title="&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;">&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;</p>',
    )
  })

  it('inserts markup unchanged, joins arrays and omits null, undefined and false', () => {
    assert.equal(html`${raw('<b>')}${[html`<i>${1}</i>`, '<']}${null}${undefined}${false}`.markup, '<b><i>1</i>&lt;')
  })

  it('replaces control characters and lone surrogates', () => {
    assert.equal(html`${'a\u0000b\u0007c\ud800d\ufffee\nf'}`.markup, 'a\ufffdb\ufffdc\ufffdd\ufffde\nf')
    assert.equal(html`${'🦋'}`.markup, '🦋')
  })

  it('isolates people’s text and removes its directional controls', () => {
    assert.equal(isolate('a\u202e\u2069b'), '\u2068ab\u2069')
    assert.equal(withIsolates(`First: ${isolate('<مريم>')}, 3`).markup, 'First: <bdi>&lt;مريم&gt;</bdi>, 3')
  })
})
