// What an installation has to be able to do, however it came about. A proof is a claim and a function that throws where it is wrong.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../set-up.mjs';

const EXAMPLE = ['postern.yaml', 'before.nft', 'after.nft'];

export function ensure(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** Runs `{ command, cwd }`; nothing of this process's environment goes with it but where programs are. */
export function spawnAlone({ command, cwd }) {
  const [file, ...args] = command;
  const env = { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8' };
  return spawnSync(file, args, { cwd, env, encoding: 'utf8', timeout: 300_000 });
}

/** @throws {Error} where the exit code is another, or `pattern` is not in what it says. */
export function expectRun(spawn, given, { status = 0, pattern = /(?:)/ }) {
  const ran = spawn(given);
  const said = `${ran.stdout}${ran.stderr}`;
  const call = given.command.join(' ');
  if (ran.error !== undefined) throw new Error(`${call} did not run`, { cause: ran.error });
  ensure(ran.status === status, `${call} ended with ${ran.status}, not ${status}:\n${said}`);
  ensure(pattern.test(said), `${call} does not say ${pattern}:\n${said}`);
}

/**
 * Of a command in a folder that has the example beside it.
 *
 * @param demo  arguments of the demonstration; null leaves it out.
 * @param spawn runs a command there; absent: on this machine.
 */
export function proofsOf({ command, folder, version, demo, spawn = spawnAlone }) {
  if (spawn === spawnAlone) layExample(folder);
  const runs = (args, wanted) => () => expectRun(spawn, { command: [...command, ...args], cwd: folder }, wanted);
  return [
    [`--version is ${version}`, runs(['--version'], { pattern: new RegExp(`^${version.replaceAll('.', '\\.')}\n$`) })],
    ['--help shows the commands', runs(['--help'], { pattern: /postern audit/ })],
    ['a built-in policy opens', runs(['policy', 'lint', 'least-privilege'], {})],
    ['policy init writes one', runs(['policy', 'init', 'new.yaml', '--force'], { pattern: /Wrote new\.yaml/ })],
    ['check finds a good configuration compliant', runs(['check', '--config', 'before.nft'], { pattern: /COMPLIANT|comply/i })],
    ['check finds a bad one wrong', runs(['check', '--config', 'after.nft'], { status: 1, pattern: /VIOLATION/ })],
    ['a run is kept', runs(['check', '--config', 'before.nft', '--state', 'runs'], {})],
    ['history shows it', runs(['history', '--state', 'runs'], { pattern: /check small-office before\.nft/ })],
    ['report renders it', runs(['report', 'latest', '--state', 'runs', '--format', 'prometheus'], { pattern: /^postern_/m })],
    ...(demo === null
      ? []
      : [[`demo ${demo.join(' ')} finds what it planted`, runs(['demo', ...demo], { pattern: /exactly what was planted/ })]]),
  ];
}

function layExample(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of EXAMPLE) cpSync(join(root, 'fixtures', 'review', file), join(folder, file));
}

/** Of the npm package, installed into an empty folder without running any script. */
export function packageProofs({ tarball, folder, version }) {
  mkdirSync(folder);
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, tarball];
  const bin = join(folder, 'node_modules', '.bin', 'postern');
  return [
    ['installs without scripts', () => installWith(install, folder)],
    ['brings no other package along', () => expectOnly(join(folder, 'node_modules'))],
    ...proofsOf({ command: [bin], folder, version, demo: ['--loopback'] }),
    ['is a library too', () => expectLibrary(folder)],
    ['whose types are complete', () => expectTypes(folder)],
  ];
}

/** With the user's own npm configuration: the registry is theirs. */
function installWith(args, cwd) {
  const { status, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  ensure(status === 0, `npm ${args.join(' ')} failed:\n${stderr}`);
}

function expectOnly(modules) {
  const others = readdirSync(modules).filter((name) => !name.startsWith('.') && name !== 'postern');
  ensure(others.length === 0, `installed beside it: ${others.join(', ')}`);
}

function expectLibrary(folder) {
  const program = `import { check, openPolicy, render } from 'postern';
import schema from 'postern/result.schema.json' with { type: 'json' };
const { policy } = await openPolicy('least-privilege', { cwd: '.' });
console.log(policy.name, typeof check, typeof render, schema.$schema);`;
  writeFileSync(join(folder, 'library.mjs'), program);
  const command = [process.execPath, '--no-warnings', 'library.mjs'];
  expectRun(spawnAlone, { command, cwd: folder }, { pattern: /^least-privilege function function https:/ });
}

/** With nothing but Node's own types beside them, and looked through to the end. */
function expectTypes(folder) {
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(folder, 'library.ts'),
    "import { openPolicy, type Policy } from 'postern';\nexport const policy: Promise<Policy> = openPolicy(null, { cwd: '.' }).then((loaded) => loaded.policy);\n",
  );
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2023', lib: ['es2023'], strict: true, noEmit: true, skipLibCheck: false },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['library.ts'] }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  expectRun(spawnAlone, { command: [process.execPath, tsc, '-p', folder], cwd: folder }, {});
}
