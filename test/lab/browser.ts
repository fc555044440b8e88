/** A real browser without a screen: Chromium as the system has it, opening files alone. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, it } from 'vitest';

/** Of playwright-core what is used here: its own types are made of those of a browser's globals, which this project does not have. */
export interface Browser {
  newContext(options: ContextOptions): Promise<Context>;
  close(): Promise<void>;
}

export interface ContextOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: Size;
  readonly bypassCSP?: boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Context {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

/** What runs in the page is text. */
export interface Page {
  readonly keyboard: { press(key: string): Promise<void> };
  context(): Context;
  goto(url: string): Promise<unknown>;
  addInitScript(script: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  emulateMedia(options: { readonly media?: 'print' | 'screen'; readonly colorScheme?: 'light' | 'dark' }): Promise<void>;
  setViewportSize(size: Size): Promise<void>;
  pdf(options: { readonly preferCSSPageSize: boolean }): Promise<Buffer>;
  on(event: 'request', listener: (request: { url(): string }) => void): void;
  on(event: 'console', listener: (message: { text(): string }) => void): void;
  on(event: 'dialog', listener: (dialog: { message(): string }) => void): void;
  on(event: 'pageerror', listener: (error: Error) => void): void;
}

interface Driver {
  readonly chromium: { launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser> };
}

const require = createRequire(import.meta.url);

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

const executable = NAMES.flatMap((name) => (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name))).find(
  isExecutable,
);

/** axe-core, as the script that a page runs. */
export const ACCESSIBILITY_RULES: string = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Like `describe`; skipped, aloud, where there is no browser, and a failure where CI=true. */
export function describeBrowser(title: string, body: () => void): void {
  const why = `no ${NAMES.join(' or ')} in PATH (Debian: apt-get install chromium)`;
  const { CI } = process.env;
  if (executable !== undefined) {
    describe(title, body);
  } else if (CI === 'true') {
    it(title, () => {
      throw new Error(`${why}; in CI the browser must run`);
    });
  } else {
    process.stderr.write(`SKIPPED ${title}: ${why}\n`);
    describe.skip(`${title} (${why})`, body);
  }
}

/** Chromium refuses to be root within its own sandbox; what it opens here are files that the test has made. */
export async function openBrowser(): Promise<Browser> {
  const args = [
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
    '--host-resolver-rules=MAP * ~NOTFOUND',
  ];
  const { chromium }: Driver = require('playwright-core');
  return await chromium.launch({
    executablePath: executable ?? '',
    args: userInfo().uid === 0 ? [...args, '--no-sandbox'] : args,
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
