// Each code, provoked over a real socket and over HTTP: the right one, nothing stored, and nobody
// else disturbed.
import test, { after, before, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm } from './lib/world.mjs';
import { Session } from './lib/session.mjs';
import { newKey, signText, uuid7, b64u, TYP } from './lib/jose.mjs';
import { ledger, checkOrder } from './lib/checker.mjs';
import { sleep, until } from './lib/wait.mjs';

let world, kpu, polres, admin, reporter, bystander, open, resolved, closed;
const report = (extra) => ({
  cat: 'physical.crowd',
  sev: 'minor',
  title: 'Uji',
  to: ['polres'],
  ...extra,
});
const DAY = 86_400_000;

before(async () => {
  world = await World.create();
  await world.policy(calm());
  kpu = await world.who('kpu', 'duty');
  polres = await world.who('polres', 'duty');
  admin = await world.who('kpu', 'admin');
  reporter = await world.add('polres', 'pelapor', ['reporter']);
  open = (await kpu.post('incident.report', report())).jti;
  resolved = (await kpu.post('incident.report', report())).jti;
  await kpu.post('incident.resolve', { inc: resolved, note: 'selesai' });
  closed = (await kpu.post('incident.report', report())).jti;
  await kpu.post('incident.close', { inc: closed, disposition: 'duplicate' });
  bystander = await polres.connect({ follow: true });
});
after(() => world?.stop());

let headBefore, seenBefore;
beforeEach(async () => {
  headBefore = await world.head();
  seenBefore = bystander.seen.length;
});

/** After a test that stores nothing: the ledger is where it was, and the bystander heard nothing. */
async function nothingHappened() {
  assert.equal(await world.head(), headBefore, 'nothing stored');
  const heard = bystander.seen.slice(seenBefore).filter((m) => m.op !== 'mark');
  assert.deepEqual(heard, [], 'nobody else heard of it');
  assert.ok(bystander.open, 'nobody else was disturbed');
}

async function wsCode(person, jws) {
  const answer = await (await person.desk()).ask({ op: 'post', jws });
  if (answer.op === 'refused')
    assert.ok(answer.text?.length > 5, `a text says what to do: ${JSON.stringify(answer)}`);
  return answer;
}

/** The same over WebSocket and HTTP: the code, and the status of the table. */
async function refused(person, jws, code, status, field) {
  const ws = await wsCode(person, jws);
  const http = await person.over(jws);
  assert.equal(ws.code, code, `ws: ${JSON.stringify(ws)}`);
  assert.equal(http.code, code, `http: ${JSON.stringify(http)}`);
  assert.equal(http.status, status);
  if (field) assert.equal(ws.field, field, JSON.stringify(ws));
}

/** Signs whatever payload text under the key of a member. */
const signRaw = (person, payload, header) =>
  signText(
    person.key,
    header ?? JSON.stringify({ alg: 'EdDSA', typ: TYP.record, kid: person.key.kid }),
    payload,
  );

/** A valid report as JSON text, to be spoiled. */
const text = (extra) => JSON.stringify(kpu.claims('incident.report', report(extra)));

test('bad_frame: what is no message of the protocol is refused and closed with 4400', async () => {
  const wrong = [
    'no json',
    '[]',
    '{"op":"dance","ref":1}',
    '{"op":"post","ref":1}',
    '{"op":"post","jws":7,"ref":1}',
    '{"op":"post","jws":"a.b.c","extra":1,"ref":1}',
    '{"op":"got","seq":999999,"ref":1}',
    '{"op":"shown","seqs":[],"ref":1}',
    '{"op":"follow","after":-1,"ref":1}',
    '{"op":"history","ticket":"x","ref":1}',
    '{"op":"history","ticket":"' + open + '","limit":1001,"ref":1}',
    '{"op":"beat","op":"beat"}',
  ];
  for (const message of wrong) {
    const s = await kpu.connect();
    s.send(message);
    const answer = await s.wait((m) => m.op === 'refused', { what: `refused for ${message}` });
    assert.equal(answer.code, 'bad_frame', message);
    assert.equal((await s.end()).code, 4400, message);
  }
  await nothingHappened();
});

