import type { Comment, Issue, Milestone, User } from './types.ts'

/** Where things are: the API's base URL as the caller sees it, and the repository's name. */
export interface Place {
  readonly api: string
  readonly repository: string
  readonly repositoryId: number
}

export const isoTime = (time: number): string => new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z')
const nodeId = (kind: string, id: number): string => `${kind}_${Buffer.from(String(id)).toString('base64url')}`
const WEB = 'https://github.test'

export function showUser({ api }: Place, { id, login, type }: User): Record<string, unknown> {
  const url = `${api}/users/${encodeURIComponent(login)}`
  return {
    login,
    id,
    node_id: nodeId('U', id),
    avatar_url: `${WEB}/avatars/${id}`,
    gravatar_id: '',
    url,
    html_url: `${WEB}/${encodeURIComponent(login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  }
}

export function showLabel({ api, repository }: Place, name: string): Record<string, unknown> {
  const id = [...name.toLowerCase()].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0, 7)
  const url = `${api}/repos/${repository}/labels/${encodeURIComponent(name)}`
  return { id, node_id: nodeId('LA', id), url, name, color: 'ededed', default: false, description: null }
}

export function showMilestone(place: Place, milestone: Milestone, issues: readonly Issue[]): Record<string, unknown> {
  const url = `${place.api}/repos/${place.repository}/milestones/${milestone.number}`
  const inside = issues.filter((issue) => issue.milestone === milestone.number)
  return {
    url,
    html_url: `${WEB}/${place.repository}/milestone/${milestone.number}`,
    labels_url: `${url}/labels`,
    id: milestone.id,
    node_id: nodeId('MI', milestone.id),
    number: milestone.number,
    title: milestone.title,
    description: null,
    creator: showUser(place, milestone.creator),
    open_issues: inside.filter((issue) => issue.state === 'open').length,
    closed_issues: inside.filter((issue) => issue.state === 'closed').length,
    state: 'open',
    created_at: isoTime(milestone.createdAt),
    updated_at: isoTime(milestone.createdAt),
    due_on: null,
    closed_at: null,
  }
}

export function showIssue(place: Place, issue: Issue, milestone: Milestone | undefined): Record<string, unknown> {
  const url = `${place.api}/repos/${place.repository}/issues/${issue.number}`
  const web = `${WEB}/${place.repository}/${issue.isPull ? 'pull' : 'issues'}/${issue.number}`
  const assignees = issue.assignees.map((user) => showUser(place, user))
  return {
    url,
    repository_url: `${place.api}/repos/${place.repository}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: web,
    id: issue.id,
    node_id: nodeId('I', issue.id),
    number: issue.number,
    title: issue.title,
    user: showUser(place, issue.user),
    labels: issue.labels.map((name) => showLabel(place, name)),
    state: issue.state,
    locked: false,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: milestone ? showMilestone(place, milestone, [issue]) : null,
    comments: issue.comments,
    created_at: isoTime(issue.createdAt),
    updated_at: isoTime(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : isoTime(issue.closedAt),
    author_association: issue.user.type === 'Bot' ? 'NONE' : 'MEMBER',
    active_lock_reason: null,
    body: issue.body,
    reactions: {
      url: `${url}/reactions`,
      total_count: 0,
      '+1': 0,
      '-1': 0,
      laugh: 0,
      hooray: 0,
      confused: 0,
      heart: 0,
      rocket: 0,
      eyes: 0,
    },
    timeline_url: `${url}/timeline`,
    performed_via_github_app: null,
    state_reason: issue.stateReason,
    ...(issue.isPull && {
      draft: false,
      pull_request: {
        url: `${place.api}/repos/${place.repository}/pulls/${issue.number}`,
        html_url: web,
        diff_url: `${web}.diff`,
        patch_url: `${web}.patch`,
        merged_at: null,
      },
    }),
  }
}

export function showComment(place: Place, comment: Comment): Record<string, unknown> {
  const issue = `${place.api}/repos/${place.repository}/issues`
  return {
    url: `${issue}/comments/${comment.id}`,
    html_url: `${WEB}/${place.repository}/issues/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${issue}/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IC', comment.id),
    user: showUser(place, comment.user),
    created_at: isoTime(comment.createdAt),
    updated_at: isoTime(comment.createdAt),
    author_association: 'MEMBER',
    body: comment.body,
    performed_via_github_app: null,
  }
}
