/** What was said on one connection, line by line, for a person: bounded, and printable already. */
import { omittedLine, type Speaker, transcriptLine } from '../model/transcript.ts';

const MAX_LINES = 200;
const MAX_LENGTH = 300;

/** Where it is full, its last line says how many more there were. */
export class Transcript {
  readonly #lines: string[] = [];
  #omitted = 0;

  /** The text is printable. */
  add(speaker: Speaker, text: string): void {
    if (this.#lines.length >= MAX_LINES) this.#omitted++;
    else this.#lines.push(transcriptLine(speaker, text, MAX_LENGTH));
  }

  get lines(): readonly string[] {
    return this.#omitted === 0 ? this.#lines : [...this.#lines, omittedLine(this.#omitted)];
  }
}
