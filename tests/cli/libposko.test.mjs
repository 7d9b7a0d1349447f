// libposko.a and its header are enough for somebody else's program.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { FakeHub, newKey } from './fake.mjs'
import { home, keep, run } from './run.mjs'

const LIB = resolve(process.env.LIBPOSKO ?? 'build/release/libposko.a')

test('a program with the public header alone posts, follows and checks', async (t) => {
  assert.ok(existsSync(LIB), `${LIB} is not built`)
  const dir = home()
  const program = join(dir, 'program')
  const built = spawnSync('gcc', ['-std=c17', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-Iinclude', 'tests/cli/libposko.c', LIB,
    '-lwebsockets', '-ljansson', '-lsodium', '-lssl', '-lcrypto', '-o', program], { encoding: 'utf8' })
  assert.equal(built.status, 0, built.stderr)
  const hub = await new FakeHub(22300).start()
  t.after(() => hub.stop())
  const key = newKey()
  hub.addDevice('kpu', 'sari', key)
  const pem = keep(dir, hub, 'kpu', 'sari', key)
  const say = (claims) => run(program, [hub.url, pem, hub.aud, hub.key.kid, 'kpu', 'sari', JSON.stringify(claims)])
  const good = await say({ cat: 'physical.crowd', title: 'dari libposko', to: ['polres'] })
  assert.deepEqual([good.code, good.stdout], [0, '3 good\n'])
  const bad = await say({ cat: 'physical.crowd', titel: 'x', to: ['polres'] })
  assert.equal(bad.code, 1)
  assert.match(bad.stderr, /^titel /)
})

test('libposko.a exports nothing but posko_*', () => {
  assert.ok(existsSync(LIB), `${LIB} is not built`)
  const names = spawnSync('nm', ['-g', '--defined-only', LIB], { encoding: 'utf8' }).stdout.matchAll(/^[0-9a-f]+ [A-Z] (\S+)$/gm)
  for (const [, name] of names) assert.match(name, /^posko_/)
})
