import { isoTime, type Place, showUser } from './show.ts'
import type { Settings, User } from './types.ts'

const LINKS = [
  'archive', 'assignees', 'blobs', 'branches', 'collaborators', 'comments', 'commits', 'compare', 'contents', 'contributors', 'deployments',
  'downloads', 'events', 'forks', 'git_commits', 'git_refs', 'git_tags', 'hooks', 'issue_comment', 'issue_events', 'issues', 'keys', 'labels',
  'languages', 'merges', 'milestones', 'notifications', 'pulls', 'releases', 'stargazers', 'statuses', 'subscribers', 'subscription', 'tags',
  'teams', 'trees',
] // prettier-ignore

/** The repository as its own call and as webhooks show it. */
export function showRepository(place: Place, settings: Settings, open: number, push: boolean | null): Record<string, unknown> {
  const [owner = '', name = ''] = place.repository.split('/')
  const account: User = { id: 9_001, login: owner, type: 'User' }
  const url = `${place.api}/repos/${place.repository}`
  const web = `https://github.test/${place.repository}`
  return {
    id: place.repositoryId,
    node_id: 'R_sandbox',
    name,
    full_name: place.repository,
    private: true,
    owner: showUser(place, account),
    html_url: web,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(LINKS.map((link) => [`${link}_url`, `${url}/${link}`])),
    clone_url: `${web}.git`,
    git_url: `git://github.test/${place.repository}.git`,
    ssh_url: `git@github.test:${place.repository}.git`,
    svn_url: web,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: 'main',
    ...Object.fromEntries(
      ['forks', 'forks_count', 'size', 'stargazers_count', 'watchers', 'watchers_count', 'network_count', 'subscribers_count'].map(
        (name) => [name, 0],
      ),
    ),
    open_issues: open,
    open_issues_count: open,
    has_issues: settings.hasIssues,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: settings.archived,
    disabled: false,
    ...Object.fromEntries(['pushed_at', 'created_at', 'updated_at'].map((name) => [name, isoTime(Date.UTC(2026, 0, 1))])),
    ...(push === null ? {} : { permissions: { admin: false, maintain: false, push, triage: push, pull: true } }),
  }
}
