export { strapi, type StrapiConfig } from './strapi/index.ts'
export { ghost, type GhostConfig } from './ghost/index.ts'
