// An empty office (DEMO=0): a host, one admin, and nobody else.  With admin records alone the others
// come in, each by his own admin, and then the story works.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, newSecret } from './lib/world.mjs';
import { Person } from './lib/person.mjs';
import { claimsOf } from './lib/view.mjs';
import { newKey, sha256hex } from './lib/jose.mjs';
import { ledger, checkOrder } from './lib/checker.mjs';

let world, admin, host, polresAdmin, kpuDuty, polresDuty, source, desk;

before(async () => {
  world = await World.create({ genesis: 'office' });
});
after(() => world?.stop());

async function invite(by, agency, member, name, roles) {
  await by.post('member.put', { agency, member, name, roles });
  const secret = newSecret();
  await by.post('device.invite', {
    agency,
    member,
    hash: sha256hex(secret),
    until: Date.now() + 3600_000,
  });
  return world.enrolSecret(secret, { roles });
}

test('genesis holds the host, one admin, the default policy and the categories; his link is printed', async () => {
  const [first] = world.demo.members;
  assert.equal(world.demo.members.length, 1);
  assert.deepEqual(first.roles, ['admin']);
  const link = new URL(first.link);
  assert.equal(link.hash, `#enrol=${first.secret}.${world.hubKid}`);
  assert.match(first.secret, /^[0-9A-HJKMNP-TV-Z]{26}$/);
  const printed = [...world.hub.printed, ...world.hub.logs.map((l) => JSON.stringify(l))].join(
    '\n',
  );
  assert.ok(printed.includes(link.hash), 'the link is told where the hub was started');
  admin = await world.enrolSecret(first.secret, { roles: first.roles });
  host = admin.agency;
  const s = await admin.connect({ follow: true });
  assert.deepEqual([s.view.agency.size, s.view.member.size, s.view.ticket.size], [1, 1, 0]);
  assert.ok(s.view.policy.has('default'));
  assert.equal(s.view.category.size, 44);
  await s.close();
});

test("a second agency gets its admin from the host's admin, and only until it has one", async () => {
  await admin.post('agency.put', { agency: 'polisi', name: 'Polres', agency_kind: 'police' });
  polresAdmin = await invite(admin, 'polisi', 'admin-polisi', 'Admin Polres', ['admin']);
  const claims = { agency: 'polisi', member: 'tamu', name: 'Tamu', roles: ['duty'] };
  assert.equal(await admin.refusal('member.put', claims), 'not_allowed', 'now it has its own');
});

test("he gets his officers in, and a source; the host's admin his", async () => {
  polresDuty = await invite(polresAdmin, 'polisi', 'piket-polisi', 'Piket', ['duty']);
  kpuDuty = await invite(admin, host, 'piket-kami', 'Piket', ['duty', 'coordinator']);
  const key = await newKey();
  await polresAdmin.post('source.put', {
    agency: 'polisi',
    source: 'kamera-1',
    name: 'Kamera 1',
    jwk: key.jwk,
  });
  source = new Person(world, { agency: 'polisi', member: 'kamera-1', roles: [], key });
  assert.equal(
    await polresDuty.refusal('member.put', {
      agency: 'polisi',
      member: 'x',
      name: 'X',
      roles: ['duty'],
    }),
    'not_allowed',
  );
  assert.equal(
    await polresAdmin.refusal('member.put', {
      agency: host,
      member: 'x',
      name: 'X',
      roles: ['duty'],
    }),
    'not_allowed',
  );
});

test('and the story works: report, ack, accept, done, resolve, close', async () => {
  desk = await polresDuty.connect({ follow: true });
  const opened = await kpuDuty.post('incident.report', {
    cat: 'physical.crowd',
    sev: 'extreme',
    title: 'Massa',
    to: ['polisi'],
  });
  const m = await desk.wait((x) => x.op === 'record' && x.seq === opened.seq);
  assert.equal(
    m.ticket.owed.find((o) => o.what === 'ack').due,
    opened.at + 60_000,
    'the default policy: extreme, 60 s',
  );
  const inc = opened.jti;
  for (const kind of ['response.ack', 'response.accept', 'response.onscene', 'response.done'])
    await polresDuty.post(kind, { inc });
  await kpuDuty.post('incident.resolve', { inc, note: 'aman' });
  const closed = await kpuDuty.post('incident.close', { inc, disposition: 'handled' });
  const end = await desk.wait((x) => x.op === 'record' && x.seq === closed.seq);
  assert.equal(end.ticket.state, 'closed');
});

test('its source raises an alert that its officers see', async () => {
  const raised = await source.post('alert.raise', {
    cat: 'physical.camera',
    title: 'Kamera gelap',
    key: 'kamera-1',
  });
  const m = await desk.wait((x) => x.op === 'record' && x.seq === raised.seq);
  assert.deepEqual([m.ticket.lead, m.ticket.count], ['polisi', 1]);
});

test('the genesis is signed by the hub, and is never made again', async () => {
  const rows = await ledger(world);
  checkOrder(rows);
  assert.equal(rows[0].kind, 'hub.key');
  const before = rows.length;
  await world.hub.stop();
  await world.hub.start();
  const after_ = await ledger(world);
  assert.equal(after_.length, before);
  const s = await kpuDuty.connect({ follow: { after: 0 } });
  await s.view.verify();
  assert.ok([...s.view.records.values()].some((x) => claimsOf(x).kind === 'device.enrol'));
  await s.close();
});
