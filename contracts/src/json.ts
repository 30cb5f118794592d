/** What every canonical value is; `undefined` never is one. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [k: string]: Json }
