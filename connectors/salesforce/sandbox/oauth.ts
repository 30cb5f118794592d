import { http, type HttpHandler } from 'msw'
import type { Org } from './org.ts'
import { route } from './route.ts'
import { HUB_USER, ORGANISATION } from './sessions.ts'

/** Log-in, who am I, which versions, how much quota is left. */
export function oauth(org: Org): HttpHandler[] {
  return [
    http.post('*/services/oauth2/token', async ({ request }) => {
      const granted = org.sessions.grant(new URLSearchParams(await request.text()))
      if (!granted.ok) return Response.json({ error: granted.error, error_description: granted.description }, { status: 400 })
      const base = new URL(request.url).origin
      return Response.json({
        access_token: granted.token,
        signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
        scope: 'api',
        instance_url: base,
        id: `${base}/id/${ORGANISATION}/${granted.user}`,
        token_type: 'Bearer',
        issued_at: String(org.now()),
        ...(granted.refreshToken === undefined ? {} : { refresh_token: granted.refreshToken }),
      })
    }),
    http.get('*/services/oauth2/userinfo', ({ request }) => {
      const user = org.sessions.userOf((request.headers.get('authorization') ?? '').replace(/^Bearer /, ''))
      // Unlike the REST resources, the identity service knows no INVALID_SESSION_ID.
      if (user === undefined) return new Response('Bad_OAuth_Token', { status: 403, headers: { 'content-type': 'text/html' } })
      const name = user === HUB_USER ? 'integration@throughline.example' : 'human@throughline.example'
      return Response.json({
        sub: `${new URL(request.url).origin}/id/${ORGANISATION}/${user}`,
        user_id: user,
        organization_id: ORGANISATION,
        preferred_username: name,
      })
    }),
    http.get('*/services/data/', () =>
      Response.json(
        [67, 68].map((n) => ({ label: n === 67 ? "Summer '26" : "Winter '27", url: `/services/data/v${n}.0`, version: `${n}.0` })),
      ),
    ),
    route(org, 'get', '/limits', () => ({
      body: { DailyApiRequests: { Max: org.usage.max, Remaining: Math.max(0, org.usage.max - org.usage.used) } },
    })),
  ]
}
