// A hub of a hundred lines for the tests of the command: it checks signatures, keeps a ledger in
// memory, and can be told to be silent, to hang up or to refuse.  It decides nothing; the real
// rules are tested against the real hub (tests/flow).
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'

const b64 = (x) => Buffer.from(x).toString('base64url')
export const thumbprint = (x) =>
  createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')

export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.export({ format: 'jwk' }).x }
  return { privateKey, jwk, kid: thumbprint(jwk.x), pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
}

export function signed(key, typ, claims) {
  const head = b64(JSON.stringify({ alg: 'EdDSA', typ, kid: key.kid }))
  const body = `${head}.${b64(JSON.stringify(claims))}`
  return `${body}.${b64(sign(null, Buffer.from(body), key.privateKey))}`
}

export function open(jws, x) {
  const [head, body, sig] = jws.split('.')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  if (!verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(sig, 'base64url'))) return null
  return JSON.parse(Buffer.from(body, 'base64url'))
}
const headOf = (jws) => JSON.parse(Buffer.from(jws.split('.')[0], 'base64url'))

function writeText(socket, text, opcode = 1) {
  const data = Buffer.from(text)
  const head = data.length < 126 ? Buffer.from([0x80 | opcode, data.length])
    : data.length < 65536 ? Buffer.from([0x80 | opcode, 126, data.length >> 8, data.length & 255])
      : Buffer.from([0x80 | opcode, 127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((n) => (data.length >> n) & 255)])
  socket.write(Buffer.concat([head, data]))
}

function readFrames(state, chunk, onText) {
  state.data = Buffer.concat([state.data, chunk])
  for (;;) {
    const d = state.data
    if (d.length < 6) return
    let len = d[1] & 127
    let at = 2
    if (len === 126) { if (d.length < 8) return; len = d.readUInt16BE(2); at = 4 }
    else if (len === 127) { if (d.length < 14) return; len = Number(d.readBigUInt64BE(2)); at = 10 }
    if (d.length < at + 4 + len) return
    const mask = d.subarray(at, at + 4)
    const body = Buffer.from(d.subarray(at + 4, at + 4 + len)).map((c, i) => c ^ mask[i & 3])
    state.data = d.subarray(at + 4 + len)
    if ((d[0] & 15) === 1) onText(body.toString())
    if ((d[0] & 15) === 8) return
  }
}

export class FakeHub {
  constructor(port) {
    this.port = port
    this.aud = 'posko.test/ledger'
    this.key = newKey()
    this.devices = new Map() // kid -> {jwk, agency, member, from}
    this.invites = new Map() // secret -> {agency, member}
    this.ledger = [] // {jws, at}
    this.byJws = new Map()
    this.posts = [] // every string that arrived, also those not answered
    this.got = []
    this.beats = 0
    this.tickets = [] // as in `state`
    this.sources = []
    this.connections = 0
    this.sockets = new Set()
    this.sessions = new Set()
    this.onPost = null // (jws, session) -> 'silent' | 'drop' | {code,...} | undefined
    this.ready = 200
    this.devices.set(this.key.kid, { jwk: this.key.jwk, from: 1 })
    this.append(signed(this.key, 'posko-event+jws', this.claims('hub', 'hub', 'hub.key',
      { kid: this.key.kid, jwk: this.key.jwk, host: 'kpu' })))
  }

  claims(iss, act, kind, more) {
    const jti = randomBytes(16)
    jti[6] = 0x70 | (jti[6] & 15)
    jti[8] = 0x80 | (jti[8] & 63)
    const h = jti.toString('hex')
    const id = `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`
    return { v: 1, aud: this.aud, iss, act, kind, jti: id, iat: Date.now(), ...more }
  }

  append(jws) {
    const entry = { seq: this.ledger.length + 1, at: Date.now(), jws }
    this.ledger.push(entry)
    this.byJws.set(jws, entry)
    return entry
  }

