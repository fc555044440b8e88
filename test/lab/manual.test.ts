import { expect, it, onTestFinished } from 'vitest';
import { mistakesIn } from '../docs/run-page.ts';
import { deskIn } from '../support/manual.ts';
import { describeLab } from './postern.ts';

describeLab('the pages of the manual that begin with the demonstration', () => {
  it.each(['docs/tutorial.md', 'docs/auditor.md'])('%s does what it says', (page) => {
    const desk = deskIn({});
    onTestFinished(() => desk.clear());
    expect(mistakesIn(page, desk)).toEqual([]);
  });
});
