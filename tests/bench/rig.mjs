// A private cluster with a hub or two in their release build, keys that are enrolled in it, and the
// load client: what every measurement stands on.
import { spawn, execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { availableParallelism } from 'node:os';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
export const BUILD = resolve(root, process.env.B ?? 'build', 'release');
process.env.POSKOD = join(BUILD, 'poskod');
const { World, calm } = await import('../flow/lib/world.mjs');
const { Cluster } = await import('../flow/lib/cluster.mjs');
const { exportPkcs8 } = await import('../flow/lib/jose.mjs');
const { spread, until } = await import('../flow/lib/wait.mjs');

export { until };
export const CORES = availableParallelism();
const FAST = `
ALTER SYSTEM SET shared_buffers = '1GB';
ALTER SYSTEM SET max_wal_size = '4GB';
ALTER SYSTEM SET checkpoint_timeout = '30min';
ALTER SYSTEM SET max_connections = 60`;
const WIDE = {
  POSKO_RATE_KEY: '1000000',
  POSKO_RATE_ADDRESS: '1000000',
  POSKO_OPEN_ADDRESS: '100000',
  POSKO_THREADS: String(CORES),
  POSKO_LOG_LEVEL: 'error',
};

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Numbers that a program of ours prints of this machine's limits. */
export const limit = (program, ...args) =>
  execFileSync(join(BUILD, program), args.map(String), { encoding: 'utf8' }).trim().split(/\s+/).map(Number);

export async function startCluster() {
  const cluster = await Cluster.start();
  for (const line of FAST.trim().split(';')) await cluster.sql('postgres', line);
  await cluster.primary.stop();
  await cluster.primary.start();
  const [{ fsync, sync }] = await cluster.sql(
    'postgres',
    "SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS sync",
  );
  if (fsync !== 'on' || sync !== 'on') throw new Error(`fsync ${fsync}, commit ${sync}`);
  return cluster;
}

/** Names of PostgreSQL's processes that work for the hubs: their CPU time is the hubs' too. */
const SERVES = /postgres: (walwriter|postgres flow\d+ |.*(posko (turn|tail)))/;

export class Rig {
  static async open(cluster, { policy = calm(), ...options } = {}) {
    const { hubs = 1, subs = 0, idle = 0, env = {}, program } = options;
    const rig = new Rig();
    rig.cluster = cluster;
    rig.world = await World.create({ cluster, hubs, program, env: { ...WIDE, ...env } });
    rig.world.meddled = true; // with a table of our own; check() looks at the ledger itself
    if (policy) await rig.world.policy(policy);
    await rig.enrol(subs, idle);
    return rig;
  }

  /** Keys for who writes, and one for every four who follow: a key has four sockets at most.  The
   *  idle follow too, but may read nothing of what is written here; theirs is a file of its own. */
  async enrol(subs, idle) {
    const { world } = this;
    const wanted = [
      ['l', 'kpu', 'duty', 12],
      ['p', 'polres', 'duty', 8],
      ['k', 'pemkot', 'duty', 8],
    ];
    const people = [];
    for (const [use, agency, role, count] of wanted) {
      const { member } = world.demo.members.find(
        (m) => m.agency === agency && m.roles.includes(role),
      );
      for (let i = 0; i < count; i++) people.push([use, agency, member]);
    }
    const readers = Math.ceil(subs / 4);
    const members = Math.min(readers, 20);
    for (let i = 0; i < members; i++) await world.add('kpu', `juru-${i}`, ['auditor']);
    for (let i = 0; i < readers; i++) people.push(['s', 'kpu', `juru-${i % members}`]);
    const apart = people.length;
    const idler = world.demo.members.find((m) => m.agency === 'bpbd' && m.roles.includes('duty'));
    for (let i = 0; i < Math.ceil(idle / 4); i++) people.push(['s', 'bpbd', idler.member]);
    const lines = await spread(people.length, 24, async (i) => {
      const [use, agency, member] = people[i];
      const person = await world.device(agency, member);
      const seed = Buffer.from(await exportPkcs8(person.key), 'base64').subarray(-32).toString('hex');
      return `${use} ${seed} ${agency} ${member}`;
    });
    this.keys = join(world.data, 'bench-keys');
    this.idleKeys = join(world.data, 'bench-idle-keys');
    writeFileSync(this.keys, lines.slice(0, apart).join('\n') + '\n');
    writeFileSync(this.idleKeys, lines.slice(apart).join('\n') + '\n');
  }

  get hub() {
    return this.world.hubs[0];
  }

  sql(text) {
    return this.world.sql(text);
  }

  /** Process numbers: every hub's, and PostgreSQL's that work for them. */
  pids() {
    const hubs = this.world.hubs.map((h) => h.child.pid);
    const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', this.cluster.primary.child.pid]);
    const database = String(children)
      .split('\n')
      .map((line) => line.trim().match(/^(\d+) (.*)$/))
      .filter((m) => m && SERVES.test(m[2]))
      .map((m) => Number(m[1]));
    return { hubs, database };
  }

  /** One run of the load client against these hubs; what it counted, with CPU seconds beside it. */
  async load(options, during) {
    const { hubs, database } = this.pids();
    const acked = join(this.world.data, 'acked');
    const result = await load(
      {
        port: this.world.hubs.map((h) => h.port).join(','),
        keys: this.keys,
        aud: this.world.aud,
        acked,
        watch: [...hubs, ...database].join(','),
        ...options,
      },
      during,
    );
    const sum = (pids) => pids.reduce((s, pid) => s + result.cpu(pid), 0);
    result.hubCpu = sum(hubs);
    result.databaseCpu = sum(database);
    result.rss = result.end.cpu[hubs[0]]?.rss;
    if (options.check !== false && options.writers) await this.check();
    return result;
  }

  /** Every acknowledged id is in the ledger once, at the number it was told. */
  async check() {
    const { count, found, rows } = await this.compare();
    if (found !== count || rows !== count)
      throw new Error(`${count} were acknowledged, ${found} of them (${rows} ids) are in the ledger`);
  }

  /** How many the last run's posts were acknowledged, in how many rows of the ledger, as how many ids. */
  async compare() {
    const acked = join(this.world.data, 'acked');
    const count = readFileSync(acked, 'utf8').split('\n').length - 1;
    await this.sql('CREATE TABLE IF NOT EXISTS bench_acked (jti uuid, seq bigint)');
    await this.sql('TRUNCATE bench_acked');
    await this.sql(`\\copy bench_acked from '${acked}'`);
    const [{ found }] = await this.sql(
      'SELECT count(*) AS found FROM bench_acked a JOIN ledger l USING (jti, seq)',
    );
    const [{ rows }] = await this.sql('SELECT count(DISTINCT jti) AS rows FROM bench_acked');
    return { count, found, rows };
  }

  async close() {
    await this.world.stop();
    await this.cluster.sql('postgres', `DROP DATABASE ${this.world.db} WITH (FORCE)`);
  }
}

/** Starts posko-load; resolves with its result line and the CPU between begin and end. */
export async function load(options, during) {
  const { check, allowShort, mayLose = 0, ...rest } = options;
  const args = Object.entries(rest).flatMap(([k, v]) => [
    `--${k.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    String(v),
  ]);
  const child = spawn(join(BUILD, 'posko-load'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const said = {};
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line);
    said[event.event] = event;
  });
  const gone = new Promise((done) => child.once('exit', done));
  const heard = (name) =>
    until(`the load client says ${name}`, () => {
      if (said[name]) return said[name];
      if (child.exitCode !== null) throw new Error(`posko-load ended with ${child.exitCode}`);
    }, 180_000, 5);
  await heard('ready');
  if (options.silent) return { child, said, stop: () => stopSilent(child, gone) };
  await during?.('ready', said.ready);
  child.stdin.write('go\n');
  await heard('begin');
  await during?.('begin', said.begin);
  await gone;
  process.off('exit', kill);
  if (!said.result) throw new Error(`posko-load ended with ${child.exitCode}`);
  const { result, begin, end } = said;
  if (result.short_pool && !allowShort) throw new Error('the pool was shorter than the run');
  if (result.gaps || result.repeats || result.lost > mayLose || result.malformed)
    throw new Error(`gaps ${result.gaps}, repeats ${result.repeats}, lost ${result.lost}, malformed ${result.malformed}`);
  const times = (event, pid) => new Map(event.cpu[pid]?.threads ?? []);
  const cpu = (pid) => {
    const before = times(begin, pid);
    return [...times(end, pid)].reduce((s, [tid, t]) => s + t - (before.get(tid) ?? 0), 0);
  };
  const threads = (pid) => {
    const before = times(begin, pid);
    return [...times(end, pid)].map(([tid, t]) => [tid, t - (before.get(tid) ?? 0)]);
  };
  return { ...result, begin, end, ready: said.ready, cpu, threads };
}

async function stopSilent(child, gone) {
  child.stdin.write('stop\n');
  const code = await gone;
  if (code !== 0) throw new Error('a silent connection was lost');
}
