/** Reads XML without document types, comments and processing instructions, strictly. @see XML 1.0, sections 2.2, 2.4, 3.1 */

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Of the element itself, with that of its children left out. */
  readonly text: string;
}

const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const TOKEN = /<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y;

/** @throws where it is not well-formed. */
export function parseXml(document: string): XmlElement {
  if (FORBIDDEN.test(document)) throw new TypeError('a character that XML forbids');
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(head)) throw new TypeError('no declaration');
  interface Open {
    name: string;
    attributes: Record<string, string>;
    children: XmlElement[];
    text: string;
  }
  const outside: Open = { name: '', attributes: {}, children: [], text: '' };
  const stack = [outside];
  TOKEN.lastIndex = head.length;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(document);
    const top = stack.at(-1);
    if (token === null || top === undefined) throw new TypeError(`not well-formed: ${document.slice(at, at + 100)}`);
    const [, closing, name = '', attributes = '', empty, text] = token;
    if (text !== undefined) {
      if (text.includes(']]>')) throw new TypeError(']]> in text');
      top.text += decoded(text);
    } else if (closing === '/') {
      if (top.name !== name) throw new TypeError(`</${name}> ends <${top.name}>`);
      stack.pop();
    } else {
      const made: Open = { name, attributes: attributesOf(attributes), children: [], text: '' };
      top.children.push(made);
      if (empty === '') stack.push(made);
    }
  }
  const [root, ...more] = outside.children;
  if (stack.length !== 1 || root === undefined || more.length > 0 || outside.text.trim() !== '')
    throw new TypeError('not one element');
  return root;
}

/** The element and all within that have this name. */
export function elementsIn(element: XmlElement, name: string): readonly XmlElement[] {
  return [...(element.name === name ? [element] : []), ...element.children.flatMap((child) => elementsIn(child, name))];
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/([\w.-]+)="([^"]*)"/g)) {
    if (name in found) throw new TypeError(`attribute ${name} twice`);
    found[name] = decoded(value);
  }
  return found;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decoded(text: string): string {
  return text.replace(/&([^;]*;?)/g, (_, reference: string) => {
    const character = ENTITIES[reference.replace(/;$/, '')];
    if (character === undefined || !reference.endsWith(';')) throw new TypeError(`no reference: &${reference}`);
    return character;
  });
}
