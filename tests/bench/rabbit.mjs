// RabbitMQ of Debian's package, a node of its own: own folder, name, ports on loopback and epmd; posts
// come in through its web-stomp plugin and go to one quorum queue.  The receipt of a message is the
// broker's confirm: the queue has it on disk.  It checks no signature.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from './rig.mjs';
import { answers, start } from './peers.mjs';
import { freePort } from '../flow/lib/hub.mjs';

const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'; // the one in /usr/sbin wants the service's folders
const EPMD = '/usr/bin/epmd';

export const rabbitIsThere = () => existsSync(SERVER) && existsSync(EPMD);

/** The package's user, when we may choose. */
function owner() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'rabbitmq'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function settings(folder, ports) {
  writeFileSync(join(folder, 'plugins'), '[rabbitmq_web_stomp].\n');
  writeFileSync(
    join(folder, 'rabbit.conf'),
    `web_stomp.tcp.ip = 127.0.0.1\nweb_stomp.tcp.port = ${ports.web}\nweb_stomp.ws_frame = text\n` +
      `stomp.listeners.tcp.1 = 127.0.0.1:${ports.stomp}\nlog.file.level = error\n`,
  );
  return {
    PATH: process.env.PATH,
    LC_ALL: 'C.UTF-8',
    HOME: folder, // Erlang's cookie
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: `bench${process.pid}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.dist),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbit.conf'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_ALLOW_INPUT: '1', // the script becomes the node: one process to end
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput',
  };
}

/** Says these frames one after the other, each when the one before is answered. */
function stomp(port, frames) {
  return new Promise((done, fail) => {
    const s = connect(port, '127.0.0.1', () => s.write(frames.shift()));
    s.once('error', fail);
    s.on('data', (data) => {
      if (String(data).startsWith('ERROR')) fail(new Error(String(data)));
      else if (frames.length > 0) s.write(frames.shift());
      else done(s.destroy());
    });
  });
}

const makeQueue = (port) =>
  stomp(port, [
    'CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\nheart-beat:0,0\n\n\0',
    'SUBSCRIBE\nid:q\ndestination:/queue/bench\nx-queue-type:quorum\ndurable:true\nauto-delete:false\n' +
      'exclusive:false\nack:client\nprefetch-count:1\nreceipt:made\n\n\0',
  ]);

export async function startRabbit() {
  const folder = mkdtempSync('/tmp/pr-');
  const who = owner();
  if (who.uid) chownSync(folder, who.uid, who.gid);
  const ports = {};
  for (const name of ['web', 'stomp', 'epmd', 'amqp', 'dist']) ports[name] = await freePort();
  const env = settings(folder, ports);
  const mute = ['ignore', 'pipe', 'ignore']; // it complains about whoever only looks
  const epmd = await start(EPMD, [], { env, ready: () => answers(ports.epmd), stdio: mute, ...who });
  const node = await start(SERVER, [], { env, ready: () => answers(ports.web), ...who });
  const stop = async () => {
    await node.stop();
    await epmd.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('RabbitMQ takes log-ins', () => answers(ports.stomp));
    await makeQueue(ports.stomp);
  } catch (e) {
    await stop();
    throw e;
  }
  return { port: ports.web, pid: node.pid, stop };
}
