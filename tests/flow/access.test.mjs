// Who is shown what.  The table below is written by hand from protocol.md section 10 and is the whole
// expectation: every relation to a ticket, every role, each TLP; and for each of them every channel:
// live, replay, states, history, receipts and the preview.  "Denied" means that no message of any
// kind that reached this person holds the ticket's id.
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import { World, calm } from './lib/world.mjs';
import { Refusal } from './lib/session.mjs';
import { claimsOf } from './lib/view.mjs';
import { until, sleep } from './lib/wait.mjs';

// The ticket of each TLP: pemkot's reporter opens it to kodim; bpbd takes it over, then polres does;
// polres offers it to csirt; a clock tells one chief of bawaslu.  KPU, the host, has nothing to do
// with it.
//
//   who                           clear green amber amber+strict
const TABLE = `
  lead       polres  reporter      yes   yes   yes   -
  lead       polres  duty          yes   yes   yes   yes
  lead       polres  chief         yes   yes   yes   yes
  lead       polres  admin         yes   yes   yes   -
  former     bpbd    reporter      yes   yes   yes   -
  former     bpbd    duty          yes   yes   yes   yes
  former     bpbd    chief         yes   yes   yes   yes
  former     bpbd    admin         yes   yes   yes   -
  offered    csirt   reporter      yes   yes   yes   -
  offered    csirt   duty          yes   yes   yes   yes
  offered    csirt   chief         yes   yes   yes   yes
  offered    csirt   admin         yes   yes   yes   -
  addressed  kodim   reporter      yes   yes   yes   -
  addressed  kodim   duty          yes   yes   yes   yes
  addressed  kodim   chief         yes   yes   yes   yes
  addressed  kodim   admin         yes   yes   yes   -
  author     pemkot  author        yes   yes   yes   yes
  by         pemkot  reporter      yes   yes   yes   -
  by         pemkot  duty          yes   yes   yes   yes
  by         pemkot  chief         yes   yes   yes   yes
  by         pemkot  admin         yes   yes   yes   -
  told       bawaslu chief         yes   yes   yes   yes
  stranger   bawaslu reporter      yes   yes   -     -
  stranger   bawaslu duty          yes   yes   -     -
  stranger   bawaslu admin         yes   yes   -     -
  host       kpu     reporter      yes   yes   -     -
  host       kpu     duty          yes   yes   -     -
  host       kpu     chief         yes   yes   -     -
  host       kpu     admin         yes   yes   -     -
  host       kpu     controller    yes   yes   -     -
  host       kpu     coordinator   yes   yes   yes   yes
  host       kpu     auditor       yes   yes   yes   yes
  machine    pemkot  source        -     -     -     -
  machine    polres  source        -     -     -     -
`;
const TLPS = ['clear', 'green', 'amber', 'amber+strict'];

// A receipt goes to the author's agency and to the lead, to those of them who may read the ticket.
const RECEIPTS = new Set(['lead', 'author', 'by']);

// Who would see what pemkot's reporter tells to kodim alone: the preview, by TLP.  "stranger" and
// "host" rows of the table hold; lead, former, offered, told of the tickets above do not.
const PREVIEW = `
  addressed  kodim   reporter      yes   yes   yes   -
  addressed  kodim   duty          yes   yes   yes   yes
  addressed  kodim   chief         yes   yes   yes   yes
  addressed  kodim   admin         yes   yes   yes   -
  author     pemkot  author        yes   yes   yes   yes
  by         pemkot  reporter      yes   yes   yes   -
  by         pemkot  duty          yes   yes   yes   yes
  by         pemkot  chief         yes   yes   yes   yes
  by         pemkot  admin         yes   yes   yes   -
  stranger   polres  reporter      yes   yes   -     -
  stranger   polres  duty          yes   yes   -     -
  stranger   polres  admin         yes   yes   -     -
  stranger   bpbd    duty          yes   yes   -     -
  stranger   csirt   chief         yes   yes   -     -
  stranger   bawaslu chief         yes   yes   -     -
  stranger   bawaslu duty          yes   yes   -     -
  host       kpu     duty          yes   yes   -     -
  host       kpu     controller    yes   yes   -     -
  host       kpu     coordinator   yes   yes   yes   yes
  host       kpu     auditor       yes   yes   yes   yes
`;

