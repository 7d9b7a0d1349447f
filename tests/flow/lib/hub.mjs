// One poskod process: started with POSKO_* alone, watched through its log lines and /readyz.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { resolve } from 'node:path';
import { until, within } from './wait.mjs';

process.setMaxListeners(100); // each process and folder is cleared away at the end

export const ROOT = resolve(
  import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  '../../..',
);
export const POSKOD = resolve(ROOT, process.env.POSKOD ?? 'build/test/poskod');

const FIRST_PORT = Number(process.env.POSKO_TEST_PORTS ?? 23000);
let next = FIRST_PORT + (process.pid % 60) * 32; // files that run beside each other keep apart

const isFree = (port) =>
  new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });

export async function freePort() {
  while (!(await isFree(next))) next++;
  return next++;
}

export class Hub {
  /** program: another than POSKOD, such as that of the commit before. */
  static async make({ dsn, data, env = {}, program = POSKOD }) {
    const hub = new Hub();
    hub.program = program;
    hub.port = await freePort();
    hub.metricsPort = await freePort();
    hub.host = `localhost:${hub.port}`;
    hub.url = `http://${hub.host}`;
    hub.ws = `ws://${hub.host}/ws`;
    hub.env = {
      PATH: process.env.PATH,
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      ASAN_OPTIONS: 'abort_on_error=1:detect_leaks=1',
      UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
      POSKO_LISTEN: hub.host,
      POSKO_METRICS_LISTEN: `127.0.0.1:${hub.metricsPort}`,
      POSKO_DATABASE: dsn,
      POSKO_DATA: data,
      POSKO_HUB_KEY: `${data}/hub.key`,
      ...env,
    };
    return hub;
  }

  /** Starts, and waits until it is ready: the milliseconds that took. */
  async start(ms = 20_000) {
    if (!existsSync(this.program)) throw new Error(`${this.program} is not built`);
    const begin = performance.now();
    this.logs = [];
    this.errors = [];
    const stdio = ['ignore', 'pipe', this.stderr ?? 'pipe']; // stderr: a descriptor of the test's
    const child = spawn(this.program, [], { env: this.env, stdio });
    this.child = child;
    this.gone = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    if (child.stderr)
      createInterface({ input: child.stderr }).on('line', (line) => this.line(line));
    this.printed = [];
    createInterface({ input: child.stdout }).on('line', (line) => this.printed.push(line));
    await until(`the hub on ${this.host} is ready`, () => this.isReady(), ms, 5);
    return performance.now() - begin;
  }

  line(text) {
    try {
      this.logs.push(JSON.parse(text));
    } catch {
      this.errors.push(text); // not a log line: a sanitizer, an assert
    }
    if (process.env.POSKO_SHOW) process.stderr.write(`${this.port} ${text}\n`);
  }

  alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async isReady() {
    if (!this.alive()) {
      const last = [
        ...this.logs.slice(-5).map((l) => JSON.stringify(l)),
        ...this.errors.slice(0, 40),
      ];
      throw new Error(`the hub ended: ${last.join('\n')}`);
    }
    try {
      return (await fetch(`${this.url}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }

  async metrics() {
    return (await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)).text();
  }

  async kill() {
    this.child.kill('SIGKILL');
    return this.gone;
  }

  /** SIGTERM: it drains and ends with 0. */
  async stop(ms = 15_000) {
    if (this.alive()) this.child.kill('SIGTERM');
    return within('the hub stops after SIGTERM', this.gone, ms);
  }
}
