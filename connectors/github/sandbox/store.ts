import type { SandboxClock } from './clock.ts'
import { invalid, moved, notFound, Refusal } from './refusal.ts'
import type { Comment, Happening, Issue, Milestone, Token, User } from './types.ts'

/** What a caller may say of an issue; the shape has been checked against the published description. */
export interface IssueInput {
  readonly title?: string | number
  readonly body?: string | null
  readonly state?: 'open' | 'closed'
  readonly state_reason?: string | null
  readonly labels?: readonly (string | { readonly name?: string })[]
  readonly milestone?: string | number | null
  readonly assignees?: readonly (string | { readonly login?: string })[]
}

/** A row as tests plant it. */
export interface Planted {
  readonly title?: string
  readonly body?: string | null
  readonly state?: 'open' | 'closed'
  readonly labels?: readonly string[]
  readonly milestone?: number | null
  readonly isPull?: boolean
  readonly user?: User
}

export interface Store {
  readonly issues: ReadonlyMap<number, Issue>
  readonly milestones: readonly Milestone[]
  readonly comments: readonly Comment[]
  /** A live issue; throws 301, 404 or 410. */
  need(number: number): Issue
  create(input: IssueInput, by: Token): Issue
  update(number: number, input: IssueInput, by: Token): Issue
  addLabels(number: number, names: readonly string[], by: Token): Issue
  removeLabel(number: number, name: string, by: Token): Issue
  comment(number: number, body: string, by: Token): Comment
  milestone(title: string, by: Token): Milestone
  /** Without webhooks, as if it had been there before. */
  plant(rows: readonly Planted[], by: User, at: number): Issue[]
  remove(number: number, by: User): void
  /** To another repository: its new address. */
  transfer(number: number, to: string, by: User): void
  clear(): void
}

const TITLE = 256
const BODY = 65_536

