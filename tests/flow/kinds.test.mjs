// Every kind once: what it makes of the ticket or the directory, as shown to one who reads all, and
// one thing for which it is refused.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm, rows, newSecret } from './lib/world.mjs';
import { claimsOf } from './lib/view.mjs';
import { newKey, sha256hex } from './lib/jose.mjs';
import { until } from './lib/wait.mjs';

let world, kpu, coordinator, polres, pemkot, bpbd, csirt, host, source, desk;
const done = new Set(); // kinds that this file has seen stored

before(async () => {
  world = await World.create();
  await world.policy(calm());
  [kpu, coordinator, polres, pemkot, bpbd, csirt, host] = await Promise.all([
    world.who('kpu', 'duty'),
    world.who('kpu', 'coordinator'),
    world.who('polres', 'duty'),
    world.who('pemkot', 'duty'),
    world.who('bpbd', 'duty'),
    world.who('csirt', 'duty'),
    world.who('kpu', 'admin'),
  ]);
  source = await world.source();
  desk = await coordinator.connect({ follow: true });
});
after(() => world?.stop());

/** Posts, waits until the desk is shown it, and returns the ticket as it is then. */
async function say(who, kind, claims) {
  const posted = await who.post(kind, claims);
  const m = await desk.wait((x) => x.op === 'record' && x.seq === posted.seq, { what: kind });
  assert.equal(m.at, posted.at);
  done.add(kind);
  return { ...posted, ticket: m.ticket };
}

/** The directory's state after a put. */
async function state(name, id, seq) {
  return until(`state ${name} ${id} of ${seq}`, () => {
    const held = desk.view[name].get(id);
    return held && held.seq >= seq && held.value;
  });
}

const report = (to, extra = {}) =>
  say(kpu, 'incident.report', { cat: 'physical.crowd', sev: 'severe', title: 'Uji', to, ...extra });
const answer = (ticket, agency) => ticket.agencies?.find((a) => a.id === agency);
const debts = (ticket, agency) =>
  (ticket.owed ?? [])
    .filter((o) => o.agency === agency)
    .map((o) => o.what)
    .sort();
const refuse = async (who, kind, claims, code) =>
  assert.equal(await who.refusal(kind, claims), code, kind);

test('incident.report opens a ticket: the lead owes resolve, each addressed agency ack', async () => {
  const place =
    [...desk.view.place.keys()].find((id) => id.includes('gudang')) ??
    [...desk.view.place.keys()][0];
  const r = await report(['polres', 'pemkot'], {
    place,
    ask: ['guard'],
    tlp: 'green',
    evt: Date.now() - 60_000,
  });
  const t = r.ticket;
  assert.equal(t.id, r.jti);
  assert.equal(t.opened, r.at);
  assert.deepEqual(
    [t.by, t.author, t.lead, t.state, t.status],
    ['kpu', kpu.name, 'kpu', 'open', 'actual'],
  );
  assert.deepEqual(
    [t.cat, t.sev, t.tlp, t.title, t.place],
    ['physical.crowd', 'severe', 'green', 'Uji', place],
  );
  assert.deepEqual([t.n, t.seq, t.offered, t.into], [1, r.seq, undefined, undefined]);
  assert.deepEqual(t.agencies.map((a) => [a.id, a.state]).sort(), [
    ['pemkot', 'offered'],
    ['polres', 'offered'],
  ]);
  assert.deepEqual(
    [debts(t, 'kpu'), debts(t, 'polres'), debts(t, 'pemkot')],
    [['resolve'], ['ack'], ['ack']],
  );
  for (const o of t.owed)
    assert.deepEqual(
      [o.since, o.due, o.next, o.step],
      [r.seq, r.at + 3000_000, r.at + 3000_000, 0],
    );
  const second = await report(['polres'], { sev: undefined });
  assert.equal(second.ticket.no, t.no + 1, 'a short number, counted');
  assert.equal(second.ticket.sev, 'severe', 'the severity of its category');
  assert.equal(second.ticket.tlp, 'amber');
  await refuse(
    await world.who('kpu', 'admin'),
    'incident.report',
    { cat: 'other.other', title: 'x', to: ['polres'] },
    'not_allowed',
  );
});