test('bad_frame: a binary message, and a post before log-in', async () => {
  const s = await kpu.connect();
  s.ws.send(Buffer.from('{"op":"beat"}'), { binary: true });
  const { code } = await s.end();
  assert.ok(code === 4400 || code === 1003, `closed with ${code}`);
  const early = await Session.dial(world.hub, { localAddress: '127.0.0.9' });
  const { jws } = await kpu.sign('incident.report', report());
  const answer = await early.ask({ op: 'post', jws });
  assert.notEqual(answer.op, 'posted');
  await early.end();
  await nothingHappened();
});

test('bad_shape: not three parts, padded, spare bits, a short signature', async () => {
  const { jws } = await kpu.sign('incident.report', report());
  const [h, p, s] = jws.split('.');
  const spare = s.slice(0, -1) + String.fromCharCode(s.charCodeAt(s.length - 1) + 1);
  const short = b64u(Buffer.from(s, 'base64url').subarray(0, 63));
  const wrong = [
    'x',
    `${h}.${p}`,
    `${jws}.x`,
    `${h}.${p}.${s}==`,
    `${h}.${p}.${spare}`,
    `${h}.${p}.${short}`,
    `${h} .${p}.${s}`,
    `${h}..${s}`,
  ];
  for (const bad of wrong) await refused(kpu, bad, 'bad_shape', 400);
  await nothingHappened();
});

test('bad_header: alg none, another algorithm, a jwk, a missing or double member', async () => {
  const kid = kpu.key.kid;
  const typ = TYP.record;
  const headers = [
    { alg: 'none', typ, kid },
    { alg: 'HS256', typ, kid },
    { alg: 'ES256', typ, kid },
    { alg: 'EdDSA', typ, kid, jwk: kpu.key.jwk },
    { alg: 'EdDSA', typ, kid, crit: ['exp'] },
    { alg: 'EdDSA', typ, kid, b64: false },
    { alg: 'EdDSA', kid },
    { alg: 'EdDSA', typ: 'JWT', kid },
    { alg: 'EdDSA', typ },
    { alg: 'EdDSA', typ, kid: 'short' },
    { alg: 'EdDSA', typ, kid: 7 },
  ].map((h) => JSON.stringify(h));
  headers.push(`{"alg":"EdDSA","alg":"EdDSA","typ":"${typ}","kid":"${kid}"}`, '[]', '"x"');
  for (const header of headers)
    await refused(kpu, await signRaw(kpu, text(), header), 'bad_header', 400);
  const unsigned = `${b64u(`{"alg":"none","typ":"${typ}","kid":"${kid}"}`)}.${b64u(text())}.`;
  const answer = await wsCode(kpu, unsigned);
  assert.equal(answer.op, 'refused', 'alg none with an empty signature');
  await nothingHappened();
});

test('bad_json: depth 9, doubled names, fractions, null, surrogates, and texts that are no JSON', async () => {
  const nest = (n) => '{"a":'.repeat(n) + '1' + '}'.repeat(n);
  const with_ = (member) => text().replace(/}$/, `,${member}}`);
  const wrong = [
    'x',
    '{}x',
    with_(`"x-deep":${'['.repeat(8)}${']'.repeat(8)}`),
    with_(`"x-deep":${nest(8)}`),
    with_('"title":"twice"'),
    with_('"x-a":{"b":1,"\\u0062":2}'),
    with_('"x-a":1.5'),
    with_('"x-a":1e3'),
    with_('"x-a":-0'),
    with_('"x-a":01'),
    with_('"x-a":9007199254740992'),
    with_('"x-a":null'),
    with_('"x-a":"\\ud800"'),
    with_('"x-a":"\\udc00\\ud800"'),
    with_(`"x-a":[${Array(257).fill(1)}]`),
    with_(`"x-a":{${Array.from({ length: 65 }, (_, i) => `"m${i}":1`)}}`),
    text().slice(0, -1),
    '\ufeff' + text(),
    with_('"x-a":NaN'),
    with_("'x-a':1"),
    with_('"x-a":1,'),
  ];
  for (const payload of wrong) {
    const jws = await signRaw(kpu, payload);
    await refused(kpu, jws, 'bad_json', 400).catch((e) =>
      assert.fail(`${payload.slice(-80)}: ${e.message}`),
    );
  }
  const latin = Buffer.concat([
    Buffer.from(text().slice(0, -1) + ',"x-a":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}'),
  ]);
  await refused(kpu, await signRaw(kpu, latin), 'bad_json', 400);
  await nothingHappened();
});

