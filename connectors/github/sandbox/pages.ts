import type { Issue } from './types.ts'

/** One page by position, as GitHub gives it, and its `Link` header. */
export function pageOf<T>(items: readonly T[], url: URL): { readonly items: readonly T[]; readonly link: string | null } {
  const size = Math.min(100, Math.max(1, Number(url.searchParams.get('per_page') ?? 30) || 30))
  const page = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1)
  const pages = Math.max(1, Math.ceil(items.length / size))
  const to = (number: number, rel: string): string => {
    const target = new URL(url)
    target.searchParams.set('page', String(number))
    return `<${target.href}>; rel="${rel}"`
  }
  const links = [
    ...(page > 1 ? [to(page - 1, 'prev')] : []),
    ...(page < pages ? [to(page + 1, 'next'), to(pages, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ]
  return { items: items.slice((page - 1) * size, page * size), link: links.length > 0 ? links.join(', ') : null }
}

/** Issues and pull requests, as the query asks. */
export function chosen(issues: Iterable<Issue>, query: URLSearchParams): Issue[] {
  const state = query.get('state') ?? 'open'
  const since = query.has('since') ? Date.parse(query.get('since')!) : Number.NEGATIVE_INFINITY
  const creator = query.get('creator')?.toLowerCase()
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '')
  const key = query.get('sort') === 'updated' ? 'updatedAt' : query.get('sort') === 'comments' ? 'comments' : 'createdAt'
  const sign = query.get('direction') === 'asc' ? 1 : -1
  return [...issues]
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => issue.updatedAt >= since)
    .filter((issue) => creator === undefined || issue.user.login.toLowerCase() === creator)
    .filter((issue) => labels.every((name) => issue.labels.some((label) => label.toLowerCase() === name.toLowerCase())))
    .sort((a, b) => sign * (a[key] - b[key] || a.number - b.number))
}
