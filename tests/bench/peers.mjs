// What is measured beside the hub: our raw libwebsockets server, Node hubs, nats-server.
import { execFileSync, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, load, sleep, until } from './rig.mjs';
import { freePort } from '../flow/lib/hub.mjs';

const here = import.meta.dirname;

/** A process that prints `up`, or that `ready` finds up. */
export async function start(command, args, { ready, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let told = '';
  child.stdout.on('data', (d) => (told += d));
  const gone = new Promise((done) => child.once('exit', done));
  await until(`${command} is up`, () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${told}`);
    return ready ? ready() : /^up$/m.test(told);
  }, 60_000);
  const stop = async () => {
    kill();
    await gone;
    process.off('exit', kill);
  };
  return { child, pid: child.pid, stop };
}

export async function startRaw({ bytes, rx = 1024, cert, key }) {
  const port = await freePort();
  const args = [port, bytes, rx, ...(cert ? [cert, key] : [])].map(String);
  return { port, ...(await start(join(BUILD, 'raw'), args)) };
}

export const nodePeersAreThere = () => existsSync(join(here, 'peers/node_modules/ws'));

export async function startNode(rig, mode) {
  const port = await freePort();
  const dsn = JSON.stringify({ host: rig.cluster.folder, user: 'postgres', database: 'postgres' });
  const args = [join(here, 'peers/hub.js'), String(port), dsn, rig.keys, mode];
  return { port, ...(await start(process.execPath, args)) };
}

/** One run of the load client against a peer that speaks the plain form of our posts. */
export function loadPeer(rig, peer, options) {
  return load({
    dialect: 'plain',
    port: peer.port,
    keys: rig.keys,
    aud: rig.world.aud,
    watch: peer.pid,
    ...options,
  });
}

export const answers = (port) =>
  new Promise((done) => {
    const s = connect(port, '127.0.0.1', () => {
      s.destroy();
      done(true);
    });
    s.once('error', () => done(false));
  });

export const natsIsThere = () => existsSync('/usr/sbin/nats-server');

/** JetStream with a file, over WebSocket: it acknowledges before the disk has it. */
export async function startNats() {
  const port = await freePort();
  const plain = await freePort();
  const folder = mkdtempSync('/tmp/pn-');
  const config = join(folder, 'conf');
  writeFileSync(
    config,
    `listen: "127.0.0.1:${plain}"\nwebsocket { listen: "127.0.0.1:${port}", no_tls: true }\n` +
      `jetstream { store_dir: "${folder}/js" }\nmax_pending: 268435456\n`,
  );
  const peer = await start('/usr/sbin/nats-server', ['-c', config, '-l', join(folder, 'log')], {
    ready: () => answers(port),
  });
  await makeStream(plain);
  const stop = async () => {
    await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...peer, port, stop };
}

function makeStream(port) {
  const config = JSON.stringify({
    name: 'BENCH',
    subjects: ['bench.>'],
    storage: 'file',
    num_replicas: 1,
    retention: 'limits',
  });
  const subject = '$JS.API.STREAM.CREATE.BENCH';
  return new Promise((done, fail) => {
    const s = connect(port, '127.0.0.1');
    s.once('error', fail);
    s.on('data', (data) => {
      const text = String(data);
      if (text.startsWith('INFO'))
        s.write(
          `CONNECT {"verbose":false}\r\nSUB _R 1\r\nPUB ${subject} _R ${config.length}\r\n${config}\r\n`,
        );
      else if (text.includes('MSG')) {
        s.destroy();
        if (text.includes('"error"')) fail(new Error(text));
        else done();
      }
    });
  });
}

/** A certificate of our own for the runs with TLS. */
export function makeCertificate(folder) {
  const cert = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...args, ...subject], { stdio: 'ignore' });
  return { cert, key };
}

export { sleep };
