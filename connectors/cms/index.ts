export { strapi, type StrapiConfig } from './strapi/index.ts'
export { ghost, type GhostConfig } from './ghost/index.ts'
export { declared, directus, wordpress, type DeclaredConfig } from './declared/index.ts'
export { contentful, type ContentfulConfig } from './contentful/index.ts'
