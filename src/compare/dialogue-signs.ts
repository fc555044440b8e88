/**
 * What one dialogue shows of a device on the way, without any help from outside.
 *
 * Devices that inspect SMTP overwrite what they do not know, and keep its length: the greeting with asterisks, keywords of the EHLO reply and
 * commands with X (`250-XXXXXXXA`, `502 unrecognized: "XXXXXXXX"`). STARTTLS is sent even where it is not offered: what comes back tells a
 * server without TLS from a device that hides the offer, or rewrites the command.
 *
 * @see Cisco ASA Series Command Reference, `inspect esmtp` (mask-banner, allow-tls); RFC 3207 section 4 (220, 501 and 454 are the replies
 *      to STARTTLS), section 6 (a man in the middle can delete the offer)
 */
import type { Dialogue } from '../model/dialogue.ts';

/**
 * `conclusive`: no server does this by itself. `strong`: a server of an odd make might. `weak`: servers do, now and then.
 *
 * Worked example: 250 to STARTTLS is what a sink on the way says to everything, but a honeypot or a home-made server as the destination says
 * it too. One such server is strong and shows nothing; three operators with it on one way out are another matter (see shared-marks.ts).
 */
export type Strength = 'conclusive' | 'strong' | 'weak';

export type SignKind =
  /** Greeting or keywords are overwritten. */
  | 'masked'
  /** The offer of STARTTLS was removed, or the command overwritten. */
  | 'stripped'
  /** A command that the server was sent came to it as another. */
  | 'rewritten'
  /** 2xx, but not 220, to STARTTLS. */
  | 'accepts-starttls'
  /** 2xx to a verb that there is not. */
  | 'accepts-nonsense'
  | 'injected'
  | 'other-key'
  | 'other-name';

export interface DialogueSign {
  readonly kind: SignKind;
  readonly strength: Strength;
  /** One sentence. */
  readonly text: string;
}

export function dialogueSigns(dialogue: Dialogue): readonly DialogueSign[] {
  return [
    masked(dialogue),
    stripped(dialogue),
    rewritten(dialogue),
    acceptsStarttls(dialogue),
    acceptsNonsense(dialogue),
    injected(dialogue),
    otherKey(dialogue),
    otherName(dialogue),
  ].filter((sign) => sign !== null);
}

/** STARTTLS was not offered, and was refused in words that quote it: it came to the server as it was sent, and the server has no TLS. */
export function lacksStarttls({ starttls }: Dialogue): boolean {
  return starttls !== null && !starttls.offered && starttls.reply !== null && quotes(starttls.reply.lines, 'STARTTLS');
}

/** Whether STARTTLS is offered, and leads to TLS. */
export function offersStarttls({ starttls, tls }: Dialogue): boolean {
  return starttls?.offered === true && (tls?.version ?? null) !== null;
}

/** 2xx, and not the 220 that TLS follows. */
export function takesStarttlsForNothing({ starttls }: Dialogue): boolean {
  const code = starttls?.reply?.code ?? 0;
  return code >= 200 && code < 300 && code !== 220;
}

/** Whether an unknown verb was answered with 2xx. */
export function takesNonsense({ echo }: Dialogue): boolean {
  const code = echo?.reply?.code ?? 0;
  return code >= 200 && code < 300;
}

/** What a device writes over a command or keyword: the same length in X, the last one perhaps counted on from A. */
function isOverwritten(text: string): boolean {
  return /^X{4,}[A-Z]?$/.test(text);
}

/** The word of a reply that stands in place of a verb of that length; null where there is none, or the verb itself is quoted. */
export function overwrittenVerb(texts: readonly string[], verb: string): string | null {
  if (quotes(texts, verb)) return null;
  return overwrittenWords(texts).find((word) => word.length === verb.length) ?? null;
}

function overwrittenWords(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.match(/\b[A-Z]{4,}\b/g) ?? []).filter(isOverwritten);
}

function masked({ greeting, keywords }: Dialogue): DialogueSign | null {
  const banner = greeting?.lines.join('') ?? '';
  const hidden = keywords.filter((keyword) => isOverwritten(keyword.split(' ')[0] ?? ''));
  const inBanner = isMaskedBanner(banner);
  if (!inBanner && hidden.length === 0) return null;
  const what = [
    ...(inBanner ? [`the greeting is overwritten with asterisks (${banner.slice(0, 60)})`] : []),
    ...(hidden.length > 0 ? [`keywords of the EHLO reply are overwritten (${hidden.slice(0, 3).join(', ')})`] : []),
  ];
  return { kind: 'masked', strength: 'conclusive', text: sentence(`${what.join(', and ')}: a device on the way inspects SMTP`) };
}