test('what stands at the limits of the form is accepted: depth 8, 64 members, 256 items, escapes', async () => {
  const arrays = `${'['.repeat(7)}${']'.repeat(7)}`;
  const names = Array.from({ length: 64 }, (_, i) => `"m${i}":1`);
  const members = `"x-a":${arrays},"x-b":[${Array(256).fill(1)}],"x-c":{${names}},"x-d":-9007199254740991,"x-e":"\\ud83d\\ude00"`;
  const claims = kpu.claims(
    'incident.report',
    report({ title: '\u{1F525}'.repeat(120), body: 'a\nb' }),
  );
  const jws = await signRaw(kpu, JSON.stringify(claims).replace(/}$/, `,${members}}`));
  const answer = await wsCode(kpu, jws);
  assert.equal(answer.op, 'posted', JSON.stringify(answer));
  assert.equal((await kpu.over(jws)).seq, answer.seq, 'the same string again: the same seq');
});

test("unknown_key and bad_signature: a stranger, a forgery, another man's signature", async () => {
  const stranger = await newKey();
  await refused(
    kpu,
    (await kpu.sign('incident.report', report(), { key: stranger })).jws,
    'unknown_key',
    401,
  );
  const { jws } = await kpu.sign('incident.report', report());
  const [h, p, s] = jws.split('.');
  const other = (await kpu.sign('incident.report', report())).jws.split('.');
  await refused(kpu, `${h}.${other[1]}.${s}`, 'bad_signature', 401);
  await refused(kpu, `${h}.${p}.${other[2]}`, 'bad_signature', 401);
  await refused(kpu, `${h}.${p}.${b64u(Buffer.alloc(64))}`, 'bad_signature', 401);
  const borrowed = { ...polres.key, kid: kpu.key.kid };
  await refused(
    kpu,
    (await kpu.sign('incident.report', report(), { key: borrowed })).jws,
    'bad_signature',
    401,
  );
  await nothingHappened();
});

