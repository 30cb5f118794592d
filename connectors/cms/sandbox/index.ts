export { serveStrapi, STRAPI_TOKEN, STRAPI_WEBHOOK_TOKEN, strapiEvent, type StrapiSandbox } from './strapi/index.ts'
export type { WebhookSettings } from './sender.ts'
export { GHOST_KEY, GHOST_WEBHOOK_SECRET, ghostSignature, serveGhost, type GhostSandbox } from './ghost/index.ts'
export { DIRECTUS_TOKEN, DIRECTUS_WEBHOOK_TOKEN, serveDirectus, type DirectusSandbox } from './directus/index.ts'
export { serveWordpress, WORDPRESS_TOKEN, WORDPRESS_WEBHOOK_SECRET, wordpressHeaders, type WordpressSandbox } from './wordpress/index.ts'
export {
  CONTENTFUL_SPACE,
  CONTENTFUL_TOKEN,
  CONTENTFUL_WEBHOOK_SECRET,
  contentfulHeaders,
  serveContentful,
  type ContentfulSandbox,
} from './contentful/index.ts'
export {
  SANITY_PROJECT,
  SANITY_TOKEN,
  SANITY_WEBHOOK_SECRET,
  sanityEvent,
  sanitySignature,
  serveSanity,
  type SanitySandbox,
} from './sanity/index.ts'