export function createStore(clock: SandboxClock, tell: (happening: Happening) => void): Store {
  const issues = new Map<number, Issue>()
  const gone = new Map<number, string | null>()
  const milestones: Milestone[] = []
  const comments: Comment[] = []
  let nextNumber = 1
  const nextId = (): number => 3_000_000_000 + nextNumber * 7
  const now = (): number => Math.floor(clock.now() / 1_000) * 1_000

  function need(number: number): Issue {
    const issue = issues.get(number)
    if (issue) return issue
    const target = gone.get(number)
    if (target === undefined) throw notFound()
    if (target === null) throw new Refusal(410, 'This issue was deleted')
    throw moved(target)
  }

  function checked(input: IssueInput): void {
    if (input.title !== undefined && String(input.title).trim() === '') throw invalid('title', 'missing_field')
    if (String(input.title ?? '').length > TITLE) throw invalid('title', 'custom', `title is too long (maximum is ${TITLE} characters)`)
    if ((input.body ?? '').length > BODY) throw invalid('body', 'custom', `body is too long (maximum is ${BODY} characters)`)
    if (typeof input.milestone === 'number' && !milestones.some(({ number }) => number === input.milestone))
      throw invalid('milestone', 'invalid')
  }

  function add(row: Planted, user: User, at: number): Issue {
    const isClosed = row.state === 'closed'
    const issue: Issue = {
      id: nextId(),
      number: nextNumber,
      title: row.title ?? '',
      body: row.body ?? null,
      state: row.state ?? 'open',
      stateReason: isClosed ? 'completed' : null,
      labels: row.labels ?? [],
      milestone: row.milestone ?? null,
      assignees: [],
      user,
      createdAt: at,
      updatedAt: at,
      closedAt: isClosed ? at : null,
      comments: 0,
      isPull: row.isPull ?? false,
    }
    issues.set(nextNumber, issue)
    nextNumber += 1
    return issue
  }

  /** Webhooks tell of the issue as it is after the whole change. */
  function touch(issue: Issue, by: User, happenings: readonly Omit<Happening, 'issue' | 'sender' | 'event'>[]): Issue {
    if (happenings.length > 0) issue.updatedAt = now()
    for (const happening of happenings) tell({ event: 'issues', issue, sender: by, ...happening })
    return issue
  }

  const named = (name: string) => ({ action: 'labeled', more: { label: name } })
  const unnamed = (name: string) => ({ action: 'unlabeled', more: { label: name } })
  const has = (labels: readonly string[], name: string): boolean => labels.some((label) => label.toLowerCase() === name.toLowerCase())
  const namesIn = (input: IssueInput): string[] =>
    (input.labels ?? []).map((label) => (typeof label === 'string' ? label : (label.name ?? ''))).filter((name) => name !== '')

  return {
    issues,
    milestones,
    comments,
    need,
    create(input, by) {
      if (input.title === undefined) throw invalid('title', 'missing_field')
      checked(input)
      const labels = by.push ? [...new Set(namesIn(input))] : []
      const milestone = by.push && typeof input.milestone === 'number' ? input.milestone : null
      const issue = add({ title: String(input.title), body: input.body ?? null, labels, milestone }, by.user, now())
      if (by.push) issue.assignees = assigneesIn(input)
      return touch(issue, by.user, [{ action: 'opened' }, ...labels.map(named)])
    },
    update(number, input, by) {
      const issue = need(number)
      checked(input)
      if (!by.push && issue.user.id !== by.user.id) throw new Refusal(403, 'Must have admin rights to Repository.')
      const told: Omit<Happening, 'issue' | 'sender' | 'event'>[] = []
      const title = input.title === undefined ? issue.title : String(input.title)
      const body = input.body === undefined ? issue.body : input.body
      const changes = {
        ...(title !== issue.title && { title: { from: issue.title } }),
        ...(body !== issue.body && { body: { from: issue.body ?? '' } }),
      }
      if (Object.keys(changes).length > 0) told.push({ action: 'edited', more: { changes } })
      Object.assign(issue, { title, body })
      if (input.state !== undefined && input.state !== issue.state) {
        issue.state = input.state
        issue.stateReason = input.state_reason ?? (input.state === 'closed' ? 'completed' : 'reopened')
        issue.closedAt = input.state === 'closed' ? now() : null
        told.push({ action: input.state === 'closed' ? 'closed' : 'reopened' })
      }
      if (by.push && input.labels !== undefined) {
        const labels = [...new Set(namesIn(input))]
        told.push(
          ...labels.filter((name) => !has(issue.labels, name)).map(named),
          ...issue.labels.filter((name) => !has(labels, name)).map(unnamed),
        )
        issue.labels = labels
      }
      if (by.push && input.milestone !== undefined && input.milestone !== issue.milestone) {
        issue.milestone = typeof input.milestone === 'number' ? input.milestone : null
        told.push({ action: issue.milestone === null ? 'demilestoned' : 'milestoned' })
      }
      if (by.push && input.assignees !== undefined) {
        issue.assignees = assigneesIn(input)
        told.push({ action: 'assigned' })
      }
      return touch(issue, by.user, told)
    },
    addLabels(number, names, by) {
      const issue = need(number)
      if (!by.push) throw new Refusal(403, 'Must have push access to repository')
      const added = [...new Set(names)].filter((name) => !has(issue.labels, name))
      issue.labels = [...issue.labels, ...added]
      return touch(issue, by.user, added.map(named))
    },
    removeLabel(number, name, by) {
      const issue = need(number)
      if (!by.push) throw new Refusal(403, 'Must have push access to repository')
      if (!has(issue.labels, name)) throw new Refusal(404, 'Label does not exist')
      issue.labels = issue.labels.filter((label) => label.toLowerCase() !== name.toLowerCase())
      return touch(issue, by.user, [unnamed(name)])
    },
    comment(number, body, by) {
      const issue = need(number)
      if (body.trim() === '') throw invalid('body', 'missing_field')
      const comment = { id: 5_000_000_000 + comments.length, issue: number, body, user: by.user, createdAt: now() }
      comments.push(comment)
      issue.comments += 1
      issue.updatedAt = now()
      tell({ event: 'issue_comment', action: 'created', issue, sender: by.user, more: { comment } })
      return comment
    },
    milestone(title, by) {
      if (!by.push) throw notFound()
      const milestone = { id: 7_000_000 + milestones.length, number: milestones.length + 1, title, creator: by.user, createdAt: now() }
      milestones.push(milestone)
      return milestone
    },
    plant: (rows, by, at) => rows.map((row) => add(row, row.user ?? by, Math.floor(at / 1_000) * 1_000)),
    remove(number, by) {
      const issue = need(number)
      issues.delete(number)
      gone.set(number, null)
      tell({ event: 'issues', action: 'deleted', issue, sender: by })
    },
    transfer(number, to, by) {
      const issue = need(number)
      issues.delete(number)
      gone.set(number, to)
      tell({ event: 'issues', action: 'transferred', issue, sender: by, more: { changes: { new_issue: { url: to, number: 1 } } } })
    },
    clear() {
      issues.clear()
      gone.clear()
      milestones.length = 0
      comments.length = 0
      nextNumber = 1
    },
  }
}

function assigneesIn(input: IssueInput): User[] {
  return (input.assignees ?? []).map((one, index) => ({
    id: 8_000 + index,
    login: typeof one === 'string' ? one : (one.login ?? ''),
    type: 'User',
  }))
}
