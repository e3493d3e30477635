import { Show } from './parts';

const COLOURS = [
  ['bg', 'bg-bg'],
  ['surface', 'bg-surface'],
  ['raised', 'bg-raised'],
  ['sunken', 'bg-sunken'],
  ['hover', 'bg-hover'],
  ['line', 'bg-line'],
  ['line-strong', 'bg-line-strong'],
  ['accent', 'bg-accent'],
  ['accent-weak', 'bg-accent-weak'],
  ['ok', 'bg-ok'],
  ['ok-weak', 'bg-ok-weak'],
  ['warn', 'bg-warn'],
  ['warn-weak', 'bg-warn-weak'],
  ['bad', 'bg-bad'],
  ['bad-weak', 'bg-bad-weak'],
] as const;

/** Colour and type tokens. */
export function Foundations() {
  return (
    <>
      <Show name="Colour">
        <ul className="grid grid-cols-3 gap-2 md:grid-cols-5">
          {COLOURS.map(([name, utility]) => (
            <li key={name} className="flex items-center gap-2 text-xs">
              <span aria-hidden className={`size-8 rounded-sm border ${utility}`} />
              {name}
            </li>
          ))}
        </ul>
      </Show>
      <Show name="Type">
        <div className="flex flex-col gap-1">
          <p className="text-xl font-[640]">Page title, 22</p>
          <p className="text-lg font-[620]">Section title, 16</p>
          <p>Body, 14: one sign-in per account, used by every flow in this project.</p>
          <p className="text-sm text-fg2">Secondary, 13: signed out by Slack</p>
          <p className="text-xs text-fg3">Caption, 12: key ends 4xT9</p>
          <p className="font-mono text-sm">Mono, 13: conn_06h0en4yt1tdnbh8</p>
          <p className="tabular-nums">Figures in tables line up: 1,204 · 9,118</p>
        </div>
      </Show>
    </>
  );
}
