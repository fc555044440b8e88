// Makes the policy's types and its validator from policies/policy.schema.json, the one source of the policy's shape; and puts what the
// program needs of policies/ and fixtures/certificates/ into modules, so that it runs wherever its code is, without files beside it.
// Also the pages of docs/ that are made from data: the policy's reference and the findings.
// With --check it writes nothing, and fails where what is committed differs.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { settings } from './bundling.mjs';
import { ensureInstalled, root } from './set-up.mjs';

const checkOnly = process.argv.includes('--check');
// A check runs in the midst of others, under which no package may be exchanged.
if (!checkOnly) ensureInstalled();
const { Ajv2020 } = await import('ajv/dist/2020.js');
const { default: standaloneCode } = await import('ajv/dist/standalone/index.js');
const { build } = await import('esbuild');
const { compile } = await import('json-schema-to-typescript');

const schema = JSON.parse(readFileSync(join(root, 'policies/policy.schema.json'), 'utf8'));
const banner = generatedFrom('policies/policy.schema.json');

const outputs = new Map([
  ['src/policy/generated/policy-document.ts', await types()],
  ['src/policy/generated/validate-policy.js', await validator()],
  ['src/policy/generated/validate-policy.d.ts', declaration()],
  ['src/policy/generated/policy-texts.ts', policyTexts()],
  ['src/lab/generated/certificate-texts.ts', certificateTexts()],
  ...Object.entries(await manualPages()),
]);
const changed = [...outputs].filter(([path, text]) => current(path) !== text).map(([path]) => path);
if (!checkOnly) {
  for (const path of changed) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), outputs.get(path));
    process.stdout.write(`wrote ${path}\n`);
  }
} else if (changed.length > 0) {
  process.stderr.write(`not what it is generated from: ${changed.join(', ')}. Run: npm run generate\n`);
  process.exitCode = 1;
}

function types() {
  return compile(forTypes(schema), 'PolicyDocument', {
    additionalProperties: false,
    bannerComment: banner,
    format: true,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 130 },
    unreachableDefinitions: false,
  });
}

/** Without what would only make the types worse: titles become type names, and `oneOf` of required keys an intersection. */
function forTypes(node) {
  if (Array.isArray(node)) return node.map(forTypes);
  if (typeof node !== 'object' || node === null) return node;
  const kept = Object.entries(node).filter(
    ([key, value]) => !(key === 'title' && typeof value === 'string') && !['oneOf', 'examples', '$id'].includes(key),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, forTypes(value)]));
}

/** Without what no message quotes: the validator is loaded at every start. */
function forValidator(node) {
  if (Array.isArray(node)) return node.map(forValidator);
  if (typeof node !== 'object' || node === null) return node;
  const kept = Object.entries(node).filter(([key, value]) => !(key === 'description' && typeof value === 'string'));
  return Object.fromEntries(kept.map(([key, value]) => [key, forValidator(value)]));
}

async function validator() {
  const ajv = new Ajv2020({
    strict: true,
    strictRequired: true,
    allowUnionTypes: true,
    allErrors: true,
    verbose: true,
    code: { source: true, esm: true },
  });
  const code = standaloneCode(ajv, ajv.compile(forValidator(schema)));
  // Ajv's ESM output still requires its runtime as CommonJS: bundled, nothing of ajv is loaded at run time.
  const bundled = await build({
    stdin: { contents: code, resolveDir: root, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    target: 'node20.19',
    write: false,
    legalComments: 'none',
    banner: { js: banner },
  });
  return bundled.outputFiles[0].text;
}

function declaration() {
  return `${banner}
import type { ErrorObject } from 'ajv';
import type { PolicyDocument } from './policy-document.ts';

/** Whether a value has the shape of a policy; where not, \`errors\` says why (of the last call). */
declare const validate: {
  (value: unknown): value is PolicyDocument;
  errors?: ErrorObject[] | null;
};
export default validate;
`;
}

/** The built-in policies by name, and what `policy init` writes. */
function policyTexts() {
  const names = readdirSync(join(root, 'policies')).filter((name) => name.endsWith('.yaml'));
  const builtIn = names.filter((name) => name !== 'template.yaml').sort();
  return [
    generatedFrom('policies/*.yaml'),
    'export const BUILT_IN_TEXTS: Readonly<Record<string, string>> = {',
    ...builtIn.map((name) => `  ${quoted(basename(name, '.yaml'))}: ${quoted(text(`policies/${name}`))},`),
    '};',
    `export const TEMPLATE_TEXT: string = ${quoted(text('policies/template.yaml'))};`,
    '',
  ].join('\n');
}

/** Of the demonstration: they protect nothing. */
function certificateTexts() {
  return [
    generatedFrom('fixtures/certificates'),
    'export const CERTIFICATE_TEXTS = {',
    ...['ca.pem', 'good.pem', 'good-key.pem'].map(
      (name) => `  ${quoted(name)}: ${quoted(text(`fixtures/certificates/${name}`))},`,
    ),
    '} as const;',
    '',
  ].join('\n');
}

/** scripts/documents/manual.ts is TypeScript, and so is the catalogue that it reads. */
async function manualPages() {
  const entry = join(root, 'scripts/documents/manual.ts');
  const { outputFiles } = await build({ ...settings, banner: {}, entryPoints: [entry], write: false });
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  return module.manualPages(schema);
}

function generatedFrom(source) {
  return `// Generated by scripts/generate.mjs from ${source}: change that, then run npm run generate.`;
}

function quoted(value) {
  return JSON.stringify(value);
}

function text(path) {
  return readFileSync(join(root, path), 'utf8');
}

function current(path) {
  const file = join(root, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