const parse = (table) =>
  table
    .trim()
    .split('\n')
    .map((line) => {
      const [relation, agency, role, ...cells] = line.trim().split(/\s+/);
      const may = Object.fromEntries(TLPS.map((tlp, i) => [tlp, cells[i] === 'yes']));
      return { relation, agency, role, may, name: `${relation} ${agency} ${role}` };
    });

const people = parse(TABLE);
const tickets = {}; // tlp -> {id, title, seqs}
let world, startSeq, by; // by: the duty officer of the reporter's agency

async function personOf({ agency, role }) {
  if (role === 'source') return world.addSource(agency, `mesin-${agency}`);
  const demo = world.demo.members.find(
    (m) => m.agency === agency && m.roles.length === 1 && m.roles[0] === role,
  );
  if (demo) return world.who(agency, role);
  if (role === 'author') return world.add(agency, 'pengarang', ['reporter']);
  return world.add(agency, `satu-${role}`, [role]);
}

const find = (relation, role) =>
  people.find((p) => p.relation === relation && p.role === role).person;

before(async () => {
  world = await World.create();
  for (const p of people) p.person = await personOf(p);
  const told = `member:bawaslu/${find('told', 'chief').member}`;
  const far = { within: 3000 };
  await world.policy(calm({ ack: { within: 1, steps: [[0, [told]]], repeat: 3600 }, take: far }));
  startSeq = await world.head();
  for (const p of people) {
    p.live = await p.person.connect({ follow: true });
  }
});
after(() => world?.stop());

test('four tickets, one of each TLP, with every relation to them', async () => {
  const author = find('author', 'author');
  for (const tlp of TLPS) {
    const title = `rahasia ${tlp}`;
    const opened = await author.post('incident.report', {
      cat: 'other.other',
      sev: 'severe',
      title,
      to: ['kodim'],
      tlp,
    });
    tickets[tlp] = { id: opened.jti, title, seqs: [opened.seq], opened: opened.seq };
  }
  const lapse = (id) => (m) =>
    m.op === 'record' && claimsOf(m).kind === 'clock.lapse' && claimsOf(m).inc === id;
  for (const tlp of TLPS) {
    const { id } = tickets[tlp];
    const m = await desk('told', 'chief').wait(lapse(id));
    assert.deepEqual(claimsOf(m).told, [find('told', 'chief').name]);
    tickets[tlp].seqs.push(m.seq);
  }
  for (const tlp of TLPS) {
    const t = tickets[tlp];
    const add = async (who, kind, claims) =>
      t.seqs.push((await who.post(kind, { inc: t.id, ...claims })).seq);
    await add(find('by', 'duty'), 'incident.offer', { agency: 'bpbd' });
    await add(find('former', 'duty'), 'incident.take', {});
    await add(find('former', 'duty'), 'incident.offer', { agency: 'polres' });
    await add(find('lead', 'duty'), 'incident.take', {});
    await add(find('lead', 'duty'), 'incident.offer', { agency: 'csirt' });
  }
});

test('live: a note of the lead reaches exactly those whom the table names', async () => {
  let last;
  for (const tlp of TLPS) {
    const t = tickets[tlp];
    last = await find('lead', 'duty').post('incident.note', { inc: t.id, body: `catatan ${tlp}` });
    t.note = last.seq;
    t.seqs.push(last.seq);
  }
  const marker = await (
    await world.who('kpu', 'admin')
  ).post('category.put', {
    cat: 'uji.penanda',
    id: 'Penanda',
    en: 'Marker',
    sev: 'minor',
    kinds: [],
  });
  for (const p of people) {
    if (p.relation === 'machine') await sleep(200);
    else
      await p.live.wait((m) => m.op === 'record' && m.seq === marker.seq, {
        what: `${p.name}: the marker`,
      });
    for (const tlp of TLPS) {
      const got = p.live.seen.some((m) => m.op === 'record' && m.seq === tickets[tlp].note);
      assert.equal(got, p.may[tlp], `${p.name}, ${tlp}: live`);
      if (!p.may[tlp]) assertNothing(p.live.seen, tickets[tlp], `${p.name}, ${tlp}: live`);
    }
  }
});

