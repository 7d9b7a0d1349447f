// Log-in and devices: protocol.md section 5.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, newSecret } from './lib/world.mjs';
import { Session } from './lib/session.mjs';
import { claimsOf } from './lib/view.mjs';
import { newKey, signJws, signText, sha256hex, thumbprint, TYP } from './lib/jose.mjs';
import { sleep } from './lib/wait.mjs';

let world, kpu, polres, admin;
let address = 10; // five wrong tries a minute for an address: each test dials from its own

const dial = () => Session.dial(world.hub, { localAddress: `127.0.0.${address}` });

before(async () => {
  world = await World.create();
  kpu = await world.who('kpu', 'duty');
  polres = await world.who('polres', 'duty');
  admin = await world.who('polres', 'admin');
});
after(() => world?.stop());

async function invite(agency, member, { until = Date.now() + 60_000, by = admin } = {}) {
  const secret = newSecret();
  const posted = await by.post('device.invite', { agency, member, hash: sha256hex(secret), until });
  return { secret, jti: posted.jti };
}

/** The code and the close after an attempt to enrol or log in. */
async function attempt(op, message) {
  const s = await dial();
  const full = typeof message === 'function' ? await message(s) : message;
  const answer = await s.ask({ op, ...full });
  return { answer, close: (await s.end()).code };
}

test('an invitation enrols a new device once, and the ledger says by which invitation', async () => {
  const { secret, jti } = await invite('polres', polres.member);
  const phone = await world.enrolSecret(secret);
  assert.equal(phone.name, polres.name);
  const s = await phone.connect({ follow: true });
  assert.equal(s.welcome.member, polres.member);
  assert.deepEqual(s.welcome.roles, polres.roles);
  const device = s.view.device.get(phone.key.kid).value;
  assert.equal(device.jwk.x, phone.key.jwk.x);
  assert.equal(device.agency, 'polres');
  const rows = await world.sql(`SELECT jws FROM ledger WHERE seq = ${device.from}`);
  const claims = claimsOf(rows[0]);
  assert.equal(claims.kind, 'device.enrol');
  assert.equal(claims.invite, jti);
  await s.view.verify();
  await s.close();
});

test('a secret that is used, expired or wrong is not_found', async () => {
  address++;
  const key = await newKey();
  const sign = (secret) => async (s) => ({
    secret,
    jws: await signJws(key, TYP.auth, { ...s.authClaims(), jwk: key.jwk }),
  });
  const used = await invite('polres', polres.member);
  await world.enrolSecret(used.secret);
  assert.equal((await attempt('enrol', sign(used.secret))).answer.code, 'not_found');
  const short = await invite('polres', polres.member, { until: Date.now() + 1500 });
  await sleep(2000);
  assert.equal((await attempt('enrol', sign(short.secret))).answer.code, 'not_found');
  assert.equal((await attempt('enrol', sign(newSecret()))).answer.code, 'not_found');
});

test('a key is enrolled only if its kid is the thumbprint of its jwk and was never enrolled', async () => {
  address++;
  const { secret } = await invite('polres', polres.member);
  const key = await newKey();
  const other = await newKey();
  const wrongKid = async (s) => ({
    secret,
    jws: await signJws({ ...key, kid: other.kid }, TYP.auth, { ...s.authClaims(), jwk: key.jwk }),
  });
  assert.equal((await attempt('enrol', wrongKid)).answer.op, 'refused');
  const again = async (s) => ({
    secret,
    jws: await signJws(polres.key, TYP.auth, { ...s.authClaims(), jwk: polres.key.jwk }),
  });
  assert.equal((await attempt('enrol', again)).answer.op, 'refused');
  const point = {
    kty: 'OKP',
    crv: 'Ed25519',
    x: Buffer.from('01' + '00'.repeat(31), 'hex').toString('base64url'),
  };
  const small = async (s) => ({
    secret,
    jws: await signJws({ ...key, kid: thumbprint(point) }, TYP.auth, {
      ...s.authClaims(),
      jwk: point,
    }),
  });
  assert.equal((await attempt('enrol', small)).answer.op, 'refused');
  const phone = await world.enrolSecret(secret);
  assert.equal(phone.name, polres.name, 'the refusals did not use the secret up');
});

test('a log-in holds for this hub name, this nonce and this ledger only', async () => {
  const wrong = [
    { host: 'evil.example:443' },
    { nonce: 'A'.repeat(43) },
    { aud: 'posko.elsewhere/ledger' },
    { extra: 1 },
    { v: 2 },
  ];
  for (const extra of wrong) {
    address++;
    const sign = async (s) => ({ jws: await signJws(kpu.key, TYP.auth, s.authClaims(extra)) });
    const { answer, close } = await attempt('auth', sign);
    assert.equal(answer.op, 'refused', JSON.stringify(extra));
    assert.equal(close, 4401, JSON.stringify(extra));
  }
});

