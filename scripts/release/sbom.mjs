// The bill of materials: `npm sbom` of what a bundle holds, and of nothing that only builds or tests it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { root } from '../set-up.mjs';

/** CycloneDX as text, the same for the same content. `packages` as of `packagesIn`. */
export function makeSbom(manifest, packages, date) {
  const whole = JSON.parse(npm('sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'));
  const wanted = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const components = whole.components.filter(({ name, version }) => wanted.delete(`${name}@${version}`)).map(asShipped);
  if (wanted.size > 0) throw new Error(`npm sbom does not know ${[...wanted].join(', ')}`);
  const own = whole.metadata.component['bom-ref'];
  const kept = new Set([own, ...components.map((component) => component['bom-ref'])]);
  const dependencies = whole.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  // npm names the component after its folder.
  const metadata = {
    ...whole.metadata,
    timestamp: date.toISOString(),
    component: { ...whole.metadata.component, name: manifest.name },
  };
  const content = { ...whole, serialNumber: undefined, metadata, components, dependencies };
  return `${JSON.stringify({ ...content, serialNumber: serialOf(content) }, null, 2)}\n`;
}

/** To npm everything that is bundled is needed for development only. */
function asShipped(component) {
  const properties = component.properties.filter(({ name }) => name !== 'cdx:npm:package:development');
  return { ...component, scope: 'required', properties };
}

/** A UUID of version 8: one's own, here by the content. @see RFC 9562 section 5.8 */
function serialOf(content) {
  const hex = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const variant = ((Number.parseInt(hex[16], 16) & 0x3) | 0x8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `${variant}${hex.slice(17, 20)}`, hex.slice(20, 32)];
  return `urn:uuid:${parts.join('-')}`;
}

function npm(...args) {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}`);
  return stdout;
}