/** No message holds the ticket's id or its title. */
function assertNothing(messages, ticket, who) {
  for (const m of messages) {
    const text = JSON.stringify(m) + (m.jws ? JSON.stringify(claimsOf(m)) : '');
    assert.ok(!text.includes(ticket.id) && !text.includes(ticket.title), `${who} was sent ${text}`);
  }
}

test("receipts: to the author's agency and the lead, of those who may read", async () => {
  const kodim = people.find((p) => p.relation === 'addressed' && p.role === 'duty');
  const seqs = TLPS.map((tlp) => tickets[tlp].opened);
  kodim.live.send({ op: 'got', seq: Math.max(...seqs) });
  kodim.live.send({ op: 'shown', seqs });
  const due = (p, tlp) => RECEIPTS.has(p.relation) && p.may[tlp];
  for (const tlp of TLPS) {
    for (const p of people.filter((one) => due(one, tlp))) {
      for (const how of ['got', 'shown']) {
        const test_ = (m) => m.op === 'receipt' && m.ticket === tickets[tlp].id && m.how === how;
        await p.live.wait(test_, { what: `${p.name}, ${tlp}: receipt ${how}` });
      }
    }
  }
  await sleep(300);
  for (const p of people) {
    for (const tlp of TLPS) {
      const got = p.live.seen.some((m) => m.op === 'receipt' && m.ticket === tickets[tlp].id);
      assert.equal(got, due(p, tlp), `${p.name}, ${tlp}: receipt`);
    }
  }
});

test('replay: from before the tickets, all records of those one may read and of no other', async () => {
  for (const p of people) {
    const s = await p.person.connect({ follow: { after: startSeq } });
    const got = new Set(s.seen.filter((m) => m.op === 'record').map((m) => m.seq));
    for (const tlp of TLPS) {
      const t = tickets[tlp];
      const held = t.seqs.filter((seq) => got.has(seq));
      assert.deepEqual(held, p.may[tlp] ? t.seqs : [], `${p.name}, ${tlp}: replay`);
      const states = s.seen.filter((m) => m.op === 'state' && m.ticket?.id === t.id);
      assert.equal(
        states.length,
        p.may[tlp] ? 1 : 0,
        `${p.name}, ${tlp}: one state after the replay`,
      );
      if (!p.may[tlp]) assertNothing(s.seen, t, `${p.name}, ${tlp}: replay`);
    }
    await s.view.verify().catch((e) => assert.match(e.message, /is not known/));
    s.cut();
  }
});

test('states and history: the present state holds the tickets that one may read, history answers or knows nothing', async () => {
  for (const p of people) {
    const s = await p.person.connect({ follow: true });
    for (const tlp of TLPS) {
      const t = tickets[tlp];
      assert.equal(s.view.ticketOf(t.id) !== undefined, p.may[tlp], `${p.name}, ${tlp}: states`);
      if (!p.may[tlp]) assertNothing(s.seen, t, `${p.name}, ${tlp}: states`);
    }
    for (const tlp of TLPS) {
      const t = tickets[tlp];
      const found = await s
        .history(t.id)
        .catch((e) => (e instanceof Refusal ? e.code : Promise.reject(e)));
      if (p.may[tlp])
        assert.deepEqual(
          found.map((m) => m.seq),
          t.seqs,
          `${p.name}, ${tlp}: history`,
        );
      else assert.equal(found, 'not_found', `${p.name}, ${tlp}: history`);
    }
    s.cut();
  }
});

test('writing: whom the table denies is told not_found, as if there were no ticket', async () => {
  for (const p of people.filter((one) => !one.may.amber && one.relation !== 'machine')) {
    const code = await p.person.refusal('incident.note', { inc: tickets.amber.id, body: 'x' });
    assert.equal(code, 'not_found', p.name);
  }
});

test('preview: /v1/readers names exactly those who would see it', async () => {
  const author = find('author', 'author');
  const s = await author.connect();
  const headers = { authorization: `Bearer ${s.welcome.token}` };
  for (const tlp of TLPS) {
    const query = `to=kodim&tlp=${encodeURIComponent(tlp)}`;
    const reply = await fetch(`${world.hub.url}/v1/readers?${query}`, { headers });
    assert.equal(reply.status, 200);
    const { readers } = await reply.json();
    const names = new Set(readers.map((r) => `${r.agency}/${r.member}`));
    for (const row of parse(PREVIEW)) {
      const known = people.find((p) => p.agency === row.agency && p.role === row.role);
      assert.equal(names.has(known.person.name), row.may[tlp], `${row.name}, ${tlp}: preview`);
    }
    for (const p of people.filter((one) => one.relation === 'machine'))
      assert.ok(!names.has(p.person.name));
  }
  s.cut();
});