test("response.ack, accept, enroute, onscene, done: one agency's way, and its debts", async () => {
  const { jti: inc } = await report(['polres', 'pemkot']);
  let r = await say(polres, 'response.ack', { inc });
  assert.deepEqual(
    [answer(r.ticket, 'polres').state, debts(r.ticket, 'polres')],
    ['acked', ['accept']],
  );
  assert.deepEqual(debts(r.ticket, 'pemkot'), ['ack'], "nobody's ack silences another's");
  const eta = r.at + 600_000;
  r = await say(polres, 'response.accept', { inc, eta });
  assert.deepEqual(
    [answer(r.ticket, 'polres').state, answer(r.ticket, 'polres').eta],
    ['accepted', eta],
  );
  assert.deepEqual(debts(r.ticket, 'polres'), ['arrive', 'update']);
  assert.equal(r.ticket.owed.find((o) => o.what === 'arrive').due, eta + 300_000);
  r = await say(polres, 'response.enroute', { inc, note: 'berangkat', eta: eta + 60_000 });
  assert.equal(answer(r.ticket, 'polres').state, 'enroute');
  assert.equal(r.ticket.owed.find((o) => o.what === 'arrive').due, eta + 360_000, 'moved');
  r = await say(polres, 'response.accept', { inc, eta: eta + 90_000 });
  assert.deepEqual(
    [answer(r.ticket, 'polres').state, answer(r.ticket, 'polres').eta],
    ['enroute', eta + 90_000],
  );
  r = await say(polres, 'response.onscene', { inc });
  assert.deepEqual(
    [answer(r.ticket, 'polres').state, debts(r.ticket, 'polres')],
    ['onscene', ['update']],
  );
  const same = await say(polres, 'response.onscene', { inc });
  assert.equal(same.ticket.n, r.ticket.n + 1, 'a move to where one is, is stored');
  r = await say(polres, 'response.done', { inc, note: 'selesai' });
  assert.deepEqual([answer(r.ticket, 'polres').state, debts(r.ticket, 'polres')], ['done', []]);
  await refuse(polres, 'response.ack', { inc }, 'conflict');
  await refuse(polres, 'response.decline', { inc, reason: 'x' }, 'conflict');
  await refuse(bpbd, 'response.accept', { inc }, 'not_found');
  await refuse(pemkot, 'response.accept', { inc, eta: Date.now() + 25 * 3600_000 }, 'bad_claim');
});

test('response.accept of the lead joins it to the agencies', async () => {
  const { jti: inc } = await report(['polres']);
  const r = await say(kpu, 'response.accept', { inc });
  assert.equal(answer(r.ticket, 'kpu').state, 'accepted');
  assert.ok(debts(r.ticket, 'kpu').includes('update'));
});

test('response.decline makes the lead owe reassign, and share meets it', async () => {
  const { jti: inc } = await report(['polres']);
  let r = await say(polres, 'response.decline', { inc, reason: 'semua regu di tempat lain' });
  assert.equal(answer(r.ticket, 'polres').state, 'declined');
  const owed = r.ticket.owed.find((o) => o.what === 'reassign');
  assert.deepEqual([owed.agency, owed.about], ['kpu', 'polres']);
  await refuse(polres, 'response.enroute', { inc }, 'conflict');
  r = await say(kpu, 'incident.share', { inc, to: ['bpbd'], reason: 'pengganti' });
  assert.ok(!debts(r.ticket, 'kpu').includes('reassign'));
  assert.equal(answer(r.ticket, 'bpbd').state, 'offered');
  r = await say(kpu, 'incident.share', { inc, to: ['polres'] });
  assert.equal(answer(r.ticket, 'polres').state, 'offered', 'a declined agency is offered again');
  await refuse(polres, 'incident.share', { inc, to: ['csirt'] }, 'not_allowed');
});

test('incident.note starts the update clock anew, a promise replaces it', async () => {
  const { jti: inc } = await report(['polres']);
  const accepted = await say(polres, 'response.accept', { inc });
  const due = (t) => t.owed.find((o) => o.agency === 'polres' && o.what === 'update');
  assert.equal(due(accepted.ticket).due, accepted.at + 3000_000);
  const note = await say(polres, 'incident.note', { inc, body: 'baris satu\nbaris dua' });
  assert.deepEqual([due(note.ticket).due, due(note.ticket).since], [note.at + 3000_000, note.seq]);
  const next = note.at + 900_000;
  const promised = await say(polres, 'incident.note', { inc, body: 'kabar 15 menit lagi', next });
  assert.equal(due(promised.ticket).due, next);
  await refuse(
    polres,
    'incident.note',
    { inc, body: 'x', next: note.at + 3 * 3000_000 },
    'bad_claim',
  );
  await refuse(csirt, 'incident.note', { inc, body: 'x' }, 'not_found');
});

