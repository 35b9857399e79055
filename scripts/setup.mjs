import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const OLDEST_NODE = [20, 19];
const BUILT = ['index.mjs', 'index.cjs', 'index.d.cts', 'prometheus.mjs', 'cli/main.mjs'];
const BUILT_FROM = ['src', 'scripts/entries.ts', 'tsdown.config.ts', 'package.json'];

/** Installs and builds what is missing or out of date; ends the program with npm's own output when that fails. */
export function prepare() {
  refuseOldNode();
  if (!isInstalled()) step('Installing', 'ci', '--no-audit', '--no-fund');
  if (!isBuilt()) step('Building', 'run', 'build');
}

/** Runs npm in the repository, with this Node. Returns its exit status; output is inherited, or given back. */
export function npm(args, stdio = 'inherit') {
  const cli = process.env.npm_execpath;
  const direct = cli !== undefined && /npm-cli\.c?js$/.test(cli);
  return spawnSync(direct ? process.execPath : 'npm', direct ? [cli, ...args] : args, {
    cwd: root,
    stdio,
    encoding: 'utf8',
    // npm is a batch file on Windows.
    shell: !direct && process.platform === 'win32',
  });
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  console.error(
    `Building and testing need Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}.`,
  );
  process.exit(1);
}

function step(name, ...args) {
  console.error(`${name} …`);
  const { status, stdout, stderr, error } = npm([...args, '--loglevel=error'], 'pipe');
  if (status === 0) return;
  console.error(`${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  console.error(`${name} failed: npm ${args.join(' ')}`);
  process.exit(status || 1);
}

/** npm keeps a lock file of what it installed: compare it with the one that is asked for. */
function isInstalled() {
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  const wanted = packagesIn(join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? optional === true : found.version === version;
  });
}

function packagesIn(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function isBuilt() {
  const outputs = BUILT.map((name) => join(root, 'dist', name));
  if (!outputs.every((path) => existsSync(path))) return false;
  const oldest = Math.min(...outputs.map((path) => statSync(path).mtimeMs));
  return oldest > Math.max(...BUILT_FROM.map((name) => newest(join(root, name))));
}

/** A directory changes its own time when a file in it goes. */
function newest(path) {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  return Math.max(mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}
