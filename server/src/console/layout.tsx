import { html } from 'hono/html'
import type { Child, FC } from 'hono/jsx'

export interface Shell {
  readonly environment: 'DEMO' | 'PROD'
  readonly workspace: string
}

/** The frame of every page. Everything inside is escaped by JSX; nothing synced is ever put in as markup. */
export const Page: FC<
  Shell & { readonly title: string; readonly here?: 'overview' | 'docs'; readonly bare?: boolean; readonly children?: Child }
> = (props) => (
  <>
    {html`<!doctype html>`}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${props.title} · Throughline`}</title>
        <link rel="stylesheet" href="/console/assets/console.css" />
        <link rel="icon" href="/console/assets/icon.svg" type="image/svg+xml" />
        <script src="/console/assets/console.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="brand" href="/console">
            <svg aria-hidden="true" viewBox="0 0 24 24" width="22" height="22">
              <path d="M2 12h6m8 0h6" stroke="currentColor" stroke-width="2" />
              <circle cx="12" cy="12" r="4" fill="none" stroke="currentColor" stroke-width="2" />
            </svg>
            Throughline
          </a>
          <span class={`badge ${props.environment === 'DEMO' ? 'demo' : 'prod'}`}>
            <span class="visually-hidden">Environment: </span>
            {props.environment}
          </span>
          <span class="workspace">{props.workspace}</span>
          {props.bare ? null : (
            <>
              <nav aria-label="Main">
                <a href="/console" aria-current={props.here === 'overview' ? 'page' : undefined}>
                  Overview
                </a>
                <a href="/docs" aria-current={props.here === 'docs' ? 'page' : undefined}>
                  API
                </a>
              </nav>
              <span class="fresh" data-fresh>
                <span class="dot" aria-hidden="true"></span>
                <span data-fresh-text>as of this page’s load</span>
              </span>
              <form method="post" action="/console/logout">
                <button class="quiet">Log out</button>
              </form>
            </>
          )}
        </header>
        <main id="main" tabindex={-1}>
          {props.children}
        </main>
      </body>
    </html>
  </>
)

const ICONS: Readonly<Record<string, readonly [icon: string, tone: string]>> = {
  done: ['✔', 'good'],
  applied: ['✔', 'good'],
  open: ['●', 'good'],
  closed: ['✔', 'good'],
  running: ['✔', 'good'],
  pending: ['◌', 'wait'],
  claimed: ['➜', 'wait'],
  waiting: ['◷', 'warn'],
  unknown: ['?', 'warn'],
  parked: ['❚', 'warn'],
  paused: ['❚❚', 'warn'],
  probing: ['◷', 'warn'],
  dead: ['✘', 'bad'],
  broken: ['✘', 'bad'],
}

/** A state as icon and word, so that colour is never alone. */
export const Status: FC<{ readonly of: string; readonly word?: string }> = ({ of, word }) => {
  const [icon, tone] = ICONS[of] ?? ['·', 'calm']
  return (
    <span class={`status ${tone}`}>
      <span aria-hidden="true">{icon}</span> {word ?? of}
    </span>
  )
}

/** A moment; the script shows it as an age, the text is there without one. */
export const Moment: FC<{ readonly ms: number }> = ({ ms }) => {
  const iso = new Date(ms).toISOString()
  return (
    <time datetime={iso} title={iso}>
      {iso.slice(11, 19)}
    </time>
  )
}

/** Any value of a synced system, as inert text. */
export function words(value: unknown): string {
  if (value === null || value === undefined) return '—'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