test('a log-in that was heard on another connection is worth nothing', async () => {
  address++;
  const first = await dial();
  const jws = await signJws(kpu.key, TYP.auth, first.authClaims());
  const second = await dial();
  const answer = await second.ask({ op: 'auth', jws });
  assert.equal(answer.op, 'refused');
  assert.equal((await second.end()).code, 4401);
  assert.equal((await first.ask({ op: 'auth', jws })).op, 'welcome', 'on its own it holds');
  await first.close();
});

test('forged, unknown and unsigned log-ins are refused', async () => {
  address++;
  const forged = async (s) => {
    const jws = await signJws(kpu.key, TYP.auth, s.authClaims());
    return { jws: jws.slice(0, -8) + 'AAAAAAAA' };
  };
  assert.equal((await attempt('auth', forged)).answer.code, 'bad_signature');
  const stranger = await newKey();
  const unknown = async (s) => ({ jws: await signJws(stranger, TYP.auth, s.authClaims()) });
  assert.equal((await attempt('auth', unknown)).answer.code, 'unknown_key');
  const none = async (s) => {
    const header = JSON.stringify({ alg: 'none', typ: TYP.auth, kid: kpu.key.kid });
    return { jws: await signText(kpu.key, header, JSON.stringify(s.authClaims())) };
  };
  assert.equal((await attempt('auth', none)).answer.code, 'bad_header');
  const record = async () => ({ jws: (await kpu.sign('duty.end')).jws });
  assert.equal((await attempt('auth', record)).answer.op, 'refused');
});

test('who does not log in within 5 seconds is closed with 4408', async () => {
  address++;
  const begin = performance.now();
  const s = await dial();
  assert.equal((await s.end()).code, 4408);
  const took = performance.now() - begin;
  assert.ok(took > 4000 && took < 7000, `after ${took} ms`);
});

test('five wrong secrets a minute for an address, then too_many; another address is not disturbed', async () => {
  address++;
  const key = await newKey();
  const codes = [];
  for (let i = 0; i < 7; i++) {
    const sign = async (s) => ({
      secret: newSecret(),
      jws: await signJws(key, TYP.auth, { ...s.authClaims(), jwk: key.jwk }),
    });
    const { answer, close } = await attempt('enrol', sign).catch((e) => ({
      answer: { code: 'too_many' },
      close: String(e),
    }));
    codes.push(answer.op === 'closed' ? `closed ${close}` : answer.code);
  }
  assert.deepEqual(codes.slice(0, 5), Array(5).fill('not_found'));
  assert.match(codes[6], /too_many|4429/);
  const { secret } = await invite('polres', polres.member);
  await world.enrolSecret(secret);
});

test('a revoked key is refused from that record on, and its sockets are closed within a second', async () => {
  address++;
  const phone = await world.device('polres', polres.member, { admin });
  const s = await phone.connect({ follow: true });
  const report = await kpu.post('incident.report', {
    cat: 'other.other',
    title: 'Sebelum',
    to: ['polres'],
  });
  const before = await phone.post('response.ack', { inc: report.jti });
  const begin = performance.now();
  await admin.post('device.revoke', { kid: phone.key.kid, reason: 'lost' });
  assert.equal((await s.end()).code, 4403);
  assert.equal((await phone.session.end()).code, 4403);
  assert.ok(performance.now() - begin < 1000, 'within a second');
  assert.equal(s.seen.at(-1).op, 'bye');
  assert.equal(s.seen.at(-1).code, 'revoked');
  const again = await dial();
  const refused = await again.ask({
    op: 'auth',
    jws: await signJws(phone.key, TYP.auth, again.authClaims()),
  });
  assert.equal(refused.code, 'revoked_key');
  assert.equal((await again.end()).code, 4401);
  const reader = await kpu.connect({ follow: true });
  const history = await reader.history(report.jti);
  assert.ok(
    history.some((m) => m.seq === before.seq),
    'what it signed before stays',
  );
  await reader.view.verify(history);
  await reader.close();
});

test('a member may revoke his own device; one of another agency may not', async () => {
  const phone = await world.device('polres', polres.member, { admin });
  assert.equal(
    await kpu.refusal('device.revoke', { kid: phone.key.kid, reason: 'lost' }),
    'not_allowed',
  );
  await phone.post('device.revoke', { kid: phone.key.kid, reason: 'retired' });
  assert.equal((await phone.session.end()).code, 4403);
});

test('the token of welcome opens the preview and dies with its key', async () => {
  const phone = await world.device('polres', polres.member, { admin });
  const s = await phone.connect();
  const ask = (token) =>
    fetch(`${world.hub.url}/v1/readers?to=kpu&tlp=amber`, {
      headers: { authorization: `Bearer ${token}` },
    });
  const reply = await ask(s.welcome.token);
  assert.equal(reply.status, 200);
  const { readers } = await reply.json();
  assert.ok(readers.some((r) => r.agency === 'polres' && r.member === polres.member));
  assert.equal((await ask(s.welcome.token.slice(0, -4) + 'AAAA')).status, 401);
  assert.equal((await ask('')).status, 401);
  await admin.post('device.revoke', { kid: phone.key.kid, reason: 'retired' });
  assert.equal((await ask(s.welcome.token)).status, 401);
});
