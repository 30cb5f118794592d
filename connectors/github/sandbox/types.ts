/** Who acts: a person, or an app by its bot. */
export interface User {
  readonly id: number
  readonly login: string
  readonly type: 'User' | 'Bot'
}

export interface Token {
  readonly token: string
  readonly user: User
  /** Without push access labels, milestones and assignees are silently dropped. */
  readonly push: boolean
  /** Permissions the token lacks altogether, as `issues=write`. */
  readonly lacks?: readonly string[]
}

export interface Issue {
  readonly id: number
  readonly number: number
  title: string
  body: string | null
  state: 'open' | 'closed'
  stateReason: string | null
  /** Names, in the order they were put on. */
  labels: readonly string[]
  milestone: number | null
  assignees: readonly User[]
  readonly user: User
  readonly createdAt: number
  updatedAt: number
  closedAt: number | null
  comments: number
  readonly isPull: boolean
}

export interface Milestone {
  readonly id: number
  readonly number: number
  readonly title: string
  readonly creator: User
  readonly createdAt: number
}

export interface Comment {
  readonly id: number
  readonly issue: number
  readonly body: string
  readonly user: User
  readonly createdAt: number
}

/** One thing that happened to an issue, as a webhook tells it. */
export interface Happening {
  readonly event: 'issues' | 'issue_comment'
  readonly action: string
  readonly issue: Issue
  readonly sender: User
  readonly more?: Readonly<Record<string, unknown>>
}

export interface Settings {
  /** Calls an hour and token. */
  primary: number
  /** Calls a minute and token that make content: issues and comments. */
  contentPerMinute: number
  /** Answers of secondary limits name their time. */
  retryAfter: boolean
  hasIssues: boolean
  archived: boolean
  /** The repository's new name, once it has been renamed: the old one then answers 301. */
  movedTo: string | null
  /** Tokens may see and make webhooks. Without it, as without the scope `admin:repo_hook`, their addresses answer 404. */
  hookAdmin: boolean
}

export const SETTINGS: Settings = {
  primary: 5_000,
  contentPerMinute: 80,
  retryAfter: true,
  hasIssues: true,
  archived: false,
  movedTo: null,
  hookAdmin: true,
}