/** A report of pemkot's duty to kodim, and desks that follow. */
async function scene(tlp, extra = {}) {
  by = find('by', 'duty');
  const opened = await by.post('incident.report', {
    cat: 'other.other',
    title: `babak ${tlp} ${Math.random()}`,
    to: ['kodim'],
    tlp,
    ...extra,
  });
  return { id: opened.jti, title: opened.claims.title, seq: opened.seq };
}
const desk = (relation, role) =>
  people.find((p) => p.relation === relation && p.role === role).live;

test('after share: the new agency is shown the ticket, and history gives it the past', async () => {
  const t = await scene('amber');
  const d = desk('stranger', 'duty');
  const note = await by.post('incident.note', { inc: t.id, body: 'sebelum dibagi' });
  assertNothing(d.seen, t, 'bawaslu before the share');
  const share = await by.post('incident.share', { inc: t.id, to: ['bawaslu'] });
  const m = await d.wait((x) => x.op === 'record' && x.seq === share.seq);
  assert.equal(m.ticket.id, t.id);
  assert.deepEqual(
    (await d.history(t.id)).map((x) => x.seq),
    [t.seq, note.seq, share.seq],
  );
});

test('after offer: the offered agency is shown it; a new offer replaces, and the first is told gone', async () => {
  const t = await scene('amber');
  const first = desk('stranger', 'duty');
  const second = desk('offered', 'duty');
  const offer = await by.post('incident.offer', { inc: t.id, agency: 'bawaslu' });
  await first.wait((m) => m.op === 'record' && m.seq === offer.seq);
  const other = await by.post('incident.offer', { inc: t.id, agency: 'csirt' });
  await second.wait((m) => m.op === 'record' && m.seq === other.seq);
  await first.wait((m) => m.op === 'gone' && m.ticket === t.id);
  await assert.rejects(first.history(t.id), (e) => e.code === 'not_found');
  const from = first.seen.length;
  await by.post('incident.note', { inc: t.id, body: 'bukan untuk bawaslu' });
  await sleep(300);
  assertNothing(first.seen.slice(from), t, 'bawaslu after the second offer');
  assert.equal(
    await find('offered', 'duty').refusal('response.decline', { inc: t.id, reason: 'penuh' }),
    'posted',
  );
  await second.wait((m) => m.op === 'gone' && m.ticket === t.id);
});

test('after change: a narrower tlp takes the ticket away, a wider one brings it', async () => {
  const t = await scene('green');
  const stranger = desk('stranger', 'duty');
  const clerk = desk('addressed', 'reporter');
  await stranger.wait((m) => m.op === 'record' && m.seq === t.seq);
  await by.post('incident.change', { inc: t.id, tlp: 'amber' });
  await stranger.wait((m) => m.op === 'gone' && m.ticket === t.id);
  assert.ok(!clerk.view.gone.has(t.id), 'a clerk of the addressed agency keeps it');
  await by.post('incident.change', { inc: t.id, tlp: 'amber+strict' });
  await clerk.wait((m) => m.op === 'gone' && m.ticket === t.id);
  await assert.rejects(clerk.history(t.id), (e) => e.code === 'not_found');
  const from = [stranger.seen.length, clerk.seen.length];
  await by.post('incident.note', { inc: t.id, body: 'hanya sedikit orang' });
  await sleep(300);
  assertNothing(stranger.seen.slice(from[0]), t, 'a stranger under amber+strict');
  assertNothing(clerk.seen.slice(from[1]), t, 'a clerk under amber+strict');
  const wide = await by.post('incident.change', { inc: t.id, tlp: 'clear' });
  for (const s of [stranger, clerk]) await s.wait((m) => m.op === 'record' && m.seq === wide.seq);
  assert.equal(
    (await stranger.history(t.id)).length,
    5,
    'access follows the ticket as it is now, for all its records',
  );
});

