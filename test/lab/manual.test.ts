import { expect, it, onTestFinished } from 'vitest';
import { DEMONSTRATED, deskIn } from '../support/manual.ts';
import { mistakesIn } from '../support/manual-page.ts';
import { describeLab } from './postern.ts';

describeLab('the pages of the manual that begin with the demonstration', () => {
  it.each(DEMONSTRATED)('%s does what it says', (page) => {
    const desk = deskIn({});
    onTestFinished(() => desk.clear());
    expect(mistakesIn(page, desk)).toEqual([]);
  });
});