  addDevice(agency, member, key) {
    const entry = this.append(signed(this.key, 'posko-event+jws', this.claims('hub', 'hub', 'device.enrol',
      { kid: key.kid, jwk: key.jwk, agency, member, invite: '01900000-0000-7000-8000-000000000000' })))
    this.devices.set(key.kid, { jwk: key.jwk, agency, member, from: entry.seq })
  }

  async start() {
    const answer = (req, res) => this.http(req, res)
    this.server = this.tls ? createTlsServer(this.tls, answer) : createServer(answer)
    this.server.on('upgrade', (req, socket) => this.upgrade(req, socket))
    await new Promise((done) => this.server.listen(this.port, '127.0.0.1', done))
    return this
  }

  async stop() {
    this.drop()
    this.server.closeAllConnections()
    await new Promise((done) => this.server.close(done))
  }

  drop() {
    for (const socket of this.sockets) socket.destroy()
  }

  get url() {
    return this.tls ? `wss://localhost:${this.port}` : `ws://127.0.0.1:${this.port}`
  }

  http(req, res) {
    if (req.url === '/readyz') { res.writeHead(this.ready); res.end('{"ok":true}'); return }
    if (req.url.startsWith('/v1/readers')) {
      this.readers = { url: req.url, auth: req.headers.authorization }
      res.writeHead(200, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ readers: [{ agency: 'polres', member: 'rina' }, { agency: 'kpu', member: 'sari' }] }))
      return
    }
    res.writeHead(404); res.end('{}')
  }

  upgrade(req, socket) {
    const accept = createHash('sha1')
      .update(`${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: posko.v1\r\n\r\n`)
    this.connections++
    this.sockets.add(socket)
    const session = { nonce: randomBytes(32).toString('base64url'), host: req.headers.host, sent: 0 }
    session.send = (m) => { if (m.op === 'record' && !m.of) session.sent++; writeText(socket, JSON.stringify(m)) }
    session.close = (code) => { writeText(socket, Buffer.from([code >> 8, code & 255]), 8); socket.end() }
    session.drop = () => socket.destroy()
    this.sessions.add(session)
    const state = { data: Buffer.alloc(0) }
    socket.on('data', (chunk) => readFrames(state, chunk, (t) => this.message(session, JSON.parse(t))))
    socket.on('close', () => { this.sockets.delete(socket); this.sessions.delete(session); clearInterval(session.timer) })
    socket.on('error', () => {})
    session.send({ op: 'hello', aud: this.aud, nonce: session.nonce, at: Date.now() + (this.skew ?? 0), version: '0' })
  }

  message(s, m) {
    const handler = this[`on_${m.op}`]
    if (!handler) throw new Error(`unknown op ${m.op}`)
    handler.call(this, s, m)
  }

  checkLogin(s, claims) {
    return claims && claims.aud === this.aud && claims.nonce === s.nonce && claims.host === s.host
  }

  on_auth(s, m) {
    const kid = headOf(m.jws).kid
    const device = this.devices.get(kid)
    const code = !device ? 'unknown_key' : device.revoked ? 'revoked_key'
      : this.checkLogin(s, open(m.jws, device.jwk.x)) ? null : 'bad_signature'
    if (code) {
      s.send({ op: 'refused', id: null, code, text: 'no' })
      s.close(4401)
      return
    }
    s.who = device
    s.send({ op: 'welcome', agency: device.agency, member: device.member, roles: ['duty'], head: this.ledger.length, at: Date.now(), token: 'tok.en' })
    s.timer = setInterval(() => s.live && this.mark(s), 200)
  }

  on_enrol(s, m) {
    const claims = JSON.parse(Buffer.from(m.jws.split('.')[1], 'base64url'))
    const key = { jwk: claims.jwk, kid: thumbprint(claims.jwk.x) }
    const invite = this.invites.get(m.secret)
    if (!this.checkLogin(s, open(m.jws, claims.jwk.x)) || !invite || invite.used) {
      s.send({ op: 'refused', id: null, code: 'not_found', text: 'no such invitation' })
      s.close(4401)
      return
    }
    invite.used = true
    this.addDevice(invite.agency, invite.member, key)
    if (invite.hangUp) { s.drop(); return }
    s.send({ op: 'enrolled', agency: invite.agency, member: invite.member, kid: key.kid, aud: this.aud, hub: this.key.kid })
    s.close(1000)
  }

  mark(s) {
    s.send({ op: 'mark', head: this.ledger.length, sent: s.sent, at: Date.now(), overdue: 0, copies: 1 })
  }

  on_follow(s, m) {
    if (m.after === undefined || m.after > this.ledger.length) {
      s.send({ op: 'reset', head: this.ledger.length, why: m.after === undefined ? 'fresh' : 'ahead' })
      for (const [kid, d] of this.devices)
        s.send({ op: 'state', seq: d.from, device: { kid, jwk: d.jwk, agency: d.agency, member: d.member, from: d.from } })
      for (const x of this.sources) s.send({ op: 'state', seq: 1, source: x })
      for (const t of this.tickets) s.send({ op: 'state', seq: t.seq, ticket: t })
    } else {
      for (const e of this.ledger.slice(m.after)) s.send({ op: 'record', seq: e.seq, at: e.at, jws: e.jws })
    }
    s.send({ op: 'live', head: this.ledger.length })
    s.live = true
  }

  // As if somebody else had posted it: live sessions see it, and the ledger keeps it.
  publish(jws, ticket) {
    const entry = this.append(jws)
    for (const s of this.sessions) if (s.live) s.send({ op: 'record', ...entry, ticket })
    return entry
  }

  on_post(s, m) {
    this.posts.push(m.jws)
    const device = this.devices.get(headOf(m.jws).kid)
    const claims = device && open(m.jws, device.jwk.x)
    const answer = this.onPost?.(m.jws, claims)
    if (answer === 'silent') return
    if (answer === 'drop') { s.drop(); return }
    if (answer) { s.send({ op: 'refused', id: claims?.jti ?? null, text: 'no', ref: m.ref, ...answer }); return }
    if (!claims) { s.send({ op: 'refused', id: null, code: 'bad_signature', text: 'no', ref: m.ref }); return }
    const entry = this.byJws.get(m.jws) ?? this.append(m.jws)
    let ticket
    if (claims.kind === 'incident.report') {
      ticket = { id: claims.jti, no: this.tickets.length + 1, opened: entry.at, by: claims.iss, lead: claims.iss, state: 'open',
        status: claims.status ?? 'actual', cat: claims.cat, sev: claims.sev ?? 'minor', tlp: 'amber', title: claims.title, n: 1,
        seq: entry.seq, agencies: claims.to.map((id) => ({ id, state: 'offered' })), owed: [] }
      if (!this.tickets.some((t) => t.id === ticket.id)) this.tickets.push(ticket)
    }
    s.send({ op: 'posted', ref: m.ref, id: claims.jti, seq: entry.seq, at: entry.at })
    if (s.live) s.send({ op: 'record', ...entry, ticket })
  }

  on_history(s, m) {
    const all = this.ledger.filter((e) => {
      const c = JSON.parse(Buffer.from(e.jws.split('.')[1], 'base64url'))
      return (c.inc === m.ticket || c.jti === m.ticket) && e.seq > m.after
    })
    if (all.length === 0) { s.send({ op: 'refused', id: null, code: 'not_found', text: 'no', ref: m.ref }); return }
    for (const e of all.slice(0, 2)) s.send({ op: 'record', ...e, of: m.ticket })
    s.send({ op: 'end', of: m.ticket, more: all.length > 2 })
  }

  on_got(s, m) {
    this.got.push(m.seq)
  }

  on_beat() {
    this.beats++
  }
}
