import { createTailwindMerge } from 'tailwind-merge';

const any = (): boolean => true;
const number = (value: string): boolean => /^\d+$/.test(value);
const length = (value: string): boolean => /^\[\d/.test(value);

/** Utilities whose name says alone what they set. */
const PLAIN =
  'p px py pt pr pb pl m mx my mt mr mb ml w h size min-w min-h max-w max-h inset inset-x inset-y top right bottom left gap gap-x gap-y overflow overflow-x overflow-y z order basis grow shrink items self justify justify-items place-items grid-cols line-clamp leading tracking align whitespace break wrap rounded rounded-t rounded-b rounded-tl rounded-tr rounded-br rounded-bl border-spacing bg shadow outline-offset opacity cursor pointer-events select resize transition rotate translate-x translate-y object float brightness accent animate caret content decoration underline-offset divide';

const width = ['', number];
const SIDES = ['t', 'r', 'b', 'l'];

/**
 * Class names joined; of two utilities for the same property the later one wins. It knows the utilities that the code uses
 * and nothing more: to build the table of all takes a twelfth of the script time of a page. `cn.test.ts` notices one that is
 * new here and missing there.
 */
export const cn = createTailwindMerge(() => ({
  cacheSize: 500,
  theme: {},
  // Values before the `any` of the same name: the first that fits counts.
  classGroups: {
    display: ['block', 'contents', 'flex', 'grid', 'hidden', 'inline-block', 'inline-flex', 'inline-grid', 'table'],
    position: ['absolute', 'fixed', 'relative', 'static', 'sticky'],
    visibility: ['visible', 'invisible'],
    underline: ['underline', 'no-underline'],
    'flex-direction': [{ flex: ['row', 'col'] }],
    'flex-wrap': [{ flex: ['wrap', 'nowrap'] }],
    flex: [{ flex: [any] }],
    'text-align': [{ text: ['left', 'center', 'right'] }],
    'font-size': [{ text: ['xs', 'sm', 'base', 'lg', length] }],
    color: [{ text: [any] }],
    'font-family': [{ font: ['mono', 'sans'] }],
    'font-weight': [{ font: [any] }],
    'border-style': [{ border: ['dashed', 'solid'] }],
    'border-collapse': [{ border: ['separate', 'collapse'] }],
    'border-width': [{ border: width }],
    'border-color': [{ border: [any] }],
    ...Object.fromEntries(
      SIDES.flatMap((side) => [
        [`border-width-${side}`, [{ [`border-${side}`]: width }]],
        [`border-color-${side}`, [{ [`border-${side}`]: [any] }]],
      ]),
    ),
    'ring-inset': ['ring-inset'],
    'ring-width': [{ ring: width }],
    'ring-color': [{ ring: [any] }],
    'outline-style': ['outline-none'],
    'outline-width': [{ outline: width }],
    'outline-color': [{ outline: [any] }],
    'stroke-width': [{ stroke: width }],
    'stroke-color': [{ stroke: [any] }],
    'divide-width': ['divide-x', 'divide-y'],
    ...Object.fromEntries(PLAIN.split(' ').map((name) => [name, [{ [name]: ['', any] }]])),
  },
  conflictingClassGroups: {
    p: ['px', 'py', 'pt', 'pr', 'pb', 'pl'],
    px: ['pr', 'pl'],
    py: ['pt', 'pb'],
    m: ['mx', 'my', 'mt', 'mr', 'mb', 'ml'],
    mx: ['mr', 'ml'],
    my: ['mt', 'mb'],
    size: ['w', 'h'],
    inset: ['inset-x', 'inset-y', 'top', 'right', 'bottom', 'left'],
    'inset-x': ['right', 'left'],
    'inset-y': ['top', 'bottom'],
    gap: ['gap-x', 'gap-y'],
    overflow: ['overflow-x', 'overflow-y'],
    'line-clamp': ['display', 'overflow'],
    flex: ['basis', 'grow', 'shrink'],
    'font-size': ['leading'],
    rounded: ['rounded-t', 'rounded-b', 'rounded-tl', 'rounded-tr', 'rounded-br', 'rounded-bl'],
    'rounded-t': ['rounded-tl', 'rounded-tr'],
    'rounded-b': ['rounded-br', 'rounded-bl'],
    'border-width': SIDES.map((side) => `border-width-${side}`),
    'border-color': SIDES.map((side) => `border-color-${side}`),
  },
  conflictingClassGroupModifiers: { 'font-size': ['leading'] },
  orderSensitiveModifiers: ['before', 'after'],
}));
