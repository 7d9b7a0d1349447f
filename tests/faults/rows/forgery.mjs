// 10: strings that must not get in: replayed, reworded, of a revoked key, of another time.  Each is
// refused under its own code, which the hub counts, while an honest load goes on.
import assert from 'node:assert/strict';
import { newKey, parseJws, signJws, TYP, uuid7, b64u } from '../../flow/lib/jose.mjs';
import { sleep } from '../../flow/lib/wait.mjs';

const HOUR = 3600_000;

const tamper = (jws, i) => {
  const parts = jws.split('.').map((p) => Buffer.from(p, 'base64url'));
  parts[i][parts[i].length >> 1] ^= 4;
  return parts.map(b64u).join('.');
};

/** name -> [codes, the string]; `m` is what they are made of. */
const CASES = {
  'a flipped bit of the signature': async (m) => [['bad_signature'], tamper(m.fresh.jws, 2)],
  'reworded claims under the old signature': async (m) => {
    const [h, , s] = m.fresh.jws.split('.');
    const claims = { ...m.fresh.claims, body: 'lain' };
    return [['bad_signature'], [h, b64u(JSON.stringify(claims)), s].join('.')];
  },
  'the same jti for another record': async (m) => {
    const claims = { ...m.stored.claims, body: 'lain' };
    return [['id_conflict'], await signJws(m.kpu.key, TYP.record, claims)];
  },
  'a key that is not enrolled': async (m) => {
    const signed = await m.kpu.sign('incident.note', m.about, { key: await newKey() });
    return [['unknown_key'], signed.jws];
  },
  'a key that is revoked': async (m) => [
    ['revoked_key'],
    (await m.revoked.sign('incident.note', m.about)).jws,
  ],
  'a time ahead of ours': async (m) => {
    const signed = await m.kpu.sign('incident.note', { ...m.about, iat: Date.now() + 180_000 });
    return [['clock_ahead'], signed.jws];
  },
  'a time long past': async (m) => {
    const signed = await m.kpu.sign('incident.note', { ...m.about, iat: Date.now() - 80 * HOUR });
    return [['too_old'], signed.jws];
  },
  'another ledger': async (m) => {
    const signed = await m.kpu.sign('incident.note', { ...m.about, aud: 'posko.other/ledger' });
    return [['bad_claim'], signed.jws];
  },
  'the name of another agency': async (m) => {
    const signed = await m.kpu.sign('response.ack', { inc: m.about.inc, iss: 'polres', act: 'piket' });
    return [['not_allowed', 'bad_claim'], signed.jws];
  },
  'an agency that was not asked': async (m) => [
    ['not_found', 'not_allowed'],
    (await m.bawaslu.sign('response.ack', { inc: m.about.inc })).jws,
  ],
  'a log-in as a record': async (m) => {
    const claims = { v: 1, aud: m.kpu.world.aud, nonce: uuid7(), iat: Date.now(), host: 'x' };
    return [['bad_header', 'bad_claim', 'unknown_field'], await signJws(m.kpu.key, TYP.auth, claims)];
  },
  'another algorithm in the header': async (m) => [
    ['bad_header', 'bad_signature'],
    (await m.kpu.sign('incident.note', m.about, { alg: 'none' })).jws,
  ],
};

async function refusals(hub) {
  const text = await hub.metrics();
  const lines = text.matchAll(/^posko_refused_total\{code="([^"]+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, code, n]) => [code, Number(n)]));
}

export async function forge(run) {
  const world = await run.world({ hubs: 2 });
  const load = await run.load(world);
  const polresAdmin = await world.who('polres', 'admin');
  const revoked = await world.device('polres', 'piket', { admin: polresAdmin });
  await polresAdmin.post('device.revoke', { kid: revoked.key.kid, reason: 'lost' });
  const [kpu, bawaslu] = [await world.who('kpu', 'duty'), await world.who('bawaslu', 'duty')];
  const opening = { cat: 'other.other', sev: 'severe', title: 'Ditiru', to: ['polres'] };
  const report = await kpu.post('incident.report', opening);
  const about = { inc: report.jti, body: 'catatan' };
  const stored = await kpu.post('incident.note', about);
  for (let round = 0; round < run.size(10, 3); round++) {
    for (const [how, make] of Object.entries(CASES)) {
      const fresh = await kpu.sign('incident.note', about);
      const [codes, jws] = await make({ kpu, bawaslu, revoked, about, stored, fresh });
      const hub = world.hubs[round % 2];
      const before = await refusals(hub);
      const answer = await kpu.over(jws, hub);
      assert.ok(codes.includes(answer.code), `${how}: ${answer.status} ${answer.code}`);
      const after = await refusals(hub);
      assert.ok(after[answer.code] > (before[answer.code] ?? 0), `${how}: ${answer.code} is counted`);
      const jti = parseJws(jws).claims.jti === stored.jti ? undefined : parseJws(jws).claims.jti;
      load.forger.forged.push({ how, jws, jti });
    }
    await sleep(run.between(50, 150));
    const again = await bawaslu.over(stored.jws, world.hubs[round % 2]); // another's, word for word
    assert.ok(again.seq === stored.seq || again.code, 'a replay is no second record');
    const twice = await kpu.over(stored.jws, world.hubs[(round + 1) % 2]);
    assert.equal(twice.seq, stored.seq, 'the author hears the same place again');
  }
  run.say(`${Object.keys(CASES).length} forgeries, each refused under its own code`);
  await run.check(load);
}
