import type { FC } from 'hono/jsx'
import { Page, type Shell } from './layout.tsx'

export const Login: FC<{ readonly shell: Shell; readonly said: string | null }> = ({ shell, said }) => (
  <Page {...shell} title="Log in" bare>
    <form class="login" method="post" action="/console/login">
      <h1>Log in</h1>
      <p id="hint">
        With the hub’s token. From a terminal, <code>npm run tl -- console</code> prints an address that logs in by itself.
      </p>
      {said === null ? null : (
        <p class="said" role="alert">
          ✘ {said}
        </p>
      )}
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required aria-describedby="hint" autofocus />
      <button>Log in</button>
    </form>
  </Page>
)

/** Sent with a `refresh` header, which leads on to the console by a navigation of our own: a strict cookie does not travel with a redirect from elsewhere. */
export const Entered: FC<{ readonly shell: Shell }> = ({ shell }) => (
  <Page {...shell} title="Logged in" bare>
    <p>
      Logged in. <a href="/console">Go on to the console.</a>
    </p>
  </Page>
)

export const Missing: FC<{ readonly shell: Shell; readonly what: string }> = ({ shell, what }) => (
  <Page {...shell} title="Not found">
    <h1>Not found</h1>
    <p>
      There is no {what} with this id. <a href="/console">Back to the overview.</a>
    </p>
  </Page>
)
