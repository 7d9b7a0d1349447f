// The soak: two hubs, thousands of clients, for SOAK_SECONDS (1800).  The first two thirds cut
// connections and kill client processes, and memory must stand still over the last three quarters of
// them; the last third kills a hub every 20 s.  Then every promise is checked.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { exportPkcs8 } from '../flow/lib/jose.mjs';
import { Refusal } from '../flow/lib/session.mjs';
import { Load } from '../flow/lib/load.mjs';
import { ledger, mayReadAs } from '../flow/lib/checker.mjs';
import { sleep, spread, until, within } from '../flow/lib/wait.mjs';
import { Run } from './lib/run.mjs';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 1800);
const CLIENTS = Number(process.env.SOAK_CLIENTS ?? 2000);
const SEED = Number(process.env.SOAK_SEED ?? 1 + Math.floor(Math.random() * 1e9));
const SWARMS = 4;
const SOCKETS = 4; // a device's
const OPEN_MAX = 40;
const GROWTH_MAX = 0.05;

/** A load that closes what it opens: memory may stand still. */
class Turnover extends Load {
  async say(link, kind, claims) {
    try {
      return await super.say(link, kind, claims);
    } catch (e) {
      if (!(e instanceof Refusal) || !['closed', 'conflict'].includes(e.code)) throw e;
      this.sent--; // an answer that came after the ticket ended
      return undefined;
    }
  }

  async report(link) {
    for (;;) {
      const mine = this.open.filter((t) => t.by === link);
      if (this.stopped) return;
      const before = this.open.length;
      if (mine.length < OPEN_MAX / 2) {
        const to = this.sent % 4 === 3 ? ['pemkot'] : ['polres', 'pemkot'];
        const title = `Beban ${this.sent}`;
        const claims = { cat: 'other.other', sev: 'severe', title, to };
        const { jti } = await this.say(link, 'incident.report', claims);
        this.open.push({ inc: jti, to, by: link });
      } else if (Math.random() < 0.1) {
        const [{ inc }] = this.open.splice(this.open.indexOf(mine[0]), 1);
        await this.say(link, 'incident.resolve', { inc, note: 'selesai' });
        await this.say(link, 'incident.close', { inc, disposition: 'handled' });
      } else {
        const { inc } = mine[Math.floor(Math.random() * mine.length)];
        await this.say(link, 'incident.note', { inc, body: `catatan ${before}` });
      }
      await sleep(this.pause);
    }
  }

  async answer(link, nth) {
    const seen = new Set();
    while (!this.stopped) {
      const ticket = this.open.find((t) => !seen.has(t.inc) && t.to.includes(link.person.agency));
      if (ticket) {
        seen.add(ticket.inc);
        if (seen.size % nth === 0) await this.say(link, 'response.ack', { inc: ticket.inc });
      }
      await sleep(this.pause);
    }
  }
}

class Swarm {
  constructor(job) {
    Object.assign(this, { job, told: [] });
  }

  async start(ms = 300_000) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'lib/swarm.mjs')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.child = child;
    this.gone = new Promise((done) => child.once('exit', done));
    process.once('exit', () => child.kill('SIGKILL'));
    const lines = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    this.lines = lines;
    child.stdin.on('error', () => {});
    child.stdin.write(JSON.stringify(this.job) + '\n');
    await until('a process of clients is ready', () => this.isReady(), ms, 100);
  }

  isReady() {
    if (this.child.exitCode !== null) throw new Error('a process of clients has ended');
    return this.lines.includes('ready');
  }

  kill() {
    this.child.kill('SIGKILL');
    return this.gone;
  }

  async end(upto) {
    this.child.stdin.write(`end ${upto}\n`);
    const line = await within('the clients have it all', this.line(), 180_000);
    return JSON.parse(line);
  }

  async line() {
    return until('a line', () => this.lines.find((l) => l.startsWith('[')), 180_000, 100);
  }
}

const memory = (hub) =>
  Number(readFileSync(`/proc/${hub.child.pid}/status`, 'utf8').match(/RssAnon:\s+(\d+)/)[1]);

/** Devices for so many clients: mostly of those who may see little, some police, some auditors. */
async function devices(world, n) {
  const count = Math.ceil(n / SOCKETS);
  const admins = {};
  for (const agency of ['bpbd', 'polres', 'kpu']) admins[agency] = await world.who(agency, 'admin');
  const kinds = (i) =>
    i % 40 === 0 ? ['kpu', 'juru-audit'] : i % 20 === 1 ? ['polres', 'piket'] : ['bpbd', 'piket'];
  return spread(count, 16, async (i) => {
    const [agency, member] = kinds(i);
    const { key } = await world.device(agency, member, { admin: admins[agency] });
    return { agency, member, pkcs8: await exportPkcs8(key), sockets: SOCKETS };
  });
}

async function startSwarms(run, world) {
  const people = await devices(world, CLIENTS);
  const hubs = world.hubs.map(({ host, ws }) => ({ host, ws }));
  const { aud, hubKid } = world;
  const swarms = Array.from({ length: SWARMS }, (_, k) => {
    const mine = people.filter((_, i) => i % SWARMS === k);
    const turned = k % 2 ? [...hubs].reverse() : hubs;
    return new Swarm({ hubs: turned, aud, hubKid, cut: 0.01, people: mine });
  });
  run.after(() => Promise.all(swarms.map((s) => s.kill())));
  await Promise.all(swarms.map((s) => s.start()));
  return swarms;
}