test('incident.change: category, severity, title, place, tlp, veracity; a rise makes clocks shorter', async () => {
  const short = { within: 600 };
  await host.post('policy.put', {
    policy: 'default',
    rows: calm().map((row) =>
      row.sev === 'extreme' && row.what === 'ack' ? { ...row, ...short } : row,
    ),
  });
  const opened = await report(['polres'], { sev: 'minor' });
  const inc = opened.jti;
  let r = await say(kpu, 'incident.change', {
    inc,
    cat: 'physical.clash',
    title: 'Bentrokan',
    veracity: 'confirmed',
    lat: 14400000,
    lon: 1251000000,
  });
  assert.deepEqual(
    [r.ticket.cat, r.ticket.title, r.ticket.veracity],
    ['physical.clash', 'Bentrokan', 'confirmed'],
  );
  r = await say(kpu, 'incident.change', { inc, sev: 'extreme' });
  assert.equal(r.ticket.sev, 'extreme');
  assert.equal(
    r.ticket.owed.find((o) => o.what === 'ack').due,
    r.at + 600_000,
    'min(due, at + within(new))',
  );
  const raised = r.ticket.owed.find((o) => o.what === 'ack').due;
  r = await say(kpu, 'incident.change', { inc, sev: 'minor' });
  assert.equal(r.ticket.owed.find((o) => o.what === 'ack').due, raised, 'lowered: open debts stay');
  await refuse(kpu, 'incident.change', { inc }, 'bad_claim');
  await refuse(polres, 'incident.change', { inc, sev: 'minor' }, 'not_allowed');
  await host.post('policy.put', { policy: 'default', rows: calm() });
});

test('incident.offer and take hand the lead and its debts over; decline refuses the offer', async () => {
  const { jti: inc } = await report(['polres']);
  let r = await say(kpu, 'incident.offer', { inc, agency: 'polres', reason: 'pidana' });
  assert.equal(r.ticket.offered, 'polres');
  assert.deepEqual(debts(r.ticket, 'polres'), ['ack', 'take']);
  r = await say(polres, 'response.decline', { inc, reason: 'bukan pidana' });
  assert.deepEqual(
    [r.ticket.offered, answer(r.ticket, 'polres').state],
    [undefined, 'offered'],
    'the offer and nothing else',
  );
  await refuse(polres, 'incident.take', { inc }, 'conflict');
  await say(kpu, 'incident.offer', { inc, agency: 'pemkot' });
  await refuse(polres, 'incident.take', { inc }, 'not_allowed');
  r = await say(kpu, 'incident.offer', { inc, agency: 'polres' });
  assert.deepEqual(
    [r.ticket.offered, debts(r.ticket, 'pemkot')],
    ['polres', []],
    'a new offer replaces',
  );
  r = await say(polres, 'incident.take', { inc });
  assert.deepEqual([r.ticket.lead, r.ticket.offered], ['polres', undefined]);
  assert.equal(answer(r.ticket, 'polres').state, 'accepted', 'take from offered counts as accept');
  assert.ok(debts(r.ticket, 'polres').includes('resolve'));
  assert.deepEqual(debts(r.ticket, 'kpu'), []);
  await refuse(kpu, 'incident.resolve', { inc, note: 'x' }, 'not_allowed');
});

test("incident.escalate fires that obligation's next step now", async () => {
  const opened = await report(['polres']);
  const inc = opened.jti;
  const r = await say(kpu, 'incident.escalate', {
    inc,
    agency: 'polres',
    what: 'ack',
    reason: 'mendesak',
  });
  const lapse = await desk.wait(
    (m) => m.op === 'record' && claimsOf(m).kind === 'clock.lapse' && claimsOf(m).inc === inc,
  );
  done.add('clock.lapse');
  const c = claimsOf(lapse);
  assert.deepEqual(
    [c.agency, c.what, c.since, c.step, c.due, c.late_ms],
    ['polres', 'ack', opened.seq, 1, r.at, 0],
  );
  assert.deepEqual(c.told, [polres.name]);
  assert.equal(lapse.at, r.at, 'in the same turn');
  await refuse(
    kpu,
    'incident.escalate',
    { inc, agency: 'polres', what: 'take', reason: 'x' },
    'conflict',
  );
});

