import { createHmac } from 'node:crypto'

/** HubSpot's v3 signature, from its published rule: Base64 of HMAC-SHA256 over method, URI, body and timestamp. */
export function signV3(secret: string, method: string, uri: string, body: string, timestamp: number): string {
  return createHmac('sha256', secret)
    .update(`${method}${decodeURI3(uri)}${body}${timestamp}`, 'utf8')
    .digest('base64')
}

/** Only these escapes are undone, in either case of their letters. */
function decodeURI3(uri: string): string {
  return uri.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escape) => decodeURIComponent(escape))
}
