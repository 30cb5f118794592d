export { serveStrapi, STRAPI_TOKEN, STRAPI_WEBHOOK_TOKEN, strapiEvent, type StrapiSandbox } from './strapi/index.ts'
export type { WebhookSettings } from './sender.ts'
export { GHOST_KEY, GHOST_WEBHOOK_SECRET, ghostSignature, serveGhost, type GhostSandbox } from './ghost/index.ts'