/** A greeting has a server's name (RFC 5321 section 4.2); four asterisks and nothing but what masks leave are no name. */
function isMaskedBanner(banner: string): boolean {
  return /^[20 *-]*$/.test(banner) && (banner.match(/\*/g)?.length ?? 0) >= 4;
}

function stripped(dialogue: Dialogue): DialogueSign | null {
  const { starttls, tls, keywords } = dialogue;
  if (starttls === null || starttls.offered || dialogue.ehlo === null) return null;
  const sign = (text: string): DialogueSign => ({ kind: 'stripped', strength: 'conclusive', text });
  if (tls !== null && tls.version !== null) {
    return sign(
      'STARTTLS is not offered after EHLO, and works when it is asked for all the same: the offer is removed on the way.',
    );
  }
  if (lacksStarttls(dialogue)) return null;
  const [echo] = overwrittenWords(starttls.reply?.lines ?? []);
  if (echo !== undefined) {
    return sign(`STARTTLS is not offered, and its refusal quotes ${echo}: the command is overwritten on the way to the server.`);
  }
  const hidden = keywords.find((keyword) => isOverwritten(keyword.split(' ')[0] ?? ''));
  if (hidden === undefined) return null;
  return sign(`EHLO was answered with masked keywords (${hidden}) in place of STARTTLS: a device on the way rewrites the reply.`);
}

function rewritten({ echo }: Dialogue): DialogueSign | null {
  if (echo === null || echo.reply === null) return null;
  const word = overwrittenVerb(echo.reply.lines, echo.verb);
  return word === null ? null : rewrittenSign(echo.verb, word);
}

/** Relay tests send an unknown verb as well. */
export function rewrittenSign(verb: string, word: string): DialogueSign {
  const text = `The server was sent ${verb} and quotes ${word}: commands are overwritten on the way to it.`;
  return { kind: 'rewritten', strength: 'conclusive', text };
}

function acceptsStarttls(dialogue: Dialogue): DialogueSign | null {
  if (!takesStarttlsForNothing(dialogue)) return null;
  const code = dialogue.starttls?.reply?.code ?? 0;
  const text = `STARTTLS was answered ${code}, which no TLS follows: so answers what takes everything and understands nothing.`;
  return { kind: 'accepts-starttls', strength: 'strong', text };
}

function acceptsNonsense(dialogue: Dialogue): DialogueSign | null {
  if (!takesNonsense(dialogue)) return null;
  const { verb = '', reply } = dialogue.echo ?? {};
  const text = `${verb}, a verb that there is not, was answered ${reply?.code ?? ''}: so answers what takes everything.`;
  return { kind: 'accepts-nonsense', strength: 'strong', text };
}

function injected({ injected: bytes }: Dialogue): DialogueSign | null {
  if (bytes === null) return null;
  const text = `Behind the 220 to STARTTLS came more, before TLS (${bytes.slice(0, 60)}): somebody on the way puts in replies, or the server has that fault.`;
  return { kind: 'injected', strength: 'strong', text };
}

/** Providers change their keys as well, and then a pin is outdated. */
function otherKey({ tls }: Dialogue): DialogueSign | null {
  const problem = tls?.problems.find(({ code }) => code === 'pin-mismatch');
  return problem === undefined ? null : { kind: 'other-key', strength: 'strong', text: problem.message };
}

/** Before TLS and inside it a server calls itself the same; farms that end TLS elsewhere may not. */
function otherName({ mode, tls, transcript }: Dialogue): DialogueSign | null {
  if (mode === 'implicit' || tls === null || tls.version === null) return null;
  const [before, inside] = namesTold(transcript);
  if (before === undefined || inside === undefined || before.toLowerCase() === inside.toLowerCase()) return null;
  const text = `The server calls itself ${before} in clear text and ${inside} inside TLS: two servers, perhaps, one of them on the way.`;
  return { kind: 'other-name', strength: 'weak', text };
}

/** The name in each reply to EHLO, in the order of the dialogue. */
function namesTold(transcript: readonly string[]): string[] {
  return transcript.flatMap((line, index) => {
    if (!line.startsWith('C: EHLO ')) return [];
    return /^S: 250[- ](\S+)/.exec(transcript[index + 1] ?? '')?.[1] ?? [];
  });
}

function quotes(texts: readonly string[], verb: string): boolean {
  return texts.some((text) => text.toUpperCase().includes(verb.toUpperCase()));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
