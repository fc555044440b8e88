/**
 * The order of a run: controls, attestations, sweep, documentation addresses, controls, confirm pass, controls, relay tests, attestations,
 * controls.
 */
import type { Question } from '../model/question.ts';
import { attest } from './attest.ts';
import { confirm, planConfirm } from './confirm.ts';
import { createControls } from './controls.ts';
import { tryDocumentation } from './documentation.ts';
import { remainingServers, testServers } from './relay.ts';
import type { Run } from './run.ts';
import { sweep } from './sweep.ts';

/**
 * @param questions  those still to be asked; the run may know answers to others.
 */
export async function conduct(run: Run, questions: readonly Question[]): Promise<void> {
  const controls = createControls(run);
  run.onProgress({ phase: 'controls', done: 0, total: 0 });
  await controls.round('start', run.stop);
  const rest = controls.keepUp(run.stop);
  await attest(run);
  await sweep(run, questions, controls);
  // Behind the sweep, since what rejects here would spend the firewall's ICMP errors; the confirm pass begins with a pause.
  await tryDocumentation(run);
  const plan = planConfirm(run);
  if (plan.sample.length > 0 && !run.stop.aborted) {
    await controls.round('middle', run.stop);
    await confirm(run, plan);
  }
  const servers = run.relay === null ? [] : remainingServers(run.relay.questions, run);
  if (run.relay !== null && servers.length > 0 && !run.stop.aborted) {
    // A server may shun a client that asks so much: what was blocked before is vouched for before that.
    await controls.round('middle', run.stop);
    await testServers(run, run.relay.manner, servers);
  }
  await attest(run);
  await rest();
  // Also when the time is over: without them nothing that was blocked could be judged.
  await controls.round('end', run.interrupt);
}