test('unknown_field and bad_claim name the field', async () => {
  const cases = [
    [report({ colour: 'red' }), 'unknown_field', 'colour'],
    [report({ inc: open }), 'unknown_field', 'inc'],
    [report({ v: 2 }), 'bad_claim', 'v'],
    [report({ aud: 'posko.elsewhere/ledger' }), 'bad_claim', 'aud'],
    [report({ iss: 'polres' }), 'bad_claim', 'iss'],
    [report({ act: 'somebody' }), 'bad_claim', 'act'],
    [report({ kind: 'incident.dance' }), 'bad_claim', 'kind'],
    [report({ kind: 'policy.put' }), 'bad_claim', 'kind'],
    [report({ jti: 'x' }), 'bad_claim', 'jti'],
    [report({ jti: uuid7().toUpperCase() }), 'bad_claim', 'jti'],
    [report({ jti: '0190a2b3-c4d5-1e6f-8a9b-0c1d2e3f4a5b' }), 'bad_claim', 'jti'],
    [report({ iat: 'now' }), 'bad_claim', 'iat'],
    [report({ iat: undefined }), 'bad_claim', 'iat'],
    [report({ status: 'test' }), 'bad_claim', 'status'],
    [report({ cat: 'no.such' }), 'bad_claim', 'cat'],
    [report({ cat: undefined }), 'bad_claim', 'cat'],
    [report({ sev: 'huge' }), 'bad_claim', 'sev'],
    [report({ tlp: 'red' }), 'bad_claim', 'tlp'],
    [report({ title: '' }), 'bad_claim', 'title'],
    [report({ title: 'x'.repeat(121) }), 'bad_claim', 'title'],
    [report({ title: 'a\nb' }), 'bad_claim', 'title'],
    [report({ title: 'a\u0007' }), 'bad_claim', 'title'],
    [report({ title: 'a\u0085' }), 'bad_claim', 'title'],
    [report({ title: 'a\u202eb' }), 'bad_claim', 'title'],
    [report({ body: 'a\u2066b' }), 'bad_claim', 'body'],
    [report({ body: 'x'.repeat(4001) }), 'bad_claim', 'body'],
    [report({ to: [] }), 'bad_claim', 'to'],
    [report({ to: ['kpu'] }), 'bad_claim', 'to'],
    [report({ to: ['polres', 'polres'] }), 'bad_claim', 'to'],
    [report({ to: ['nowhere'] }), 'bad_claim', 'to'],
    [report({ to: 'polres' }), 'bad_claim', 'to'],
    [report({ place: 'nowhere' }), 'bad_claim', 'place'],
    [report({ lat: 900000001, lon: 0 }), 'bad_claim', 'lat'],
    [report({ ask: Array.from({ length: 17 }, (_, i) => `a${i}`) }), 'bad_claim', 'ask'],
  ];
  for (const [claims, code, field] of cases) {
    const { jws } = await kpu.sign('incident.report', claims);
    const status = 422;
    await refused(kpu, jws, code, status, field).catch((e) =>
      assert.fail(`${JSON.stringify(claims)}: ${e.message}`),
    );
  }
  await nothingHappened();
});

test("clock_ahead and too_old: the author's clock", async () => {
  await refused(
    kpu,
    (await kpu.sign('incident.report', report({ iat: Date.now() + 130_000 }))).jws,
    'clock_ahead',
    422,
  );
  await refused(
    kpu,
    (await kpu.sign('incident.report', report({ iat: Date.now() - 3 * DAY - 60_000 }))).jws,
    'too_old',
    422,
  );
  await nothingHappened();
});