/** The first two thirds: cuts, and a process of clients killed each minute; memory is watched. */
async function killClients(run, world, load, swarms, seconds) {
  const begin = performance.now();
  const samples = [];
  const sample = () =>
    samples.push({ at: (performance.now() - begin) / 1000, kib: world.hubs.map(memory) });
  const sampler = setInterval(sample, 2000);
  let next = 60;
  for (;;) {
    const at = (performance.now() - begin) / 1000;
    if (at >= seconds) break;
    for (const link of load.links) if (run.random() < 0.05) link.session?.cut();
    if (at >= next) {
      next += 60;
      const swarm = swarms[Math.floor(run.random() * swarms.length)];
      await swarm.kill();
      await swarm.start();
      const { kib } = samples.at(-1);
      console.log(`       ${at.toFixed(0)} s: hubs ${kib.join(', ')} KiB, ${load.posted.length} posted`);
    }
    await sleep(2000);
  }
  clearInterval(sampler);
  world.hubs.forEach((hub, i) => checkMemory(run, samples, i, seconds));
}

/** The mean of the last tenth against that of the tenth after the first quarter. */
function checkMemory(run, samples, i, seconds) {
  const mean = (from, to) => {
    const kib = samples.filter((s) => s.at >= from && s.at < to).map((s) => s.kib[i]);
    return kib.reduce((a, b) => a + b, 0) / kib.length;
  };
  const before = mean(seconds / 4, seconds * 0.35);
  const after = mean(seconds * 0.9, seconds);
  const growth = after / before - 1;
  const text = `hub ${i + 1}: ${before.toFixed(0)} to ${after.toFixed(0)} KiB, ${(growth * 100).toFixed(1)} %`;
  run.say(`memory over the last three quarters, ${text}`);
  if (!(growth < GROWTH_MAX)) run.late.push(`memory grew: ${text}`);
}

async function killHubs(run, world, seconds) {
  const end = performance.now() + seconds * 1000;
  let kills = 0;
  while (performance.now() < end) {
    const hub = world.hubs[kills++ % 2];
    await run.during(async () => {
      await hub.kill();
      run.recoveries.push(Math.round(await hub.start(60_000)));
    });
    await sleep(20_000 - run.between(0, 500));
  }
  run.say(`${kills} hubs killed, ready after ${Math.max(...run.recoveries)} ms at most`);
}

function difference(rows, seqs, runs) {
  const told = new Set(runs.flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i)));
  const wanted = new Set(seqs);
  const name = (seq) => `${seq} ${rows[seq - 1]?.kind}`;
  const missing = seqs.filter((seq) => !told.has(seq)).map(name);
  const foreign = [...told].filter((seq) => !wanted.has(seq)).map(name);
  return `not told ${missing.slice(0, 5)}; told in excess ${foreign.slice(0, 5)}`;
}

/** D0 O0 V0 for each client: what it was told, in order, is what it may read, and no more. */
function checkTold(rows, told) {
  const expected = new Map();
  const readers = new Map();
  for (const who of told) {
    assert.deepEqual(who.wrong, [], who.name);
    const place = `${who.name} from ${who.from} to ${who.upto}`;
    const wide = who.name === 'kpu/juru-audit';
    if (!readers.has(who.name)) {
      const may = wide ? (row) => row.kind !== 'device.invite' : mayReadAs(rows, who);
      readers.set(who.name, rows.filter(may));
    }
    if (!expected.has(place)) {
      const own = (row) => row.seq > who.from && row.seq <= who.upto;
      const mine = readers.get(who.name).filter(own);
      const hash = createHash('sha256');
      for (const row of mine) hash.update(`${row.seq} ${row.jws}\n`);
      expected.set(place, { seqs: mine.map((row) => row.seq), hash: hash.digest('hex') });
    }
    const { seqs, hash } = expected.get(place);
    if (who.hash !== hash) assert.fail(`${place}: ${difference(rows, seqs, who.runs)}`);
  }
}

async function soak(run) {
  const world = await run.world({ hubs: 2, env: { POSKO_LOG_LEVEL: 'warn' } });
  const load = await Turnover.start(world, { pause: 250 });
  run.after(() => load.stop());
  const swarms = await startSwarms(run, world);
  run.say(`${CLIENTS} clients in ${SWARMS} processes, seed ${SEED}`);
  await killClients(run, world, load, swarms, (SECONDS * 2) / 3);
  await killHubs(run, world, SECONDS / 3);
  await sleep(6000);
  const { length: upto } = await run.check(load, { patience: 120_000 });
  const told = await Promise.all(swarms.map((swarm) => swarm.end(upto)));
  const rows = await ledger(world);
  for (const clients of told) checkTold(rows, clients);
    run.say(`${told.flat().length} clients were told exactly what they may read, in the ledger's order`);
  assert.deepEqual(run.late, []);
}

const run = new Run({ n: 'soak', bound: 20_000 }, { seed: SEED });
run.late = [];
let failed = 0;
const begin = performance.now();
try {
  await soak(run);
} catch (e) {
  console.log(`       ${e.stack ?? e}`);
  failed = 1;
}
await run.end().catch((e) => {
  console.log(`       at the end: ${e.stack ?? e}`);
  failed = 1;
});
const seconds = ((performance.now() - begin) / 1000).toFixed(0);
console.log(`soak: ${1 - failed} passed (${seconds} s, seed ${SEED}), ${failed} failed`);
process.exit(failed);
