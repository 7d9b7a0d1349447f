// Compose and the engine below it, as an operator uses them, in a copy of the tree whose folder is
// called like the project.  COMPOSE names the command (docker compose), ENGINE what runs containers.
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../flow/lib/hub.mjs';
import { until } from '../flow/lib/wait.mjs';

const [COMPOSE, ...WORDS] = (process.env.COMPOSE ?? 'docker compose').split(' ');
const ENGINE = process.env.ENGINE ?? 'docker';
const PROJECT = 'posko-compose-test';
const FOLDER = join(tmpdir(), PROJECT);
export const PORT = Number(process.env.POSKO_TEST_PORTS ?? 31000) + 443;
export const HA = 'docker-compose.yml:docker-compose.ha.yml';
export const STORED = join(FOLDER, 'stage'); // what a test needs from outside the containers

const run = promisify(execFile);
const BUFFER = { maxBuffer: 1 << 28 };

/** The tree as git would commit it now: a fresh clone with its changes. */
export async function copyTree() {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(STORED, { recursive: true });
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    ...BUFFER,
  });
  const list = join(STORED, 'files');
  writeFileSync(list, stdout);
  await run(
    'sh',
    ['-c', 'tar -c --ignore-failed-read -T "$1" | tar -x -C "$2"', 'sh', list, FOLDER],
    { cwd: ROOT, ...BUFFER },
  );
}

/** One command of compose; says what it printed when it fails. */
export function compose(words, { files } = {}) {
  const env = { ...process.env, POSKO_PORT: String(PORT), COMPOSE_PROJECT_NAME: PROJECT };
  delete env.COMPOSE_FILE;
  if (files) Object.assign(env, { COMPOSE_FILE: files, POSKO_PORT: PORT + 1, POSKO_PROXY_PORT: PORT });
  return new Promise((done, fail) => {
    const child = spawn(COMPOSE, [...WORDS, ...words], {
      cwd: FOLDER,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    child.once('error', fail);
    child.once('close', (code) =>
      code === 0 ? done(said) : fail(new Error(`${words.join(' ')}: ${said.slice(-4000)}`)),
    );
  });
}

export const up = (files) => compose(['up', '--build', '--detach'], { files });
export const down = (files, ...more) => compose(['down', ...more], { files });

export const engine = async (...words) => (await run(ENGINE, words, BUFFER)).stdout;

/** The container of a service, running or not; undefined when there is none. */
export async function container(service) {
  const labels = [`com.docker.compose.project=${PROJECT}`, `com.docker.compose.service=${service}`];
  const filters = labels.flatMap((label) => ['--filter', `label=${label}`]);
  return (await engine('ps', '--all', '--quiet', ...filters)).trim().split('\n')[0] || undefined;
}

export const inspect = async (service) =>
  JSON.parse(await engine('inspect', await container(service)))[0];
export const inside = async (service, ...words) =>
  engine('exec', await container(service), ...words);

/** podman has no service that runs health checks: there it is run now. */
async function isHealthy(service) {
  const id = await container(service);
  if (!id) return false;
  if (!ENGINE.endsWith('podman')) return (await inspect(service)).State.Health.Status === 'healthy';
  return engine('healthcheck', 'run', id).then(
    () => true,
    () => false,
  );
}

export const healthy = (service, ms = 120_000) =>
  until(`${service} is healthy`, () => isHealthy(service), ms, 500);

export async function kill(service) {
  await engine('kill', '--signal', 'KILL', await container(service));
}

/** Starts what was killed, unless the engine did so by itself. */
export async function start(service) {
  await engine('start', await container(service)).catch(() => {});
  await healthy(service);
}

/** Rows of a statement, by the database's own user in its container. */
export async function rows(text) {
  const statement = `SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM (${text}) t`;
  const user = ['psql', '-X', '-A', '-t', '-U', 'postgres', '-d', 'posko', '-c', statement];
  return JSON.parse(await inside('database', ...user));
}
