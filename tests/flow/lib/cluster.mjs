// A private PostgreSQL 15 cluster: its own folder, a Unix socket and no port, durable as the
// product's own (fsync, checksums).  Optionally a synchronous standby, optionally a clock that the
// test moves (libfaketime).  PostgreSQL does not run as root: then it runs as user postgres.
import { spawn, spawnSync, execFile } from 'node:child_process';
import {
  mkdtempSync,
  chmodSync,
  chownSync,
  writeFileSync,
  appendFileSync,
  readFileSync,
  existsSync,
  rmSync,
  openSync,
  closeSync,
  renameSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from './wait.mjs';

const run = promisify(execFile);
export const BIN = process.env.PG_BIN ?? '/usr/lib/postgresql/15/bin';
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

// Whoever ends the tests early ends what they started: the handlers of `exit` do it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(1));

export function owner() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

const SETTINGS = `
listen_addresses = ''
fsync = on
synchronous_commit = on
full_page_writes = on
max_connections = 40
shared_buffers = 64MB
max_wal_senders = 4
wal_keep_size = 256MB
hot_standby = on
wal_retrieve_retry_interval = 200ms
timezone = 'UTC'
log_line_prefix = '%m [%p] %d '
`;

class Server {
  constructor(folder, data, sockets, who, env) {
    Object.assign(this, { folder, data, sockets, who, env, child: null });
  }

  /** After a kill -9 the old children may need a moment to notice: until then it is refused. */
  async start() {
    await until('PostgreSQL starts', () => this.tryStart(), 30_000, 50);
  }

  async tryStart() {
    const log = openSync(join(this.folder, 'log'), 'a');
    this.child = spawn(join(BIN, 'postgres'), ['-D', this.data, '-k', this.sockets], {
      ...this.who,
      env: { PATH: process.env.PATH, LC_ALL: 'C', ...this.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.gone = new Promise((done) => this.child.once('exit', done));
    const ready = async () => {
      if (!this.alive()) return 'ended';
      try {
        await run(join(BIN, 'pg_isready'), ['-q', '-h', this.sockets]);
        return 'ready';
      } catch {
        return null;
      }
    };
    const end = await until('PostgreSQL answers', ready, 30_000, 30);
    if (end === 'ended' && !/still in use|lock file/.test(this.log().slice(-2000))) {
      throw new Error(`postgres ended: ${this.log().slice(-2000)}`);
    }
    return end === 'ready';
  }

  log() {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  alive() {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** kill -9 of the postmaster alone: its children find out by themselves. */
  async kill() {
    if (!this.alive()) return;
    process.kill(this.child.pid, 'SIGKILL');
    await this.gone;
  }

  async stop(signal = 'SIGINT') {
    if (!this.alive()) return;
    process.kill(this.child.pid, signal);
    await this.gone;
  }
}

export class Cluster {
  static async start({ standby = false, faketime = false, mounts, settings = '', port } = {}) {
    const c = new Cluster();
    c.who = owner();
    if (port) process.env.PGPORT = port; // of its Unix socket too
    c.folder = mkdtempSync('/tmp/pf-'); // short: a socket's path has 107 bytes at most
    chmodSync(c.folder, 0o755);
    if (c.who.uid) chownSync(c.folder, c.who.uid, c.who.gid);
    c.clock = join(c.folder, 'clock');
    await mounts?.(c); // a test's own disks, before there is anything on them
    const env = {};
    if (faketime) {
      writeFileSync(c.clock, '+0\n');
      Object.assign(env, { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: c.clock });
      Object.assign(env, {
        FAKETIME_NO_CACHE: '1',
        DONT_FAKE_MONOTONIC: '1',
        FAKETIME_DONT_RESET: '1',
      });
    }
    c.primary = new Server(c.folder, join(c.folder, 'd'), c.folder, c.who, env);
    const init = [
      '-D',
      c.primary.data,
      '-k',
      '-A',
      'trust',
      '-U',
      'postgres',
      '-E',
      'UTF8',
      '--locale=C',
      '-N',
      ...(c.wal ? ['-X', c.wal] : []),
    ];
    await run(join(BIN, 'initdb'), init, c.who);
    appendFileSync(join(c.primary.data, 'postgresql.conf'), SETTINGS + settings);
    process.once('exit', () => c.abandon());
    await c.primary.start();
    if (standby) await c.addStandby();
    return c;
  }

  /** A second cluster: a base backup and what was archived, as far as `lines` say. */
  static async restored(base, lines) {
    const c = new Cluster();
    c.who = owner();
    c.folder = mkdtempSync('/tmp/pf-');
    chmodSync(c.folder, 0o755);
    if (c.who.uid) chownSync(c.folder, c.who.uid, c.who.gid);
    process.once('exit', () => c.abandon());
    c.primary = new Server(c.folder, join(c.folder, 'd'), c.folder, c.who, {});
    await run('cp', ['-a', base, c.primary.data], c.who);
    appendFileSync(join(c.primary.data, 'postgresql.auto.conf'), `${lines.join('\n')}\n`);
    await run('touch', [join(c.primary.data, 'recovery.signal')], c.who);
    await c.primary.start();
    const done = 'SELECT NOT pg_is_in_recovery() AS done';
    await until('the restore is done', async () => (await c.sql('postgres', done))[0].done, 60_000);
    return c;
  }

  /** One of PostgreSQL's programs, as the cluster's user. */
  async tool(name, args) {
    return run(join(BIN, name), args, this.who);
  }

  dsn(db) {
    return `host=${this.folder} dbname=${db} user=postgres`;
  }

  async createDatabase(db) {
    await this.sql('postgres', `CREATE DATABASE ${db}`);
    return this.dsn(db);
  }

  /** Rows of one query as objects, or nothing for a command; `server` may be the standby. */
  async sql(db, text, server = this.primary) {
    const query = /^\s*(select|with)/i.test(text)
      ? `SELECT coalesce(json_agg(t), '[]') FROM (${text}) t`
      : text;
    const args = [
      '-X',
      '-q',
      '-A',
      '-t',
      '-v',
      'ON_ERROR_STOP=1',
      '-U',
      'postgres',
      '-h',
      server.sockets,
      '-d',
      db,
    ];
    const { stdout } = await run(join(BIN, 'psql'), [...args, '-c', query], { maxBuffer: 1 << 28 });
    return query === text ? stdout : JSON.parse(stdout);
  }

  /** Holds what `text` locks until release(): a session of psql with an open transaction. */
  async hold(db, text) {
    const child = spawn(
      join(BIN, 'psql'),
      ['-X', '-q', '-A', '-t', '-U', 'postgres', '-h', this.folder, '-d', db],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const held = new Promise((done) =>
      child.stdout.on('data', (d) => String(d).includes('held') && done()),
    );
    child.stdin.write(`BEGIN; ${text}; SELECT 'held';\n`);
    await held;
    const end = new Promise((done) => child.once('exit', done));
    return {
      release: async () => {
        child.stdin.end('ROLLBACK;\n');
        await end;
      },
    };
  }

  /** Moves the database's clock by an offset such as "+1d" (libfaketime's form). */
  setClock(offset) {
    writeFileSync(this.clock + '.new', offset + '\n');
    renameSync(this.clock + '.new', this.clock); // whole or not at all: it is read at each call
  }

  async addStandby() {
    const folder = join(this.folder, 's');
    await run('mkdir', [folder], this.who);
    const data = join(folder, 'd');
    const from = `host=${this.folder} user=postgres application_name=standby`;
    await run(
      join(BIN, 'pg_basebackup'),
      ['-D', data, '-R', '-c', 'fast', '-X', 'stream', '-d', from],
      this.who,
    );
    this.standby = new Server(folder, data, folder, this.who, this.primary.env);
    await this.standby.start();
    await this.sql('postgres', "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    await this.sql('postgres', 'DO $$ BEGIN PERFORM pg_reload_conf(); END $$');
    await this.synchronous();
  }

  /** Waits until commits wait for the standby. */
  async synchronous() {
    const look =
      "SELECT 1 AS one FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'";
    await until(
      'the standby is synchronous',
      async () => (await this.sql('postgres', look)).length === 1,
    );
  }

  async stop() {
    await this.standby?.stop('SIGQUIT');
    await this.primary.stop('SIGQUIT');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** At the end of the process, whatever happened: nothing of ours goes on running. */
  abandon() {
    for (const server of [this.primary, this.standby]) {
      if (server?.alive()) server.child.kill('SIGQUIT');
    }
    if (process.env.POSKO_KEEP) return;
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true });
  }
}