test('incident.merge: one ticket remains, with the stricter tlp and the higher severity', async () => {
  const a = await report(['polres', 'bpbd'], { sev: 'extreme', tlp: 'amber+strict' });
  const b = await report(['polres', 'pemkot'], { sev: 'minor', tlp: 'green' });
  await say(polres, 'response.ack', { inc: a.jti });
  const r = await say(kpu, 'incident.merge', { inc: a.jti, into: b.jti, reason: 'sama' });
  const t = r.ticket;
  assert.deepEqual(
    [t.id, t.sev, t.tlp, t.lead, t.state],
    [b.jti, 'extreme', 'amber+strict', 'kpu', 'open'],
  );
  assert.deepEqual(t.agencies.map((x) => x.id).sort(), ['bpbd', 'pemkot', 'polres']);
  assert.equal(answer(t, 'polres').state, 'offered', "in both: B's");
  assert.deepEqual([debts(t, 'bpbd'), debts(t, 'kpu')], [['ack'], ['resolve']]);
  await until('A is merged', () => desk.view.ticketOf(a.jti)?.state === 'merged');
  assert.equal(desk.view.ticketOf(a.jti).into, b.jti);
  const later = await say(bpbd, 'response.ack', { inc: a.jti });
  assert.deepEqual(
    [later.ticket.id, answer(later.ticket, 'bpbd').state],
    [b.jti, 'acked'],
    'a record that names A is decided on B',
  );
  await refuse(kpu, 'incident.merge', { inc: b.jti, into: b.jti }, 'bad_claim');
  await refuse(polres, 'incident.merge', { inc: b.jti, into: a.jti }, 'not_allowed');
});

test('incident.resolve, reopen, close', async () => {
  const { jti: inc } = await report(['polres', 'pemkot']);
  await say(polres, 'response.accept', { inc });
  await refuse(kpu, 'incident.close', { inc, disposition: 'handled' }, 'conflict');
  let r = await say(kpu, 'incident.resolve', { inc, note: 'aman' });
  assert.equal(r.ticket.state, 'resolved');
  assert.deepEqual(
    r.ticket.owed.map((o) => [o.agency, o.what]),
    [['kpu', 'close']],
  );
  r = await say(pemkot, 'response.ack', { inc });
  assert.deepEqual(
    [answer(r.ticket, 'pemkot').state, debts(r.ticket, 'pemkot')],
    ['acked', []],
    'stored, and makes no debt',
  );
  await refuse(kpu, 'incident.share', { inc, to: ['bpbd'] }, 'conflict');
  r = await say(polres, 'incident.reopen', { inc, reason: 'kembali ramai' });
  assert.equal(r.ticket.state, 'open');
  assert.deepEqual(
    r.ticket.agencies.map((a) => a.state),
    ['offered', 'offered'],
  );
  assert.deepEqual([debts(r.ticket, 'polres'), debts(r.ticket, 'kpu')], [['ack'], ['resolve']]);
  await say(kpu, 'incident.resolve', { inc, note: 'aman lagi' });
  r = await say(kpu, 'incident.close', { inc, disposition: 'handled', note: 'tamat' });
  assert.equal(r.ticket.state, 'closed');
  assert.deepEqual(r.ticket.owed ?? [], []);
  r = await say(polres, 'incident.note', { inc, body: 'catatan akhir' });
  assert.equal(r.ticket.state, 'closed', 'notes may follow');
  r = await say(kpu, 'incident.reopen', { inc, reason: 'belum tamat' });
  assert.equal(r.ticket.state, 'open', 'within 24 h of the close');
});

