// The command against a hub that misbehaves: what it repeats, what it says, how it ends.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeHub, newKey, signed } from './fake.mjs'
import { home, keep, posko, start } from './run.mjs'

let port = 22200
const SECRET = '0123456789ABCDEFGHJKMNPQRS'
const REPORT = ['report', '--cat', 'physical.crowd', '--to', 'polres,pemkot', 'Massa di gudang']

// A hub, a folder, and kpu/sari enrolled in both.
async function office(t, { enrolled = true, tls } = {}) {
  const hub = new FakeHub(port++)
  hub.tls = tls
  await hub.start()
  const dir = home()
  const key = newKey()
  if (enrolled) {
    hub.addDevice('kpu', 'sari', key)
    keep(dir, hub, 'kpu', 'sari', key)
  }
  t.after(() => hub.stop())
  return { hub, dir, key, run: (...args) => posko(dir, args) }
}
const lines = (text) => text.trim().split('\n').filter(Boolean)
const objects = (text) => lines(text).map((l) => JSON.parse(l))

test('enrol makes a key of mode 0600 and its description, and the key works', async (t) => {
  const { hub, dir, run } = await office(t, { enrolled: false })
  hub.invites.set(SECRET, { agency: 'kpu', member: 'sari' })
  const r = await run('enrol', `http://127.0.0.1:${hub.port}/#enrol=${SECRET.toLowerCase()}.${hub.key.kid}`)
  assert.equal(r.code, 0, r.stderr)
  const base = join(dir, 'posko', 'kpu.sari')
  assert.equal(statSync(`${base}.pem`).mode & 0o777, 0o600)
  assert.equal(statSync(`${base}.json`).mode & 0o777, 0o600)
  const said = JSON.parse(readFileSync(`${base}.json`))
  assert.deepEqual([said.url, said.aud, said.hub, said.iss, said.act], [hub.url, hub.aud, hub.key.kid, 'kpu', 'sari'])
  assert.ok(hub.devices.has(said.kid))
  assert.equal((await run(...REPORT)).code, 0)
})

test('a secret alone needs --url and shows the hub key to compare', async (t) => {
  const { hub, run } = await office(t, { enrolled: false })
  hub.invites.set(SECRET, { agency: 'kpu', member: 'sari' })
  assert.equal((await run('enrol', SECRET)).code, 2)
  const r = await run('enrol', SECRET, '--url', hub.url)
  assert.equal(r.code, 0)
  assert.match(r.stderr, new RegExp(hub.key.kid))
})

test('a wrong secret is refused and leaves no key', async (t) => {
  const { hub, dir, run } = await office(t, { enrolled: false })
  const r = await run('enrol', `http://127.0.0.1:${hub.port}/#enrol=${SECRET}`)
  assert.equal(r.code, 1)
  assert.deepEqual(readdirSync(join(dir, 'posko')), [])
})

test('a hub that answers with names that are none writes nothing outside the folder', async (t) => {
  for (const names of [{ agency: '../../x', member: 'sari' }, { agency: 'kpu', member: '../sari' }, { agency: 'kpu', member: '' }]) {
    const { hub, dir, run } = await office(t, { enrolled: false })
    hub.invites.set(SECRET, names)
    const r = await run('enrol', `http://127.0.0.1:${hub.port}/#enrol=${SECRET}.${hub.key.kid}`)
    assert.equal(r.code, 4, r.stderr)
    assert.deepEqual([readdirSync(join(dir, 'posko')), readdirSync(dir)], [[], ['posko']])
  }
})

test('an enrolment whose answer was lost is completed by logging in', async (t) => {
  const { hub, dir, run } = await office(t, { enrolled: false })
  hub.invites.set(SECRET, { agency: 'kpu', member: 'sari', hangUp: true })
  const r = await run('enrol', `http://127.0.0.1:${hub.port}/#enrol=${SECRET}.${hub.key.kid}`)
  assert.equal(r.code, 0, r.stderr)
  assert.ok(existsSync(join(dir, 'posko', 'kpu.sari.pem')))
  assert.equal((await run(...REPORT)).code, 0)
})

test('a hub with another key than the link says is not trusted', async (t) => {
  const { hub, dir, run } = await office(t, { enrolled: false })
  hub.invites.set(SECRET, { agency: 'kpu', member: 'sari' })
  const r = await run('enrol', `http://127.0.0.1:${hub.port}/#enrol=${SECRET}.${newKey().kid}`)
  assert.equal(r.code, 4)
  assert.deepEqual(readdirSync(join(dir, 'posko')), [])
})