test("only the reporter's agency may widen", async () => {
  const t = await scene('amber');
  await by.post('incident.offer', { inc: t.id, agency: 'polres' });
  const polres = find('lead', 'duty');
  await polres.post('incident.take', { inc: t.id });
  assert.equal(await polres.refusal('incident.change', { inc: t.id, tlp: 'green' }), 'not_allowed');
  assert.equal(
    await polres.refusal('incident.change', { inc: t.id, tlp: 'amber+strict' }),
    'posted',
  );
});

test('after merge: the readers of both read the one, and the old records keep their old readers', async () => {
  const a = await scene('amber', { to: ['kodim'] });
  const b = await scene('amber', { to: ['csirt'] });
  const kodim = desk('addressed', 'duty');
  const csirt = desk('offered', 'duty');
  assertNothing(kodim.seen, b, 'kodim before the merge');
  const merge = await by.post('incident.merge', { inc: a.id, into: b.id });
  const m = await kodim.wait((x) => x.op === 'record' && x.seq === merge.seq);
  assert.equal(m.ticket.id, b.id);
  await until('A is merged for its readers', () => kodim.view.ticketOf(a.id)?.state === 'merged');
  assert.equal(kodim.view.ticketOf(a.id).into, b.id);
  assert.ok(
    (await kodim.history(b.id)).some((x) => x.seq === b.seq),
    'kodim reads B from its start',
  );
  await assert.rejects(
    csirt.history(a.id),
    (e) => e.code === 'not_found',
    'csirt does not read the old A',
  );
  const note = await find('addressed', 'duty').post('incident.note', {
    inc: a.id,
    body: 'masih menyebut A',
  });
  const shownThere = await csirt.wait((x) => x.op === 'record' && x.seq === note.seq);
  assert.equal(shownThere.ticket.id, b.id, 'a later record that names A is decided on B');
});

test('after a change of role: bye changed, and the next follow shows what the new role may see', async () => {
  const admin = await world.who('kodim', 'admin');
  const p = people.find((one) => one.relation === 'addressed' && one.role === 'reporter');
  const strict = tickets['amber+strict'];
  const put = (roles) =>
    admin.post('member.put', { agency: 'kodim', member: p.person.member, name: 'Ganti', roles });
  for (const [roles, may] of [
    [['duty'], true],
    [['reporter'], false],
  ]) {
    const s = await p.person.connect({ follow: true });
    assert.equal(s.view.ticketOf(strict.id) !== undefined, !may);
    await put(roles);
    const how = await s.end();
    assert.equal(how.code, 1012);
    assert.equal(s.seen.at(-1).op, 'bye');
    assert.equal(s.seen.at(-1).code, 'changed');
    const again = await p.person.connect({ follow: true });
    assert.equal(again.view.ticketOf(strict.id) !== undefined, may, `as ${roles}`);
    if (!may) assertNothing(again.seen, strict, 'a reporter again');
    again.cut();
  }
});

test("an alert is read by its own machine and no other; invitations by the agency's admins alone", async () => {
  const [mine, other] = people.filter((p) => p.relation === 'machine').map((p) => p.person);
  const raised = await mine.post('alert.raise', {
    cat: 'cyber.ddos',
    title: 'banjir paket',
    key: 'www',
    sev: 'severe',
  });
  const s = await mine.connect({ follow: true });
  assert.ok(s.view.ticketOf(raised.jti), 'its own');
  const no = await other.connect({ follow: true });
  assertNothing(no.seen, { id: raised.jti, title: 'banjir paket' }, 'another machine');
  await assert.rejects(no.history(raised.jti), (e) => e.code === 'not_found');
  const admin = await world.who('kodim', 'admin');
  const from = people.map((p) => p.live.seen.length);
  await world.device('kodim', find('addressed', 'duty').member, { admin });
  await sleep(500);
  people.forEach((p, i) => {
    if (!p.live.open) return;
    const told = p.live.seen
      .slice(from[i])
      .some((m) => m.op === 'record' && claimsOf(m).kind === 'device.invite');
    assert.equal(told, p.agency === 'kodim' && p.role === 'admin', `${p.name}: the invitation`);
  });
});

test('nobody saw anything that a client must never see', () => {
  for (const p of people) assert.deepEqual(p.live.view.wrong, [], p.name);
});