test('alert.raise counts on one ticket, alert.clear says so, people close', async () => {
  const one = await say(source, 'alert.raise', {
    cat: 'physical.camera',
    title: 'Kamera gelap',
    key: 'kamera 3: \u00e9/ \u{1F4F7}',
    sev: 'minor',
  });
  assert.deepEqual(
    [one.ticket.count, one.ticket.last, one.ticket.lead, one.ticket.by],
    [1, one.at, 'kpu', 'kpu'],
  );
  const key = one.claims.key;
  const two = await say(source, 'alert.raise', {
    cat: 'physical.camera',
    title: 'Lain',
    key,
    sev: 'extreme',
    count: 4,
  });
  assert.deepEqual(
    [two.ticket.id, two.ticket.count, two.ticket.title, two.ticket.sev],
    [one.jti, 5, 'Kamera gelap', 'minor'],
  );
  let r = await say(source, 'alert.clear', { key });
  assert.deepEqual([r.ticket.clear, r.ticket.state], [true, 'open']);
  r = await say(source, 'alert.raise', { cat: 'physical.camera', title: 'x', key });
  assert.deepEqual([r.ticket.clear, r.ticket.count], [false, 6]);
  await say(kpu, 'incident.resolve', { inc: one.jti, note: 'x' });
  r = await say(source, 'alert.raise', { cat: 'physical.camera', title: 'x', key });
  assert.deepEqual([r.ticket.id, r.ticket.state], [one.jti, 'open'], 'resolved: opens it again');
  await say(kpu, 'incident.close', { inc: one.jti, disposition: 'false_alarm' });
  r = await say(source, 'alert.raise', { cat: 'physical.camera', title: 'Baru', key });
  assert.notEqual(r.ticket.id, one.jti, 'closed: a new one');
  await refuse(source, 'alert.clear', { key: 'never raised' }, 'not_found');
  await refuse(
    source,
    'alert.raise',
    { cat: 'physical.camera', title: 'x', key, count: 0 },
    'bad_claim',
  );
});

test('duty.start and duty.end', async () => {
  const untilMs = Date.now() + 3600_000;
  const r = await say(polres, 'duty.start', { until: untilMs });
  const held = await state('duty', polres.name, r.seq);
  assert.deepEqual([held.since, held.until], [r.at, untilMs]);
  const end = await say(polres, 'duty.end', {});
  assert.equal((await state('duty', polres.name, end.seq)).until, end.at);
  await refuse(polres, 'duty.start', { until: Date.now() + 25 * 3600_000 }, 'bad_claim');
  await refuse(host, 'duty.start', { until: untilMs }, 'not_allowed');
});

test('agency.put, category.put, place.put: the directory as its last put made it', async () => {
  const agencies = {
    agency: 'satpol',
    name: 'Satpol PP',
    agency_kind: 'government',
    superior: 'pemkot',
    phones: ['112'],
  };
  let r = await say(host, 'agency.put', agencies);
  const a = await state('agency', 'satpol', r.seq);
  assert.deepEqual(
    [a.name, a.kind, a.superior, a.phones, a.host, a.active],
    ['Satpol PP', 'government', 'pemkot', ['112'], false, true],
  );
  r = await say(host, 'category.put', {
    cat: 'uji.baru',
    id: 'Baru',
    en: 'New',
    sev: 'minor',
    kinds: ['police'],
    ask: ['guard'],
  });
  const c = await state('category', 'uji.baru', r.seq);
  assert.deepEqual([c.en, c.sev, c.kinds, c.ask], ['New', 'minor', ['police'], ['guard']]);
  r = await say(host, 'category.put', {
    cat: 'uji.baru',
    id: 'Baru',
    en: 'New',
    sev: 'minor',
    kinds: [],
    active: false,
  });
  assert.equal((await state('category', 'uji.baru', r.seq)).active, false);
  await refuse(
    kpu,
    'incident.report',
    { cat: 'uji.baru', title: 'x', to: ['polres'] },
    'bad_claim',
  );
  const kota = [...desk.view.place.values()].find(({ value }) => value.kind === 'kota').value;
  r = await say(host, 'place.put', {
    place: 'bitung.uji.tps001',
    name: 'TPS 1',
    place_kind: 'tps',
    in: kota.id ?? kota.place,
    tier: 'rawan',
    lat: 14400000,
    lon: 1251000000,
  });
  const p = await state('place', 'bitung.uji.tps001', r.seq);
  assert.deepEqual(
    [p.name, p.kind, p.tier, p.lat, p.lon],
    ['TPS 1', 'tps', 'rawan', 14400000, 1251000000],
  );
  await refuse(host, 'place.put', { place: 'x', name: 'X', place_kind: 'galaxy' }, 'bad_claim');
  await refuse(
    host,
    'agency.put',
    { agency: 'hub', name: 'X', agency_kind: 'police' },
    'bad_claim',
  );
  await refuse(
    kpu,
    'category.put',
    { cat: 'uji.lagi', id: 'x', en: 'x', sev: 'minor', kinds: [] },
    'not_allowed',
  );
});

