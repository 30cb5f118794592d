import { Hono } from 'hono'
import type { FC } from 'hono/jsx'
import { DESCRIBED } from '../api/routes.ts'
import { Page, type Shell } from './layout.tsx'

/** `GET /docs`: the API as a page; programs read /openapi.json. */
export function docs(shell: Shell): Hono {
  return new Hono().get('/docs', (c) => c.html(<Docs environment={shell.environment} workspace={shell.workspace} />))
}

const Docs: FC<Shell> = (shell) => {
  return (
    <Page {...shell} title="API" here="docs">
      <h1>API</h1>
      <p>
        For programs: <a href="/openapi.json">/openapi.json</a>. Send <code>Authorization: Bearer</code> and the hub’s token. Lists answer{' '}
        <code>{'{ items, next }'}</code>, newest first; errors are <code>application/problem+json</code>.
      </p>
      {DESCRIBED.map((one) => (
        <article class="card">
          <h2 class="mono">
            <span class="verb">{one.method.toUpperCase()}</span> {one.path}
          </h2>
          <p>
            {one.summary} {one.open ? <small>Needs no token.</small> : null}
          </p>
          {one.query === undefined ? null : (
            <dl class="facts">
              {Object.entries(one.query).map(([name, { description, enum: words }]) => (
                <>
                  <dt class="mono">{name}</dt>
                  <dd>
                    {description} {words === undefined ? null : <small>{words.join(', ')}</small>}
                  </dd>
                </>
              ))}
            </dl>
          )}
          <dl class="facts answers">
            {Object.entries(one.answers).map(([status, meaning]) => (
              <>
                <dt>{status}</dt>
                <dd>{meaning}</dd>
              </>
            ))}
          </dl>
        </article>
      ))}
    </Page>
  )
}
