// Markdown tables of figures.
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export const whole = (number) => Math.round(number).toString();
export const ratio = (left, right) => (left / right).toFixed(2);
export const ms = (number) => (number < 10 ? number.toFixed(2) : number.toFixed(1));
export const us = (number) => number.toFixed(1);