test('policy.put and rule.put: a rule chooses whom an alert addresses and the policy of its ticket', async () => {
  const quick = rows({
    ack: { within: 77 },
    accept: { within: 78 },
    update: { within: 79 },
    resolve: { within: 80 },
  });
  let r = await say(host, 'policy.put', { policy: 'cepat', rows: quick });
  await state('policy', 'cepat', r.seq);
  r = await say(host, 'rule.put', {
    rules: [{ cat: 'cyber.ddos', to: ['bpbd'], policy: 'cepat' }, { to: ['polres'] }],
  });
  assert.equal((await state('rules', 'rules', r.seq)).length, 2);
  const alert = await say(source, 'alert.raise', {
    cat: 'cyber.ddos',
    title: 'banjir',
    key: 'aturan',
  });
  assert.deepEqual(
    alert.ticket.agencies.map((a) => a.id),
    ['bpbd'],
  );
  assert.equal(alert.ticket.owed.find((o) => o.what === 'ack').due, alert.at + 77_000);
  const other = await say(source, 'alert.raise', {
    cat: 'cyber.scan',
    title: 'pindai',
    key: 'aturan 2',
  });
  assert.deepEqual(
    other.ticket.agencies.map((a) => a.id),
    ['polres'],
  );
  await say(host, 'rule.put', { rules: [] });
  const byKind = await say(source, 'alert.raise', {
    cat: 'cyber.ddos',
    title: 'banjir',
    key: 'tanpa aturan',
  });
  assert.deepEqual(
    byKind.ticket.agencies.map((a) => a.id),
    ['csirt'],
    "all agencies of the category's kinds",
  );
  await refuse(host, 'policy.put', { policy: 'default', rows: quick.slice(1) }, 'bad_claim');
  await refuse(
    host,
    'policy.put',
    { policy: 'x', rows: [{ ...quick[0], repeat: 0 }] },
    'bad_claim',
  );
  await refuse(polres, 'rule.put', { rules: [] }, 'not_allowed');
});

test('member.put, device.invite, device.enrol, device.revoke', async () => {
  const polresAdmin = await world.who('polres', 'admin');
  let r = await say(polresAdmin, 'member.put', {
    agency: 'polres',
    member: 'briptu-uji',
    name: 'Briptu Uji',
    roles: ['reporter', 'duty'],
    phones: ['0812'],
  });
  const m = await state('member', 'polres/briptu-uji', r.seq);
  assert.deepEqual(
    [m.name, [...m.roles].sort(), m.active],
    ['Briptu Uji', ['duty', 'reporter'], true],
  );
  const secret = newSecret();
  const invite = await polresAdmin.post('device.invite', {
    agency: 'polres',
    member: 'briptu-uji',
    hash: sha256hex(secret),
    until: Date.now() + 60_000,
  });
  done.add('device.invite');
  const phone = await world.enrolSecret(secret);
  const enrolled = await desk.wait(
    (x) =>
      x.op === 'record' && claimsOf(x).kind === 'device.enrol' && claimsOf(x).kid === phone.key.kid,
  );
  done.add('device.enrol');
  assert.deepEqual(
    [claimsOf(enrolled).invite, claimsOf(enrolled).member],
    [invite.jti, 'briptu-uji'],
  );
  const device = await state('device', phone.key.kid, enrolled.seq);
  assert.equal(device.from, enrolled.seq);
  r = await say(polresAdmin, 'device.revoke', { kid: phone.key.kid, reason: 'lost' });
  assert.equal((await state('device', phone.key.kid, r.seq)).until, r.seq);
  await refuse(polresAdmin, 'device.revoke', { kid: 'A'.repeat(43), reason: 'lost' }, 'not_found');
  await refuse(
    polresAdmin,
    'device.invite',
    { agency: 'polres', member: 'nobody', hash: sha256hex('x'), until: Date.now() + 60_000 },
    'bad_claim',
  );
  await refuse(
    polresAdmin,
    'device.invite',
    {
      agency: 'polres',
      member: 'briptu-uji',
      hash: sha256hex('x'),
      until: Date.now() + 8 * 86_400_000,
    },
    'bad_claim',
  );
  await refuse(
    polresAdmin,
    'member.put',
    { agency: 'polres', member: 'briptu-uji', name: 'X', roles: ['king'] },
    'bad_claim',
  );
});

