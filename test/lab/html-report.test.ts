import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Annex, render } from '../../src/report/report.ts';
import { HOSTILE_TEXTS } from '../support/hostile.ts';
import { type LargeNetwork, largeResult } from '../support/large-result.ts';
import { PLAIN, poisoned, savedResult } from '../support/results.ts';
import { ACCESSIBILITY_RULES, type Browser, type ContextOptions, describeBrowser, openBrowser, type Page } from './browser.ts';
import { postern, root } from './postern.ts';

const RESULTS = [
  'violations',
  'inconclusive',
  'waived',
  'interference',
  'relay',
  'relay-servers',
  'many',
  'empty',
  'unread',
] as const;

const ANNEX: Annex = {
  history: Array.from({ length: 40 }, (_, index) => ({
    id: `run-${index}`,
    startedAt: `2026-10-${String((index % 28) + 1).padStart(2, '0')}T08:00:00.000Z`,
    verdict: (['compliant', 'violation', 'inconclusive'] as const)[index % 3] ?? 'compliant',
    checks: { compliant: 8, violation: index % 3, inconclusive: index % 2 },
  })),
  evidence: [{ file: 'office.jsonl', sha256: 'ab'.repeat(32) }],
};

/** With an overview, signs of every kind, and lists that are folded. */
const LARGE: LargeNetwork = { segments: 40, destinations: 40, endpoints: 1, open: 40, unjudged: 15 };

/** As the command writes it. */
function written(...args: readonly string[]): string {
  const [node = '', ...rest] = postern;
  const { stdout } = spawnSync(node, [...rest, ...args, '--format', 'html'], {
    cwd: join(root, 'fixtures/review'),
    encoding: 'utf8',
  });
  return stdout;
}

const DOCUMENTS: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(RESULTS.map((name) => [name, () => render('html', savedResult(name), PLAIN, ANNEX)])),
  check: () => written('check', '--config', 'after.nft'),
  review: () => written('review', '--before', 'before.nft', '--after', 'after.nft'),
  hostile: () => render('html', poisoned(savedResult('relay'), HOSTILE_TEXTS), PLAIN),
  large: () => render('html', largeResult(LARGE), PLAIN, ANNEX),
  endless: () => render('html', poisoned(savedResult('violations'), ['x'.repeat(3_000), 'y'.repeat(300)]), PLAIN),
};

/** As axe-core describes it. */
interface AxeResults {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  readonly passes: readonly unknown[];
}

interface Stop {
  readonly place: number;
  readonly outlined: boolean;
  readonly inView: boolean;
}

/** What has the focus, by its place in the document. (Text, since the types of a browser's globals are not those of this project.) */
const WHERE = `(() => {
  const focused = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const { top, bottom } = focused.getBoundingClientRect();
  return {
    place: [...document.querySelectorAll('*')].indexOf(focused),
    outlined: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
    inView: bottom > 0 && top < innerHeight,
  };
})()`;

