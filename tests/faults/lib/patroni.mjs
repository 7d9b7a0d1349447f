// Two PostgreSQL under Patroni, with one etcd, all as plain processes of the user postgres (or of
// whoever runs the tests).  It stands in for Cluster: World takes it as its `cluster`.
import { spawn, spawnSync, execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../flow/lib/hub.mjs';
import { BIN, owner } from '../../flow/lib/cluster.mjs';
import { until } from '../../flow/lib/wait.mjs';
import { Skipped } from './run.mjs';

const run = promisify(execFile);

const found = (name) => spawnSync('which', [name]).status === 0;

function settings(p, node) {
  const dcs = {
    ttl: 10,
    loop_wait: 1,
    retry_timeout: 3,
    maximum_lag_on_failover: 1 << 20,
    synchronous_mode: true,
    postgresql: {
      use_pg_rewind: true,
      parameters: { max_connections: 60, wal_keep_size: '256MB', wal_log_hints: 'on' },
    },
  };
  return {
    scope: 'posko',
    name: node.name,
    restapi: { listen: `127.0.0.1:${node.rest}`, connect_address: `127.0.0.1:${node.rest}` },
    etcd3: { hosts: [`127.0.0.1:${p.etcdPort}`] },
    bootstrap: {
      dcs,
      initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'],
      pg_hba: ['local all all trust', 'host all all 127.0.0.1/32 trust'].concat(
        'host replication all 127.0.0.1/32 trust',
      ),
    },
    postgresql: {
      listen: `127.0.0.1:${node.port}`,
      connect_address: `127.0.0.1:${node.port}`,
      data_dir: join(node.folder, 'd'),
      bin_dir: BIN,
      pgpass: join(node.folder, 'pgpass'),
      authentication: { superuser: { username: 'postgres' }, replication: { username: 'postgres' } },
      parameters: { unix_socket_directories: node.folder },
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
    },
    watchdog: { mode: 'off' },
  };
}

export class Patroni {
  static async start() {
    for (const name of ['etcd', 'patroni'])
      if (!found(name)) throw new Skipped(`${name} is not installed; hub/app/deps faults`);
    const p = new Patroni();
    p.who = owner();
    p.folder = mkdtempSync('/tmp/pp-');
    chmodSync(p.folder, 0o755);
    if (p.who.uid) chownSync(p.folder, p.who.uid, p.who.gid);
    process.once('exit', () => p.abandon());
    await p.startEtcd();
    p.nodes = [];
    for (const name of ['a', 'b']) {
      const node = { name, folder: join(p.folder, name) };
      for (const port of ['port', 'rest']) node[port] = await freePort();
      await run('mkdir', [node.folder], p.who);
      node.config = join(node.folder, 'patroni.yml');
      writeFileSync(node.config, JSON.stringify(settings(p, node))); // JSON is YAML
      p.nodes.push(node);
      p.startNode(node);
      await until(`node ${name} runs`, () => p.isRunning(node), 90_000, 200);
    }
    await p.synchronous();
    return p;
  }

  async startEtcd() {
    this.etcdPort = await freePort();
    const peer = `http://127.0.0.1:${await freePort()}`;
    const client = `http://127.0.0.1:${this.etcdPort}`;
    const flags = {
      name: 'one',
      'data-dir': join(this.folder, 'etcd'),
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `one=${peer}`,
    };
    const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    this.etcd = this.spawn('etcd', args, join(this.folder, 'etcd.log'));
    const healthy = async () => (await fetch(`${client}/health`).catch(() => null))?.ok;
    await until('etcd is healthy', healthy, 30_000, 100);
  }

  spawn(program, args, file) {
    const log = openSync(file, 'a');
    const env = { PATH: `${BIN}:${process.env.PATH}`, LC_ALL: 'C.UTF-8', HOME: this.folder };
    const child = spawn(program, args, { ...this.who, env, stdio: ['ignore', log, log] });
    closeSync(log);
    child.gone = new Promise((done) => child.once('exit', done));
    return child;
  }

  startNode(node) {
    node.patroni = this.spawn('/usr/bin/patroni', [node.config], join(node.folder, 'log'));
  }

  async state(node) {
    const reply = await fetch(`http://127.0.0.1:${node.rest}/patroni`).catch(() => null);
    return reply?.json().catch(() => null);
  }

  async hasSuccessor() {
    for (const node of this.nodes) {
      const reply = await fetch(`http://127.0.0.1:${node.rest}/cluster`).catch(() => null);
      const cluster = await reply?.json().catch(() => null);
      if (cluster?.members.some((m) => m.role === 'sync_standby')) return true;
    }
    return false;
  }

  async isRunning(node) {
    return (await this.state(node))?.state === 'running';
  }

  async leader() {
    for (const node of this.nodes) {
      const state = await this.state(node);
      if (state?.state === 'running' && ['master', 'primary'].includes(state.role)) return node;
    }
    return null;
  }

  /** Waits until both are there, commits wait for the other, and Patroni has written down that this
   *  one may take over: it does so 2 s after PostgreSQL waits for it, and elects nobody before. */
  async synchronous(ms = 90_000) {
    const look = "SELECT 1 AS one FROM pg_stat_replication WHERE sync_state = 'sync'";
    const both = async () => {
      const rows = await this.sql('postgres', look).catch(() => []);
      return rows.length === 1 && (await this.hasSuccessor());
    };
    await until('two nodes, one of them synchronous', both, ms, 200);
  }

  /** kill -9 of Patroni and its PostgreSQL, at once. */
  async kill(node) {
    const pid = Number(readFileSync(join(node.folder, 'd/postmaster.pid'), 'utf8').split('\n')[0]);
    node.patroni.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await node.patroni.gone;
  }

  async switchover() {
    const leader = await this.leader();
    const candidate = this.nodes.find((n) => n !== leader);
    const body = JSON.stringify({ leader: leader.name, candidate: candidate.name });
    const reply = await fetch(`http://127.0.0.1:${leader.rest}/switchover`, { method: 'POST', body });
    if (!reply.ok) throw new Error(`switchover: ${reply.status} ${await reply.text()}`);
  }

  get ports() {
    return this.nodes.map((n) => n.port).join(',');
  }

  dsn(db) {
    const hosts = this.nodes.map(() => '127.0.0.1').join(',');
    return `host=${hosts} port=${this.ports} dbname=${db} user=postgres target_session_attrs=read-write`;
  }

  async createDatabase(db) {
    await this.sql('postgres', `CREATE DATABASE ${db}`);
    return this.dsn(db);
  }

  async sql(db, text) {
    const query = /^\s*(select|with)/i.test(text)
      ? `SELECT coalesce(json_agg(t), '[]') FROM (${text}) t`
      : text;
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', this.dsn(db), '-c', query];
    const { stdout } = await run(join(BIN, 'psql'), args, { maxBuffer: 1 << 28 });
    return query === text ? stdout : JSON.parse(stdout);
  }

  /** As Cluster's: is there a database to ask? */
  get primary() {
    return { alive: () => this.nodes.some((n) => n.patroni.exitCode === null) };
  }

  async stop() {
    for (const node of this.nodes) node.patroni.kill('SIGTERM');
    await Promise.all(this.nodes.map((n) => n.patroni.gone));
    this.etcd.kill('SIGTERM');
    await this.etcd.gone;
    this.abandon();
  }

  /** At the end of the process, whatever happened. */
  abandon() {
    for (const node of this.nodes ?? []) {
      node.patroni?.kill('SIGKILL');
      const file = join(node.folder, 'd/postmaster.pid');
      if (!existsSync(file)) continue;
      try {
        process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
      } catch {
        // it has ended
      }
    }
    this.etcd?.kill('SIGKILL');
    if (!process.env.POSKO_KEEP) rmSync(this.folder, { recursive: true, force: true });
  }
}
