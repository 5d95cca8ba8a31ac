// Which parts of a YAML line are keys, texts, numbers and comments: for colour only, so it need not be a whole parser.

const BLOCK = /(?:^|\s)[>|][+-]?\d?\s*(?:#.*)?$/;
const NUMBER = /^[-+]?\d+(?:\.\d+)?$/;
const WORD = /^(?:true|false|null)$/;
const PART = /\s+|[{}[\],]|"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|#.*|[^\s{}[\],]+/g;

/**
 * The parts of each line as [kind, text]; their texts together are the line. `kind` is "" for what has no colour.
 * A text that runs on under `>` or `|` is known by its indentation.
 */
export function coloured(lines) {
  let blockIndent = -1;
  return lines.map((line) => {
    const indent = line.search(/\S/);
    if (blockIndent >= 0 && (indent < 0 || indent > blockIndent)) {
      return [["text", line]];
    }
    blockIndent = BLOCK.test(line) ? indent : -1;
    return [...parts(line)];
  });
}

function* parts(line) {
  let afterBlank = true;
  let mayQuote = true;
  for (const [part] of line.matchAll(PART)) {
    if (/^\s/.test(part)) {
      yield ["", part];
    } else if (part[0] === "#" && afterBlank) {
      yield ["comment", part];
    } else if (/^[{}[\],]$/.test(part) || part === "-") {
      yield ["sign", part];
    } else if (/^["']/.test(part) && mayQuote) {
      yield ["text", part];
    } else if (part.endsWith(":") && part.length > 1) {
      yield ["key", part.slice(0, -1)];
      yield ["sign", ":"];
    } else {
      yield [NUMBER.test(part) ? "number" : WORD.test(part) ? "word" : "", part];
    }
    afterBlank = /^\s/.test(part);
    mayQuote = afterBlank ? mayQuote : /^[{[,]$|^-$|:$/.test(part);
  }
}
