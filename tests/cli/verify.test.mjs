// posko verify and posko export on the command line: usage, what cannot be read, and a file that is no
// ledger.  What they find in real ledgers: tests/flow/tamper and restore.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { home, posko } from './run.mjs'

const dir = home()
const folder = mkdtempSync(join(tmpdir(), 'posko-verify-'))
const file = (name, text) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const nowhere = 'host=/nonexistent dbname=posko'

test('verify wants a file or a database, not both', async () => {
  for (const args of [[], ['x.ledger', '--database', nowhere]]) {
    const out = await posko(dir, ['verify', ...args])
    assert.equal(out.code, 2)
    assert.match(out.stderr, /a file that export wrote, or --database/)
  }
})

test('what cannot be read is 2, in both languages', async () => {
  const missing = await posko(dir, ['verify', join(folder, 'missing')])
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /cannot be examined: .*missing: No such file/)
  const database = await posko(dir, ['verify', '--lang', 'id', '--database', nowhere])
  assert.equal(database.code, 2)
  assert.match(database.stderr, /tidak dapat diperiksa: .*database/)
  const nonsense = await posko(dir, ['--json', 'verify', '--database', 'x y z'])
  assert.equal(nonsense.code, 2)
  assert.equal(JSON.parse(nonsense.stdout).op, 'error')
})

test('export leaves nothing behind when it fails, and writes over nothing', async () => {
  const to = join(folder, 'new.ledger')
  const out = await posko(dir, ['export', '--ledger', to, '--database', nowhere])
  assert.equal(out.code, 2)
  const kept = file('kept.ledger', 'kept')
  const over = await posko(dir, ['export', '--ledger', kept, '--database', nowhere])
  assert.equal(over.code, 2)
  assert.match(over.stderr, /File exists/)
  assert.deepEqual(readdirSync(folder).sort(), ['kept.ledger'])
})

test('a file that is no ledger is 1, and says which line', async () => {
  for (const text of ['', '\n', 'x', '{}\n', `${'x'.repeat(100_000)}\n`, '\0\0\n{"seq":1}\n']) {
    const out = await posko(dir, ['--json', 'verify', file('bad.ledger', text)])
    const lines = out.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    assert.equal(out.code, 1, JSON.stringify(text.slice(0, 20)))
    assert.deepEqual([lines[0].op, lines[0].seq, lines[0].what], ['problem', 0, 'line'])
    assert.equal(lines.at(-1).op, 'verified')
    assert.equal(lines.at(-1).ok, false)
    assert.equal(lines.at(-1).problems, lines.length - 1)
  }
})

test('many problems are counted, and the first of them shown to a person', async () => {
  const Z = '0'.repeat(64)
  const line = (seq) => `{"seq":${seq},"at":1,"leaf":"${Z}","jws":"x"}\n`
  const text = Array.from({ length: 500 }, (_, i) => line(i + 1)).join('')
  const out = await posko(dir, ['verify', file('many.ledger', `x\n${text}`)])
  assert.equal(out.code, 1)
  assert.equal(out.stdout.match(/✗/g).length, 200)
  assert.match(out.stdout, /and \d+ more; all with --json/)
  assert.match(out.stdout, /\d+ things are wrong/)
})
