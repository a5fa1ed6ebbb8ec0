// Draws the output of a terminal as SVG: text with the colours of its escape sequences, in a dark window.

const COLOURS = ["#8b949e", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea"];
const [FOREGROUND, BACKGROUND] = ["#e6edf3", "#0d1117"];
const [WIDTH, HEIGHT, MARGIN] = [8.4, 19, 16];

/**
 * Pieces of a line, each with the style it is shown in.
 *
 * @param {string} line
 */
function pieces(line) {
  const found = [];
  let style = "";
  for (const part of line.split(/(\x1b\[[0-9;]*[A-Za-z])/)) {
    const codes = /^\x1b\[([0-9;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) style = codes.split(";").reduce(restyled, style);
    else if (part !== "" && !part.startsWith("\x1b")) found.push({ text: part, style });
  }
  return found;
}

/**
 * @param {string} style attributes so far
 * @param {string} code of Select Graphic Rendition
 */
function restyled(style, code) {
  const number = Number(code || "0");
  if (number === 0) return "";
  if (number === 1) return `${style} font-weight="bold"`;
  if (number === 2) return `${style} opacity="0.7"`;
  if (number === 39) return style.replace(/ fill="[^"]*"/, "");
  const colour = COLOURS[number >= 90 ? number - 90 : number - 30];
  return colour === undefined ? style : `${style.replace(/ fill="[^"]*"/, "")} fill="${colour}"`;
}

/**
 * Blanks do not break or collapse, whatever the viewer makes of xml:space.
 *
 * @param {string} text
 */
function escaped(text) {
  const xml = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return xml.replaceAll(" ", "\u00a0");
}

/**
 * @param {string} title
 * @param {readonly string[]} lines with escape sequences
 * @param {number} columns
 */
export function terminalSvg(title, lines, columns) {
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = lines.length * HEIGHT + 2 * MARGIN;
  const texts = lines.map((line, index) => {
    const spans = pieces(line).map(({ text, style }) => `<tspan${style}>${escaped(text)}</tspan>`);
    const y = MARGIN + (index + 0.75) * HEIGHT;
    return spans.length === 0 ? "" : `<text x="${MARGIN}" y="${y}">${spans.join("")}</text>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<title>${title}</title>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${FOREGROUND}">
${texts.join("")}</g>
</svg>
`;
}