test("not_allowed: roles, and a foreign agency's affairs", async () => {
  const cases = [
    [reporter, 'response.ack', { inc: open }],
    [polres, 'incident.resolve', { inc: open, note: 'x' }],
    [polres, 'incident.change', { inc: open, title: 'Lain' }],
    [polres, 'incident.share', { inc: open, to: ['bawaslu'] }],
    [kpu, 'policy.put', { policy: 'default', rows: calm() }],
    [polres, 'agency.put', { agency: 'baru', name: 'Baru', agency_kind: 'police' }],
    [
      await world.who('polres', 'admin'),
      'member.put',
      { agency: 'kpu', member: 'x', name: 'X', roles: ['duty'] },
    ],
    [polres, 'member.put', { agency: 'polres', member: 'x', name: 'X', roles: ['duty'] }],
    [kpu, 'alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'x' }],
    [polres, 'incident.report', report({ status: 'exercise', to: ['pemkot'] })],
  ];
  headBefore = await world.head();
  seenBefore = bystander.seen.length;
  for (const [who, kind, claims] of cases) {
    const { jws } = await who.sign(kind, claims);
    await refused(who, jws, 'not_allowed', 403).catch((e) =>
      assert.fail(`${who.name} ${kind}: ${e.message}`),
    );
  }
  await nothingHappened();
});

test('not_found: what there is not, and what one may not know of', async () => {
  const stranger = await world.who('bawaslu', 'duty');
  headBefore = await world.head();
  seenBefore = bystander.seen.length;
  await refused(
    polres,
    (await polres.sign('response.ack', { inc: uuid7() })).jws,
    'not_found',
    404,
  );
  await refused(
    stranger,
    (await stranger.sign('response.ack', { inc: open })).jws,
    'not_found',
    404,
  );
  await refused(
    stranger,
    (await stranger.sign('incident.note', { inc: open, body: 'x' })).jws,
    'not_found',
    404,
  );
  await nothingHappened();
});

test('id_conflict, conflict and closed', async () => {
  const first = await kpu.post('incident.note', { inc: open, body: 'satu' });
  headBefore = await world.head();
  seenBefore = bystander.seen.length;
  await refused(
    kpu,
    (await kpu.sign('incident.note', { inc: open, body: 'dua', jti: first.jti })).jws,
    'id_conflict',
    409,
  );
  await refused(
    polres,
    (await polres.sign('incident.note', { inc: open, body: 'tiga', jti: first.jti })).jws,
    'id_conflict',
    409,
  );
  await refused(
    kpu,
    (await kpu.sign('incident.resolve', { inc: resolved, note: 'lagi' })).jws,
    'conflict',
    409,
  );
  await refused(
    kpu,
    (await kpu.sign('incident.close', { inc: open, disposition: 'handled' })).jws,
    'conflict',
    409,
  );
  const nothing = { inc: open, agency: 'polres', what: 'arrive', reason: 'x' };
  await refused(kpu, (await kpu.sign('incident.escalate', nothing)).jws, 'conflict', 409);
  await refused(polres, (await polres.sign('response.ack', { inc: closed })).jws, 'closed', 409);
  await refused(
    kpu,
    (await kpu.sign('incident.resolve', { inc: closed, note: 'x' })).jws,
    'closed',
    409,
  );
  const same = await kpu.over(first.jws);
  assert.deepEqual(
    [same.status, same.seq, same.at],
    [200, first.seq, first.at],
    'the same string: posted, as it was',
  );
  await nothingHappened();
});

test('a replayed record is posted with its first seq and stored once, also after the ticket is closed', async () => {
  const r = await kpu.post('incident.report', report());
  await kpu.post('incident.close', { inc: r.jti, disposition: 'duplicate' });
  headBefore = await world.head();
  const again = await polres.session.post(r.jws);
  assert.equal(again.seq, r.seq);
  assert.equal(again.at, r.at);
  assert.equal(await world.head(), headBefore);
});

test('too_big: a JWS over 48,000 bytes is refused, a message over 65,536 closes with 1009', async () => {
  const { jws } = await kpu.sign('incident.report', report({ 'x-long': 'y'.repeat(40_000) }));
  assert.ok(jws.length > 48_000 && jws.length < 65_000);
  await refused(kpu, jws, 'too_big', 413);
  const s = await kpu.connect();
  s.send(JSON.stringify({ op: 'post', jws: 'a'.repeat(70_000), ref: 1 }));
  assert.equal((await s.end()).code, 1009);
  const http = await kpu.over('a'.repeat(70_000));
  assert.equal(http.status, 413);
  await nothingHappened();
  assert.equal(
    (await kpu.over((await kpu.sign('incident.note', { inc: open, body: 'b' })).jws)).status,
    200,
  );
});

test('revoked_key: after its revocation, whoever carries the record', async () => {
  const phone = await world.device('polres', polres.member);
  const { jws } = await phone.sign('incident.note', { inc: open, body: 'x' });
  const { jws: told } = await phone.sign('incident.note', { inc: open, body: 'y' });
  const posted = await kpu.session.post(told);
  await (
    await world.who('polres', 'admin')
  ).post('device.revoke', { kid: phone.key.kid, reason: 'lost' });
  headBefore = await world.head();
  seenBefore = bystander.seen.length;
  await refused(kpu, jws, 'revoked_key', 401);
  assert.equal((await kpu.session.post(told)).seq, posted.seq, 'what is in the ledger stays so');
  await nothingHappened();
});

test('revoked_key: revoked while the record waits for its turn', async () => {
  const polresAdmin = await world.who('polres', 'admin');
  const phone = await world.device('polres', polres.member);
  const s = await phone.connect();
  const note = await phone.sign('incident.note', { inc: open, body: 'tertunda' });
  const lock = await world.cluster.hold(world.db, 'SELECT 1 FROM head FOR UPDATE');
  const first = kpu.post('incident.note', { inc: open, body: 'turn one waits at the lock' });
  await sleep(200);
  const revoked = polresAdmin.post('device.revoke', { kid: phone.key.kid, reason: 'compromised' });
  await sleep(200);
  const answer = s.ask({ op: 'post', jws: note.jws });
  await sleep(300);
  await lock.release();
  await first;
  await revoked;
  const heard = await answer;
  if (heard.op !== 'closed') assert.equal(heard.code, 'revoked_key', JSON.stringify(heard));
  assert.equal((await kpu.over(note.jws)).code, 'revoked_key');
  const rows = await world.sql(`SELECT 1 AS one FROM ledger WHERE jti = '${note.jti}'`);
  assert.equal(rows.length, 0, 'it is not in the ledger');
});

test('not_stored: a record that the database refuses; the others of its turn are stored', async () => {
  await world.sql(`CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF new.jti::text LIKE '%badbadbadbad' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN new; END $$`);
  await world.sql(
    'CREATE TRIGGER test_refuse BEFORE INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION test_refuse()',
  );
  const lock = await world.cluster.hold(world.db, 'SELECT 1 FROM head FOR UPDATE');
  const first = kpu.post('incident.note', { inc: open, body: 'the turn that waits' });
  await sleep(100);
  const bad = await kpu.sign('incident.note', {
    inc: open,
    body: 'x',
    jti: uuid7().slice(0, -12) + 'badbadbadbad',
  });
  const others = Array.from({ length: 5 }, (_, i) =>
    kpu.post('incident.note', { inc: open, body: `baik ${i}` }),
  );
  const refusal = wsCode(polres, bad.jws);
  await sleep(300);
  await lock.release();
  const answer = await refusal;
  assert.equal(answer.code, 'not_stored', JSON.stringify(answer));
  assert.equal(answer.retry_ms, undefined, 'it alone is the cause: no retry_ms');
  await first;
  const seqs = (await Promise.all(others)).map((p) => p.seq);
  assert.equal(new Set(seqs).size, 5);
  assert.equal((await kpu.over(bad.jws)).status, 503);
  await world.sql('DROP TRIGGER test_refuse ON ledger');
  assert.equal((await kpu.over(bad.jws)).status, 200, 'it was nowhere, and may be sent again');
  assert.ok(
    world.hub.logs.some((l) => JSON.stringify(l).includes('not this one') || l.jti === bad.jti),
    'it is in the log',
  );
});

test('too_many: beyond the rate of a key; others are not slowed', async () => {
  const hub = await world.addHub({ POSKO_RATE_KEY: '20' });
  const hasty = await polres.connect({ hub });
  const { jws } = await polres.sign('incident.note', { inc: open, body: 'cepat' });
  await hasty.post(jws);
  const answers = await Promise.all(
    Array.from({ length: 900 }, () => hasty.ask({ op: 'post', jws })),
  );
  const refusals = answers.filter((a) => a.op === 'refused');
  assert.ok(refusals.length > 100, `${refusals.length} of 900 refused`);
  assert.ok(refusals.every((a) => a.code === 'too_many'));
  assert.ok(refusals[0].retry_ms > 0, 'says when to come again');
  const http = await Promise.all(Array.from({ length: 100 }, () => polres.over(jws, hub)));
  assert.ok(
    http.some((a) => a.status === 429 && a.code === 'too_many'),
    'the key, not the session',
  );
  assert.ok(http.every((a) => a.status === 429 || a.status === 200));
  const calmly = await kpu.connect({ hub });
  await calmly.post((await kpu.sign('incident.note', { inc: open, body: 'tenang' })).jws);
  await until(
    'it may again',
    async () => (await hasty.ask({ op: 'post', jws })).op === 'posted',
    10_000,
    300,
  );
});

test('busy: when the line is full, and what was told busy is not stored', async () => {
  const s = await kpu.connect();
  const lock = await world.cluster.hold(world.db, 'SELECT 1 FROM head FOR UPDATE');
  const signed = [];
  const answers = [];
  let busy = 0;
  const post = async () => {
    const i = signed.length;
    signed.push(await kpu.sign('incident.note', { inc: open, body: `antre ${i}` }));
    const count = (a) => ((busy += a.code === 'busy'), a);
    answers.push(s.ask({ op: 'post', jws: signed[i].jws }, 60_000).then(count));
  };
  while (signed.length < 12_000 && !busy) await post();
  await until('busy is heard', () => busy > 0, 4000).catch(() => {});
  for (let i = 0; i < 300; i++) await post();
  await sleep(300);
  const told = busy;
  await lock.release();
  const heard = await Promise.all(answers);
  assert.ok(told > 0, `no busy among ${heard.length} while the database held`);
  assert.ok(told < 100, `${told} were told busy: who heard it is not read until there is room`);
  const rows = await ledger(world);
  const stored = new Set(rows.map((r) => r.claims.jti));
  heard.forEach((a, i) => {
    if (a.op === 'posted') assert.ok(stored.has(signed[i].jti));
    if (a.code === 'busy') assert.ok(!stored.has(signed[i].jti), 'told busy and yet stored');
  });
  assert.ok(heard.find((a) => a.code === 'busy').retry_ms > 0);
});

test('draining: a hub that stops takes nothing new, tells what it has, and says bye', async () => {
  const hub = await world.addHub();
  const s = await kpu.connect({ hub, follow: true });
  const lock = await world.cluster.hold(world.db, 'SELECT 1 FROM head FOR UPDATE');
  const waiting = await kpu.sign('incident.note', { inc: open, body: 'sedang di jalan' });
  const answer = s.ask({ op: 'post', jws: waiting.jws });
  await sleep(200);
  const gone = hub.stop();
  await sleep(200);
  const late = await kpu.sign('incident.note', { inc: open, body: 'terlambat' });
  const refusal = s.ask({ op: 'post', jws: late.jws });
  const http = kpu.over(late.jws, hub).catch(() => ({ code: 'gone' }));
  await sleep(200);
  await lock.release();
  assert.equal((await answer).op, 'posted', 'what it had taken is told');
  assert.equal((await refusal).code, 'draining');
  const over = await http;
  assert.ok(
    over.code === 'gone' || (over.code === 'draining' && over.status === 503),
    JSON.stringify(over),
  );
  const bye = await s.wait((m) => m.op === 'bye');
  assert.equal(bye.code, 'draining');
  assert.ok(bye.retry_ms >= 0);
  assert.equal((await s.end()).code, 1012);
  assert.deepEqual(await gone, { code: 0, signal: null });
  const rows = await world.sql(
    `SELECT jti::text FROM ledger WHERE jti IN ('${waiting.jti}', '${late.jti}')`,
  );
  assert.deepEqual(rows, [{ jti: waiting.jti }]);
});

test('after all of it the bystander still hears, and the ledger is whole', async () => {
  assert.ok(bystander.open);
  const { seq } = await kpu.post('incident.note', { inc: open, body: 'masih di sini' });
  await bystander.wait((m) => m.op === 'record' && m.seq === seq);
  assert.deepEqual(bystander.view.wrong, []);
  await bystander.view.verify();
  checkOrder(await ledger(world));
});