describeBrowser('the HTML report in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    browser = await openBrowser();
    folder = mkdtempSync(join(tmpdir(), 'postern-html-'));
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(name: string, options: ContextOptions = {}, prepare?: (page: Page) => Promise<void>): Promise<Page> {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, DOCUMENTS[name]?.() ?? '');
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(pathToFileURL(file).href);
    return page;
  }

  it.each(Object.keys(DOCUMENTS))('%s breaks no rule of accessibility, in light and in dark', async (name) => {
    // Its own policy would not let the rules in; the next test holds that policy.
    const page = await open(name, { viewport: { width: 1_200, height: 900 }, bypassCSP: true });
    await page.evaluate('for (const fold of document.querySelectorAll("details")) fold.open = true');
    await page.evaluate(ACCESSIBILITY_RULES);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations, passes } = await page.evaluate<AxeResults>('axe.run()');
      expect(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)}`))).toEqual([]);
      expect(passes.length).toBeGreaterThan(10);
    }
    await page.context().close();
  });

  it.each(Object.keys(DOCUMENTS))(
    '%s runs nothing, loads nothing, does not even try, and fits into 380, 900 and 1600 pixels',
    async (name) => {
      const seen: string[] = [];
      const page = await open(name, {}, async (fresh) => {
        fresh.on('request', (request) => seen.push(`request ${request.url()}`));
        fresh.on('console', (message) => seen.push(`console ${message.text()}`));
        fresh.on('dialog', (dialog) => seen.push(`dialog ${dialog.message()}`));
        fresh.on('pageerror', (error) => seen.push(`error ${error.message}`));
        await fresh.addInitScript(
          'globalThis.refused = []; addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));',
        );
      });
      const after = await page.evaluate(`({
      pwned: globalThis.pwned ?? null,
      refused,
      styled: getComputedStyle(document.body).maxWidth !== 'none',
      outside: document.querySelectorAll('body > :not(a, svg, header, nav, main, footer)').length,
    })`);
      expect(after).toEqual({ pwned: null, refused: [], styled: true, outside: 0 });
      expect(seen.filter((line) => !line.startsWith(`request ${pathToFileURL(folder).href}`))).toEqual([]);
      expect(seen).toHaveLength(1);
      for (const width of [380, 900, 1_600]) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
      await page.context().close();
    },
  );

  it('dark and light differ, and paper is always white', async () => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open('violations', { colorScheme });
      const ground = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      grounds.push(await ground());
      await page.emulateMedia({ media: 'print', colorScheme });
      grounds.push(await ground());
      await page.context().close();
    }
    const [light, paper, dark, paperOfDark] = grounds;
    expect([paper, paperOfDark, light]).toEqual(['rgb(255, 255, 255)', 'rgb(255, 255, 255)', 'rgb(255, 255, 255)']);
    expect(dark).not.toBe(light);
  });

  it('prints on several pages, and cuts no finding that fits on one', async () => {
    const page = await open('violations', { colorScheme: 'dark' });
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
    expect(pdf.startsWith('%PDF-')).toBe(true);
    expect(pdf.match(/\/Type \/Page\b/g)?.length ?? 0).toBeGreaterThan(3);
    await page.emulateMedia({ media: 'print' });
    const breaks = await page.evaluate<string[]>(
      '[...document.querySelectorAll(".finding")].map((one) => getComputedStyle(one).breakInside)',
    );
    expect(new Set(breaks)).toEqual(new Set(['avoid']));
    await page.context().close();
  });

  it('of a large matrix the overview is seen as a whole, on a screen that is wide enough, and on paper', async () => {
    const page = await open('large', { viewport: { width: 1_200, height: 900 } });
    const seen = async (): Promise<{ within: boolean; aligned: boolean; height: number }> =>
      await page.evaluate(`(() => {
      const drawings = [...document.querySelectorAll('.overview svg.names, .overview svg.strip')].map((one) => one.getBoundingClientRect());
      const { right, height } = document.querySelector('.overview').getBoundingClientRect();
      return {
        within: right <= document.querySelector('main').getBoundingClientRect().right + 1,
        aligned: new Set(drawings.map(({ left, width }) => Math.round(left) + ' ' + Math.round(width))).size === 1,
        height,
      };
    })()`);
    expect(await seen()).toMatchObject({ within: true, aligned: true });
    expect((await seen()).height).toBeLessThan(40 * 30 + 200);
    // A4 between its margins.
    await page.setViewportSize({ width: 672, height: 980 });
    await page.emulateMedia({ media: 'print' });
    expect(await seen()).toMatchObject({ within: true, aligned: true });
    await page.context().close();
  });

  it('on a narrow screen what a line says in numbers is seen without scrolling', async () => {
    const page = await open('large', { viewport: { width: 380, height: 900 } });
    const rights = await page.evaluate<number[]>(
      '[...document.querySelectorAll(".overview td:nth-child(2) > *")].map((one) => one.getBoundingClientRect().right)',
    );
    expect(rights.length).toBeGreaterThan(40);
    expect(Math.max(...rights)).toBeLessThan(380);
    await page.context().close();
  });

  it('on paper what is folded is unfolded, apart from long lists, which say that they are not', async () => {
    const page = await open('large');
    // Two frames: what was not laid out is only then.
    const drawn = 'await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));';
    const hidden = (): Promise<string[]> =>
      page.evaluate(`(async () => {
      ${drawn}
      return [...document.querySelectorAll('details:not([open])')].flatMap((fold) => {
        const summary = fold.querySelector('summary');
        const unfolded = fold.getBoundingClientRect().height > summary.getBoundingClientRect().height + 8;
        return unfolded ? [] : fold.className.replace(' further', '') + ' ' + getComputedStyle(summary, '::after').content;
      });
    })()`);
    expect(new Set(await hidden())).toEqual(new Set(['fold none', 'fold long none']));
    await page.emulateMedia({ media: 'print' });
    expect(new Set(await hidden())).toEqual(new Set(['fold long " (a long list: unfold it on the screen to print it)"']));
    await page.context().close();
  });

  it.each(['violations', 'review'])(
    '%s: the keyboard goes from the skip link through everything in its order, and one sees where it is',
    async (name) => {
      const page = await open(name, { viewport: { width: 1_200, height: 800 } });
      const expected = await page.evaluate<number>(
        `[...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter((one) => one.checkVisibility()).length`,
      );
      const stops: Stop[] = [];
      for (let index = 0; index < expected; index++) {
        await page.keyboard.press('Tab');
        stops.push(await page.evaluate(WHERE));
      }
      expect(stops.filter(({ outlined, inView }) => !outlined || !inView)).toEqual([]);
      expect(stops.map(({ place }) => place)).toEqual(stops.map(({ place }) => place).toSorted((a, b) => a - b));
      expect(new Set(stops.map(({ place }) => place)).size).toBe(expected);
      await page.context().close();
    },
  );

  it('the skip link leads past the head', async () => {
    const page = await open('violations');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.context().close();
  });
});
