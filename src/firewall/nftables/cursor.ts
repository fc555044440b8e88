/** The words of one rule, read from left to right. Worked example: of `tcp dport 25 drop`, `take()` is `tcp`, and then `peek(1)` is `25`. */
import type { Token } from './lexer.ts';
import { isSign } from './tree.ts';

export class Cursor {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens.filter(({ kind }) => kind !== 'end');
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  /** A string keeps its quotes: it is never a word of the language. */
  peek(ahead = 0): string {
    const token = this.tokens[this.at + ahead];
    return token?.kind === 'string' ? `"${token.text}"` : (token?.text ?? '');
  }

  token(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  /** The text of the next word, of a string without its quotes. */
  take(): string {
    const text = this.tokens[this.at]?.text ?? '';
    this.at += 1;
    return text;
  }

  /** Takes the word if it is one of these. */
  taken(...texts: readonly string[]): boolean {
    if (this.done || !texts.includes(this.peek())) return false;
    this.at += 1;
    return true;
  }

  since(start: number): readonly Token[] {
    return this.tokens.slice(start, this.at);
  }

  /** As many words as are a value: in braces, or joined by `,`, `-`, `/`, `.` and `|`. */
  value(): readonly Token[] {
    const start = this.at;
    if (this.peek() === '{') this.braces();
    else {
      this.#part();
      while (!this.done && this.token()?.kind === 'sign' && JOINING.has(this.peek())) {
        this.at += 1;
        this.#part();
      }
    }
    return this.since(start);
  }

  /** Everything up to a word that begins a statement, braces as a whole. */
  until(words: ReadonlySet<string>): readonly Token[] {
    const start = this.at;
    do {
      if (this.peek() === '{') this.braces();
      else this.at += 1;
    } while (!this.done && !(this.token()?.kind === 'word' && words.has(this.peek())));
    return this.since(start);
  }

  /** Everything that is left, but a comment. */
  rest(): readonly Token[] {
    const start = this.at;
    while (!this.done && this.peek() !== 'comment') this.at += 1;
    return this.since(start);
  }

  braces(): void {
    this.#paired('{', '}');
  }

  #part(): void {
    if (this.peek() === '[') this.#paired('[', ']');
    else if (this.peek() === '(') this.#paired('(', ')');
    else this.at += 1;
  }

  #paired(open: string, close: string): void {
    let depth = 0;
    do {
      if (isSign(this.token(), open)) depth += 1;
      if (isSign(this.token(), close)) depth -= 1;
      this.at += 1;
    } while (!this.done && depth > 0);
  }
}

const JOINING: ReadonlySet<string> = new Set([',', '-', '/', '.', '|']);
