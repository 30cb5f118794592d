import { asArray, asObject } from './problem.ts'

/** Labels that carry a value of ours: `priority:high`, `status:waiting`. No other label is ever touched. */
export const GROUPS = {
  /** The most pressing first: an issue with two of them is as urgent as the first. */
  priority: ['urgent', 'high', 'medium', 'low'],
  /** What GitHub's open and closed cannot tell apart. */
  status: ['waiting', 'new'],
} as const satisfies Readonly<Record<string, readonly string[]>>

export type Group = keyof typeof GROUPS

/** What a label group shall say; `null`: nothing. */
export interface LabelWish {
  readonly group: Group
  readonly value: string | null
}

/** Names of the labels of an issue, as the vendor writes them: objects, or bare names. `undefined` where none were sent. */
export function labelsOf(issue: unknown): string[] | undefined {
  const { labels } = asObject(issue)
  if (!Array.isArray(labels)) return undefined
  return asArray(labels)
    .map((label) => (typeof label === 'string' ? label : asObject(label).name))
    .filter((name) => typeof name === 'string')
}

export function valueIn(group: Group, labels: readonly string[]): string | null {
  return GROUPS[group].find((value) => labels.some((label) => isNamed(label, group, value))) ?? null
}

/** What has to be added and removed so that each group says what is wished. */
export function labelDelta(wishes: readonly LabelWish[], labels: readonly string[]): { readonly add: string[]; readonly remove: string[] } {
  const add: string[] = []
  const remove: string[] = []
  for (const { group, value } of wishes) {
    if (value !== null && !labels.some((label) => isNamed(label, group, value))) add.push(`${group}:${value}`)
    remove.push(...labels.filter((label) => GROUPS[group].some((other) => other !== value && isNamed(label, group, other))))
  }
  return { add, remove }
}

/** Label names do not differ by case. */
export function lacking(wanted: readonly string[], labels: readonly string[]): string[] {
  const there = new Set(labels.map((label) => label.toLowerCase()))
  return wanted.filter((label) => !there.has(label.toLowerCase()))
}

function isNamed(label: string, group: Group, value: string): boolean {
  return label.toLowerCase() === `${group}:${value}`
}
