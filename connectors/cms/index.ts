export { strapi, type StrapiConfig } from './strapi/index.ts'