test('source.put: a machine gets a key, its categories bind it, a new key revokes the old', async () => {
  const machine = await world.addSource('kpu', 'detektor-1', {
    cats: ['cyber.ddos', 'cyber.scan'],
  });
  done.add('source.put');
  const r = await say(machine, 'alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'k' });
  const s = await state('source', 'kpu/detektor-1', 0);
  assert.deepEqual([...s.cats].sort(), ['cyber.ddos', 'cyber.scan']);
  assert.equal(r.ticket.by, 'kpu');
  await refuse(
    machine,
    'alert.raise',
    { cat: 'physical.fire', title: 'x', key: 'k' },
    'not_allowed',
  );
  const key = await newKey();
  await say(host, 'source.put', {
    agency: 'kpu',
    source: 'detektor-1',
    name: 'Detektor',
    jwk: key.jwk,
    cats: ['cyber.ddos'],
  });
  await until(
    'the old key is revoked',
    async () =>
      (
        await machine.over(
          (await machine.sign('alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'k' })).jws,
        )
      ).code === 'revoked_key',
  );
  machine.key = key;
  machine.session = undefined;
  assert.equal(
    (await say(machine, 'alert.raise', { cat: 'cyber.ddos', title: 'x', key: 'k' })).ticket.count,
    2,
  );
  await refuse(host, 'source.put', { agency: 'kpu', source: 'detektor-2', name: 'X' }, 'bad_claim');
  await refuse(
    host,
    'source.put',
    { agency: 'kpu', source: kpu.member, name: 'X', jwk: (await newKey()).jwk },
    'conflict',
  );
});

test('an exercise counts apart, and its records say so', async () => {
  const real = await report(['polres']);
  const drill = await say(coordinator, 'incident.report', {
    cat: 'other.other',
    title: 'Latihan',
    to: ['polres'],
    status: 'exercise',
  });
  assert.equal(drill.ticket.status, 'exercise');
  assert.notEqual(drill.ticket.no, real.ticket.no + 1);
  await refuse(polres, 'response.ack', { inc: drill.jti }, 'bad_claim');
  await say(polres, 'response.ack', { inc: drill.jti, status: 'exercise' });
  await refuse(coordinator, 'incident.merge', { inc: real.jti, into: drill.jti }, 'bad_claim');
  await say(coordinator, 'incident.close', {
    inc: drill.jti,
    disposition: 'exercise_end',
    status: 'exercise',
  });
});

test('every kind was stored here, and every signature holds', async () => {
  const first = (await world.sql('SELECT jws FROM ledger WHERE seq = 1'))[0];
  const hubKey = claimsOf(first);
  assert.deepEqual(
    [hubKey.kind, hubKey.iss, hubKey.act, hubKey.kid, hubKey.host],
    ['hub.key', 'hub', 'hub', world.hubKid, 'kpu'],
  );
  done.add('hub.key');
  const stored = await world.sql('SELECT DISTINCT kind FROM ledger');
  const kinds = stored.map((row) => row.kind);
  const all =
    `incident.report alert.raise alert.clear response.ack response.accept response.enroute response.onscene
    response.done response.decline incident.note incident.change incident.share incident.offer incident.take incident.merge
    incident.escalate incident.resolve incident.close incident.reopen duty.start duty.end agency.put category.put place.put
    policy.put rule.put member.put source.put device.invite device.revoke hub.key device.enrol clock.lapse`.split(
      /\s+/,
    );
  for (const kind of all) assert.ok(kinds.includes(kind) && done.has(kind), kind);
  assert.deepEqual(desk.view.wrong, []);
  assert.ok((await desk.view.verify()) > 60);
});
