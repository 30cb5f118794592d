import { createHmac, randomInt } from 'node:crypto'

export interface Change {
  readonly objectId: number
  readonly property: string
  readonly value: string
  readonly eventId: number
  readonly at: number
}

/** One webhook as HubSpot posts it, ready for a socket: signed with v3 over method, URL, raw body and time. */
export function webhookRequest(port: number, path: string, secret: string, changes: readonly Change[]): Buffer {
  const body = JSON.stringify(
    changes.map((change) => ({
      appId: 3_112_045,
      eventId: change.eventId,
      subscriptionId: 2_461_817,
      portalId: 145_230_118,
      occurredAt: change.at,
      subscriptionType: 'contact.propertyChange',
      attemptNumber: 0,
      objectId: change.objectId,
      propertyName: change.property,
      propertyValue: change.value,
      changeSource: 'CRM_UI',
      sourceId: 'userId:62515873',
      isSensitive: false,
      sourceDescription: 'Changed by a person in the record view of the contact, as most changes are',
    })),
  )
  const time = String(Date.now())
  const signature = createHmac('sha256', secret).update(`POSThttp://127.0.0.1:${port}${path}${body}${time}`).digest('base64')
  return Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Content-Type: application/json',
      'User-Agent: HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebHooks',
      `X-HubSpot-Signature-v3: ${signature}`,
      `X-HubSpot-Request-Timestamp: ${time}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

/** Event ids as the vendor gives them: unordered and practically unique. */
export function randomEventId(): number {
  return randomInt(2 ** 47)
}