test('after ten seconds of silence the same string goes out again, and counts once', async (t) => {
  const { hub, run } = await office(t)
  hub.onPost = () => (hub.posts.length < 3 ? 'silent' : undefined)
  const began = Date.now()
  const r = await run(...REPORT)
  assert.equal(r.code, 0, r.stderr)
  assert.ok(Date.now() - began >= 10500)
  assert.equal(hub.posts.length, 3)
  assert.equal(new Set(hub.posts).size, 1)
  assert.equal(hub.ledger.length, 3)
})

test('a connection lost before the answer: the same string over a new one', async (t) => {
  const { hub, run } = await office(t)
  hub.onPost = () => (hub.posts.length < 2 ? 'drop' : undefined)
  const r = await run(...REPORT)
  assert.equal(r.code, 0, r.stderr)
  assert.match(r.stdout, /stored #3 {2}ticket 1/)
  assert.equal(hub.posts.length, 2)
  assert.equal(hub.posts[0], hub.posts[1])
})

for (const [code, exit] of [['closed', 1], ['bad_claim', 1], ['not_allowed', 1], ['busy', 3], ['too_many', 3],
  ['not_stored', 3], ['draining', 3], ['unknown_key', 4], ['revoked_key', 4], ['bad_signature', 4]]) {
  test(`${code} ends with exit code ${exit}`, async (t) => {
    const { hub, run } = await office(t)
    hub.onPost = () => ({ code, field: 'to' })
    const r = await run(...REPORT)
    assert.equal(r.code, exit)
    assert.match(r.stderr, new RegExp(`\\[${code} to\\]`))
    assert.equal(hub.posts.length, 1)
  })
}

test('an unknown key at the door is 4, nobody there is 5', async (t) => {
  const { hub, dir, run } = await office(t)
  keep(dir, hub, 'kpu', 'lain', newKey())
  assert.equal((await run(...REPORT, '--as', 'kpu/lain')).code, 4)
  const r = await run(...REPORT, '--as', 'kpu/sari', '--url', 'ws://127.0.0.1:1', '--timeout', '1s')
  assert.equal(r.code, 5)
})

test('--retry-for repeats after busy, with the string it has signed', async (t) => {
  const { hub, run } = await office(t)
  hub.onPost = () => (hub.posts.length < 3 ? { code: 'busy', retry_ms: 50 } : undefined)
  const r = await run('alert', '--cat', 'cyber.ddos', '--dedup', 'www', 'DDoS', '--retry-for', '10s')
  assert.equal(r.code, 0, r.stderr)
  assert.equal(new Set(hub.posts).size, 1)
  assert.equal(hub.posts.length, 3)
})

test('--retry-for waits for a hub that is down, and says 3 when it is busy to the end', async (t) => {
  const { hub, dir, run } = await office(t)
  const args = ['alert', '--cat', 'cyber.ddos', '--dedup', 'www', 'DDoS', '--retry-for']
  await hub.stop()
  const r = start(dir, [...args, '20s'])
  await r.until((o) => /trying again/.test(o.stderr))
  await hub.start()
  assert.equal((await r.ended).code, 0)
  hub.onPost = () => ({ code: 'busy', retry_ms: 50 })
  assert.equal((await run(...args, '1s')).code, 3)
})

test('among several keys one must be named; the list is shown', async (t) => {
  const { hub, dir, run } = await office(t)
  const other = newKey()
  hub.addDevice('polres', 'rina', other)
  keep(dir, hub, 'polres', 'rina', other)
  const r = await run(...REPORT)
  assert.equal(r.code, 2)
  assert.match(r.stderr, /kpu\/sari/)
  assert.match(r.stderr, /polres\/rina/)
  assert.equal((await run(...REPORT, '--as', 'nobody/here')).code, 2)
  assert.equal((await run(...REPORT, '--as', 'polres/rina')).code, 0)
  assert.equal((await posko(dir, REPORT, { env: { POSKO_AS: 'kpu/sari' } })).code, 0)
  const authors = hub.ledger.slice(-2).map((e) => JSON.parse(Buffer.from(e.jws.split('.')[1], 'base64url')).iss)
  assert.deepEqual(authors, ['polres', 'kpu'])
})

test('--key takes a key from anywhere, described beside it or by options', async (t) => {
  const { hub, dir, key } = await office(t)
  const file = join(dir, 'key.pem')
  writeFileSync(file, key.pem, { mode: 0o600 })
  const bare = home()
  const r = await posko(bare, [...REPORT, '--key', file])
  assert.equal(r.code, 2)
  assert.match(r.stderr, /--url/)
  const all = ['--url', hub.url, '--aud', hub.aud, '--iss', 'kpu', '--act', 'sari']
  assert.equal((await posko(bare, [...REPORT, '--key', file, ...all])).code, 0)
  chmodSync(file, 0o644)
  const open = await posko(bare, [...REPORT, '--key', file, ...all])
  assert.equal(open.code, 2)
})

test('--json: one object a line, for what is stored and for what is refused', async (t) => {
  const { hub, run } = await office(t)
  const [stored] = objects((await run(...REPORT, '--json')).stdout)
  assert.deepEqual([stored.op, stored.seq, stored.no, stored.ticket], ['posted', 3, 1, stored.id])
  hub.onPost = () => ({ code: 'conflict', field: 'inc' })
  const [refused] = objects((await run('ack', stored.ticket, '--json')).stdout)
  assert.deepEqual([refused.op, refused.code, refused.field, refused.exit], ['refused', 'conflict', 'inc', 1])
  const [usage] = objects((await run('ack', '--json')).stdout)
  assert.deepEqual([usage.op, usage.code, usage.exit], ['error', 'usage', 2])
})

test('another ledger, or a directory without the pinned hub key, is not worked with', async (t) => {
  const { hub, dir, key, run } = await office(t)
  keep(dir, hub, 'kpu', 'sari', key, { aud: 'posko.other/ledger' })
  const r = await run(...REPORT)
  assert.equal(r.code, 4)
  assert.equal(hub.posts.length, 0)
  keep(dir, hub, 'kpu', 'sari', key, { hub: newKey().kid })
  assert.equal((await run('tickets')).code, 4)
})

test('a ticket is named by number, by L and number, by id, by the start of its id', async (t) => {
  const { hub, run } = await office(t)
  await run(...REPORT)
  await run(...REPORT, '--exercise')
  const [first, second] = hub.tickets
  second.no = 1
  const last = () => JSON.parse(Buffer.from(hub.ledger.at(-1).jws.split('.')[1], 'base64url'))
  for (const [name, id] of [['1', first.id], ['L1', second.id], [first.id, first.id], [second.id.slice(0, 20), second.id]]) {
    assert.equal((await run('ack', name)).code, 0)
    assert.deepEqual([last().inc, last().status], [id, id === second.id ? 'exercise' : undefined])
  }
  assert.equal((await run('ack', '7')).code, 1)
  assert.equal((await run('ack', 'seven')).code, 2)
})

test('what belongs to a claim arrives in it', async (t) => {
  const { hub, dir, run } = await office(t)
  const r = await posko(dir, ['report', '--cat=physical.bomb', '--sev', 'kritis', '--to', 'polres', '--to=bpbd',
    '--lat', '1.4404', '--lon=-125.12', '--ask', 'guard,medical', '--tlp', 'amber+strict', '--exercise', '--body', '-', '--', '-- judul --'],
  { input: 'baris satu\nbaris dua\n' })
  assert.equal(r.code, 0, r.stderr)
  const claims = JSON.parse(Buffer.from(hub.ledger.at(-1).jws.split('.')[1], 'base64url'))
  assert.deepEqual([claims.sev, claims.to, claims.lat, claims.lon, claims.ask, claims.tlp, claims.status, claims.body, claims.title],
    ['extreme', ['polres', 'bpbd'], 14404000, -1251200000, ['guard', 'medical'], 'amber+strict', 'exercise', 'baris satu\nbaris dua', '-- judul --'])
  await run('accept', 'L1', '--eta', '15m')
  const eta = JSON.parse(Buffer.from(hub.ledger.at(-1).jws.split('.')[1], 'base64url')).eta
  assert.ok(Math.abs(eta - Date.now() - 900000) < 5000)
  assert.equal((await run('report', '--cat', 'a.b', '--to', 'polres', 'x'.repeat(121))).code, 2)
})

test('watch shows records with their verdict, resumes after a cut, and repeats nothing', async (t) => {
  const { hub, dir, key } = await office(t)
  const say = (body, by = key) => signed(by, 'posko-record+jws', hub.claims('kpu', 'sari', 'incident.note',
    { inc: '01900000-0000-7000-8000-000000000001', body }))
  const w = start(dir, ['watch', '--json'])
  await w.until((o) => /"op":"live"/.test(o.stdout))
  const first = hub.publish(say('satu'))
  hub.publish(say('palsu', newKey()))
  const forged = say('asli').split('.')
  const other = say('lain').split('.')
  hub.publish(`${forged[0]}.${other[1]}.${forged[2]}`)
  await w.until((o) => lines(o.stdout).filter((l) => /"op":"record"/.test(l)).length === 3)
  hub.drop()
  hub.append(say('sewaktu putus'))
  await w.until((o) => /sewaktu putus/.test(o.stdout), 8000)
  hub.publish(say('sesudahnya'))
  await w.until((o) => /sesudahnya/.test(o.stdout))
  const records = objects(w.stdout).filter((m) => m.op === 'record')
  assert.deepEqual(records.map((m) => m.seq), [0, 1, 2, 3, 4].map((n) => first.seq + n))
  assert.deepEqual(records.map((m) => m.verdict), ['good', 'unknown_key', 'false', 'good', 'good'])
  assert.equal(objects(w.stdout).filter((m) => m.op === 'reset').length, 1)
  await new Promise((r) => setTimeout(r, 100))
  assert.equal(hub.got.at(-1), first.seq + 4)
  w.child.kill()
})

test('watch --since replays above that record with its keys known, and no text reaches the terminal raw', async (t) => {
  const { hub, run, key } = await office(t)
  const from = hub.ledger.length
  hub.append(signed(key, 'posko-record+jws', hub.claims('kpu', 'sari', 'incident.note',
    { inc: '01900000-0000-7000-8000-000000000001', body: 'a\u001b[31mb\u202ec' })))
  const r = await run('watch', '--since', String(from), '--timeout', '1s')
  assert.equal(r.code, 0, r.stderr)
  const [line] = lines(r.stdout)
  assert.match(line, /#3 ✓ kpu\/sari .*Note "a\?\[31mb\?c"/)
  assert.equal(lines(r.stdout).length, 1)
})

test('a closing hub that revoked the key ends watch with 4', async (t) => {
  const { hub, dir } = await office(t)
  const w = start(dir, ['watch'])
  await w.until((o) => /connected/.test(o.stderr))
  for (const s of hub.sessions) s.close(4403)
  assert.equal((await w.ended).code, 4)
})

test('history asks for all pages and checks every signature', async (t) => {
  const { hub, run } = await office(t)
  await run(...REPORT)
  for (let i = 0; i < 4; i++) await run('note', '1', `catatan ${i}`)
  const r = await run('history', '1')
  assert.equal(r.code, 0)
  assert.equal(lines(r.stdout).length, 5)
  assert.match(r.stderr, /5 records, 0 without/)
  assert.equal((await run('history', '01900000-0000-7000-8000-000000000009')).code, 1)
})

test('who asks over HTTP with the token of the session', async (t) => {
  const { hub, run } = await office(t)
  const r = await run('who', 'polres,bpbd', '--tlp', 'amber+strict')
  assert.deepEqual(lines(r.stdout), ['polres/rina', 'kpu/sari'])
  assert.deepEqual(hub.readers, { url: '/v1/readers?to=polres,bpbd&tlp=amber%2Bstrict', auth: 'Bearer tok.en' })
})

test('put signs in the order of reference, makes a key for a new source, invites where asked', async (t) => {
  const { hub, dir, run } = await office(t)
  hub.sources.push({ agency: 'kpu', source: 'known', name: 'Known' })
  const file = join(dir, 'office.json')
  writeFileSync(file, JSON.stringify([
    { kind: 'source.put', agency: 'kpu', source: 'cctv', name: 'CCTV' },
    { kind: 'source.put', agency: 'kpu', source: 'known', name: 'Known' },
    { kind: 'member.put', agency: 'lsm', member: 'budi', name: 'Budi', roles: ['duty'], invite: true },
    { kind: 'place.put', place: 'gudang', name: 'Gudang', place_kind: 'site', lat: 14404000, lon: 1251217000 },
    { kind: 'agency.put', agency: 'lsm', name: 'LSM', agency_kind: 'oversight' }]))
  const r = await run('put', file, '--json')
  assert.equal(r.code, 0, r.stdout + r.stderr)
  const claims = hub.ledger.slice(2).map((e) => JSON.parse(Buffer.from(e.jws.split('.')[1], 'base64url')))
  assert.deepEqual(claims.map((c) => c.kind), ['agency.put', 'place.put', 'member.put', 'device.invite', 'source.put', 'source.put'])
  assert.ok(claims[4].jwk.x && !claims[5].jwk)
  const said = JSON.parse(readFileSync(join(dir, 'kpu.cctv.json')))
  assert.deepEqual([said.iss, said.act, said.url], ['kpu', 'cctv', hub.url])
  assert.equal(statSync(join(dir, 'kpu.cctv.pem')).mode & 0o777, 0o600)
  const [invited] = objects(r.stdout).filter((m) => m.op === 'invited')
  assert.match(invited.link, new RegExp(`^http://127.0.0.1:${hub.port}/#enrol=[0-9A-HJKMNP-TV-Z]{26}\\.${hub.key.kid}$`))
  writeFileSync(file, '[{"kind":"incident.report"}]')
  assert.equal((await run('put', file)).code, 2)
})

test('beat sends a beat and goes', async (t) => {
  const { hub, run } = await office(t)
  assert.equal((await run('beat')).code, 0)
  assert.equal(hub.beats, 1)
})

test('doctor says what is well, and what to do where it is not', async (t) => {
  const { hub, run } = await office(t)
  const well = await run('doctor', '--json')
  assert.equal(well.code, 0, well.stdout)
  assert.ok(objects(well.stdout).every((m) => m.ok))
  hub.skew = 60000
  const clock = await run('doctor')
  assert.equal(clock.code, 1)
  assert.match(clock.stdout, /✗ clock: -?\+?\d+.*\n.*NTP/)
  hub.skew = 0
  hub.ready = 503
  assert.equal((await run('doctor')).code, 3)
  assert.equal((await run('doctor', '--url', 'ws://127.0.0.1:1')).code, 5)
})

test('wss: a certificate that nobody vouches for is refused, with --ca it works', async (t) => {
  const at = home()
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(at, 'tls.key'), '-out', join(at, 'tls.pem')])
  if (made.status !== 0) { t.skip('no openssl'); return }
  const tls = { key: readFileSync(join(at, 'tls.key')), cert: readFileSync(join(at, 'tls.pem')) }
  const { hub, run } = await office(t, { tls })
  const refused = await run(...REPORT, '--timeout', '1s')
  assert.equal(refused.code, 5)
  assert.match(refused.stderr, /certificate|verify|CA|tls/i)
  assert.equal(hub.posts.length, 0)
  assert.equal((await run(...REPORT, '--ca', join(at, 'tls.pem'))).code, 0)
  assert.match((await run('doctor', '--ca', join(at, 'tls.pem'))).stdout, /✓ encryption: TLS/)
  const sick = await run('doctor')
  assert.equal(sick.code, 5)
  assert.match(sick.stdout, /✗ encryption.*\n.*--ca/)
})

test('ready needs no key: the hub answers under its name, wherever that is dialled', async (t) => {
  const at = home()
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=posko', '-addext', 'subjectAltName=DNS:hub.posko.test', '-keyout', join(at, 'tls.key'), '-out', join(at, 'tls.pem')])
  if (made.status !== 0) { t.skip('no openssl'); return }
  const tls = { key: readFileSync(join(at, 'tls.key')), cert: readFileSync(join(at, 'tls.pem')) }
  const { hub } = await office(t, { tls })
  const named = (name, ...args) => posko(at, ['ready', `https://${name}:${hub.port}`, '--at', 'localhost', ...args])
  const ca = ['--ca', join(at, 'tls.pem')]
  const well = await named('hub.posko.test', ...ca)
  assert.deepEqual([well.code, well.stdout], [0, '{"ok":true}\n'], well.stderr)
  assert.equal((await named('other.posko.test', ...ca)).code, 5)
  assert.equal((await named('hub.posko.test')).code, 5)
  hub.ready = 503
  assert.equal((await named('hub.posko.test', ...ca)).code, 3)
  await hub.stop()
  assert.equal((await named('hub.posko.test', ...ca)).code, 5)
  await hub.start()
  assert.equal((await posko(at, ['ready'])).code, 2)
})
