// Many clients who follow, are cut and resume: a process of its own.  Reads one line {hubs, aud,
// hubKid, cut, people: [{agency, member, pkcs8, sockets}]}; prints `ready`.  Each second it cuts
// the share `cut` of its sockets.  "end N" prints, when all have what is up to N, one JSON line: for
// each client who he is, which records he was told up to his last mark, and the hash over them.
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { keyFromPkcs8 } from '../../flow/lib/jose.mjs';
import { Link, Person } from '../../flow/lib/person.mjs';
import { sleep, spread, until } from '../../flow/lib/wait.mjs';

/** A reader who keeps no records: what he was told, in order, is one hash. */
class Thin {
  constructor(after) {
    Object.assign(this, { from: after, cursor: after, last: after, upto: after });
    Object.assign(this, { told: [], wrong: [] });
    this.hash = createHash('sha256');
    this.runs = []; // of consecutive seqs: [first, last]
  }

  begin() {
    this.sent = 0;
    this.live = false;
  }

  accept(m) {
    if (m.op === 'live') this.live = true;
    else if (m.op === 'reset') this.wrong.push(`reset: ${m.code ?? ''}`);
    else if (m.op === 'refused') this.wrong.push(`refused: ${m.code} ${m.text ?? ''}`);
    else if (m.op === 'mark') this.mark(m);
    else if (m.op === 'record' && m.of === undefined) this.record(m);
  }

  record(m) {
    this.sent++;
    if (m.seq > this.last) {
      this.last = m.seq;
      this.told.push([m.seq, `${m.seq} ${m.jws}\n`]);
    } else if (this.live) {
      this.wrong.push(`seq ${m.seq} came after ${this.last}`);
    }
    if (this.live && m.ticket) this.cursor = Math.max(this.cursor, m.seq);
  }

  mark(m) {
    if (m.sent !== this.sent) this.wrong.push(`mark says ${m.sent} sent, ${this.sent} came`);
    this.cursor = m.head;
    this.fold(m.head);
  }

  /** Into the hash what is up to `seq`. */
  fold(seq) {
    while (this.told.length && this.told[0][0] <= seq) {
      const [at, text] = this.told.shift();
      this.hash.update(text);
      if (this.runs.at(-1)?.[1] === at - 1) this.runs.at(-1)[1] = at;
      else this.runs.push([at, at]);
    }
    this.upto = seq;
  }
}

const links = [];
let ending = false;

async function open(job) {
  const world = { aud: job.aud, hubKid: job.hubKid, opened: () => {} };
  for (const { pkcs8, sockets, ...who } of job.people) {
    const key = await keyFromPkcs8(Buffer.from(pkcs8, 'base64'));
    const person = new Person(world, { ...who, key });
    for (let i = 0; i < sockets; i++) links.push({ person });
  }
  await spread(links.length, 32, async (i) => {
    const hubs = job.hubs.map((_, k) => job.hubs[(i + k) % job.hubs.length]);
    const after = await head(hubs[0]);
    const options = { after, view: new Thin(after) };
    const link = new Link(links[i].person, hubs, options);
    links[i] = link;
    await until('a client follows', () => link.view.live, 120_000, 50);
  });
  process.stdout.write('ready\n');
  while (!ending) {
    await sleep(1000);
    for (const link of links) if (Math.random() < job.cut) link.session?.cut();
  }
}

async function head(hub) {
  const headers = { connection: 'close' };
  return until('a hub says its head', async () => {
    const reply = await fetch(`http://${hub.host}/readyz`, { headers }).catch(() => null);
    return (await reply?.json().catch(() => null))?.head;
  });
}

async function end(seq) {
  ending = true;
  const behind = () => links.filter((l) => l.view.upto < seq).length;
  await until('all have what there is', () => behind() === 0, 120_000, 100);
  const told = links.map(({ person, view, connects }) => {
    const { wrong, runs, from, upto } = view;
    const hash = view.hash.copy().digest('hex');
    return { agency: person.agency, name: person.name, wrong, runs, hash, from, upto, connects };
  });
  process.stdout.write(JSON.stringify(told) + '\n');
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, seq] = line.split(' ');
  if (word === 'end') end(Number(seq));
  else open(JSON.parse(line));
});
